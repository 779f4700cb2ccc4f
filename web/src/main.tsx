import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './styles/app.css';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from '@/api/call';
import { authQuery } from '@/api/auth';
import { mayRetry } from '@/api/query';
import { TooltipProvider } from '@/ui/tooltip';
import { makeRouter } from './routes/router';

const client = new QueryClient({
  defaultOptions: { queries: { staleTime: 30_000, retry: mayRetry, refetchOnWindowFocus: false } },
  queryCache: new QueryCache({ onError: (error) => void signInAgain(error) }),
  mutationCache: new MutationCache({ onError: (error) => void signInAgain(error) }),
});
const router = makeRouter(client);

/** A session that has ended: ask for another, then come back to where this was. */
async function signInAgain(error: Error) {
  if (!(error instanceof ApiError) || error.status !== 401) return;
  if (router.state.location.pathname === '/login') return;
  client.removeQueries({ queryKey: authQuery().queryKey });
  await router.navigate({ to: '/login', search: { to: router.state.location.href } });
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
