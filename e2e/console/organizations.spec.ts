import { recordSecret } from '../support/secrets';
import { Tenant } from '../support/organizations';
import { clipboard, expect, pick, test } from './fixtures';

const LINK = 'Copy this link and send it to the first owner';

test('an organization is made, its link shown once, and the API has it', async ({ as, claviger, page, unique }) => {
  const name = unique('Made Ltd');
  await as('owner', '/organizations');
  await expect(page).toHaveTitle('Organizations · Claviger');
  await page.getByRole('button', { name: 'Create organization' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create organization' });
  await expect(dialog.getByLabel('Name')).toBeFocused();

  await dialog.getByLabel('Key limit').fill('many');
  await dialog.getByLabel('Key prefix').fill('ACME');
  await dialog.getByRole('button', { name: 'Create organization' }).click();
  for (const label of ['Name', 'Key limit', 'Key prefix']) {
    await expect(dialog.getByLabel(label), label).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(dialog.getByLabel('Name'), 'the first of them').toBeFocused();
  expect((await claviger.owner.get(`/api/v2/organizations?name_contains=${encodeURIComponent(name)}`)).json.data).toEqual([]);

  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Key limit').fill('7');
  await dialog.getByLabel('Key prefix').fill('made');
  await expect(dialog.getByText('made_clv_')).toBeVisible();
  await pick(dialog.getByRole('radio', { name: 'Trial' }));
  await dialog.getByRole('button', { name: 'Create organization' }).click();

  const reveal = page.getByRole('dialog', { name: LINK });
  await expect(reveal).toContainText('Single use, 72 hours');
  await expect(reveal.getByRole('button', { name: 'Copy', exact: true })).toBeFocused();
  await expect(reveal.locator('.secret-text'), 'masked').toHaveText(/\/invite#token=•+$/);
  await page.keyboard.press('Escape');
  await expect(reveal.getByRole('alert')).toContainText('not copied');
  await reveal.getByRole('button', { name: 'Go back' }).click();
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(reveal.getByText('Copied.')).toBeVisible();
  const link = await clipboard(page);
  const token = recordSecret('setup', link.split('#token=')[1] ?? '');
  expect(link.startsWith(`${claviger.origin}/invite#token=`)).toBe(true);
  expect(token.length).toBeGreaterThan(20);
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Create organization' }), 'where one was').toBeFocused();

  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('0 of 7 keys');
  await expect(row).toContainText('Trial');
  expect(await page.content()).not.toContain(token);
  const stored = await claviger.owner.get(`/api/v2/organizations?name_contains=${encodeURIComponent(name)}`);
  expect(stored.json.data).toHaveLength(1);
  expect(stored.json.data[0]).toMatchObject({ name, plan: 'trial', key_limit: 7, key_prefix: 'made', live_keys: 0 });
  expect(stored.text).not.toContain(token);
});

test('the link can be let go uncopied, after a question', async ({ as, claviger, page, unique }) => {
  const name = unique('Let go');
  await as('owner', '/organizations');
  await page.getByRole('button', { name: 'Create organization' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.keyboard.press('Escape');
  const ask = page.getByRole('dialog', { name: 'Leave without saving?' });
  await expect(ask.getByRole('button', { name: 'Keep editing' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(ask).toBeHidden();
  await expect(page.getByText('Keys made before keep theirs')).toHaveCount(0);
  await page.getByLabel('Name', { exact: true }).press('Enter');
  const reveal = page.getByRole('dialog', { name: LINK });
  await reveal.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(reveal.locator('.secret-text')).not.toContainText('•');
  recordSecret('setup', ((await reveal.locator('.secret-text').textContent()) ?? '').trim().split('#token=')[1] ?? '');
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(reveal.getByRole('button', { name: 'Go back' })).toBeFocused();
  await reveal.getByRole('button', { name: 'Close anyway' }).click();
  await expect(reveal).toBeHidden();
  expect(claviger.database.rows('SELECT 1 FROM organizations WHERE name = ?', name)).toHaveLength(1);
});

test('what the API made is listed, found by its name, and found again after a reload and Back', async ({ as, claviger, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Listed Ltd'), key_limit: 9, key_prefix: 'listed' });
  await tenant.key('One');
  await as('owner', '/organizations');
  await page.getByLabel('Search by name').fill(tenant.name.toUpperCase());
  const row = page.getByRole('row').filter({ hasText: tenant.name });
  await expect(page).toHaveURL(/[?&]q=LISTED/);
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(row).toContainText('1 of 9 keys');
  await expect(row).toContainText(`id ${tenant.id} · keys begin with listed_`);
  await page.reload();
  await expect(page.getByLabel('Search by name')).toHaveValue(tenant.name.toUpperCase());
  await expect(page.getByRole('row')).toHaveCount(2);

  await row.getByRole('link', { name: tenant.name }).click();
  await expect(page).toHaveURL(`${claviger.origin}/organizations/${tenant.id}`);
  await expect(page.getByRole('row').filter({ hasText: 'One' })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel('Search by name')).toHaveValue(tenant.name.toUpperCase());
  await expect(page.getByRole('heading', { name: 'Organizations', level: 1 })).toBeVisible();

  await page.getByLabel('Search by name').fill('No such organization');
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Acme' })).toBeVisible();
});

test('a pasted key is neither searched for nor put into the address', async ({ as, claviger, page }) => {
  await as('owner', '/organizations');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.getByLabel('Search by name').fill(claviger.secrets.integration);
  // Longer than the pause after which a search starts.
  await page.waitForTimeout(600);
  expect(asked).toEqual([]);
  expect(page.url()).toBe(`${claviger.origin}/organizations`);
});

test('while the list loads there is a skeleton', async ({ as, page }) => {
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/v2/organizations?*', async (route) => {
    await held;
    await route.continue();
  });
  await as('owner', '/organizations');
  await expect(page.getByText('Loading organizations')).toBeAttached();
  await expect(page.locator('.bone').first()).toBeVisible();
  answer();
  await expect(page.getByRole('row').filter({ hasText: 'Acme' })).toBeVisible();
  await expect(page.locator('.bone')).toHaveCount(0);
});

test('deleting needs the typed name, and takes people, keys and sessions, but not the audit log', async ({ as, claviger, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Gone Ltd') });
  await tenant.key('Goes too');
  await tenant.enter();
  const count = (table: string) =>
    claviger.database.rows(`SELECT 1 FROM ${table} WHERE organization_id = ?`, tenant.id).length;
  expect([count('users'), count('api_keys')]).toEqual([1, 2]);
  const audit = count('audit_log');
  expect(audit).toBeGreaterThan(0);

  await as('owner', `/organizations?q=${encodeURIComponent(tenant.name)}`);
  const menu = page.getByRole('button', { name: `Actions for ${tenant.name}` });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${tenant.name}?` });
  for (const word of ['person', 'keys', 'sessions', 'audit log stays', 'cannot be undone']) {
    await expect(dialog).toContainText(word);
  }
  await expect(dialog).toContainText(`id ${tenant.id}`);
  await expect(dialog).toContainText('Its one person, with 1 personal key, and its 1 live service key go, and so do all sessions.');
  await expect(dialog.getByLabel('Type its name')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(menu, 'where one was').toBeFocused();
  await menu.click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await dialog.getByLabel('Type its name').fill('Gone');
  await dialog.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(dialog.getByLabel('Type its name')).toHaveAccessibleDescription(/exactly/);
  expect(await tenant.record()).toMatchObject({ id: tenant.id });
  await dialog.getByLabel('Type its name').fill(tenant.name);
  await dialog.getByLabel('Type its name').press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.locator('.toasts')).toContainText(`Deleted ${tenant.name}`);
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 }), 'the row that had the focus is gone').toBeFocused();
  expect((await claviger.owner.get(tenant.path)).status).toBe(404);
  expect([count('users'), count('api_keys')]).toEqual([0, 0]);
  expect(count('audit_log')).toBeGreaterThanOrEqual(audit);
});

test('one’s own organization cannot be deleted from the list', async ({ as, page }) => {
  await as('owner', '/organizations?q=Acme');
  await page.getByRole('button', { name: 'Actions for Acme' }).click();
  await expect(page.getByRole('menuitem', { name: 'Edit settings' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Delete…' })).toHaveCount(0);
});

test('who administers one organization sees only that', async ({ as, page }) => {
  await as('foreignOwner', '/organizations');
  await expect(page.getByText('Only system administrators')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Organizations', exact: true })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Settings', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Switch organization' })).toHaveCount(0);
  await expect(page.getByText('Acme')).toHaveCount(0);
});

test('a visitor who is not signed in comes back here afterwards', async ({ claviger, page }) => {
  await page.goto('/organizations?q=Other');
  await page.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Other Ltd' })).toBeVisible();
  await expect(page).toHaveURL(`${claviger.origin}/organizations?q=Other`);
});

test('the pages are reached on a phone, with the title following', async ({ as, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await as('owner');
  for (const name of ['Organizations', 'Settings', 'Keys']) {
    await page.getByRole('button', { name: 'Menu', exact: true }).click();
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { name, level: 1, exact: true })).toBeFocused();
    await expect(page).toHaveTitle(`${name} · Claviger`);
    await expect(page.getByRole('link', { name, exact: true })).toBeHidden();
    expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(360);
  }
});
