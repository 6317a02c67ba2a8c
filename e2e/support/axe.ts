import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { expect } from './fixtures';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const OPTIONS = {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  resultTypes: ['violations'],
};
/** Rows of a long list that are like the ones before them: the newest, which a test has made itself, are the first. */
const MORE_ROWS = 'tbody tr:nth-child(n + 16)';

declare global {
  interface Window {
    axe?: { run(context: object, options: object): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> };
  }
}

/**
 * Axe finds nothing on the page as it is. Run in the page itself: there are no frames, for which its own runner opens a tab.
 * Of a long list it looks at the first rows, unless the `whole` is asked for: accessibility.spec.ts does, in each theme.
 */
export async function expectNoViolations(page: Page, where: string, whole?: 'whole'): Promise<void> {
  // What fades in has no contrast yet.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))));
  if (await page.evaluate(() => window.axe === undefined)) {
    await page.evaluate(AXE);
  }
  const { violations } = await page.evaluate(
    ([exclude, options]) => window.axe!.run(exclude && document.querySelector(exclude) ? { exclude: [exclude] } : document, options),
    [whole ? '' : MORE_ROWS, OPTIONS] as const,
  );
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(' | ')}`);
  expect(found, where).toEqual([]);
}

/** Nothing is wider than the screen, nor than the open dialog. */
export async function expectNoSidewaysScroll(page: Page, where: string): Promise<void> {
  const wide = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('dialog[open]')]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => `${element.tagName}: ${element.scrollWidth} > ${element.clientWidth}`),
  );
  expect(wide, where).toEqual([]);
}
