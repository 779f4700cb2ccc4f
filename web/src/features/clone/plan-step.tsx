/** What would be done, before anything is. Starting asks for the source's name when the plan removes things. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeft, Play, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/call';
import { clonePlanQuery } from '@/api/clone-plan';
import type { Draft } from '@/api/op';
import type { JobTicket, Plan } from '@/api/types';
import { counted } from '@/lib/format';
import { kindOf } from '@/lib/plan';
import { PlanView } from '@/parts/plan-view';
import { Problem } from '@/parts/problem';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { SkeletonRows } from '@/ui/skeleton';
import { useStepHeading } from './step-form';

interface Props {
  draft: Draft;
  onBack: () => void;
  onStarted: (job: string) => void;
}

export function PlanStep({ draft, onBack, onStarted }: Props) {
  const heading = useStepHeading();
  const client = useQueryClient();
  const plan = useQuery(clonePlanQuery(draft));
  const start = useMutation({
    mutationFn: () => call<JobTicket>('clone', draft),
    onSuccess: (ticket) => {
      void client.invalidateQueries({ queryKey: ['jobs'] });
      onStarted(ticket.job_id);
    },
  });
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-2">
        <h2 ref={heading} tabIndex={-1} className="outline-none">
          Plan
        </h2>
        <span className="truncate font-mono text-xs text-muted">
          {`${String(draft.source_catalog)} → ${String(draft.destination_catalog)}`}
        </span>
        <Button className="ml-auto" onClick={() => void plan.refetch()} busy={plan.isFetching}>
          <RotateCw aria-hidden />
          Plan again
        </Button>
      </div>
      {plan.isPending && <SkeletonRows label="Reading both catalogs and planning" />}
      {plan.error && (
        <Problem error={plan.error} title="There is no plan" onRetry={() => void plan.refetch()} />
      )}
      {plan.data && !plan.error && <PlanView plan={plan.data} />}
      {start.error && <Problem error={start.error} title="The clone could not be started" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onBack}>
          <ArrowLeft aria-hidden />
          Back
        </Button>
        {plan.data && !plan.error && (
          <Start
            plan={plan.data}
            name={String(draft.destination_catalog)}
            busy={start.isPending}
            run={() => start.mutate()}
          />
        )}
      </div>
    </div>
  );
}

interface StartProps {
  plan: Plan;
  name: string;
  busy: boolean;
  run: () => void;
}

function Start({ plan, name, busy, run }: StartProps) {
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const drops = (plan.steps ?? []).filter((step) => kindOf(step) === 'remove').length;
  if (drops === 0)
    return (
      <Button look="primary" onClick={run} busy={busy}>
        <Play aria-hidden />
        Run the clone
      </Button>
    );
  const words = `Run and drop ${counted(drops, 'object')}`;
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)} busy={busy}>
        {words}
      </Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title={words}
        actions={
          <Button look="danger" disabled={typed !== name} onClick={run} busy={busy}>
            {words}
          </Button>
        }
      >
        <p>This cannot be taken back. Type the name of the destination to go on.</p>
        <Field label={`Type ${name}`} required>
          {(ids) => <Input {...ids} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
      </Dialog>
    </>
  );
}
