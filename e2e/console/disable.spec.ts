import { Tenant } from '../support/organizations';
import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { expect, test } from './fixtures';

const PATH = '/api/v2/api_keys';

test('Disable acts at once, shows it in its place, and Undo takes it back', async ({ as, claviger, keys, unique }) => {
  const made = await claviger.made({ name: unique('Switched') });
  const now = async () => (await claviger.owner.get(`${PATH}/${made.id}`)).json.data;
  await as('owner');
  await keys.choose(made.name, 'Disable');
  await expect(keys.row(made.name)).toContainText('Disabled');
  await expect(keys.toasts).toContainText(`Disabled ${made.name}. Every integration that uses it is refused until it is enabled again.`);
  await expect(keys.dialog).toBeHidden();
  await expect(keys.menuOf(made.name)).toBeFocused();
  expect(await now()).toMatchObject({ active: false, status: 'disabled' });
  expect((await claviger.verifier.post('/v1/verify', { key: made.api_key, max_age_ms: 0 })).json.code).toBe('DISABLED');

  await keys.toasts.getByRole('button', { name: 'Undo' }).click();
  await expect(keys.row(made.name)).toContainText('Active');
  await expect(keys.toasts).toContainText(`Enabled ${made.name}`);
  await expect(keys.toasts.getByRole('button')).toHaveCount(0);
  expect(await now()).toMatchObject({ active: true, status: 'active' });
});

test('a key that was made switched off is enabled from its menu', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Off'), active: false });
  await as('owner', '/keys?status=disabled');
  await keys.menuOf(made.name).click();
  await expect(page.getByRole('menuitem', { name: 'Disable' })).toHaveCount(0);
  await page.getByRole('menuitem', { name: 'Enable' }).click();
  await expect(keys.row(made.name)).toContainText('Active');
  expect((await claviger.verifier.post('/v1/verify', { key: made.api_key, max_age_ms: 0 })).json.code).toBe('VALID');
});

test('what somebody else has changed meanwhile is not overwritten', async ({ as, claviger, keys, unique, watch }) => {
  watch.allow(/status of 409/);
  const made = await claviger.made({ name: unique('Seen') });
  await as('owner');
  await expect(keys.row(made.name)).toBeVisible();
  const renamed = unique('Renamed');
  expect((await claviger.owner.patch(`${PATH}/${made.id}`, { name: renamed })).status).toBe(200);
  await keys.choose(made.name, 'Disable');
  await expect(keys.toasts).toContainText('somebody else has changed it meanwhile');
  await expect(keys.row(renamed)).toContainText('Active');
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.active).toBe(true);
  await keys.choose(renamed, 'Disable');
  await expect(keys.row(renamed)).toContainText('Disabled');
});

test('the last way in of an owner stays, and that is said in words', async ({ as, claviger, keys, unique, watch }) => {
  watch.allow(/status of 409/);
  const tenant = await Tenant.make(claviger, { name: unique('Last way in') });
  await tenant.enter();
  await as('owner', `/organizations/${tenant.id}`);
  const row = keys.page.getByRole('row').filter({ hasText: 'Olivia Owner' });
  await row.getByRole('button', { name: /^Actions for/ }).click();
  await keys.page.getByRole('menuitem', { name: 'Disable' }).click();
  await expect(keys.toasts).toContainText(/was not disabled\. .*last/i);
  await expect(row).toContainText('Active');
});

test('the key one is signed in with is asked about first', async ({ as, claviger, keys, page, watch }) => {
  watch.allow(/status of 409/);
  await as('owner');
  const { data } = (await claviger.owner.get('/api/v2/whoami')).json;
  await keys.find(data.name);
  await keys.choose(data.name, 'Disable');
  await expect(keys.dialog).toContainText('This is the key you are signed in with: you will be signed out.');
  await expect(keys.button('Cancel')).toBeFocused();
  await expectNoViolations(page, 'disable one’s own');
  await keys.button('Yes, disable').click();
  await expect(keys.dialog.getByRole('alert')).toContainText(/last/);
  await page.keyboard.press('Escape');
  await expect(keys.menuOf(data.name)).toBeFocused();
  expect((await claviger.owner.get('/api/v2/whoami')).status).toBe(200);
});

test('without a network nothing is said to be done', async ({ as, claviger, context, keys, unique, watch }) => {
  watch.allow(/ERR_INTERNET_DISCONNECTED|Failed to (load|fetch)/);
  const made = await claviger.made({ name: unique('Offline') });
  await as('owner');
  await expect(keys.row(made.name)).toBeVisible();
  await context.setOffline(true);
  await keys.choose(made.name, 'Disable');
  await expect(keys.toasts).toContainText(`${made.name} may not have been disabled`);
  await context.setOffline(false);
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.active).toBe(true);
});

test('Revoke offers to disable instead', async ({ as, claviger, keys, unique }) => {
  const made = await claviger.made({ name: unique('Not for ever') });
  await as('owner');
  await keys.choose(made.name, 'Revoke…');
  await expect(keys.button('Cancel')).toBeFocused();
  await keys.button('Disable instead').click();
  await expect(keys.dialog).toBeHidden();
  await expect(keys.row(made.name)).toContainText('Disabled');
  await expect(keys.toasts.getByRole('button', { name: 'Undo' })).toBeVisible();
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.status).toBe('disabled');
});

test('Revoke offers to rotate instead, and leaving that leads back to the row', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Not ended') });
  await as('owner');
  await keys.choose(made.name, 'Revoke…');
  await keys.button('Rotate instead').click();
  await expect(page.getByRole('dialog', { name: `Rotate “${made.name}”?` })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys.dialog).toBeHidden();
  await expect(keys.menuOf(made.name)).toBeFocused();
  await keys.choose(made.name, 'Delete…');
  await keys.button('Revoke instead').click();
  await expect(page.getByRole('dialog', { name: `Revoke “${made.name}”?` })).toBeVisible();
  await expect(keys.button('Cancel')).toBeFocused();
  await keys.button('Cancel').click();
  await expect(keys.menuOf(made.name)).toBeFocused();
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.version).toBe(made.version);
});

test('on the page of a key a double click switches once, and the focus goes to what stands there then', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Clicked twice') });
  const switched = page.getByRole('button', { name: /^(Disable|Enable)$/ });
  await as('owner', `/keys/${made.id}`);
  let sent = 0;
  let answer: () => void = () => undefined;
  let held = new Promise<void>((resolve) => (answer = resolve));
  await page.route(`**${PATH}/${made.id}`, async (route) => {
    if (route.request().method() === 'PATCH') {
      sent += 1;
      await held;
    }
    await route.continue();
  });
  for (const [button, badge, toast] of [['Disable', 'Disabled', 'Disabled'], ['Enable', 'Active', 'Enabled']] as const) {
    await expect(switched).toHaveText(button);
    await switched.dblclick();
    await expect(switched).toHaveAttribute('aria-busy', 'true');
    await switched.press('Enter');
    answer();
    await expect(one.badge).toHaveText(badge);
    await expect(one.toasts).toContainText(`${toast} ${made.name}.`);
    await expect(one.toasts.getByRole('button', { name: 'Undo' })).toBeVisible();
    await expect(switched).toBeFocused();
    await expect(switched).toHaveAttribute('aria-busy', 'false');
    held = new Promise<void>((resolve) => (answer = resolve));
  }
  expect(sent, 'one for each double click').toBe(2);
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data).toMatchObject({ active: true, version: made.version + 2 });
  // However fast the answer is: the second click meets the other button.
  answer();
  await switched.dblclick();
  await expect(one.badge).toHaveText('Disabled');
  await expect(switched).toHaveText('Enable');
  expect(sent).toBe(3);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, viewport: { width: 360, height: 740 } });

    test('axe finds nothing, and nothing is wider than a phone', async ({ as, claviger, keys, page, unique }) => {
      const made = await claviger.made({ name: unique('Axe') });
      await as('owner');
      await keys.choose(made.name, 'Revoke…');
      await expect(keys.dialog).toBeVisible();
      await expectNoViolations(page, 'revoke');
      await expectNoSidewaysScroll(page, 'revoke');
      await keys.button('Disable instead').click();
      await expect(keys.toasts.getByRole('button', { name: 'Undo' })).toBeVisible();
      await expectNoViolations(page, 'the toast with Undo');
      await expectNoSidewaysScroll(page, 'the toast with Undo');
    });
  });
}
