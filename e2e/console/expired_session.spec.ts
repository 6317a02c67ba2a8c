import { expect, pick, signIn, test } from './fixtures';

test.beforeEach(({ watch }) => watch.allow(/status of 401/));

test('a session that ends while a key is being made keeps what was typed', async ({ page, context, claviger, keys, unique }) => {
  const name = unique('Interrupted');
  await signIn(context, claviger, 'owner', 'fresh');
  await page.goto('/keys');
  await keys.newKey.click();
  await keys.field('Name').fill(name);
  await pick(keys.purpose('Verifies other keys'));
  await context.clearCookies();

  await keys.button('Create key').click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await expect(again).toContainText('What you typed is kept if you sign in as Ada Owner, and not for anybody else.');
  await expect(again.getByLabel('API key', { exact: true })).toBeFocused();
  expect(claviger.database.rows('SELECT 1 FROM api_keys WHERE name = ?', name)).toEqual([]);
  await again.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
  await again.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(again).toBeHidden();
  // It goes on by itself.
  await expect(keys.reveal).toBeVisible();
  expect(claviger.database.rows('SELECT role FROM api_keys WHERE name = ?', name)).toEqual([{ role: 'verifier' }]);
});

test('another person who signs in then does not go on with it', async ({ page, context, claviger, keys, unique }) => {
  const name = unique('Not theirs');
  await signIn(context, claviger, 'owner', 'fresh');
  await page.goto('/keys');
  await keys.newKey.click();
  await keys.field('Name').fill(name);
  await context.clearCookies();
  await keys.button('Create key').click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByLabel('API key', { exact: true }).fill(claviger.secrets.member);
  await again.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(keys.row('Gateway')).toBeHidden();
  await expect(keys.row('Max at work')).toBeVisible();
  await keys.newKey.click();
  await expect(keys.field('Name'), 'nor sees what was typed').toHaveValue('');
  expect(claviger.database.rows('SELECT 1 FROM api_keys WHERE name = ?', name)).toEqual([]);
});

test('a session that ends while revoking keeps the reason, and does not revoke by itself', async ({ page, context, claviger, keys, unique }) => {
  const made = await claviger.made({ name: unique('Revoked later') });
  const status = async () => (await claviger.owner.get(`/api/v2/api_keys/${made.id}`)).json.data.status;
  await signIn(context, claviger, 'owner', 'fresh');
  await page.goto('/keys');
  await keys.choose(made.name, 'Revoke…');
  await keys.dialog.getByRole('textbox').fill('The laptop is gone');
  await context.clearCookies();
  await keys.button('Yes, revoke').click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
  await again.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(again).toBeHidden();
  await expect(keys.dialog.getByRole('textbox')).toHaveValue('The laptop is gone');
  expect(await status()).toBe('active');
  await keys.button('Yes, revoke').click();
  await expect(keys.dialog).toBeHidden();
  expect(await status()).toBe('revoked');
});

test('a session that ends while looking asks too', async ({ page, context, claviger, keys }) => {
  await signIn(context, claviger, 'owner', 'fresh');
  await page.goto('/keys');
  await expect(keys.heading).toBeVisible();
  await context.clearCookies();
  await keys.search.fill('Gateway');
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
  await again.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(keys.row('Gateway')).toBeVisible();
  await expect(keys.search).toHaveValue('Gateway');
});
