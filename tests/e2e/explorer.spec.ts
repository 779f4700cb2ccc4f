import { expect, test } from './support';

test('the tree opens by keyboard down to a table, whose details are in the URL', async ({
  signedIn: page,
}) => {
  await page.goto('/explore');
  const tree = page.getByRole('tree', { name: 'Catalogs' });
  await expect(tree.getByRole('treeitem', { name: 'demo_retail' })).toBeVisible();
  await tree.focus();
  await page.keyboard.press('d');
  await page.keyboard.press('ArrowRight');
  await expect(tree.locator('[aria-level="2"]:not([aria-disabled])').first()).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(tree.locator('[aria-level="3"]:not([aria-disabled])').first()).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/table=/);
  await expect(page.getByRole('complementary', { name: /^Details of/ })).toBeVisible();
});

test('a table shows columns, properties, history and a sample', async ({ signedIn: page }) => {
  await page.goto('/explore?catalog=demo_retail');
  const table = page.getByRole('table', { name: 'Tables' });
  await expect(table.getByRole('row').nth(1)).toBeVisible();
  await table.getByRole('row').nth(1).click();
  const drawer = page.getByRole('complementary', { name: /^Details of/ });
  await expect(drawer.getByRole('table', { name: 'Columns' }).getByRole('row').nth(1)).toBeVisible();

  await drawer.getByRole('tab', { name: 'Properties' }).click();
  await expect(page).toHaveURL(/tab=properties/);
  await expect(drawer.getByText('Owner')).toBeVisible();

  await drawer.getByRole('tab', { name: 'History' }).click();
  await expect(drawer.getByRole('list', { name: 'Versions' })).toContainText('v0');

  await drawer.getByRole('tab', { name: 'Sample' }).click();
  await expect(drawer.getByRole('table', { name: 'Sample rows' }).getByRole('row').nth(1)).toBeVisible();

  await page.reload();
  await expect(drawer.getByRole('table', { name: 'Sample rows' })).toBeVisible();
  await drawer.getByRole('tab', { name: 'Sample' }).focus();
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
});

test('a catalog shows its size, and exports its tables as they are shown', async ({ signedIn: page }) => {
  await page.goto('/explore?catalog=demo_retail');
  await expect(page.getByText('Rows', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('table', { name: 'Tables' }).getByRole('row').nth(1)).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export what is shown' }).click();
  await page.getByRole('menuitem', { name: 'Export as CSV' }).click();
  expect((await download).suggestedFilename()).toBe('demo_retail-tables.csv');
});

test('the filter of the tree finds, and widths of panels are kept', async ({ signedIn: page }) => {
  await page.goto('/explore?catalog=demo_retail');
  const tree = page.getByRole('tree', { name: 'Catalogs' });
  await expect(tree.locator('[aria-level="2"]').first()).toBeVisible();
  await page.getByRole('searchbox', { name: 'Filter the tree' }).fill('no such name');
  await expect(tree.getByRole('treeitem')).toHaveCount(0);
  // a table of a branch that was never opened
  await page.getByRole('searchbox', { name: 'Filter the tree' }).fill('order_it');
  await expect(tree.getByRole('treeitem', { name: 'order_items' }).first()).toBeVisible();
  await page.getByRole('searchbox', { name: 'Filter the tree' }).fill('');

  const handle = page.getByRole('separator', {
    name: 'Width of the catalog browser',
  });
  await handle.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const width = await handle.getAttribute('aria-valuenow');
  await page.reload();
  await expect(handle).toHaveAttribute('aria-valuenow', width ?? '');
  expect(width).toBe('292');
});

test('a catalog that is not there fails with a message and a way out', async ({ signedIn: page, guard }) => {
  guard.expectTrouble(/404/);
  await page.goto('/explore?catalog=no_such_catalog');
  await expect(page.getByRole('alert')).toContainText('no_such_catalog');
  await expect(page.getByRole('button', { name: 'Retry' })).toBeVisible();
});
