import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider, createMemoryHistory } from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { TooltipProvider } from '@/ui/tooltip';
import { makeRouter } from './router';

type Answer = { status?: number; body: unknown };

const me = { authenticated: true, user: 'ada', host: 'embedded', embedded: true, csrf_token: 't' };

/** The fakes stand at the HTTP line. */
function open(path: string, answers: Record<string, Answer | (() => Answer)>) {
  const all: Record<string, Answer | (() => Answer)> = {
    '/api/auth/status': { body: me },
    '/api/health': { body: { status: 'ok' } },
    '/api/catalogs': { body: [] },
    '/api/jobs': { body: [] },
    ...answers,
  };
  vi.stubGlobal('fetch', (url: string) => {
    const found = all[url.split('?')[0]!] ?? { status: 404, body: { detail: `no fake for ${url}` } };
    const { status = 200, body } = typeof found === 'function' ? found() : found;
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = makeRouter(client);
  router.update({ ...router.options, context: { client }, history: createMemoryHistory({ initialEntries: [path] }) });
  render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return router;
}

it('without a session every page leads to the login page, and remembers where it was', async () => {
  const router = open('/jobs', { '/api/auth/status': { body: { authenticated: false } } });
  expect(await screen.findByRole('button', { name: 'Sign in' })).toBeInTheDocument();
  expect(router.state.location.search).toEqual({ to: '/jobs' });
});

it('an empty list says what it is for, what fills it, and the command that does the same', async () => {
  open('/jobs', {});
  expect(await screen.findByText('No jobs yet')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Clone a catalog' })).toHaveAttribute('href', '/clone');
  expect(screen.getByText(/^clxs clone --source/)).toBeInTheDocument();
});

it('a failure shows message, hint and request id, and Retry asks again', async () => {
  let calls = 0;
  open('/explore', {
    '/api/catalogs': () =>
      ++calls === 1
        ? { status: 503, body: { detail: 'The warehouse is stopped.', hint: 'Start it.', request_id: 'abc123' } }
        : { body: [{ name: 'sales', owner: 'ada' }] },
  });
  expect(await screen.findByText('The warehouse is stopped.')).toBeInTheDocument();
  expect(screen.getByText('Start it.')).toBeInTheDocument();
  expect(screen.getByText('abc123')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
  expect(await screen.findByRole('cell', { name: /sales/ })).toBeInTheDocument();
});

it('a link with options fills the wizard, and a destination equal to its source is refused', async () => {
  open('/clone?source_catalog=sales&destination_catalog=sales&clone_type=SHALLOW', {
    '/api/catalogs': { body: [{ name: 'sales' }] },
  });
  expect(await screen.findByRole('combobox', { name: /Source catalog/ })).toHaveValue('sales');
  expect(screen.getByRole('radio', { name: /^shallow/ })).toBeChecked();
  await userEvent.click(screen.getByRole('button', { name: 'Continue to options' }));
  expect(screen.getAllByText(/must be another catalog/)).not.toHaveLength(0);
});

it('an address that does not exist says so', async () => {
  open('/nowhere', {});
  expect(await screen.findByText('There is no such page')).toBeInTheDocument();
});
