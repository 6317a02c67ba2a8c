import type { Page } from '@playwright/test';

import { unrecordedSecret } from '../support/secrets';
import { expect, signIn, test } from './fixtures';

// Somebody else put the secret there and the browser has asked for it already, so these are not among those swept for.
async function expectNowhere(page: Page, secret: string): Promise<void> {
  const kept = await page.evaluate(() => JSON.stringify([location.href, history.state, { ...sessionStorage }, { ...localStorage }]));
  const pieces = Array.from({ length: secret.length - 19 }, (_, at) => secret.slice(at, at + 20));
  expect(pieces.filter((piece) => kept.includes(piece))).toEqual([]);
}

for (const [where, address] of [
  ['the search', (secret: string) => `/?q=${secret}&sort=name`],
  ['another parameter', (secret: string) => `/keys?sort=name&status=${secret}`],
  ['a percent-encoded one', (secret: string) => `/keys?sort=name&q=${secret.replace('_', '%5F')}`],
  ['the path', (secret: string) => `/keys/${secret}?sort=name`],
] as const) {
  test(`a secret in ${where} of the address is taken out and kept nowhere`, async ({ page, context, claviger, keys }) => {
    const secret = unrecordedSecret();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(address(secret));
    await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeVisible();
    await expect(page.locator('.toasts')).toContainText('It was removed');
    await expectNowhere(page, secret);

    await signIn(context, claviger, 'owner');
    await page.goto(address(secret));
    await expect(keys.heading).toBeVisible();
    await expectNowhere(page, secret);
    expect(new URL(page.url()).search, 'the rest stays').toBe('?sort=name');
    expect(asked.filter((url) => url.includes('/api/') && url.includes(secret.slice(8, 28)))).toEqual([]);
  });
}

test('a page that cannot start does not keep it either', async ({ page, watch }) => {
  watch.allow(/./);
  const secret = unrecordedSecret();
  await page.route(/\.wasm$/, (route) => route.abort('internetdisconnected'));
  await page.goto(`/nope/${secret}`);
  await expect(page.getByRole('heading', { name: 'No network' })).toBeVisible();
  await expectNowhere(page, secret);
});

test('an ordinary address stays as it is', async ({ as, page }) => {
  await as('owner', '/keys?q=clv_4fGh…9aZ1&sort=-name');
  expect(decodeURIComponent(page.url())).toMatch(/\/keys\?q=clv_4fGh…9aZ1&sort=-name$/);
});
