/** The routes: what the URL may say, who may come in, and which chunk draws it. */
import type { QueryClient } from '@tanstack/react-query';
import {
  Outlet,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  redirect,
} from '@tanstack/react-router';
import { authQuery } from '@/api/auth';
import { draftFromSearch } from '@/api/op';
import type { JobStatus } from '@/api/types';
import type { ExploreSearch } from '@/features/explorer/explorer';
import type { JobsSearch } from '@/features/jobs/jobs-page';
import { AppShell } from '@/features/shell/app-shell';
import { Problem } from '@/parts/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { NotFound } from './not-found';

interface Context {
  client: QueryClient;
}

type Search = Record<string, unknown>;
const text = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Search): { to?: string } => {
    const to = text(search.to);
    // only ever back into this app
    return to?.startsWith('/') && !to.startsWith('//') && !to.includes('\\') ? { to } : {};
  },
}).lazy(() => import('./login.lazy').then((m) => m.Route));

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    const auth = await context.client.ensureQueryData(authQuery());
    if (!auth.authenticated) throw redirect({ to: '/login', search: { to: location.href } });
  },
  component: () => (
    <AppShell>
      <Outlet />
    </AppShell>
  ),
  errorComponent: ({ error, reset }) => (
    <div className="p-6">
      <Problem error={error} title="The page cannot be shown" onRetry={reset} />
    </div>
  ),
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/explore' });
  },
});

const explore = createRoute({
  getParentRoute: () => inside,
  path: '/explore',
  validateSearch: (search: Search): ExploreSearch => ({
    catalog: text(search.catalog),
    schema: text(search.schema),
    table: text(search.table),
    kind: text(search.kind),
    tab: text(search.tab),
  }),
}).lazy(() => import('./explore.lazy').then((m) => m.Route));

const clone = createRoute({
  getParentRoute: () => inside,
  path: '/clone',
  validateSearch: (search: Search): Search & { step?: string; job?: string } => {
    const step = text(search.step);
    const job = text(search.job);
    return { ...draftFromSearch('clone', search), ...(step && { step }), ...(job && { job }) };
  },
}).lazy(() => import('./clone.lazy').then((m) => m.Route));

const jobs = createRoute({
  getParentRoute: () => inside,
  path: '/jobs',
  validateSearch: (search: Search): JobsSearch => ({
    status: text(search.status) as JobStatus | undefined,
    q: text(search.q),
  }),
}).lazy(() => import('./jobs.lazy').then((m) => m.Route));

const job = createRoute({ getParentRoute: () => inside, path: '/jobs/$id' }).lazy(() =>
  import('./job.lazy').then((m) => m.Route),
);

const routeTree = root.addChildren([login, inside.addChildren([home, explore, clone, jobs, job])]);

export const makeRouter = (client: QueryClient) =>
  createRouter({
    routeTree,
    context: { client },
    defaultPreload: 'intent',
    defaultPendingMs: 200,
    defaultPendingComponent: () => <SkeletonRows label="Loading the page" />,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
