import { expectNoViolations } from '../support/axe';
import { expect, test } from './fixtures';

const CHUNK = /\/claviger-app-[0-9a-f]{16}\/(split|chunk)_\w+\.wasm$/;
const PROGRAM = /\/claviger-app-[0-9a-f]{16}\//;
const TITLE = 'A part of the console could not be loaded';

test('what a first visit does not show is loaded when it is shown, and once', async ({ as, keys, page }) => {
  const loaded: string[] = [];
  page.on('request', (request) => CHUNK.test(request.url()) && loaded.push(request.url()));
  // As somebody who is done with the first steps.
  await page.addInitScript(() => localStorage.setItem('claviger.begun.1', '1'));
  await as('owner');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  // The one that nobody has to wait for comes behind the list.
  await expect(page.locator('.usage-line')).not.toBeEmpty();
  const named = (): string[] => loaded.map((url) => /split_\w+/.exec(url)?.[0] ?? '').filter((name) => name !== '');
  expect(named()).toEqual(['split_usage']);
  const first = loaded.length;
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeFocused();
  const settings = loaded.length;
  expect(settings).toBeGreaterThan(first);
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await expect(keys.heading).toBeFocused();
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeFocused();
  expect(loaded).toHaveLength(settings);
});

test.describe('without a network', () => {
  test.beforeEach(({ watch }) => watch.allow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to (load|fetch)/));

  test('a page that is not there yet says so, and Retry gets it', async ({ as, page }) => {
    await as('owner');
    await expect(page.getByRole('row').nth(1)).toBeVisible();
    await page.route(PROGRAM, (route) => route.abort('internetdisconnected'));
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText(TITLE);
    await expect(page.getByRole('alert')).toContainText('Check your connection');
    await page.unroute(PROGRAM);
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  });

  test('a dialog that is not there yet says so; Close goes back, Retry gets it', async ({ as, keys, page }) => {
    await as('owner');
    await expect(page.getByRole('row').nth(1)).toBeVisible();
    await page.route(PROGRAM, (route) => route.abort('internetdisconnected'));
    const said = page.getByRole('dialog', { name: TITLE });
    await keys.newKey.click();
    await expect(said.getByRole('button', { name: 'Retry' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(said).toBeHidden();
    await expect(keys.newKey).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(said).toBeVisible();
    await page.unroute(PROGRAM);
    await said.getByRole('button', { name: 'Retry' }).click();
    await expect(keys.field('Name')).toBeVisible();
    await expect(said).toBeHidden();
  });
});

test('a way to sign in that could not be loaded is not missing silently', async ({ page, watch }) => {
  watch.allow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to (load|fetch)/);
  const piece = /\/split_passkeys\.wasm$/;
  await page.route(piece, (route) => route.abort('internetdisconnected'));
  await page.goto('/sign-in');
  await expect(page.getByRole('alert')).toContainText(TITLE);
  await expectNoViolations(page, 'a way to sign in that is missing');
  await page.unroute(piece);
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('what shows a new secret is there before the key is made', async ({ as, keys, page, unique }) => {
  await as('owner');
  await keys.newKey.click();
  await keys.field('Name').fill(unique('Made in a tunnel'));
  await page.route(PROGRAM, (route) => route.abort('internetdisconnected'));
  await keys.button('Create key').click();
  await expect(keys.reveal).toBeVisible();
});

test('a chunk that a newer version replaced: the page says so, and Reload gets the newer one', async ({ as, page, watch }) => {
  watch.allow(/status of 404|WebAssembly|wasm|Failed to (load|fetch)/i);
  await as('owner');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await page.route(PROGRAM, (route) => route.fulfill({ status: 404, contentType: 'text/plain', body: 'There is no such file.' }));
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  // It has reloaded once by itself; here the newer version is as missing as the older.
  await expect(page.getByRole('heading', { name: 'Claviger was updated' })).toBeVisible();
  await page.unroute(PROGRAM);
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
});
