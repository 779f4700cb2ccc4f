/* axe on each route in three themes; a screenshot of each is left in results/screens. */
import { expect, expectAccessible, test } from './support';

const routes: [string, string, RegExp][] = [
  ['explore', '/explore', /demo_retail/],
  ['catalog', '/explore?catalog=demo_retail', /All schemas/],
  ['clone', '/clone?source_catalog=demo_retail&destination_catalog=e2e_axe', /Clone type/],
  [
    'options',
    '/clone?source_catalog=demo_retail&destination_catalog=e2e_axe&step=options',
    /Advanced options/,
  ],
  ['plan', '/clone?source_catalog=demo_retail&destination_catalog=e2e_axe&step=plan', /Run the clone/],
  ['jobs', '/jobs', /What runs/],
];

for (const theme of ['light', 'dark', 'high-contrast']) {
  test(`no serious or critical finding of axe on any route in ${theme}`, async ({ page }) => {
    test.setTimeout(180_000);
    await page.addInitScript((id) => localStorage.setItem('theme', id), theme);
    await page.goto('/login');
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    await expectAccessible(page, 'login');
    await page.request.post('/api/auth/demo', { data: {} });

    for (const [name, path, text] of routes) {
      await page.goto(path);
      await expect(page.getByText(text).first()).toBeVisible();
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
      await page.screenshot({
        path: `${__dirname}/results/screens/${name}-${theme}.png`,
      });
      await expectAccessible(page, name);
    }

    await page.goto('/explore?catalog=demo_retail');
    await page.getByRole('table', { name: 'Tables' }).getByRole('row').nth(1).click();
    const drawer = page.getByRole('complementary', { name: /^Details of/ });
    for (const tab of ['Columns', 'Properties', 'History', 'Sample']) {
      await drawer.getByRole('tab', { name: tab }).click();
      await expect(drawer.getByRole('tabpanel').locator('[aria-busy=true]')).toHaveCount(0);
      await page.screenshot({
        path: `${__dirname}/results/screens/${tab.toLowerCase()}-${theme}.png`,
      });
      await expectAccessible(page, `drawer ${tab}`);
    }
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectAccessible(page, 'palette');
  });
}
