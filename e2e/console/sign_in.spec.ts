import type { Route } from '@playwright/test';

import { mintSecret, mistyped } from '../support/secrets';
import { expect, signIn, test } from './fixtures';

test.describe('signing in', () => {
  test('a signed-out visit goes to Sign in and comes back to where it was', async ({ page, claviger, keys }) => {
    await page.goto('/keys?q=Gateway&sort=name');
    await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeVisible();
    await expect(page).toHaveTitle('Sign in · Claviger');
    await expect(page.getByLabel('API key', { exact: true })).toBeFocused();
    await page.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(keys.heading).toBeVisible();
    await expect(page).toHaveURL('/keys?q=Gateway&sort=name');
    await expect(page).toHaveTitle('Keys · Claviger');
    await expect(keys.row('Gateway')).toBeVisible();
    await expect(keys.search).toHaveValue('Gateway');
  });

  for (const [what, typed, says] of [
    ['nothing', '', /paste/i],
    ['a password', 'correct horse battery staple', /not a Claviger key/],
    ['a mistyped key', mistyped(mintSecret()), /typing error/],
    ['a key that nobody has', mintSecret(), /valid/],
  ] as const) {
    test(`${what} is refused beside the field, which keeps it and the focus`, async ({ page, watch }) => {
      watch.allow(/status of 401/);
      await page.goto('/sign-in');
      const field = page.getByLabel('API key');
      await field.fill(typed);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(field).toHaveAccessibleDescription(says);
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await expect(field).toBeFocused();
      await expect(field).toHaveValue(typed);
    });
  }

  test('a service key is told that it does not sign in', async ({ page, claviger, watch }) => {
    watch.allow(/status of 403/);
    await page.goto('/sign-in');
    await page.getByLabel('API key', { exact: true }).fill(claviger.secrets.integration);
    await page.getByLabel('API key').press('Enter');
    await expect(page.getByLabel('API key')).toHaveAccessibleDescription(/personal/i);
  });

  test('the key is hidden until it is asked for', async ({ page }) => {
    await page.goto('/sign-in');
    const field = page.getByLabel('API key');
    await expect(field).toHaveAttribute('type', 'password');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(field).toHaveAttribute('type', 'text');
    await page.getByRole('button', { name: 'Hide', exact: true }).click();
    await expect(field).toHaveAttribute('type', 'password');
  });

  test('who signs in before the console has heard that nobody was stays signed in', async ({ page, claviger, keys }) => {
    let release = (): void => {};
    const signedIn = new Promise<void>((resolve) => (release = resolve));
    const late = async (route: Route): Promise<void> => {
      const response = await route.fetch();
      await signedIn;
      await route.fulfill({ response });
    };
    await page.route('**/api/v2/session', late, { times: 1 });
    await page.goto('/sign-in');
    await page.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(keys.heading).toBeVisible();
    const heard = page.waitForEvent('requestfinished', (request) => request.method() === 'GET' && request.url().endsWith('/api/v2/session'));
    release();
    await heard;
    await keys.search.fill('Gateway');
    await expect(page).toHaveURL('/keys?q=Gateway');
    await expect(keys.row('Gateway')).toBeVisible();
  });

  test('nobody is sent to another site afterwards', async ({ page, claviger, keys }) => {
    await page.goto('/sign-in');
    await page.evaluate(() => sessionStorage.setItem('claviger.return', '//evil.example/keys'));
    await page.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(keys.heading).toBeVisible();
    expect(new URL(page.url()).origin).toBe(claviger.origin);
  });
});

test('signing out ends the session on the server, and Back shows nothing', async ({ page, context, claviger, keys }) => {
  await signIn(context, claviger, 'owner', 'fresh');
  await page.goto('/keys');
  await expect(keys.heading).toBeVisible();
  await page.getByRole('button', { name: 'Account' }).click();
  await expect(page.getByText('ada@example.com')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeVisible();
  expect((await page.request.get('/api/v2/session')).status()).toBe(401);
  await page.goBack();
  await expect(keys.heading).toBeHidden();
  await page.goto('/keys');
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeVisible();
});

test('the account says who one is, in which organization, and with which key', async ({ as, page, claviger }) => {
  await as('owner');
  await page.getByRole('button', { name: 'Account' }).click();
  const account = page.getByRole('group', { name: 'Account' });
  await expect(account.getByText('Owner of Acme')).toBeVisible();
  await expect(account.getByText(`${claviger.secrets.owner.slice(0, 8)}…${claviger.secrets.owner.slice(-4)}`)).toBeVisible();
});

test('an unknown page says so, and leads home', async ({ as, page, keys }) => {
  await as('owner', '/no/such/page');
  await expect(page).toHaveTitle('Not found · Claviger');
  await page.getByRole('link', { name: /keys/i }).click();
  await expect(keys.heading).toBeVisible();
});

test('signing out forgets what was typed', async ({ page, context, claviger, keys }) => {
  await signIn(context, claviger, 'owner', 'fresh');
  await page.goto('/keys');
  await keys.newKey.click();
  await keys.field('Name').fill('Not for the next person');
  await page.reload();
  const kept = () => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  expect(await kept()).toContain('Not for the next person');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeVisible();
  expect(await kept()).not.toContain('Not for the next person');
});

test('a sign-out that fails does not look like one that worked', async ({ as, page, context, watch }) => {
  watch.allow(/ERR_INTERNET_DISCONNECTED|Failed to (load|fetch)/);
  await as('owner');
  await page.getByRole('button', { name: 'Account' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.locator('.toast')).toContainText('Not signed out');
  const drawn = await page.locator('.toast path').getAttribute('d');
  await context.setOffline(false);
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByRole('button', { name: 'Create key' }).click();
  expect(drawn, 'the mark of a failure').toBe(await page.locator('.field-problem path').first().getAttribute('d'));
});
