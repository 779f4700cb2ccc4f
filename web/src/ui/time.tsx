import { absolute, ago, toDate } from '@/lib/format';

/** "3 minutes ago", with the exact time on hover. */
export function Time({ value }: { value: unknown }) {
  const when = toDate(value);
  if (!when) return <span className="text-muted">—</span>;
  return (
    <time dateTime={when.toISOString()} title={absolute(when)} className="nums whitespace-nowrap">
      {ago(when)}
    </time>
  );
}
