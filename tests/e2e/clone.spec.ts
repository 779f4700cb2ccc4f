import { expect, tabTo, test } from './support';

test('a catalog is cloned with the keyboard alone, from the source to the result', async ({
  signedIn: page,
}) => {
  test.setTimeout(180_000);
  await page.goto('/clone');
  await expect(page.getByRole('heading', { name: 'Source and destination' })).toBeFocused();
  await tabTo(page, /^Source catalog/);
  await page.keyboard.type('demo_re');
  await expect(page.getByRole('option', { name: 'demo_retail' })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('combobox', { name: /Source catalog/ })).toHaveValue('demo_retail');
  await tabTo(page, /^Destination catalog/);
  await page.keyboard.type('e2e_copy');
  await page.keyboard.press('Enter');

  await expect(page.getByRole('heading', { name: 'Options' })).toBeFocused();
  await tabTo(page, /Validate after clone/);
  if (!(await page.evaluate(() => document.activeElement?.matches('input[type=checkbox]'))))
    await tabTo(page, /^Validate after clone$/);
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');

  await expect(page.getByRole('heading', { name: 'Plan' })).toBeFocused();
  const steps = page.getByRole('region', { name: 'Steps of the plan' });
  await expect(steps).toBeVisible();
  await expect(page.getByLabel('What will change')).toContainText(/add/i);
  const group = steps.getByRole('button').first();
  await group.focus();
  await tabTo(page, /Run the clone/, 400);
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL(/job=/);
  await expect(page.getByText('Completed').first()).toBeVisible({
    timeout: 120_000,
  });
  await expect(page.getByText(/^Validated: \d+ of \d+ tables agree/)).toBeVisible();

  await page.reload();
  await expect(page.getByText(/^Validated: \d+ of \d+ tables agree/)).toBeVisible();
  await expect(page).toHaveTitle('Clone – Clone-Xs');
  await page.getByRole('link', { name: 'Explore the clone' }).click();
  await expect(page).toHaveURL(/catalog=e2e_copy/);
  await expect(page.getByRole('table', { name: 'Tables' }).getByRole('row').nth(1)).toBeVisible();
});

test('the plan shows each statement, its hash, and Copy as CLI', async ({ signedIn: page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(
    '/clone?source_catalog=demo_retail&destination_catalog=e2e_plan&clone_type=SHALLOW&step=plan',
  );
  const steps = page.getByRole('region', { name: 'Steps of the plan' });
  await expect(steps).toBeVisible();
  const groups = steps.locator('section > button');
  for (let i = 0; i < (await groups.count()); i++)
    if ((await groups.nth(i).getAttribute('aria-expanded')) === 'false') await groups.nth(i).click();
  await steps
    .getByRole('button', { name: /demo_retail|e2e_plan\.\w+\.\w+/ })
    .first()
    .click();
  await expect(steps.getByRole('region', { name: /^Statement for/ }).first()).toContainText('e2e_plan');
  await expect(page.getByRole('button', { name: "Copy the plan's hash" })).toBeVisible();

  await page.getByRole('button', { name: 'Copy as' }).click();
  await page.getByRole('menuitem', { name: 'Copy as CLI' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toBe('clxs clone --source demo_retail --dest e2e_plan --clone-type SHALLOW');
});

test('an option set here is in the plan', async ({ signedIn: page }) => {
  await page.goto(
    '/clone?source_catalog=demo_retail&destination_catalog=e2e_dry&clone_views=false&step=plan',
  );
  await expect(page.getByRole('region', { name: 'Steps of the plan' })).toBeVisible({ timeout: 30_000 });
});

test('a source that is not there, and a destination equal to it, are refused before anything is sent', async ({
  signedIn: page,
}) => {
  await page.goto('/clone');
  await page.getByRole('combobox', { name: /Source catalog/ }).fill('nothing_here');
  await page.getByRole('combobox', { name: /Destination catalog/ }).fill('nothing_here');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('There is no catalog called nothing_here.');
  await expect(page.getByRole('alert')).toContainText('must be another catalog');
});
