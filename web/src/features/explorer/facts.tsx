import { cell, humanise, toDate } from '@/lib/format';
import { CodeBlock } from '@/ui/code-block';
import { CopyButton } from '@/ui/copy';
import { Time } from '@/ui/time';

/** Names and values of one object; times as times, statements as code, the rest as text to copy. */
export function Facts({ of }: { of: object }) {
  const entries = Object.entries(of).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  return (
    <dl className="flex flex-col">
      {entries.map(([name, value]) => (
        <div key={name} className="flex min-h-9 items-start gap-3 border-b py-1.5 last:border-0">
          <dt className="w-40 shrink-0 text-muted">{label(name)}</dt>
          <dd className="min-w-0 flex-1 break-words">
            <Value name={name} value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const label = (name: string) => (name.includes('.') ? name : humanise(name));

function Value({ name, value }: { name: string; value: unknown }) {
  if (/(_at|_time)$/.test(name) && toDate(value)) return <Time value={value} />;
  const text = cell(value);
  if (/definition|statement/.test(name)) return <CodeBlock code={text} label={label(name)} />;
  return (
    <span className="flex items-start gap-1">
      <span className="min-w-0 flex-1 font-mono text-xs leading-5 break-all">{text}</span>
      <CopyButton text={text} label={`Copy ${label(name)}`} className="-my-1.5" />
    </span>
  );
}
