import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider, createMemoryHistory } from '@tanstack/react-router';
import { act, render, screen } from '@testing-library/react';
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
    '/api/clone/jobs': { body: [] },
    ...answers,
  };
  vi.stubGlobal('fetch', (url: string) => {
    const found = all[url.split('?')[0]!] ?? { status: 404, body: { detail: `no fake for ${url}` } };
    const { status = 200, body } = typeof found === 'function' ? found() : found;
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = makeRouter(client);
  router.update({
    ...router.options,
    context: { client },
    history: createMemoryHistory({ initialEntries: [path] }),
  });
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
        ? {
            status: 503,
            body: { detail: 'The warehouse is stopped.', hint: 'Start it.', request_id: 'abc123' },
          }
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

class FakeStream extends EventTarget {
  static last: FakeStream;
  closed = false;
  constructor(readonly url: string) {
    super();
    FakeStream.last = this;
  }
  close() {
    this.closed = true;
  }
  say(kind: string, id: number, data: unknown) {
    const event = new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: String(id) });
    act(() => void this.dispatchEvent(event));
  }
}

it('a job moves with its events, and its result takes the place of the progress', async () => {
  vi.stubGlobal('EventSource', FakeStream);
  const job: Record<string, unknown> = {
    job_id: 'ab12',
    status: 'running',
    job_type: 'clone',
    source_catalog: 'sales',
    destination_catalog: 'copy',
    progress: { total: 4, completed: 0, phase: 'clone' },
    started_at: new Date().toISOString(),
    logs: [],
  };
  open('/jobs/ab12', { '/api/clone/ab12': () => ({ body: job }) });
  expect(await screen.findByText('0 of 4')).toBeInTheDocument();
  const stream = FakeStream.last;
  expect(stream.url).toBe('/api/clone/ab12/events');

  stream.say('progress', 1, { total: 4, completed: 3, phase: 'clone', current_table: 'copy.s.t' });
  stream.say('log', 2, { level: 'warning', text: 'a slow table', time_ms: Date.now() });
  expect(await screen.findByText('3 of 4')).toBeInTheDocument();
  expect(screen.getByRole('log')).toHaveTextContent('a slow table');
  expect(screen.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '3');

  Object.assign(job, {
    status: 'completed',
    completed_at: new Date().toISOString(),
    result: { bytes_copied: 2048, tables: { success: 4, failed: 0, skipped: 0 }, errors: [] },
  });
  stream.say('status', 3, { status: 'completed' });
  stream.say('result', 4, { status: 'completed' });
  expect(await screen.findByText('2.00 KiB')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Explore the clone' })).toBeInTheDocument();
  expect(stream.closed).toBe(true);
});

it('a job that failed says why and what to try', async () => {
  vi.stubGlobal('EventSource', FakeStream);
  const body = {
    job_id: 'ab12',
    status: 'failed',
    error: 'No such catalog.',
    hint: 'Look at the names.',
    logs: [],
  };
  open('/jobs/ab12', { '/api/clone/ab12': { body } });
  expect(await screen.findByText('No such catalog.')).toBeInTheDocument();
  expect(screen.getByText('Look at the names.')).toBeInTheDocument();
});

it('an address that does not exist says so', async () => {
  open('/nowhere', {});
  expect(await screen.findByText('There is no such page')).toBeInTheDocument();
});
