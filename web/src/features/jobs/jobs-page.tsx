import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { CopyPlus, ListChecks } from 'lucide-react';
import { useMemo } from 'react';
import { jobsQuery } from '@/api/query';
import type { Job, JobStatus } from '@/api/types';
import { duration, toDate } from '@/lib/format';
import { jobTitle } from '@/lib/job-title';
import { Page } from '@/parts/page';
import { Problem } from '@/parts/problem';
import { StatusTag, statusWord, statuses } from '@/parts/status-tag';
import { Button } from '@/ui/button';
import { DataTable } from '@/ui/data-table';
import { Empty } from '@/ui/empty';
import { Input, Select } from '@/ui/input';
import { ProgressBar } from '@/ui/progress-bar';
import { SkeletonRows } from '@/ui/skeleton';
import { Time } from '@/ui/time';

export interface JobsSearch {
  status?: JobStatus | undefined;
  q?: string | undefined;
}

const took = (job: Job) => {
  const from = toDate(job.started_at);
  const to = toDate(job.completed_at);
  return from && to ? to.getTime() - from.getTime() : null;
};

const columns: ColumnDef<Job>[] = [
  {
    id: 'status',
    header: 'Status',
    accessorKey: 'status',
    size: 120,
    cell: ({ row }) => <StatusTag status={row.original.status} />,
  },
  {
    id: 'operation',
    header: 'Operation',
    accessorFn: jobTitle,
    size: 130,
    cell: ({ row, getValue }) => (
      <Link
        to="/jobs/$id"
        params={{ id: row.original.job_id }}
        className="font-medium text-accent hover:underline"
        onClick={(event) => event.stopPropagation()}
      >
        {String(getValue())}
      </Link>
    ),
  },
  { id: 'source', header: 'Source', accessorFn: (job) => job.source_catalog ?? '', size: 170, cell: mono },
  {
    id: 'destination',
    header: 'Destination',
    accessorFn: (job) => job.destination_catalog ?? '',
    size: 170,
    cell: mono,
  },
  {
    id: 'progress',
    header: 'Progress',
    accessorFn: (job) => job.progress?.completed ?? 0,
    size: 150,
    cell: ({ row }) => <Share job={row.original} />,
  },
  {
    id: 'created_at',
    header: 'Started',
    accessorFn: (job) => job.created_at ?? '',
    size: 130,
    cell: ({ row }) => <Time value={row.original.started_at ?? row.original.created_at} />,
  },
  {
    id: 'took',
    header: 'Took',
    accessorFn: took,
    size: 100,
    meta: { numeric: true },
    cell: ({ row }) => {
      const ms = took(row.original);
      return ms === null ? <span className="text-muted">—</span> : duration(ms);
    },
  },
  { id: 'job_id', header: 'Job', accessorKey: 'job_id', size: 100, cell: mono },
];

function mono({ getValue }: { getValue: () => unknown }) {
  return <span className="font-mono text-xs">{String(getValue())}</span>;
}

function Share({ job }: { job: Job }) {
  const { completed = 0, total = 0 } = job.progress ?? {};
  if (!total) return <span className="text-muted">—</span>;
  return (
    <span className="flex items-center gap-2">
      <ProgressBar
        className="w-16"
        done={completed ?? 0}
        total={total}
        label={`Progress of job ${job.job_id}`}
        tone={job.status === 'completed' ? 'success' : job.status === 'failed' ? 'danger' : 'accent'}
      />
      <span className="nums text-xs text-muted">{`${completed}/${total}`}</span>
    </span>
  );
}

export function JobsPage({ search }: { search: JobsSearch }) {
  const navigate = useNavigate();
  const { data, error, isPending, refetch } = useQuery(jobsQuery());
  const shown = useMemo(() => (data ?? []).filter((job) => matches(job, search)), [data, search]);
  const filter = (next: JobsSearch) =>
    void navigate({ to: '/jobs', search: { ...search, ...next }, replace: true });
  return (
    <Page
      fill
      title="Jobs"
      line="What runs, what ran, and how it ended."
      actions={
        <Button look="primary" asChild>
          <Link to="/clone" search={{}}>
            <CopyPlus aria-hidden />
            New clone
          </Link>
        </Button>
      }
    >
      {isPending && <SkeletonRows label="Loading the jobs" />}
      {error && <Problem error={error} title="The jobs cannot be listed" onRetry={() => void refetch()} />}
      {data?.length === 0 && (
        <Empty
          icon={<ListChecks aria-hidden />}
          title="No jobs yet"
          command="clxs clone --source SOURCE --dest DESTINATION"
          action={
            <Button look="primary" asChild>
              <Link to="/clone" search={{}}>
                Clone a catalog
              </Link>
            </Button>
          }
        >
          Each long operation becomes a job with its progress, its log and its result.
        </Empty>
      )}
      {data && data.length > 0 && (
        <DataTable
          label="Jobs"
          rows={shown}
          columns={columns}
          rowId={(job) => job.job_id}
          onOpen={(job) => void navigate({ to: '/jobs/$id', params: { id: job.job_id } })}
          exportName="jobs"
          toolbar={<Filters search={search} onChange={filter} />}
        />
      )}
    </Page>
  );
}

function matches(job: Job, { status, q }: JobsSearch) {
  if (status && job.status !== status) return false;
  const text = [job.job_id, job.job_type, job.source_catalog, job.destination_catalog].join(' ');
  return !q || text.toLowerCase().includes(q.toLowerCase());
}

const Filters = ({ search, onChange }: { search: JobsSearch; onChange: (next: JobsSearch) => void }) => (
  <>
    <Input
      type="search"
      aria-label="Filter the jobs"
      placeholder="Filter"
      className="w-56"
      value={search.q ?? ''}
      onChange={(event) => onChange({ q: event.target.value || undefined })}
    />
    <Select
      aria-label="Status"
      className="w-36"
      value={search.status ?? ''}
      onChange={(event) => onChange({ status: (event.target.value || undefined) as JobStatus | undefined })}
    >
      <option value="">Every status</option>
      {statuses.map((status) => (
        <option key={status} value={status}>
          {statusWord(status)}
        </option>
      ))}
    </Select>
  </>
);
