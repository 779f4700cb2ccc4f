import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { Tree, type TreeRow } from './tree';

function Sample({ onOpen }: { onOpen: (row: TreeRow) => void }) {
  const [open, setOpen] = useState(false);
  const rows: TreeRow[] = [
    { id: 'prod', label: 'prod', level: 1, expanded: open },
    ...(open
      ? [
          { id: 'sales', label: 'sales', level: 2 },
          { id: 'hr', label: 'hr', level: 2 },
        ]
      : []),
    { id: 'staging', label: 'staging', level: 1, expanded: false },
  ];
  return <Tree label="Catalogs" rows={rows} onToggle={(_, on) => setOpen(on)} onOpen={onOpen} />;
}

const active = (tree: HTMLElement) =>
  document.getElementById(tree.getAttribute('aria-activedescendant') ?? '')?.textContent;

it('is walked with the arrow keys, opened to the right and closed to the left', async () => {
  const onOpen = vi.fn();
  const user = userEvent.setup();
  render(<Sample onOpen={onOpen} />);
  const tree = screen.getByRole('tree', { name: 'Catalogs' });
  await user.tab();
  expect(tree).toHaveFocus();
  expect(active(tree)).toBe('prod');

  await user.keyboard('{ArrowRight}');
  expect(within(tree).getByRole('treeitem', { name: 'prod' })).toHaveAttribute('aria-expanded', 'true');
  await user.keyboard('{ArrowRight}');
  expect(active(tree)).toBe('sales');
  await user.keyboard('{ArrowDown}{Enter}');
  expect(onOpen).toHaveBeenCalledWith(expect.objectContaining({ id: 'hr' }));

  await user.keyboard('{ArrowLeft}');
  expect(active(tree)).toBe('prod');
  await user.keyboard('{ArrowLeft}');
  expect(within(tree).queryByText('sales')).not.toBeInTheDocument();
  await user.keyboard('{End}');
  expect(active(tree)).toBe('staging');
  await user.keyboard('p');
  expect(active(tree)).toBe('prod');
});
