import { Tenant } from '../support/organizations';
import { expect, test } from './fixtures';

test('another organization is chosen by keyboard, and stays chosen after a reload, Back and Forward', async ({ as, claviger, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Chosen Ltd') });
  const made = await tenant.key('Their key');
  await as('owner');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  const line = page.getByText(`You are looking at ${tenant.name}, not at your own organization.`);
  await expect(line).toHaveCount(0);

  const button = page.getByRole('button', { name: 'Switch organization' });
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Switch organization' });
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(button, 'where one was').toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.insertText(tenant.name);
  await expect(dialog.getByRole('link')).toHaveCount(1);
  await expect(dialog.getByRole('link'), 'what tells it from others of its name').toHaveText(`${tenant.name}id ${tenant.id}`);
  await page.keyboard.press('ArrowDown');
  await expect(dialog.getByRole('link', { name: tenant.name })).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(dialog.getByLabel('Name')).toBeFocused();
  // It is the only one.
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL(`${claviger.origin}/organizations/${tenant.id}`);
  await expect(line).toBeVisible();
  await expect(keys.heading).toBeFocused();
  await expect(page).toHaveTitle(`${tenant.name}: Keys · Claviger`);
  await expect(keys.row(made.name)).toBeVisible();
  await expect(keys.row('Gateway')).toHaveCount(0);
  await page.reload();
  await expect(line).toBeVisible();
  await expect(keys.row(made.name)).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await expect(line).toHaveCount(0);
  await expect(keys.row(made.name)).toHaveCount(0);
  await page.goForward();
  await expect(line).toBeVisible();
  await expect(keys.row(made.name)).toBeVisible();
  await page.getByRole('link', { name: 'Back to Acme' }).click();
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await expect(page).toHaveURL(`${claviger.origin}/keys`);
  await expect(page).toHaveTitle('Keys · Claviger');
});

test('keys are made, found by their secret, and revoked in the organization that is looked at', async ({ as, claviger, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Worked in'), key_prefix: 'worked' });
  const name = unique('Made for them');
  await as('owner', `/organizations/${tenant.id}`);
  await expect(page.getByText('0 of 25 keys')).toBeVisible();
  await keys.newKey.click();
  await expect(page.getByRole('dialog', { name: `New key for ${tenant.name}` })).toBeVisible();
  await keys.field('Name').fill(name);
  await keys.button('Create key').click();
  await expect(keys.reveal).toBeVisible();
  const secret = await keys.secret();
  expect(secret).toMatch(/^worked_clv_/);
  await keys.closeReveal();
  await expect(keys.row(name)).toBeVisible();
  await expect(page.getByText('1 of 25 keys')).toBeVisible();
  const listed = await claviger.owner.get(`${tenant.path}/api_keys`);
  expect(listed.json.data.map((key: any) => [key.name, key.organization_id])).toEqual([[name, tenant.id]]);
  const own = await claviger.owner.get(`/api/v2/api_keys?name=${encodeURIComponent(name)}`);
  expect(own.json.data).toEqual([]);

  await keys.search.fill(secret);
  await expect(page.getByText('Found by its secret')).toBeVisible();
  await expect(keys.row(name)).toBeVisible();
  await page.getByRole('button', { name: 'Show all keys' }).click();
  await keys.choose(name, 'Revoke…');
  await keys.button('Yes, revoke').click();
  await expect(keys.dialog).toBeHidden();
  await expect(page.getByText('0 of 25 keys')).toBeVisible();
  expect(claviger.database.row('SELECT revoked_at FROM api_keys WHERE name = ?', name).revoked_at).not.toBeNull();
});

test('search and filters stay within that organization', async ({ as, claviger, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Filtered') });
  await tenant.key('Alpha');
  await tenant.key('Beta', { active: false });
  await as('owner', `/organizations/${tenant.id}`);
  await expect(keys.row('Alpha')).toBeVisible();
  await keys.search.fill('Gateway');
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await expect(page).toHaveURL(`${claviger.origin}/organizations/${tenant.id}?q=Gateway`);
  await page.goto(`/organizations/${tenant.id}?inactive=1`);
  await expect(keys.row('Beta')).toBeVisible();
});

test('an organization that is not there, or not theirs, says so', async ({ as, page, watch, claviger }) => {
  watch.allow(/status of 404/);
  await as('owner', '/organizations/999999');
  await expect(page.getByRole('heading', { name: 'There is no such organization' })).toBeVisible();
  await page.goto('/organizations/999999/settings');
  await expect(page.getByRole('heading', { name: 'There is no such organization' })).toBeVisible();
  await page.goto('/organizations/nonsense');
  await expect(page.getByRole('heading', { name: 'There is no such organization' }), 'inside the console').toBeVisible();
  await page.context().clearCookies();
  const own = Number(claviger.database.row("SELECT id FROM organizations WHERE name = 'Other Ltd'").id);
  await as('foreignOwner', `/organizations/${own}`);
  await expect(page.getByText('Other admin', { exact: true }), 'their own, by its id').toBeVisible();
  await as('foreignOwner', '/organizations/1');
  await expect(page.getByRole('heading', { name: 'There is no such organization' })).toBeVisible();
  await expect(page.getByText('Acme')).toHaveCount(0);
});

test('going from one organization to the next shows no key of the one before', async ({ as, claviger, keys, page, unique }) => {
  const one = await Tenant.make(claviger, { name: unique('First of two') });
  const two = await Tenant.make(claviger, { name: unique('Second of two') });
  await one.key('Key of one');
  await two.key('Key of two');
  await as('owner', `/organizations/${one.id}`);
  await expect(keys.row('Key of one')).toBeVisible();
  await page.route(`**/organizations/${two.id}/api_keys?**`, async (route) => {
    await new Promise((done) => setTimeout(done, 800));
    await route.continue();
  });
  await page.getByRole('button', { name: 'Switch organization' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Second of two');
  await page.getByRole('dialog').getByRole('link', { name: two.name }).click();
  await expect(page.getByText(`You are looking at ${two.name}`)).toBeVisible();
  await expect(keys.row('Key of one')).toHaveCount(0);
  await expect(keys.row('Key of two')).toBeVisible();
  await expect(keys.row('Key of one')).toHaveCount(0);
});
