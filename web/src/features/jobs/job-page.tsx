import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowLeft, Telescope } from 'lucide-react';
import { jobQuery } from '@/api/query';
import { jobTitle } from '@/lib/job-title';
import { JobProgress } from '@/parts/job-progress';
import { Page } from '@/parts/page';
import { Button } from '@/ui/button';
import { Name } from '@/ui/copy';

export function JobPage({ id }: { id: string }) {
  const { data: job } = useQuery(jobQuery(id));
  const title = job ? `${jobTitle(job)} job` : 'Job';
  const route = [job?.source_catalog, job?.destination_catalog].filter(Boolean).join(' → ');
  return (
    <Page
      title={title}
      line={
        <span className="flex flex-wrap items-center gap-x-3">
          <Name name={id} />
          {route && <span className="font-mono text-xs">{route}</span>}
        </span>
      }
      actions={
        <Button asChild>
          <Link to="/jobs">
            <ArrowLeft aria-hidden />
            All jobs
          </Link>
        </Button>
      }
    >
      <JobProgress
        id={id}
        after={(done) =>
          done.status === 'completed' &&
          done.destination_catalog && (
            <Button look="primary" asChild>
              <Link to="/explore" search={{ catalog: done.destination_catalog }}>
                <Telescope aria-hidden />
                Explore the clone
              </Link>
            </Button>
          )
        }
      />
    </Page>
  );
}
