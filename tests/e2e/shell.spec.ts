import { expect, test } from './support';

test('the palette finds pages by keyword, catalogs and themes, and remembers', async ({ signedIn: page }) => {
  await page.goto('/jobs');
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
  await page.keyboard.press('Control+k');
  const input = page.getByRole('combobox', { name: 'Search or go to' });
  await input.fill('wizard');
  await expect(page.getByRole('option', { name: 'Clone', exact: true })).toBeVisible();
  await input.fill('demo_retail');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/catalog=demo_retail/);

  await page.keyboard.press('Control+k');
  await expect(page.getByText('Last used')).toBeVisible();
  await input.fill('ocean');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'ocean');
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Escape');
  await expect(input).toBeHidden();
});

test('there are ten themes; the choice survives a reload, before the first paint', async ({
  signedIn: page,
}) => {
  await page.goto('/jobs');
  await page.getByRole('button', { name: 'Theme' }).click();
  await expect(page.getByRole('menuitemradio')).toHaveCount(10);
  await page.getByRole('menuitemradio', { name: 'Forest' }).click();
  // The colour that it ends with: a theme fades in, and half-way values are nobody's.
  const surface = () =>
    page.evaluate(async () => {
      await Promise.all(document.body.getAnimations().map((animation) => animation.finished));
      return getComputedStyle(document.body).backgroundColor;
    });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'forest');
  const before = await surface();
  await page.reload({ waitUntil: 'commit' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'forest');
  await expect.poll(surface).toBe(before);
});

test('the portal switcher works with arrows, Enter and Escape', async ({ signedIn: page }) => {
  await page.goto('/jobs');
  const button = page.getByRole('button', { name: 'Switch portal' });
  await button.focus();
  await page.keyboard.press('Enter');
  const items = page.getByRole('menuitem');
  await expect(items.first()).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(items.nth(1)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
  await expect(button).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/explore/);
});

test('every portal leads to something that is there', async ({ signedIn: page }) => {
  await page.goto('/jobs');
  await page.getByRole('button', { name: 'Switch portal' }).click();
  await page.getByRole('menuitem', { name: /API reference/ }).click();
  await expect(page).toHaveURL(/\/docs/);
  await expect(page.locator('body')).toContainText('/api/clone');
});

test('the sidebar becomes a rail and stays one; its width is kept', async ({ signedIn: page }) => {
  await page.goto('/jobs');
  const nav = page.getByRole('navigation', { name: 'Main' });
  const width = async () => (await nav.boundingBox())?.width;
  expect(await width()).toBe(180);
  const handle = page.getByRole('separator', { name: 'Width of the sidebar' });
  await handle.focus();
  await page.keyboard.press('ArrowRight');
  expect(await width()).toBe(196);
  await page.getByRole('button', { name: 'Collapse the sidebar' }).click();
  expect(await width()).toBe(48);
  await page.reload();
  await expect(nav.getByRole('link', { name: 'Explorer' })).toBeVisible();
  expect(await width()).toBe(48);
  await page.getByRole('button', { name: 'Expand the sidebar' }).click();
  expect(await width()).toBe(196);
});

test('the frame has the sizes that were asked for', async ({ signedIn: page }) => {
  await page.goto('/jobs');
  const title = page.getByRole('heading', { level: 1 });
  await expect(title).toHaveCSS('font-size', '18px');
  await expect(page.locator('body')).toHaveCSS('font-size', '13px');
  expect((await page.getByRole('banner').boundingBox())?.height).toBe(48);
});

test('the dot turns red when the server does not answer, and green again', async ({
  signedIn: page,
  guard,
}) => {
  guard.expectTrouble(/health|Failed to load resource/);
  await page.clock.install();
  await page.goto('/jobs');
  const dot = page.getByTestId('health-dot');
  await expect(dot).toHaveAttribute('data-up', 'true');
  await page.route('**/api/health', (route) => route.abort());
  await page.clock.runFor(16_000);
  await expect(dot).toHaveAttribute('data-up', 'false');
  await page.unroute('**/api/health');
  await page.clock.runFor(16_000);
  await expect(dot).toHaveAttribute('data-up', 'true');
});

test('printing shows the content alone', async ({ signedIn: page }) => {
  await page.goto('/jobs');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('banner')).toBeHidden();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});
