import { createLazyRoute } from '@tanstack/react-router';
import { draftFromSearch } from '@/api/op';
import { CloneWizard, type StepId, stepIds } from '@/features/clone/clone-wizard';

function Clone() {
  const search = Route.useSearch();
  const step = stepIds.find((id) => id === search.step) ?? 'source';
  return (
    <CloneWizard step={step satisfies StepId} job={search.job} draft={draftFromSearch('clone', search)} />
  );
}

export const Route = createLazyRoute('/inside/clone')({ component: Clone });
