import { humanise } from './format';

interface JobLike {
  job_type?: string | null;
  args?: Record<string, unknown> | null;
}

/** "Clone", "Clone dry run". */
export const jobTitle = ({ job_type, args }: JobLike) =>
  `${humanise(job_type ?? 'job')}${args?.dry_run === true ? ' dry run' : ''}`;
