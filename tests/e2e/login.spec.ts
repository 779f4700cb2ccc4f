import { expect, test } from './support';

test('every page asks for a sign-in first, and comes back to where one wanted to go', async ({ page }) => {
  await page.goto('/jobs');
  await expect(page).toHaveURL(/\/login\?to=/);
  await page.getByRole('button', { name: 'Explore Clone-Xs' }).click();
  await expect(page).toHaveURL(/\/jobs$/);
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
});

test('the session survives a reload and ends with signing out', async ({ signedIn: page }) => {
  await page.goto('/explore');
  await page.reload();
  await expect(page.getByRole('treeitem', { name: 'demo_retail' })).toBeVisible();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto('/explore');
  await expect(page).toHaveURL(/\/login/);
});

test('a token signs in, by keyboard; a wrong one says so', async ({ page, guard }) => {
  guard.expectTrouble(/401|403/);
  await page.goto('/login');
  await expect(page.getByRole('tab', { name: 'Access token' })).toHaveAttribute('aria-selected', 'true');
  const host = page.getByRole('textbox', { name: /Workspace URL/ });
  await expect(host).toHaveAttribute('aria-required', 'true');
  await page.getByRole('tab', { name: 'Access token' }).focus();

  await host.fill(process.env.E2E_REMOTE ?? '');
  await page
    .getByLabel(/Personal access token/)
    .last()
    .fill('wrong');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('Signing in failed');

  await page
    .getByLabel(/Personal access token/)
    .last()
    .fill('e2e-token');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/explore/);
  await expect(page.getByRole('status', { name: /^Connected/ })).toContainText('127.0.0.1');
});

test('empty fields are named, beside the field', async ({ page }) => {
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('This field is required.')).toHaveCount(2);
});
