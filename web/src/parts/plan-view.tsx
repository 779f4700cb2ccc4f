/**
 * What a plan would do, the same wherever a plan is shown: counts, then the steps by schema, each with its
 * exact statement, then what makes it checkable: hash, cut, versions.
 */
import { ChevronRight, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { Plan, PlanStep } from '@/api/types';
import { absolute, bytes, cell, counted, toDate } from '@/lib/format';
import { type Kind, groupSteps, kindOf, kinds, replaces, totals } from '@/lib/plan';
import { cn } from '@/lib/cn';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { CodeBlock } from '@/ui/code-block';
import { CopyButton } from '@/ui/copy';
import { ObjectIcon } from './object-icon';

const looks: Record<Kind, { sign: string; tone: 'success' | 'warning' | 'danger' | 'neutral' }> = {
  add: { sign: '+', tone: 'success' },
  change: { sign: '~', tone: 'warning' },
  remove: { sign: '−', tone: 'danger' },
  keep: { sign: '=', tone: 'neutral' },
};

export function PlanView({ plan }: { plan: Plan }) {
  const steps = plan.steps ?? [];
  const groups = groupSteps(steps);
  return (
    <div className="flex flex-col gap-4">
      <Summary plan={plan} />
      {(plan.warnings ?? []).length > 0 && <Warnings list={plan.warnings ?? []} />}
      <Card aria-label="Steps of the plan" className="overflow-hidden">
        {steps.length === 0 && <p className="p-4 text-muted">Nothing to do: both sides agree already.</p>}
        {groups.map((group) => (
          <Group key={group.schema} name={group.schema} steps={group.steps} open={groups.length <= 3} />
        ))}
      </Card>
      <Evidence plan={plan} />
    </div>
  );
}

function Summary({ plan }: { plan: Plan }) {
  const { byKind, bytes: size, files } = totals(plan.steps ?? []);
  return (
    <dl className="flex flex-wrap gap-2" aria-label="What will change">
      {kinds.map((kind) => (
        <div key={kind} className="flex min-w-24 flex-col rounded-lg border bg-surface-1 px-3 py-2">
          <dt className="text-xs text-muted capitalize">{kind}</dt>
          <dd
            className={cn(
              'nums text-xl font-semibold',
              byKind[kind] > 0 && kind === 'remove' && 'text-danger',
              byKind[kind] === 0 && 'text-muted',
            )}
          >
            {byKind[kind]}
          </dd>
        </div>
      ))}
      <div className="flex min-w-36 flex-1 flex-col rounded-lg border bg-surface-1 px-3 py-2">
        <dt className="text-xs text-muted">Cost</dt>
        <dd className="nums text-xl font-semibold" title={size > 0 ? `${size} bytes` : undefined}>
          {size > 0 && `${bytes(size)} in ${counted(files, 'file')}, `}
          {counted((plan.steps ?? []).length, 'statement')}
        </dd>
      </div>
    </dl>
  );
}

const Warnings = ({ list }: { list: unknown[] }) => (
  <ul className="flex flex-col gap-1 rounded-lg border border-warning p-3">
    {list.map((warning, i) => (
      <li key={i} className="flex gap-2">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
        {cell(warning)}
      </li>
    ))}
  </ul>
);

function Group({ name, steps, open: initial }: { name: string; steps: PlanStep[]; open: boolean }) {
  const [open, setOpen] = useState(initial);
  const { byKind, bytes: size } = totals(steps);
  return (
    <section aria-label={name} className="border-b last:border-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex h-9 w-full items-center gap-2 bg-surface-2 px-3 text-left hover:bg-surface-3 focus-visible:-outline-offset-2"
      >
        <ChevronRight aria-hidden className={cn('size-4 text-muted', open && 'rotate-90')} />
        <span className="font-mono font-medium">{name}</span>
        <span className="nums ml-auto flex items-center gap-3 text-xs text-muted">
          {kinds.map((kind) => byKind[kind] > 0 && <span key={kind}>{`${byKind[kind]} ${kind}`}</span>)}
          {size > 0 && <span className="w-20 text-right">{bytes(size)}</span>}
        </span>
      </button>
      {open && (
        <ul>
          {steps.map((step, i) => (
            <Step key={step.id ?? i} step={step} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Step({ step }: { step: PlanStep }) {
  const [open, setOpen] = useState(false);
  const kind = kindOf(step);
  const { sign, tone } = looks[kind];
  return (
    <li className="border-t first:border-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex h-8 w-full items-center gap-2 px-3 text-left hover:bg-surface-2 focus-visible:-outline-offset-2"
      >
        <ChevronRight aria-hidden className={cn('size-3.5 text-muted', open && 'rotate-90')} />
        <Badge tone={tone} className="w-20">
          <span aria-hidden className="font-mono">
            {sign}
          </span>
          {kind === 'change' && replaces(step) ? 'replace' : (step.action ?? kind)}
        </Badge>
        <ObjectIcon type={step.kind} />
        <span className="truncate font-mono text-xs">{step.object ?? String(step.id)}</span>
        <span className="text-xs text-muted">{step.kind?.toLowerCase()}</span>
        {step.problem && <span className="truncate text-xs text-warning">{step.problem}</span>}
        <span className="nums ml-auto text-xs text-muted">
          {typeof step.bytes === 'number' && step.bytes > 0 ? bytes(step.bytes) : ''}
        </span>
      </button>
      {open && (
        <div className="px-3 pt-1 pb-3 pl-9">
          {step.sql ? (
            <CodeBlock code={step.sql} label={`Statement for ${step.object ?? step.id}`} />
          ) : (
            <p>{step.problem ?? 'Nothing is done to this object.'}</p>
          )}
        </div>
      )}
    </li>
  );
}

function Evidence({ plan }: { plan: Plan }) {
  const cut = toDate(plan.t0);
  const versions = Object.entries(plan.versions ?? {});
  return (
    <dl className="flex flex-wrap items-center gap-x-6 gap-y-1 text-xs text-muted">
      {plan.hash && (
        <div className="flex items-center gap-1">
          <dt>Plan</dt>
          <dd className="flex items-center font-mono text-text">
            {plan.hash.slice(0, 16)}
            <CopyButton text={plan.hash} label="Copy the plan's hash" />
          </dd>
        </div>
      )}
      {cut && (
        <div className="flex gap-1">
          <dt title={plan.cut ?? undefined}>Consistent cut</dt>
          <dd className="nums text-text">{absolute(cut)}</dd>
        </div>
      )}
      {versions.length > 0 && (
        <div className="w-full">
          <dt className="sr-only">Versions</dt>
          <dd>
            <details>
              <summary className="h-8 cursor-pointer leading-8">
                {`Pinned versions of ${counted(versions.length, 'table')}`}
              </summary>
              <ul className="grid max-h-48 grid-cols-1 gap-x-6 overflow-auto sm:grid-cols-2 lg:grid-cols-3">
                {versions.map(([table, version]) => (
                  <li key={table} className="flex justify-between gap-2 font-mono">
                    <span className="truncate">{table}</span>
                    <span className="nums">{`v${version}`}</span>
                  </li>
                ))}
              </ul>
            </details>
          </dd>
        </div>
      )}
    </dl>
  );
}
