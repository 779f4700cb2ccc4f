import { Info } from 'lucide-react';
import { Tooltip } from './tooltip';

/** The info icon beside a label. */
export const InfoTip = ({ label, text }: { label: string; text: string }) => (
  <Tooltip text={text}>
    <button
      type="button"
      aria-label={`About ${label}`}
      className="-my-1.5 inline-flex size-8 items-center justify-center rounded-md text-muted hover:text-text"
    >
      <Info className="size-3.5" aria-hidden />
    </button>
  </Tooltip>
);
