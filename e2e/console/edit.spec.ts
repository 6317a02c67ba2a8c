import { expectNoViolations } from '../support/axe';
import { Tenant } from '../support/organizations';
import { unrecordedSecret } from '../support/secrets';
import { expect, pick, signIn, test } from './fixtures';

const PATH = '/api/v2/api_keys';
const LEAVE = 'Leave without saving?';

test('everything that is edited in the console is read back by the API', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Edited') });
  const name = unique('Edited twice');
  await as('owner', `/keys/${made.id}`);
  await one.edit.click();
  await expect(page).toHaveURL(`/keys/${made.id}?edit=1`);
  await expect(one.field('Name')).toBeFocused();
  await expect(one.save).toBeDisabled();
  await expect(page.getByRole('button', { name: 'More actions' }), 'only the form').toHaveCount(0);
  await expect(one.edit).toHaveCount(0);
  await one.field('Name').fill(name);
  await expect(page.getByText('Not saved yet.')).toBeVisible();
  await one.field('Description').fill('For the nightly export.\nAsk Ada.');
  await pick(page.getByRole('radio', { name: 'Not activated' }));
  await pick(page.getByRole('radio', { name: 'Read and write' }));
  await one.field('Expires').selectOption('30 days');
  await expect(one.field('Client address header'), 'of verifiers only').toHaveCount(0);
  await one.field('Role').selectOption({ label: 'Verifier: asks about other keys' });
  await one.field('Client address header').fill('x-client-address');
  await one.field('Scopes').fill('invoices.read, users.*');
  await one.field('Allowed addresses').fill('203.0.113.0/24\n\n2001:db8::/32\n198.51.100.7');
  await one.field('Rate limit: calls').fill('100');
  await one.field('In how many seconds').fill('60');
  await one.field('Credits: calls left').fill('5');
  await one.field('Refill to').fill('50');
  await one.field('Refill').selectOption('Every day');
  await one.field('Metadata').fill('{"team": "billing", "tags": ["a"]}');
  await one.saved();
  await expect(page).toHaveURL(`/keys/${made.id}`);
  await expect(one.heading).toHaveText(name);
  await expect(page).toHaveTitle(`${name}: Key · Claviger`);
  await expect(one.badge).toHaveText('Disabled');
  const { data } = (await claviger.owner.get(`${PATH}/${made.id}`)).json;
  expect(data).toMatchObject({
    name, description: 'For the nightly export.\nAsk Ada.', active: false, status: 'disabled', access: 'read_write',
    scopes: ['invoices.read', 'users.*'], allowed_ips: ['203.0.113.0/24', '2001:db8::/32', '198.51.100.7'],
    rate_limit: { limit: 100, window_seconds: 60 }, credits: { remaining: 5, refill_amount: 50, refill_interval: 'daily' },
    metadata: { team: 'billing', tags: ['a'] }, role: 'verifier', client_ip_header: 'x-client-address', version: made.version + 1,
  });
  expect(Math.round((Date.parse(data.expires_at) - Date.now()) / 86_400_000)).toBe(30);
  await expect(one.fact('Rate limit')).toHaveText('100 calls in 1 minute');
});

test('what the API stored is in the form, and what is emptied is cleared', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({
    name: unique('Emptied'), description: 'A note', scopes: ['a.*'], allowed_ips: ['10.0.0.0/8'], metadata: { a: 1 },
    expires_at: '2031-02-18T09:30:00Z', rate_limit: { limit: 7, window_seconds: 3600 },
    credits: { remaining: 3, refill_amount: 9, refill_interval: 'monthly' },
  });
  await as('owner', `/keys/${made.id}?edit=1`);
  for (const [label, value] of Object.entries({
    Name: made.name, Description: 'A note', Scopes: 'a.*', 'Allowed addresses': '10.0.0.0/8', Metadata: '{\n  "a": 1\n}',
    'Rate limit: calls': '7', 'In how many seconds': '3600', 'Credits: calls left': '3', 'Refill to': '9',
  })) {
    await expect(one.field(label), label).toHaveValue(value);
  }
  await expect(one.field('Refill').locator('option:checked')).toHaveText('On the first of each month');
  await expect(one.field('Expires').locator('option:checked')).toHaveText('18 Feb 2031, as it is');
  await expect(one.field('Expires')).toHaveAccessibleDescription(/18 Feb 2031, 10:30 \(Europe\/Berlin\)/);
  for (const label of ['Description', 'Scopes', 'Allowed addresses', 'Metadata', 'Rate limit: calls', 'In how many seconds', 'Credits: calls left', 'Refill to']) {
    await one.field(label).fill('');
  }
  await one.field('Refill').selectOption('Never');
  await one.field('Expires').selectOption('Never');
  await one.saved();
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data).toMatchObject({
    description: '', scopes: [], allowed_ips: [], metadata: {}, rate_limit: null, credits: null, expires_at: null, name: made.name,
  });
  await expect(one.fact('Credits')).toHaveText('No limit');
  expect(page.url()).not.toContain('edit');
});

test('only what was changed is sent, against the version that was seen, and a double click saves once', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Sparing'), scopes: ['a.b'], metadata: { a: 1 } });
  await as('owner', `/keys/${made.id}?edit=1`);
  const sent: [unknown, string | undefined][] = [];
  let answer: () => void = () => undefined;
  const pressed = new Promise<void>((resolve) => (answer = resolve));
  await page.route(`**${PATH}/${made.id}`, async (route) => {
    if (route.request().method() === 'PATCH') {
      sent.push([route.request().postDataJSON(), route.request().headers()['if-match']]);
      await pressed;
    }
    await route.continue();
  });
  await one.field('Description').fill('Changed');
  await one.field('Metadata').fill('{ "a":1 }');
  await one.save.dblclick();
  await one.save.press('Enter');
  await expect(one.save).toHaveAttribute('aria-busy', 'true');
  answer();
  await expect(one.toasts).toHaveText('Saved');
  expect(sent).toEqual([[{ description: 'Changed' }, `"${made.version}"`]]);
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.version).toBe(made.version + 1);
});

test('a custom expiry is a moment in the browser’s time zone', async ({ as, claviger, one, unique }) => {
  const made = await claviger.made({ name: unique('Custom') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await expect(one.field('Expires').locator('option:checked')).toHaveText('Never, as it is');
  await one.field('Expires').selectOption('Custom');
  await one.save.click();
  await expect(one.field('Day and time')).toHaveAccessibleDescription('Choose a day and a time.');
  await expect(one.field('Day and time')).toBeFocused();
  await one.field('Day and time').fill('2020-01-01T00:00');
  await one.save.click();
  await expect(one.field('Day and time')).toHaveAccessibleDescription('Must be in the future.');
  await one.field('Day and time').fill('2031-07-01T12:00');
  await one.saved();
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.expires_at).toBe('2031-07-01T10:00:00.000Z');
});

test('what does not fit is said beside each field, with the focus on the first, and nothing is sent', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Wrong') });
  await as('owner', `/keys/${made.id}?edit=1`);
  const wrong: [string, string, RegExp][] = [
    ['Name', ' ', /Must not be empty/],
    ['Description', unrecordedSecret(), /Contains an API key/],
    ['Scopes', 'a..b', /Each scope is/],
    ['Allowed addresses', '10.0.0.0/8\n10.0.0.300\n::1\n2001:db8::1/32', /line 2, “10\.0\.0\.300”; line 4, “2001:db8::1\/32”\./],
    ['Rate limit: calls', '0', /whole number from 1/],
    ['Credits: calls left', '-1', /whole number from 0/],
    ['Metadata', '{\n  "a": 1,\n  b\n}', /line 3 column 3/],
  ];
  for (const [label, text] of wrong) {
    await one.field(label).fill(text);
  }
  await one.field('In how many seconds').fill('60');
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.method()));
  await one.save.click();
  for (const [label, , says] of wrong) {
    await expect(one.field(label), label).toHaveAttribute('aria-invalid', 'true');
    await expect(one.field(label), label).toHaveAccessibleDescription(says);
  }
  await expect(one.field('Name')).toBeFocused();
  expect(sent).toEqual([]);
  await one.field('Metadata').fill(JSON.stringify({ a: 'x'.repeat(4096) }));
  await one.save.click();
  await expect(one.field('Metadata')).toHaveAccessibleDescription(/at most 4096 bytes/);
});

test('what the server refuses is said beside its field, and what was typed stays', async ({ as, claviger, one, page, unique, watch }) => {
  watch.allow(/status of [45]\d\d/);
  const tenant = await Tenant.make(claviger, { name: unique('Short') });
  const made = await tenant.key(unique('Refused'), { expires_at: new Date(Date.now() + 86_400_000).toISOString() });
  await tenant.change({ maximum_key_lifetime_days: 30 });
  await as('owner', `/organizations/${tenant.id}/keys/${made.id}?edit=1`);
  await one.field('Name').fill('Kept');
  await one.field('Expires').selectOption('Custom');
  await one.field('Day and time').fill('2031-07-01T12:00');
  await one.save.click();
  await expect(one.field('Day and time')).toHaveAccessibleDescription(/30 days/);
  await expect(one.field('Day and time')).toBeFocused();
  await expect(one.field('Name')).toHaveValue('Kept');
  await expect(page.getByText('Not saved yet.')).toBeVisible();
  await page.route(`**${PATH}/${made.id}`, (route) => route.fulfill({ status: 503, body: 'x' }));
  await one.save.click();
  await expect(page.getByRole('alert').filter({ hasText: 'What you typed is still here.' })).toBeVisible();
  await page.unroute(`**${PATH}/${made.id}`);
  await one.field('Expires').selectOption('7 days');
  await one.saved();
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.name).toBe('Kept');
});

test('a session that ends meanwhile keeps what was typed, and then it is saved', async ({ as, claviger, context, one, page, unique, watch }) => {
  watch.allow(/status of 401/);
  const made = await claviger.made({ name: unique('Interrupted') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await one.field('Description').fill('Kept');
  await context.clearCookies();
  await one.save.click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
  await again.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(one.toasts).toHaveText('Saved');
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.description).toBe('Kept');
});

test('a key that was revoked meanwhile is shown as it is by now, and is not edited any more', async ({ as, claviger, one, page, unique, watch }) => {
  watch.allow(/status of 409/);
  const made = await claviger.made({ name: unique('Pulled away') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await one.field('Description').fill('Typed');
  await claviger.owner.post(`${PATH}/${made.id}/revoke`, { reason: 'Leaked' });
  await one.save.click();
  await expect(one.toasts).toHaveText('Not saved: somebody has revoked this key meanwhile');
  await expect(one.badge).toHaveText('Revoked');
  await expect(one.fact('Revoked')).toContainText('“Leaked”');
  await expect(one.heading).toBeFocused();
  await expect(page).toHaveURL(`/keys/${made.id}`);
  await expect(one.save).toHaveCount(0);
});

test('a key that was deleted meanwhile says so, and what was typed stays', async ({ as, claviger, one, page, unique, watch }) => {
  watch.allow(/status of 4\d\d/);
  const made = await claviger.made({ name: unique('Taken away') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await one.field('Description').fill('Typed');
  await claviger.owner.delete(`${PATH}/${made.id}`);
  await one.save.click();
  await expect(page.getByRole('alert').filter({ hasText: 'What you typed is still here.' })).toBeVisible();
  await expect(one.field('Description')).toHaveValue('Typed');
});

test('signing out asks before unsaved changes are lost', async ({ claviger, context, one, page, unique, watch }) => {
  watch.allow(/status of 401/);
  const made = await claviger.made({ name: unique('Signed out of') });
  await signIn(context, claviger, 'owner', 'fresh');
  await one.goto(made, '?edit=1');
  await one.field('Description').fill('Typed');
  const signOut = async () => {
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('dialog', { name: LEAVE })).toBeVisible();
  };
  await signOut();
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await expect(one.field('Description')).toHaveValue('Typed');
  await signOut();
  await page.getByRole('button', { name: 'Leave without saving' }).click();
  await expect(page).toHaveURL('/sign-in');
  await expect(page.getByText('does not work any more'), 'nothing to be told').toHaveCount(0);
});

test('unsaved changes are not left behind by a link', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Guarded link') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await one.back.click();
  await expect(page, 'nothing to lose, nothing asked').toHaveURL('/keys');
  await one.goto(made, '?edit=1');
  await one.field('Description').fill('Typed');
  for (const stay of [() => page.getByRole('button', { name: 'Keep editing' }).click(), () => page.keyboard.press('Escape')]) {
    await one.back.click();
    await expect(page.getByRole('dialog', { name: LEAVE })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Keep editing' })).toBeFocused();
    await stay();
    await expect(one.dialog).toBeHidden();
    await expect(one.back).toBeFocused();
    await expect(one.field('Description')).toHaveValue('Typed');
    await expect(page).toHaveURL(`/keys/${made.id}?edit=1`);
  }
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Leave without saving' }).click();
  await expect(page).toHaveURL('/settings');
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.description).toBe('');
});

test('nor by Back or Forward', async ({ as, claviger, keys, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Guarded back') });
  await as('owner', '/settings');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Keys' }).click();
  await keys.row(made.name).getByRole('link').click();
  await one.back.click();
  await expect(keys.heading).toBeVisible();
  await page.goBack();
  await expect(one.badge).toBeVisible();
  await one.edit.click();
  await one.field('Description').fill('Typed');
  const leave = page.getByRole('dialog', { name: LEAVE });
  for (const way of [() => page.goBack(), () => page.goForward()]) {
    await way();
    await expect(leave).toBeVisible();
    await page.getByRole('button', { name: 'Keep editing' }).click();
    await expect(leave).toBeHidden();
    await expect(page).toHaveURL(`/keys/${made.id}?edit=1`);
    await expect(one.field('Description')).toHaveValue('Typed');
  }
  await page.goBack();
  await page.getByRole('button', { name: 'Leave without saving' }).click();
  await expect(page).toHaveURL('/keys');
  await expect(keys.heading).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL('/settings');
});

test('nor by a reload or by Cancel', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Guarded reload') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await one.field('Description').fill('Typed');
  const asked: string[] = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.dismiss();
  });
  await page.evaluate(() => setTimeout(() => location.reload()));
  await expect.poll(() => asked).toEqual(['beforeunload']);
  await expect(one.field('Description')).toHaveValue('Typed');
  await one.cancel.click();
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await expect(one.cancel).toBeFocused();
  await one.cancel.click();
  await page.getByRole('button', { name: 'Leave without saving' }).click();
  await expect(one.edit).toBeFocused();
  await expect(page).toHaveURL(`/keys/${made.id}`);
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.description).toBe('');
  await one.edit.click();
  await expect(one.field('Description'), 'afresh').toHaveValue('');
  await one.cancel.click();
  await expect(one.edit).toBeFocused();
});

test('Edit… in the list opens the form', async ({ as, claviger, keys, one, page, unique }) => {
  const made = await claviger.made({ name: unique('From the list') });
  await as('owner');
  await keys.choose(made.name, 'Edit…');
  await expect(page).toHaveURL(`/keys/${made.id}?edit=1`);
  await expect(one.field('Name')).toHaveValue(made.name);
});

test('with the keyboard alone', async ({ as, claviger, keys, one, page, unique }) => {
  const made = await claviger.made({ name: unique('By keyboard') });
  const press = (...all: string[]) => all.reduce<Promise<void>>((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  await as('owner');
  await keys.row(made.name).getByRole('link').focus();
  await press('Enter');
  await expect(one.heading).toBeFocused();
  await expect(one.badge).toBeVisible();
  await press('Tab');
  await expect(one.edit).toBeFocused();
  await press('Shift+Tab');
  await expect(one.back).toBeFocused();
  await one.edit.focus();
  await press('Enter');
  await expect(one.field('Name')).toBeFocused();
  await press('Tab');
  await expect(one.field('Description')).toBeFocused();
  await page.keyboard.insertText('By keyboard');
  await press('Tab');
  await expect(one.field('Role')).toBeFocused();
  await press('Tab');
  await expect(page.getByRole('radio', { name: 'Activated', exact: true })).toBeFocused();
  await press('Tab');
  await expect(page.getByRole('radio', { name: 'Read only' })).toBeFocused();
  await press('ArrowDown');
  await expect(page.getByRole('radio', { name: 'Read and write' })).toBeChecked();
  for (const label of ['Expires', 'Scopes', 'Allowed addresses', 'Rate limit: calls', 'In how many seconds', 'Credits: calls left', 'Refill to', 'Refill', 'Metadata']) {
    await press('Tab');
    await expect(one.field(label), label).toBeFocused();
  }
  await press('Tab');
  await expect(one.save).toBeFocused();
  await press('Tab');
  await expect(one.cancel).toBeFocused();
  await press('Enter');
  await expect(page.getByRole('button', { name: 'Keep editing' })).toBeFocused();
  await press('Escape');
  await expect(one.cancel).toBeFocused();
  await one.field('Name').focus();
  await press('Enter');
  await expect(one.toasts).toHaveText('Saved');
  await expect(one.edit).toBeFocused();
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data).toMatchObject({ description: 'By keyboard', access: 'read_write' });
  await page.getByRole('button', { name: 'More actions' }).focus();
  await press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Copy hint' })).toBeFocused();
  await press('End');
  await expect(page.getByRole('menuitem', { name: 'Delete…' })).toBeFocused();
  await press('Enter');
  await expect(one.cancel).toBeFocused();
  await press('Escape');
  await expect(page.getByRole('button', { name: 'More actions' })).toBeFocused();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('axe finds nothing in the form and what it asks', async ({ as, claviger, one, page, unique }) => {
      const made = await claviger.made({ name: unique('Axe form'), expires_at: '2031-02-18T09:30:00Z' });
      const clean = (where: string) => expectNoViolations(page, where);
      await as('owner', `/keys/${made.id}?edit=1`);
      await expect(one.save).toBeVisible();
      await clean('the form');
      await one.field('Name').fill(' ');
      await one.field('Allowed addresses').fill('x');
      await one.field('Expires').selectOption('Custom');
      await one.save.click();
      await clean('refused');
      await page.setViewportSize({ width: 360, height: 740 });
      await clean('on a phone');
      await one.back.click();
      await expect(page.getByRole('dialog', { name: LEAVE })).toBeVisible();
      await clean('asking');
    });
  });
}
