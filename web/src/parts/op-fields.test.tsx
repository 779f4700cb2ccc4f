import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { type Draft, opOf, problemsOf } from '@/api/op';
import { TooltipProvider } from '@/ui/tooltip';
import { OpFields } from './op-fields';

const { args } = opOf('clone');

function Form({ seen }: { seen: (draft: Draft) => void }) {
  const [draft, setDraft] = useState<Draft>({});
  const change = (name: string, value: unknown) => {
    const next = { ...draft, [name]: value };
    setDraft(next);
    seen(next);
  };
  return <OpFields args={args} draft={draft} errors={problemsOf(args, draft)} onChange={change} />;
}

const show = () => {
  const seen = vi.fn<(draft: Draft) => void>();
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('[{"name":"sales"}]')));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TooltipProvider>
        <Form seen={seen} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return seen;
};

it('every argument is a field with its help behind an info icon and as its description', () => {
  show();
  for (const arg of args.filter((a) => !a.advanced && a.kind !== 'bool')) {
    const label = arg.name.charAt(0).toUpperCase() + arg.name.slice(1).replaceAll('_', ' ');
    const field = screen.getByLabelText(new RegExp(`^${label}`));
    expect(field).toHaveAccessibleDescription(expect.stringContaining(arg.help));
    expect(screen.getByRole('button', { name: `About ${label}` })).toBeInTheDocument();
  }
});

it('what is required says so, beside the field and to a screen reader', () => {
  show();
  const source = screen.getByRole('combobox', { name: /Source catalog/ });
  expect(source).toHaveAttribute('aria-required', 'true');
  expect(source).toBeInvalid();
  expect(source).toHaveAccessibleDescription(/This field is required/);
});

it('a number keeps its bounds, and its default shows in the empty field', async () => {
  const seen = show();
  const workers = screen.getByRole('spinbutton', { name: /Max workers/ });
  expect(workers).toHaveAttribute('placeholder', '4');
  await userEvent.type(workers, '99');
  expect(seen).toHaveBeenLastCalledWith({ max_workers: 99 });
  expect(workers).toHaveAccessibleDescription(/at most 64/);
});

it('advanced options are folded, and count what was changed', async () => {
  show();
  const fold = screen.getByRole('button', { name: /Advanced options/ });
  expect(fold).toHaveAttribute('aria-expanded', 'false');
  await userEvent.click(fold);
  await userEvent.click(screen.getByRole('checkbox', { name: /Clone views/ }));
  expect(fold).toHaveTextContent('1 option changed');
});
