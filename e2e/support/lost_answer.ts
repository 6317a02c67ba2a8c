import type { Page } from '@playwright/test';

/** The next such POST is carried out, and its answer lost on the way; with `before`, it does not even get there. */
export async function loseAnswer(page: Page, url: string | RegExp, when: 'after' | 'before' = 'after'): Promise<void> {
  let lost = false;
  await page.route(url, async (route) => {
    if (lost || route.request().method() !== 'POST') {
      return route.fallback();
    }
    lost = true;
    if (when === 'after') {
      await route.fetch();
    }
    return route.abort('connectionreset');
  });
}
