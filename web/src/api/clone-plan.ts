import { queryOptions } from '@tanstack/react-query';
import { ApiError, call, pathOf, request } from './call';
import { type Draft, bodyOf, opOf } from './op';
import { isLive } from './query';
import { type Job, type JobTicket, type Plan, isPlan } from './types';

/* They change how a clone is carried out, not what is in its plan. */
const apart = new Set(['max_workers', 'validate_after_clone', 'validate_checksum']);

/**
 * The plan of exactly this clone. `plan` answers at once, but knows fewer options; with others set, the dry run
 * of the clone itself is asked, which is a job.
 */
export const clonePlanQuery = (draft: Draft) =>
  queryOptions({
    queryKey: ['clone-plan', draft],
    staleTime: 0,
    gcTime: 0,
    queryFn: ({ signal }): Promise<Plan> => {
      const body = Object.fromEntries(
        Object.entries(bodyOf('clone', draft)).filter(([name]) => !apart.has(name)),
      );
      const known = new Set(opOf('plan').args.map((arg) => arg.name));
      return Object.keys(body).every((name) => known.has(name))
        ? call<Plan>('plan', body, signal)
        : dryRun(body, signal);
    },
  });

async function dryRun(body: Draft, signal: AbortSignal): Promise<Plan> {
  const ticket = await call<JobTicket>('clone', { ...body, dry_run: true }, signal);
  for (;;) {
    const job = await request<Job>(pathOf('clone', ticket.job_id), { signal });
    if (!isLive(job)) return planOf(job);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function planOf(job: Job): Plan {
  const plan = job.result?.plan ?? job.result;
  if (job.status !== 'completed' || !isPlan(plan))
    throw new ApiError(job.error ?? `The dry run ended as ${job.status}.`, 500, job.hint ?? null);
  return plan;
}
