import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { ROOT } from '../support/paths';
import { bash, lastJson } from '../support/shell';
import { clipboard, expect, test } from './fixtures';

const GUIDE = readFileSync(join(ROOT, 'docs/INTEGRATE.md'), 'utf8');
const HEADINGS = [...GUIDE.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading ?? '');
const BLOCKS = [...GUIDE.matchAll(/^```\w+\n([^]*?)\n```$/gm)].map(([, block]) => block ?? '');

test('the guide is reached from Settings and says what docs/INTEGRATE.md says, with this address', async ({ as, claviger, page }) => {
  await as('owner');
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('link', { name: 'Integration guide' }).click();
  await expect(page).toHaveURL('/guide');
  await expect(page).toHaveTitle('Integration guide · Claviger');
  await expect(page.getByRole('heading', { name: 'Integration guide', level: 1 })).toBeFocused();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(HEADINGS);
  const { host, hostname } = new URL(claviger.origin);
  const own = BLOCKS.map((block) => block.replaceAll('https://keys.example.com', claviger.origin).replaceAll('keys.example.com:443', host)
    .replaceAll('proxy_ssl_name keys.example.com', `proxy_ssl_name ${hostname}`).replaceAll('keys.example.com', host).replaceAll('https://claviger/', 'http://claviger/'));
  expect(await page.locator('.snippet pre').allTextContents()).toEqual(own);
  await expect(page.locator('main')).not.toContainText('example.com');
  await page.getByRole('link', { name: 'The API reference' }).click();
  await expect(page).toHaveTitle('API reference · Claviger');
});

test('what is copied from it runs with a key of this Claviger', async ({ as, claviger, page }) => {
  await as('owner', '/guide');
  await page.getByRole('button', { name: 'Copy command' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const command = (await clipboard(page)).replace('clv_…', claviger.secrets.verifier).replace('what your caller sent you', claviger.secrets.integration);
  const answer = lastJson(await bash(command));
  expect(answer).toMatchObject({ code: 'INSUFFICIENT_SCOPE' });
});

test('a guide that does not come says so, and Retry gets it', async ({ as, page, watch }) => {
  watch.allow(/status of 404/);
  await as('owner');
  const file = '**/docs/integrate.md';
  await page.route(file, (route) => route.fulfill({ status: 404, body: 'x' }));
  await page.goto('/guide');
  await expect(page.getByRole('heading', { name: 'The guide could not be loaded' })).toBeVisible();
  await page.unroute(file);
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(HEADINGS);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the guide in ${colorScheme}, nor does it widen a phone`, async ({ as, page }) => {
    await page.emulateMedia({ colorScheme });
    await as('owner', '/guide');
    await expect(page.getByRole('heading', { level: 2 })).toHaveText(HEADINGS);
    await expectNoViolations(page, 'the guide');
    await page.setViewportSize({ width: 360, height: 740 });
    await expectNoSidewaysScroll(page, 'the guide');
    await expectNoViolations(page, 'on a phone');
  });
}
