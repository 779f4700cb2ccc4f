import { Link } from '@tanstack/react-router';
import { CopyPlus, ListChecks, Telescope } from 'lucide-react';
import type { Draft } from '@/api/op';
import { JobProgress } from '@/parts/job-progress';
import { Button } from '@/ui/button';
import { useStepHeading } from './step-form';

interface Props {
  job: string;
  draft: Draft;
  onAgain: () => void;
}

export function RunStep({ job, draft, onAgain }: Props) {
  const heading = useStepHeading();
  const destination = String(draft.destination_catalog ?? '');
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-baseline gap-2">
        <h2 ref={heading} tabIndex={-1} className="outline-none">
          Run
        </h2>
        <span className="truncate font-mono text-xs text-muted">
          {`${String(draft.source_catalog ?? '')} → ${destination}`}
        </span>
      </div>
      <JobProgress
        id={job}
        after={(done) => (
          <>
            {done.status === 'completed' && destination && (
              <Button look="primary" asChild>
                <Link to="/explore" search={{ catalog: destination }}>
                  <Telescope aria-hidden />
                  Explore the clone
                </Link>
              </Button>
            )}
            <Button asChild>
              <Link to="/jobs/$id" params={{ id: done.job_id }}>
                <ListChecks aria-hidden />
                Open the job
              </Link>
            </Button>
            <Button onClick={onAgain}>
              <CopyPlus aria-hidden />
              Clone again
            </Button>
          </>
        )}
      />
    </div>
  );
}
