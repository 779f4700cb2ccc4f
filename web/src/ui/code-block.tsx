import { cn } from '@/lib/cn';
import { CopyButton } from './copy';

interface Props {
  code: string;
  label: string;
  className?: string;
}

export const CodeBlock = ({ code, label, className }: Props) => (
  <div className={cn('relative rounded-md border bg-surface-0', className)}>
    <pre
      tabIndex={0}
      role="region"
      aria-label={label}
      className="max-h-72 overflow-auto p-2.5 pr-10 text-xs whitespace-pre-wrap break-words"
    >
      {code}
    </pre>
    <CopyButton text={code} label={`Copy: ${label}`} className="absolute top-0.5 right-0.5" />
  </div>
);
