/**
 * A job from its first second to its result: phase, bar with rate and estimate, the objects, the log, cancel.
 * It knows only the job's id, so that a page that comes back after a refresh shows the same.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError, pathOf, request } from '@/api/call';
import { useJob } from '@/api/events';
import { isLive } from '@/api/query';
import type { Job } from '@/api/types';
import { count, duration, toDate } from '@/lib/format';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { LogView } from '@/ui/log-view';
import { ProgressBar } from '@/ui/progress-bar';
import { SkeletonRows } from '@/ui/skeleton';
import { JobResult } from './job-result';
import { ObjectIcon } from './object-icon';
import { Problem } from './problem';
import { StatusTag } from './status-tag';

interface Props {
  id: string;
  /** what can be done once the job is over */
  after?: (job: Job) => ReactNode;
}

export function JobProgress({ id, after }: Props) {
  const { job, logs, objects, error, refetch } = useJob(id);
  if (!job)
    return error ? (
      <Problem error={error} title="The job cannot be shown" onRetry={() => void refetch()} />
    ) : (
      <SkeletonRows rows={4} label="Loading the job" />
    );
  const live = isLive(job);
  return (
    <div className="flex flex-col gap-4" aria-busy={live}>
      <Head job={job} live={live} />
      {job.status === 'failed' && !job.result && (
        <Problem
          error={new ApiError(job.error ?? 'The job failed without a message.', 0, job.hint ?? null)}
          title="The job failed"
        />
      )}
      {!live && job.result && <JobResult job={job} />}
      {!live && after && <div className="flex flex-wrap gap-2">{after(job)}</div>}
      {live && objects.length > 0 && <Objects names={objects} />}
      <LogView lines={logs} live={live} />
    </div>
  );
}

function Head({ job, live }: { job: Job; live: boolean }) {
  const elapsed = useElapsed(job, live);
  const done = job.progress?.completed ?? 0;
  const total = job.progress?.total ?? 0;
  const rate = elapsed > 500 ? done / (elapsed / 1000) : 0;
  const left = rate > 0 && total > done ? ((total - done) / rate) * 1000 : 0;
  return (
    <Card className="flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center gap-3">
        <StatusTag status={job.status} />
        <span className="font-semibold">{phaseOf(job, live)}</span>
        <span className="truncate font-mono text-xs text-muted">
          {live ? job.progress?.current_table : ''}
        </span>
        <span className="nums ml-auto text-muted">{elapsed > 0 ? duration(elapsed) : ''}</span>
        {live && <Cancel id={job.job_id} />}
      </div>
      {(live || total > 0) && (
        <>
          <ProgressBar
            done={done}
            total={total}
            label="Progress of the job"
            tone={job.status === 'failed' ? 'danger' : live ? 'accent' : 'success'}
          />
          <p className="nums flex gap-4 text-xs text-muted">
            <span>{total > 0 ? `${count(done)} of ${count(total)}` : 'Counting what there is to do'}</span>
            {live && rate > 0 && <span>{`${rate < 10 ? rate.toFixed(1) : count(rate)} per second`}</span>}
            {live && left > 0 && <span>{`about ${duration(left)} left`}</span>}
          </p>
        </>
      )}
    </Card>
  );
}

function phaseOf(job: Job, live: boolean) {
  if (job.status === 'queued') return 'Waiting for its turn';
  const phase = job.progress?.phase;
  if (live) return phase ? phase.charAt(0).toUpperCase() + phase.slice(1) : 'Starting';
  return (
    { completed: 'Done', cancelled: 'Stopped on request', failed: 'Ended with a failure' }[
      job.status as string
    ] ?? 'Not finished: `clxs resume` continues it'
  );
}

function useElapsed(job: Job, live: boolean) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [live]);
  const from = toDate(job.started_at)?.getTime();
  if (from === undefined) return 0;
  return Math.max(0, (toDate(job.completed_at)?.getTime() ?? now) - from);
}

function Cancel({ id }: { id: string }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => request(pathOf('clone', id), { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  });
  return (
    <Button onClick={() => cancel.mutate()} busy={cancel.isPending || cancel.isSuccess}>
      <Ban aria-hidden />
      {cancel.isSuccess ? 'Stopping' : 'Cancel'}
    </Button>
  );
}

/** Where it was seen last, the newest first. */
const Objects = ({ names }: { names: readonly string[] }) => (
  <Card aria-label="Latest objects" className="max-h-56 overflow-auto" tabIndex={0}>
    <ul>
      {names
        .slice(-200)
        .reverse()
        .map((name) => (
          <li key={name} className="flex h-8 items-center gap-2 border-b px-3 last:border-0">
            <ObjectIcon type="table" />
            <span className="truncate font-mono text-xs">{name}</span>
          </li>
        ))}
    </ul>
  </Card>
);
