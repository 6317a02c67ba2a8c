import { signInWith, Tenant } from '../support/organizations';
import { SECRET, sha256 } from '../support/secrets';
import { expect, pick, test } from './fixtures';

const PATH = '/api/v2/api_keys';

for (const [purpose, role, snippet] of [
  ['Integration', 'integration', '/api/v2/whoami'],
  ['Verifies other keys', 'verifier', '/v1/verify'],
  ['Manages keys', 'organization_admin', '/api/v2/api_keys'],
] as const) {
  test(`a key for "${purpose}" is made, shown once, and read back over the API`, async ({ as, claviger, keys, unique }) => {
    const name = unique(purpose);
    await as('owner');
    await keys.create(name, purpose);
    await expect(keys.reveal).toContainText('You will see it only once; we cannot show it again.');
    await expect(keys.reveal).toContainText(snippet);
    const secret = await keys.secret();
    expect(secret).toMatch(SECRET);

    const { json } = await claviger.owner.post(`${PATH}/lookup`, { sha256: sha256(secret) });
    expect(json.data).toMatchObject({ name, role, access: 'read_only', active: true, kind: 'service', created_by: { type: 'user', name: 'Ada Owner' } });
    const days = (Date.parse(json.data.expires_at) - Date.now()) / 86_400_000;
    expect(days, 'the proposal is 90 days').toBeGreaterThan(89);
    expect(days).toBeLessThan(91.1);

    await keys.closeReveal();
    await expect(keys.row(name)).toBeVisible();
    await expect(keys.row(name)).toHaveAttribute('data-marked', 'true');
    await expect(keys.row(name)).toContainText('by you');
  });
}

test('integration and read only are proposed', async ({ as, keys }) => {
  await as('owner');
  await keys.newKey.click();
  await expect(keys.field('Name')).toBeFocused();
  await expect(keys.purpose('Integration')).toBeChecked();
  await expect(keys.dialog.getByRole('radio', { name: 'Read only', exact: true })).toBeChecked();
  await expect(keys.field('Expires')).toHaveValue(/.+/);
  for (const sentence of ['Can read, cannot create or change', 'Can read, create and change']) {
    await expect(keys.dialog).toContainText(sentence);
  }
});

test('what was chosen is what the key has', async ({ as, claviger, keys, unique }) => {
  const name = unique('Chosen');
  await as('owner');
  await keys.newKey.click();
  await keys.field('Name').fill(name);
  await pick(keys.dialog.getByRole('radio', { name: 'Read and write', exact: true }));
  await keys.field('Expires').selectOption({ label: 'Never' });
  await pick(keys.dialog.getByRole('radio', { name: 'Not activated' }));
  await keys.button('Create key').click();
  await keys.secret();
  await keys.closeReveal();
  const { json } = await claviger.owner.get(`${PATH}?name=${encodeURIComponent(name)}`);
  expect(json.data).toEqual([expect.objectContaining({ access: 'read_write', expires_at: null, active: false, status: 'disabled' })]);
  await expect(keys.page.getByText('inactive keys are hidden')).toBeVisible();
  await keys.page.getByRole('button', { name: 'Show inactive keys' }).click();
  await expect(keys.row(name)).toContainText('Disabled');
});

test.describe('a name that does not fit is refused beside its field, and nothing is made', () => {
  const cases: [string, (secret: string) => string, RegExp][] = [
    ['empty', () => '', /empty/i],
    ['white space', () => '   ', /empty/i],
    ['a direction override', () => 'a\u202eb', /direction marks/],
    ['101 characters', () => 'ä'.repeat(101), /100 characters/],
    ['a secret', (secret) => secret, /API key/],
    ['a text with a secret', (secret) => `for ${secret}`, /API key/],
  ];
  for (const [what, name, says] of cases) {
    test(what, async ({ as, claviger, keys }) => {
      await as('owner');
      await keys.newKey.click();
      const before = claviger.database.count('api_keys');
      const text = name(claviger.secrets.integration);
      // Past any `maxlength`, as a program could.
      await keys.field('Name').evaluate((input: HTMLInputElement) => input.removeAttribute('maxlength'));
      await keys.field('Name').fill(text);
      await keys.button('Create key').click();
      await expect(keys.field('Name')).toHaveAccessibleDescription(says);
      await expect(keys.field('Name')).toHaveAttribute('aria-invalid', 'true');
      await expect(keys.field('Name')).toBeFocused();
      expect(claviger.database.count('api_keys')).toBe(before);
    });
  }
});

test('emoji and right-to-left names are made and shown as they are', async ({ as, keys, unique }) => {
  const name = unique('مفتاح 🗝️');
  await as('owner');
  await keys.create(name);
  await keys.closeReveal();
  await expect(keys.row(name)).toBeVisible();
});

test('two quick presses make one key', async ({ as, claviger, keys, unique }) => {
  const name = unique('Once');
  await as('owner');
  await keys.newKey.click();
  await keys.field('Name').fill(name);
  await keys.button('Create key').evaluate((button: HTMLButtonElement) => {
    button.click();
    button.click();
    button.form?.requestSubmit();
  });
  await expect(keys.reveal).toBeVisible();
  expect(claviger.database.rows('SELECT id FROM api_keys WHERE name = ?', name)).toHaveLength(1);
});

test('a slow server is waited for, and pressed again makes no second key', async ({ as, claviger, keys, page, unique }) => {
  const name = unique('Slow');
  await as('owner');
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(`**${PATH}`, async (route) => {
    if (route.request().method() === 'POST') {
      await held;
    }
    await route.continue();
  });
  await keys.newKey.click();
  await keys.field('Name').fill(name);
  await keys.button('Create key').click();
  await keys.button('Create key').click({ force: true });
  await keys.field('Name').press('Enter');
  release();
  await expect(keys.reveal).toBeVisible();
  expect(claviger.database.rows('SELECT id FROM api_keys WHERE name = ?', name)).toHaveLength(1);
});

test('a server that refuses says why and which request, and what was typed is kept', async ({ as, keys, page, watch }) => {
  watch.allow(/status of 409/);
  await as('owner');
  await page.route(`**${PATH}`, (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({
          status: 409,
          headers: { 'x-request-id': 'feedfacefeedface' },
          json: { success: false, data: null, error_code: 'key_limit', error_message: 'This organization has as many live keys as it may have.' },
        })
      : route.continue(),
  );
  await keys.newKey.click();
  await keys.field('Name').fill('One too many');
  await keys.button('Create key').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('as many live keys as it may have');
  await expect(keys.dialog).toContainText('feedfacefeedface');
  await expect(keys.field('Name')).toHaveValue('One too many');
});

test('a member makes a personal key of their own', async ({ as, claviger, keys, unique }) => {
  const name = unique('Mine');
  await as('member');
  await keys.create(name);
  await keys.closeReveal();
  await expect(keys.row(name)).toContainText('personal');
  const member = await claviger.session('member');
  const { json } = await member.get(`${PATH}?name=${encodeURIComponent(name)}`);
  expect(json.data).toEqual([expect.objectContaining({ kind: 'personal', role: 'integration' })]);
  await member.delete(`${PATH}/${json.data[0].id}`);
});

for (const [what, answer] of [
  ['a proxy’s error page', { status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }],
  ['a page where JSON was due', { status: 200, contentType: 'text/html', body: '<p>Welcome</p>' }],
  ['an empty answer', { status: 201, body: '' }],
  ['no answer', undefined],
] as const) {
  test(`${what} to Create makes no second key: the first is told, and offered to be deleted`, async ({ as, claviger, keys, page, unique, watch }) => {
    watch.allow(/status of (502|409)|ERR_FAILED|Failed to/);
    const name = unique('Twice made');
    const count = () => claviger.database.rows('SELECT 1 FROM api_keys WHERE name = ?', name).length;
    await as('owner');
    await page.route(`**${PATH}`, async (route) => {
      await route.fetch();
      await (answer ? route.fulfill(answer) : route.abort('failed'));
    });
    await keys.newKey.click();
    await keys.field('Name').fill(name);
    await keys.button('Create key').click();
    await expect(keys.dialog.getByRole('alert')).toContainText('it will not be made twice');
    expect(count()).toBe(1);
    await page.unroute(`**${PATH}`);
    // Also when the form was changed meanwhile.
    if (!answer) {
      await keys.field('Expires').selectOption({ label: '7 days' });
    }
    await keys.button('Create key').click();
    await expect(keys.dialog).toContainText('The secret cannot be shown again');
    await expect(keys.dialog).toContainText(name);
    await expect(keys.button('Keep it')).toBeFocused();
    expect(count()).toBe(1);
    await keys.button('Delete it…').click();
    await keys.button('Yes, delete').click();
    await expect(keys.toasts).toContainText('Deleted');
    expect(count()).toBe(0);
  });
}

test('a request that never arrived is made by the second press', async ({ as, claviger, keys, page, unique, watch }) => {
  watch.allow(/status of 503/);
  const name = unique('Second press');
  await as('owner');
  await page.route(`**${PATH}`, (route) => route.fulfill({ status: 503, body: '' }));
  await keys.newKey.click();
  await keys.field('Name').fill(name);
  await keys.button('Create key').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('may have been made');
  await page.unroute(`**${PATH}`);
  await keys.button('Create key').click();
  await keys.secret();
  expect(claviger.database.rows('SELECT 1 FROM api_keys WHERE name = ?', name)).toHaveLength(1);
  await keys.closeReveal();
  await keys.create(unique('A third'));
  await keys.secret();
});

test('the form takes the scopes that the API takes', async ({ as, claviger, keys, unique }) => {
  const name = unique('Scopes');
  await as('owner');
  await keys.newKey.click();
  await keys.field('Name').fill(name);
  await keys.dialog.getByText('Description, scopes and limits').click();
  await keys.field('Scopes').fill('invoices.read, admin a..b');
  await keys.button('Create key').click();
  await expect(keys.field('Scopes')).toHaveAccessibleDescription(/letters, digits, _ : and - with dots between, such as invoices.read or invoices.*/);
  await keys.field('Scopes').fill('invoices.read, admin *');
  // What most keys do without.
  await expect(keys.field('Client address header'), 'of verifiers only').toHaveCount(0);
  await keys.field('Allowed addresses').fill('203.0.113.0/24');
  await keys.field('Rate limit: calls').fill('100');
  await keys.field('Credits: calls left').fill('500');
  await keys.field('Metadata').fill('{"team"');
  await keys.button('Create key').click();
  await expect(keys.field('In how many seconds')).toHaveAccessibleDescription(/Say in how many seconds/);
  await expect(keys.field('In how many seconds')).toBeFocused();
  await expect(keys.field('Metadata')).toHaveAccessibleDescription(/not JSON/);
  await keys.field('In how many seconds').fill('60');
  await keys.field('Metadata').fill('{"team": "billing"}');
  await pick(keys.purpose('Verifies other keys'));
  await keys.field('Client address header').fill('x-client-address');
  await keys.button('Create key').click();
  await keys.secret();
  const { json } = await claviger.owner.get(`${PATH}?name=${encodeURIComponent(name)}`);
  expect(json.data[0]).toMatchObject({
    scopes: ['invoices.read', 'admin', '*'], allowed_ips: ['203.0.113.0/24'], rate_limit: { limit: 100, window_seconds: 60 },
    credits: { remaining: 500 }, metadata: { team: 'billing' }, role: 'verifier', client_ip_header: 'x-client-address',
  });
});

test('what was typed survives Esc in its organization, can be begun afresh, and goes with Cancel', async ({ as, claviger, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('No draft') });
  await as('owner');
  await keys.newKey.click();
  await keys.field('Name').fill('Half typed');
  await page.keyboard.press('Escape');
  await expect(keys.dialog).toBeHidden();
  await expect(keys.toasts).toContainText('What you typed is kept');
  await page.goto(`/organizations/${tenant.id}`);
  await keys.newKey.click();
  await expect(keys.field('Name'), 'another organization’s form').toHaveValue('');
  await page.keyboard.press('Escape');
  await page.goto('/keys');
  await keys.newKey.click();
  await expect(keys.field('Name')).toHaveValue('Half typed');
  await keys.button('Start afresh').click();
  await expect(keys.field('Name')).toHaveValue('');
  await expect(keys.field('Name')).toBeFocused();
  await keys.field('Name').fill('Not wanted');
  await keys.button('Cancel').click();
  await expect(keys.dialog).toBeHidden();
  await keys.newKey.click();
  await expect(keys.field('Name')).toHaveValue('');
  await expect(keys.button('Start afresh')).toBeHidden();
});

test('an owner makes a further key of their own, from their profile', async ({ as, claviger, context, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Own keys') });
  await as('owner', `/organizations/${tenant.id}`);
  await keys.newKey.click();
  await expect(keys.dialog.getByRole('radio', { name: 'Manages keys' })).toBeVisible();
  for (const only of ['Your own', 'Manages everything']) {
    await expect(keys.dialog.getByRole('radio', { name: only, exact: true }), `${only}, elsewhere`).toHaveCount(0);
  }
  await page.goto('/keys');
  await keys.newKey.click();
  await expect(keys.dialog.getByRole('radio', { name: 'Manages everything', exact: true })).toBeVisible();

  await context.clearCookies();
  await signInWith(context, claviger.origin, await tenant.enter());
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Create key', exact: true }).click();
  await expect(keys.dialog.getByRole('radio', { name: 'Your own', exact: true })).toBeChecked();
  await expect(page, 'a reload does not ask again').toHaveURL(`${claviger.origin}/keys`);
  await keys.field('Name').fill('Laptop');
  await keys.button('Create key').click();
  await keys.secret();
  await keys.closeReveal();
  await expect(keys.row('Laptop')).toContainText('Olivia Owner · personal');
  const { json } = await claviger.owner.get(`${tenant.path}/api_keys?name=Laptop`);
  expect(json.data[0]).toMatchObject({ kind: 'personal', role: 'organization_admin', access: 'read_only', system_generated: false });
  expect(json.data[0].user_id).toBeGreaterThan(0);
});
