import { createLazyRoute } from '@tanstack/react-router';
import { Explorer } from '@/features/explorer/explorer';

const Explore = () => <Explorer search={Route.useSearch()} />;

export const Route = createLazyRoute('/inside/explore')({ component: Explore });
