import { signInWith, Tenant } from '../support/organizations';
import { expect, signIn, test } from './fixtures';

test('the count follows creating and revoking, and at the limit says what to do', async ({ claviger, context, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Nearly full'), key_limit: 2 });
  const first = await tenant.key('First');
  await signInWith(context, claviger.origin, await tenant.enter());
  await page.goto('/keys');
  await expect(page.getByText('1 of 2 keys')).toBeVisible();
  await expect(keys.newKey).toBeEnabled();
  await keys.create('Second');
  await keys.closeReveal();
  await expect(page.getByText('2 of 2 keys')).toBeVisible();
  await expect(page.getByText(/All 2 keys .* Revoke one .* ask a system administrator/)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Raise the limit' })).toHaveCount(0);
  await expect(keys.newKey).toBeDisabled();
  await page.keyboard.press('n');
  await expect(keys.dialog, 'nor by its shortcut').toBeHidden();

  await keys.choose('First', 'Revoke…');
  await keys.button('Yes, revoke').click();
  await expect(page.getByText('1 of 2 keys')).toBeVisible();
  await expect(keys.newKey).toBeEnabled();
  expect((await claviger.owner.get(`/api/v2/api_keys/${first.id}`)).json.data.status).toBe('revoked');
  expect((await tenant.record()).live_keys).toBe(1);
});

test('a system administrator gets the way to raise it, and it is raised', async ({ as, claviger, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('To be raised'), key_limit: 1 });
  await tenant.key('The only one');
  await as('owner', `/organizations/${tenant.id}`);
  await expect(keys.newKey).toBeDisabled();
  await page.getByRole('link', { name: 'Raise the limit' }).click();
  await expect(page).toHaveURL(`${claviger.origin}/organizations/${tenant.id}/settings`);
  await page.getByLabel('Key limit').fill('3');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.toasts')).toContainText('Saved');
  expect((await tenant.record()).key_limit).toBe(3);
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await expect(page.getByText('1 of 3 keys')).toBeVisible();
  await expect(keys.newKey).toBeEnabled();
});

test('an organization that has more than it may have is told how many to revoke', async ({ as, claviger, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Overfull') });
  for (const name of ['One', 'Two', 'Three']) {
    await tenant.key(name);
  }
  await tenant.change({ key_limit: 1 });
  await as('owner', `/organizations/${tenant.id}`);
  await expect(page.getByText('3 of 1 keys')).toBeVisible();
  await expect(page.getByText('This organization has 3 keys and may have 1. To make another, revoke 3, or raise the limit.')).toBeVisible();
  await expect(keys.newKey).toBeDisabled();
});

test('a trial organization says why there are no new keys, and whom to ask', async ({ as, keys, page }) => {
  await as('trialOwner');
  await expect(page.getByText(/on trial: .* no new ones can be made until whoever runs this Claviger upgrades it/)).toBeVisible();
  await expect(keys.newKey).toBeDisabled();
});

test('its system administrator is led to the plan', async ({ as, claviger, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('On trial'), plan: 'trial' });
  await as('owner', `/organizations/${tenant.id}`);
  await expect(keys.newKey).toBeDisabled();
  await page.getByRole('link', { name: 'Change the plan' }).click();
  await page.getByRole('radio', { name: 'Paid' }).check({ force: true });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.toasts')).toContainText('Saved');
  expect((await tenant.record()).plan).toBe('paid');
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await expect(keys.newKey).toBeEnabled();
  await expect(page.getByText(/on trial/)).toHaveCount(0);
});

test('members see no count, and their personal keys are not bound by it', async ({ claviger, context, keys, page, unique }) => {
  await signIn(context, claviger, 'member', 'fresh');
  await page.goto('/keys');
  await expect(keys.row('Max at work')).toBeVisible();
  await expect(page.getByText(/of \d+ keys$/)).toHaveCount(0);
  await expect(keys.newKey).toBeEnabled();
  const name = unique('Personal');
  await keys.create(name);
  await keys.closeReveal();
  const made = claviger.database.row('SELECT id, kind FROM api_keys WHERE name = ?', name);
  expect(made.kind).toBe('personal');
  await claviger.owner.delete(`/api/v2/api_keys/${made.id}`);
});
