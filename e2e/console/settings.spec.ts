import { signInWith, Tenant } from '../support/organizations';
import { clipboard, expect, signIn, test } from './fixtures';

const SAVED = /^Saved\s*$/;

test('an organization’s administrator changes its settings, and the API has them', async ({ claviger, context, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Set Ltd') });
  await signInWith(context, claviger.origin, await tenant.enter());
  await page.goto('/settings');
  await expect(page).toHaveTitle('Settings · Claviger');
  await expect(page.getByLabel('Name')).toHaveValue(tenant.name);
  await expect(page.getByText('Paid · 0 of 25 keys in use')).toBeVisible();
  await expect(page.getByText('Only a system administrator')).toBeVisible();
  await expect(page.getByLabel('Key limit'), 'theirs to ask for').toHaveCount(0);
  await expect(page.getByRole('radio', { name: 'Trial' })).toHaveCount(0);

  const renamed = unique('Set and renamed');
  await page.getByLabel('Name').fill(renamed);
  await page.getByLabel('Key prefix').fill('setup');
  await expect(page.getByText('setup_clv_')).toBeVisible();
  await page.getByLabel('Default key lifetime').fill('45');
  await page.getByLabel('Maximum key lifetime').fill('60');
  await page.getByRole('radio', { name: 'Strict' }).check({ force: true });
  await expect(page.getByText('Not saved yet.')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.toasts')).toHaveText(SAVED);
  await expect(page.getByText('Not saved yet.')).toHaveCount(0);
  await expect(page.locator('.brand-organization'), 'also in the bar').toHaveText(renamed);
  expect(await tenant.record()).toMatchObject({
    name: renamed, key_prefix: 'setup', strict: true, default_key_lifetime_days: 45, maximum_key_lifetime_days: 60,
    plan: 'paid', key_limit: 25,
  });

  await page.getByLabel('Key prefix').fill('');
  await page.getByLabel('Default key lifetime').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Not saved yet.')).toHaveCount(0);
  await expect.poll(() => tenant.record()).toMatchObject({ key_prefix: null, default_key_lifetime_days: null, maximum_key_lifetime_days: 60 });
});

test('what the API changed is shown', async ({ as, claviger, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Changed twice') });
  for (const name of ['One', 'Two']) {
    await tenant.key(name);
  }
  await tenant.change({ key_prefix: 'first', strict: true, maximum_key_lifetime_days: 400 });
  await as('owner', `/organizations/${tenant.id}/settings`);
  await expect(page.getByText(`You are looking at ${tenant.name}`)).toBeVisible();
  await expect(page.getByLabel('Key prefix')).toHaveValue('first');
  await expect(page.getByRole('radio', { name: 'Strict' })).toBeChecked();
  await expect(page.getByLabel('Maximum key lifetime')).toHaveValue('400');
  await page.getByLabel('Key limit').fill('30');
  await page.getByRole('radio', { name: 'Trial' }).check({ force: true });
  await page.getByLabel('Key limit').press('Enter');
  const ask = page.getByRole('dialog', { name: `Put ${tenant.name} on trial?` });
  await expect(ask, 'what stops').toContainText('All keys of this organization stop working at once: 2 live service keys, and its people’s own.');
  await expect(ask.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(ask).toBeHidden();
  expect(await tenant.record(), 'nothing before it is meant').toMatchObject({ key_limit: 25, plan: 'paid' });
  await page.getByRole('button', { name: 'Save' }).click();
  await ask.getByRole('button', { name: 'Put on trial' }).click();
  await expect(page.locator('.toasts')).toHaveText(SAVED);
  await expect(ask).toBeHidden();
  expect(await tenant.record()).toMatchObject({ key_limit: 30, plan: 'trial', key_prefix: 'first', strict: true });

  const note = page.getByText('It has 2 live service keys already. None of them stops');
  await expect(note).toBeHidden();
  await page.getByLabel('Key limit').fill('1');
  await expect(note, 'before it is saved').toBeVisible();
  await page.getByLabel('Key limit').fill('2');
  await expect(note).toBeHidden();
});

test('all that the system organization runs on is not put on trial', async ({ as, page }) => {
  await as('owner', '/settings');
  await expect(page.getByLabel('Key limit')).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Trial' })).toHaveCount(0);
});

test('a lifetime that is proposed and would be refused is said beside its field', async ({ as, claviger, page, unique, watch }) => {
  watch.allow(/status of 400/);
  const tenant = await Tenant.make(claviger, { name: unique('Impatient') });
  await tenant.change({ maximum_key_lifetime_days: 30 });
  await as('owner', `/organizations/${tenant.id}/settings`);
  const [proposed, longest] = [page.getByLabel('Default key lifetime'), page.getByLabel('Maximum key lifetime')];
  await expect(longest).toHaveValue('30');
  const [left, right] = [await page.getByText('Default key lifetime, in days').boundingBox(), await page.getByText('Maximum key lifetime, in days').boundingBox()];
  expect(left?.y, 'side by side').toBe(right?.y);
  const save = page.getByRole('button', { name: 'Save' });
  await expect(save, 'nothing to save').toBeDisabled();
  await proposed.fill('31');
  await save.click();
  await expect(proposed).toHaveAccessibleDescription(/Must not be longer than the maximum key lifetime of 30 days\./);
  await expect(proposed).toBeFocused();
  await proposed.fill('30');
  await save.click();
  await expect(page.locator('.toasts')).toHaveText(SAVED);
  await expect(save).toBeDisabled();
  await longest.fill('29');
  await save.click();
  await expect(longest).toHaveAccessibleDescription(/Must not be shorter than the default key lifetime of 30 days\./);
  expect(await tenant.record()).toMatchObject({ default_key_lifetime_days: 30, maximum_key_lifetime_days: 30 });
});

test('what does not fit is said beside each field, with the focus on the first', async ({ as, claviger, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Refused') });
  await as('owner', `/organizations/${tenant.id}/settings`);
  const wrong = { Name: ' ', 'Key prefix': 'A-1', 'Default key lifetime': 'long', 'Maximum key lifetime': '0', 'Key limit': '' };
  for (const [label, text] of Object.entries(wrong)) {
    await page.getByLabel(label).fill(text);
  }
  await page.getByRole('button', { name: 'Save' }).click();
  for (const label of Object.keys(wrong)) {
    await expect(page.getByLabel(label), label).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(page.getByLabel('Name')).toBeFocused();
  await expect(page.getByLabel('Maximum key lifetime')).toHaveAccessibleDescription(/from 1 to 36500/);
  expect(await tenant.record()).toMatchObject({ name: tenant.name, key_prefix: null, key_limit: 25 });
});

test('what was changed and not saved is not left behind unasked', async ({ as, claviger, page }) => {
  await as('owner', '/keys');
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  const name = page.getByLabel('Name', { exact: true });
  const before = await name.inputValue();
  await name.fill('Never saved');
  const asked = page.getByRole('dialog', { name: 'Leave without saving?' });
  for (const leave of [() => page.getByRole('link', { name: 'Keys', exact: true }).click(), () => page.goBack()]) {
    await leave();
    await expect(asked.getByRole('button', { name: 'Keep editing' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(asked).toBeHidden();
    await expect(page).toHaveURL(`${claviger.origin}/settings`);
    await expect(name).toHaveValue('Never saved');
  }
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await asked.getByRole('button', { name: 'Leave without saving' }).click();
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeFocused();
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await expect(name).toHaveValue(before);
});

test('a session that ends meanwhile keeps what was typed, and then it is saved', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/status of 401/);
  const tenant = await Tenant.make(claviger, { name: unique('Interrupted') });
  const secret = await tenant.enter();
  await signInWith(context, claviger.origin, secret);
  await page.goto('/settings');
  await page.getByLabel('Key prefix').fill('kept');
  await context.clearCookies();
  await page.getByRole('button', { name: 'Save' }).click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await expect(again).toBeVisible();
  expect((await tenant.record()).key_prefix).toBeNull();
  await again.getByLabel('API key', { exact: true }).fill(secret);
  await again.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(again).toBeHidden();
  await expect(page.locator('.toasts')).toHaveText(SAVED);
  await expect(page.getByLabel('Key prefix')).toHaveValue('kept');
  expect((await tenant.record()).key_prefix).toBe('kept');
});

test('members are told whom to ask, and have no link to it', async ({ as, page }) => {
  await as('member', '/settings');
  await expect(page.getByText('for its owners and administrators')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Settings', exact: true })).toHaveCount(0);
  await expect(page.getByLabel('Name')).toHaveCount(0);
});

test('a signed-out visit comes back to the settings', async ({ claviger, page }) => {
  await page.goto('/settings');
  await page.getByLabel('API key', { exact: true }).fill(claviger.secrets.foreignOwner);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  await expect(page.getByLabel('Name')).toHaveValue('Other Ltd');
});

test('the API’s address is copied', async ({ as, claviger, page }) => {
  await as('owner', '/settings');
  await page.getByRole('button', { name: 'Copy URL' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const base = await clipboard(page);
  expect(base).toBe(`${claviger.origin}/api/v2`);
  await expect(page.getByRole('link', { name: 'API reference' })).toHaveAttribute('href', '/docs');
});

test('New key proposes the default lifetime and nothing beyond the maximum, for members too', async ({ claviger, context, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Short-lived') });
  await tenant.change({ default_key_lifetime_days: 14, maximum_key_lifetime_days: 45, key_prefix: 'short' });
  await signInWith(context, claviger.origin, await tenant.enter());
  await page.goto('/keys');
  await expect(page.getByText('0 of 25 keys')).toBeVisible();
  await keys.newKey.click();
  const expires = keys.field('Expires');
  await expect(expires.locator('option:checked')).toHaveText('14 days');
  await expect(expires.locator('option')).toHaveText(['1 hour', '24 hours', '7 days', '14 days', '30 days', 'Custom']);
  await expect(expires).toHaveAccessibleDescription(/at most 45 days/);
  await keys.field('Name').fill('Fortnight');
  await keys.button('Create key').click();
  await expect(keys.reveal).toBeVisible();
  expect(await keys.secret()).toMatch(/^short_clv_/);
  const { created_at, expires_at } = claviger.database.row(
    'SELECT created_at, expires_at FROM api_keys WHERE organization_id = ? AND name = ?', tenant.id, 'Fortnight',
  );
  expect(Math.round((Number(expires_at) - Number(created_at)) / 86_400_000)).toBe(14);
  await keys.closeReveal();
  // What a member may read of it, and only of their own.
  const member = await claviger.session('member');
  expect((await member.get('/api/v2/organizations/1')).json.data).toHaveProperty('maximum_key_lifetime_days');
  expect((await member.get(tenant.path)).status).toBe(404);
});

test('without such settings New key proposes 90 days', async ({ context, claviger, keys, page }) => {
  await signIn(context, claviger, 'owner');
  await page.goto('/keys');
  await keys.newKey.click();
  await expect(keys.field('Expires').locator('option:checked')).toHaveText('90 days');
  await expect(keys.field('Expires').locator('option')).toHaveCount(8);
});
