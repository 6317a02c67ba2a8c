import { Database } from '../support/database';
import { test as base, expect } from '../support/browser';
import { clipboard, REVEAL } from '../support/keys_page';
import { SECRET, sha256 } from '../support/secrets';
import { newSetupToken, Worker } from '../support/worker';

const test = base.extend<{ fresh: Worker }>({
  fresh: async ({}, use) => {
    const worker = await Worker.start('console-setup');
    await use(worker);
    await worker.kill();
  },
  baseURL: async ({ fresh }, use) => use(fresh.origin),
  permissions: async ({}, use) => use(['clipboard-read', 'clipboard-write']),
});

test('setting up makes the organization, shows the key once and signs in', async ({ page, fresh }) => {
  await page.goto(`/setup#token=${fresh.setupToken}`);
  await expect(page.getByRole('heading', { name: 'Set up Claviger' })).toBeVisible();
  await expect(page).toHaveTitle('Set up · Claviger');
  expect(page.url(), 'the token leaves the address').toBe(`${fresh.origin}/setup`);
  await expect(page.getByLabel('Organization')).toBeFocused();

  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  for (const label of ['Organization', 'Your name', 'E-mail']) {
    await expect(page.getByLabel(label)).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(page.getByLabel('Organization')).toBeFocused();
  await page.getByLabel('Organization').fill('Acme');
  await page.getByLabel('Your name').fill('Ada Owner');
  await page.getByLabel('E-mail').fill('ada');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription(/e-mail address/);
  await page.getByLabel('E-mail').fill('ada owner@example.com');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription('Must be an e-mail address such as ada@example.com.');
  expect(new Database(fresh.state).count('organizations')).toBe(0);

  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.getByRole('heading', { name: REVEAL })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Copy', exact: true })).toBeFocused();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const secret = await clipboard(page);
  expect(secret).toMatch(SECRET);
  expect(new Database(fresh.state).rows('SELECT 1 FROM secrets WHERE hash = ?', sha256(secret))).toHaveLength(1);

  await page.getByRole('button', { name: 'Sign in with this key' }).click();
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
  expect(await page.content()).not.toContain(secret.slice(8, 28));

  await page.goto(`/setup#token=${fresh.setupToken}`);
  await expect(page.getByRole('heading', { name: 'Already set up' })).toBeVisible();
});

test('leaving without copying the key is asked about', async ({ page, fresh }) => {
  await page.goto(`/setup#token=${fresh.setupToken}`);
  await page.getByLabel('Organization').fill('Acme');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('E-mail').press('Enter');
  await page.getByRole('button', { name: 'Sign in with this key' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'not copied' })).toBeVisible();
  await page.getByRole('button', { name: 'Go back' }).click();
  await expect(page.getByRole('heading', { name: REVEAL })).toBeVisible();
});

test('a link opened in the tab of an earlier one does not draw the form twice', async ({ page, fresh }) => {
  await page.goto('/setup');
  await expect(page.getByText('cargo xtask start')).toBeVisible();
  let answer = () => {};
  const late = new Promise<void>((resolve) => (answer = resolve));
  await page.route(`${fresh.origin}/api/v2/setup`, async (route) => {
    await late;
    await route.continue();
  });
  await page.goto(`/setup#token=${newSetupToken()}`);
  await page.getByLabel('Organization').fill('Acme');
  const name = page.getByLabel('Your name');
  await name.fill('Ada');
  answer();
  await page.unrouteAll({ behavior: 'wait' });
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await expect(page.getByLabel('Organization')).toHaveValue('Acme');
  await expect(name).toHaveValue('Ada');
});

test('a wrong or missing token is told so', async ({ page, fresh, watch }) => {
  watch.allow(/status of 403/);
  await page.goto('/setup');
  await expect(page.getByText('cargo xtask start')).toBeVisible();
  await page.goto(`/setup#token=${newSetupToken()}`);
  await page.reload();
  await page.goto('/sign-in');
  await expect(page, 'nobody could sign in yet').toHaveURL(`${fresh.origin}/setup`);
  await page.goto(`/setup#token=${newSetupToken()}`);
  await page.getByLabel('Organization').fill('Acme');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'setup link' })).toBeVisible();
  await expect(page.getByText(/^Request/)).toBeVisible();
  await expect(page.getByLabel('Organization')).toHaveValue('Acme');
});
