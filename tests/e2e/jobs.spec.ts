import { expect, test } from './support';

test('a job is listed, opens by keyboard, and shows its result and log', async ({ signedIn: page }) => {
  await page.goto(
    '/clone?source_catalog=demo_retail&destination_catalog=e2e_jobs&clone_type=SHALLOW&step=plan',
  );
  await page.getByRole('button', { name: 'Run the clone' }).click();
  await expect(page.getByText('Completed').first()).toBeVisible();

  await page.goto('/jobs');
  const table = page.getByRole('table', { name: 'Jobs' });
  const row = table.getByRole('row', { name: /e2e_jobs/ });
  await expect(row).toContainText('Completed');
  await row.focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/jobs\/[0-9a-f]+$/);
  await expect(page.getByRole('heading', { name: 'Clone job' })).toBeVisible();
  await expect(page.getByText('Failures')).toBeVisible();
  await expect(page.getByRole('log')).toContainText('e2e_jobs');
  await page.getByText('Full result').click();
  await expect(page.getByRole('region', { name: 'Result as JSON' })).toContainText('"plan_hash"');
});

test('without the event stream the job is polled, and its log is there all the same', async ({
  signedIn: page,
  guard,
}) => {
  guard.expectTrouble(/events|Failed to load resource/);
  await page.route('**/api/clone/*/events', (route) => route.abort());
  await page.goto('/clone?source_catalog=demo_retail&destination_catalog=e2e_polled&step=plan');
  await page.getByRole('button', { name: 'Run the clone' }).click();
  await expect(page.getByText('Completed').first()).toBeVisible();
  await expect(page.getByRole('log')).toContainText('e2e_polled');
});

test('filters are in the URL', async ({ signedIn: page }) => {
  await page.goto('/jobs');
  await expect(page.getByRole('table', { name: 'Jobs' })).toBeVisible();
  await page.getByRole('combobox', { name: 'Status' }).selectOption('failed');
  await expect(page).toHaveURL(/status=failed/);
  await page.getByRole('combobox', { name: 'Status' }).selectOption('');
  await page.getByRole('searchbox', { name: 'Filter the jobs' }).fill('e2e_jobs');
  await expect(page).toHaveURL(/q=e2e_jobs/);
  await expect(page.getByRole('table', { name: 'Jobs' }).getByRole('row')).toHaveCount(2);
});

test('a job that is not there says so', async ({ signedIn: page, guard }) => {
  guard.expectTrouble(/404/);
  await page.goto('/jobs/00000000');
  await expect(page.getByRole('alert')).toContainText('Job not found');
});
