/** The result of a job in place: numbers first, then failures, then everything as JSON. */
import { CircleX } from 'lucide-react';
import { type Job, isPlan } from '@/api/types';
import { bytes, cell, count, duration, humanise } from '@/lib/format';
import { type Outcome, type Tally, readOutcome } from '@/lib/outcome';
import { Card, Stat } from '@/ui/card';
import { CodeBlock } from '@/ui/code-block';
import { PlanView } from './plan-view';

export function JobResult({ job }: { job: Job }) {
  if (isPlan(job.result)) return <PlanView plan={job.result} />;
  const outcome = readOutcome(job.result ?? {});
  return (
    <div className="flex flex-col gap-4">
      <Numbers outcome={outcome} />
      {outcome.tallies.length > 0 && <Tallies list={outcome.tallies} />}
      {outcome.validation && <Validation {...outcome.validation} />}
      {outcome.errors.length > 0 && <Errors list={outcome.errors} />}
      <details className="rounded-lg border bg-surface-1 px-3">
        <summary className="h-9 cursor-pointer leading-9 font-medium">Full result</summary>
        <div className="pb-3">
          <CodeBlock code={JSON.stringify(job.result, null, 2)} label="Result as JSON" />
        </div>
      </details>
    </div>
  );
}

const Numbers = ({ outcome }: { outcome: Outcome }) => (
  <dl className="flex flex-wrap gap-2">
    {outcome.bytes !== null && (
      <Stat label="Copied" value={bytes(outcome.bytes)} title={`${count(outcome.bytes)} bytes`} />
    )}
    {outcome.files !== null && <Stat label="Files" value={count(outcome.files)} />}
    {outcome.schemas !== null && <Stat label="Schemas" value={count(outcome.schemas)} />}
    {outcome.seconds !== null && <Stat label="Took" value={duration(outcome.seconds * 1000)} />}
    <Stat label="Failures" value={count(outcome.errors.length)} />
  </dl>
);

const Tallies = ({ list }: { list: Tally[] }) => (
  <Card className="overflow-hidden">
    <table className="w-full text-sm">
      <caption className="sr-only">Objects by kind and outcome</caption>
      <thead>
        <tr className="border-b text-xs text-muted">
          <th scope="col" className="h-8 px-3 text-left font-medium">
            Objects
          </th>
          {['Succeeded', 'Failed', 'Skipped'].map((head) => (
            <th key={head} scope="col" className="w-28 px-3 text-right font-medium">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {list.map((tally) => (
          <tr key={tally.kind} className="border-b last:border-0">
            <th scope="row" className="h-8 px-3 text-left font-normal">
              {humanise(tally.kind)}
            </th>
            <td className="nums px-3 text-right">{count(tally.success)}</td>
            <td className={`nums px-3 text-right ${tally.failed > 0 ? 'text-danger' : ''}`}>
              {count(tally.failed)}
            </td>
            <td className="nums px-3 text-right">{count(tally.skipped)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Card>
);

const Validation = ({
  total,
  matched,
  mismatched,
}: {
  total: number;
  matched: number;
  mismatched: number;
}) => (
  <p className={mismatched > 0 ? 'font-medium text-danger' : 'font-medium text-success'}>
    {mismatched > 0
      ? `Validation found differences in ${count(mismatched)} of ${count(total)} tables.`
      : `Validated: ${count(matched)} of ${count(total)} tables agree with their source.`}
  </p>
);

const Errors = ({ list }: { list: unknown[] }) => (
  <ul aria-label="Failures" className="flex flex-col gap-2 rounded-lg border border-danger p-3">
    {list.map((error, i) => (
      <li key={i} className="flex gap-2">
        <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
        <Failure error={error} />
      </li>
    ))}
  </ul>
);

function Failure({ error }: { error: unknown }) {
  if (!error || typeof error !== 'object') return <span className="break-words">{cell(error)}</span>;
  const { object, message, error: text, hint } = error as Record<string, unknown>;
  return (
    <div className="min-w-0">
      {object ? <p className="font-mono text-xs">{cell(object)}</p> : null}
      <p className="break-words">{cell(message ?? text ?? error)}</p>
      {hint ? <p className="text-muted">{cell(hint)}</p> : null}
    </div>
  );
}
