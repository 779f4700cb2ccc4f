/** The fields of an operation from the operation table; advanced ones are folded, with a count of changes. */
import { ChevronRight } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { type Draft, type OpArg, isChanged } from '@/api/op';
import { cn } from '@/lib/cn';
import { counted } from '@/lib/format';
import { OpField } from './op-field';

interface Props {
  args: readonly OpArg[];
  draft: Draft;
  onChange: (name: string, value: unknown) => void;
  errors?: Readonly<Record<string, string>>;
}

export function OpFields({ args, draft, onChange, errors = {} }: Props) {
  const fields = (list: readonly OpArg[]) =>
    list.map((arg) => (
      <OpField
        key={arg.name}
        arg={arg}
        value={draft[arg.name]}
        error={errors[arg.name]}
        onChange={(value) => onChange(arg.name, value)}
      />
    ));
  const basic = args.filter((arg) => !arg.advanced);
  const advanced = args.filter((arg) => arg.advanced);
  const changed = advanced.filter((arg) => isChanged(arg, draft)).length;
  return (
    <div className="flex flex-col gap-4">
      <Grid>{fields(ordered(basic))}</Grid>
      {advanced.length > 0 && (
        <Fold
          label="Advanced options"
          note={changed > 0 ? `${counted(changed, 'option')} changed` : `${advanced.length}`}
          initial={changed > 0}
        >
          <Grid>{fields(ordered(advanced))}</Grid>
        </Fold>
      )}
    </div>
  );
}

/** Fields with a box first, toggles after them: so the grid has no ragged rows. */
const ordered = (args: readonly OpArg[]) => [
  ...args.filter((arg) => arg.kind !== 'bool'),
  ...args.filter((arg) => arg.kind === 'bool'),
];

const Grid = ({ children }: { children: ReactNode }) => (
  <div className="grid grid-cols-1 gap-x-6 gap-y-4 sm:grid-cols-2 lg:grid-cols-3">{children}</div>
);

interface FoldProps {
  label: string;
  note: string;
  initial: boolean;
  children: ReactNode;
}

function Fold({ label, note, initial, children }: FoldProps) {
  const [open, setOpen] = useState(initial);
  const id = useId();
  return (
    <div className="rounded-md border">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="flex h-9 w-full items-center gap-2 rounded-md px-3 text-left font-medium hover:bg-surface-2"
      >
        <ChevronRight aria-hidden className={cn('size-4 text-muted', open && 'rotate-90')} />
        {label}
        <span className="nums text-xs font-normal text-muted">{note}</span>
      </button>
      <div id={id} hidden={!open} className="border-t p-3">
        {children}
      </div>
    </div>
  );
}
