import { createLazyRoute } from '@tanstack/react-router';
import { JobsPage } from '@/features/jobs/jobs-page';

const Jobs = () => <JobsPage search={Route.useSearch()} />;

export const Route = createLazyRoute('/inside/jobs')({ component: Jobs });
