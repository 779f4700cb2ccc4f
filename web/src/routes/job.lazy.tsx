import { createLazyRoute } from '@tanstack/react-router';
import { JobPage } from '@/features/jobs/job-page';

const Job = () => {
  const { id } = Route.useParams();
  return <JobPage key={id} id={id} />;
};

export const Route = createLazyRoute('/inside/jobs/$id')({ component: Job });
