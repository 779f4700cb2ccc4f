/* Each test watches its page: an error in the console, an exception or a request that fails makes it fail, unless
 * the test said that it expects it. */
import AxeBuilder from '@axe-core/playwright';
import { type Page, test as base, expect } from '@playwright/test';

interface Guard {
  /** what the page may complain about */
  expectTrouble: (pattern: RegExp) => void;
}

export const test = base.extend<{ guard: Guard; signedIn: Page }>({
  baseURL: ({}, use) => use(process.env.E2E_BASE),

  guard: [
    async ({ page }, use) => {
      const trouble: string[] = [];
      const expected: RegExp[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error')
          trouble.push(`console: ${message.text()} (${message.location().url})`);
      });
      page.on('pageerror', (error) => trouble.push(`exception: ${error.message}`));
      page.on('requestfailed', (request) => {
        const why = request.failure()?.errorText ?? '';
        // what the page itself gave up, because it went elsewhere
        if (why !== 'net::ERR_ABORTED') trouble.push(`request: ${request.url()} ${why}`);
      });
      page.on('response', (response) => {
        if (response.status() >= 400) trouble.push(`answer: ${response.status()} ${response.url()}`);
      });
      await use({ expectTrouble: (pattern) => expected.push(pattern) });
      expect(trouble.filter((line) => !expected.some((pattern) => pattern.test(line)))).toEqual([]);
    },
    { auto: true },
  ],

  signedIn: async ({ page }, use) => {
    const answer = await page.request.post('/api/auth/demo', { data: {} });
    expect(answer.ok()).toBe(true);
    await use(page);
  },
});

export { expect };

export async function expectAccessible(page: Page, where: string) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map(
      (v) =>
        `${where}: ${v.id}: ${v.nodes.map((n) => `${n.html.slice(0, 120)} ${n.failureSummary}`).join(' | ')}`,
    );
  expect(bad).toEqual([]);
}

/** Tabs until the element with this name has the focus. */
export async function tabTo(page: Page, name: RegExp, most = 80) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => {
      const e = document.activeElement as HTMLElement | null;
      const labels = e && 'labels' in e ? [...((e as HTMLInputElement).labels ?? [])] : [];
      return (
        [e?.getAttribute('aria-label'), ...labels.map((l) => l.textContent), e?.textContent].find(Boolean) ??
        ''
      );
    });
    if (name.test(here.trim())) return;
  }
  throw new Error(`Tab does not reach ${name}`);
}
