import { expectNoViolations } from '../support/axe';
import { signInWith, Tenant } from '../support/organizations';
import { copiedBy, expect, signIn, test } from './fixtures';

const PATH = '/api/v2/api_keys';
const soon = (millis: number) => new Date(Date.now() + millis).toISOString();

/** Something in every attribute. */
const EVERYTHING = {
  description: 'For the nightly export.\nAsk Ada.',
  access: 'read_write',
  scopes: ['invoices.read', 'users.*'],
  expires_at: soon(3.5 * 86_400_000),
  allowed_ips: ['203.0.113.0/24', '2001:db8::/32'],
  rate_limit: { limit: 100, window_seconds: 60 },
  credits: { remaining: 5, refill_amount: 100, refill_interval: 'monthly' },
  metadata: { team: 'billing', tags: ['a', 'b'] },
};

test('a key made over the API is shown with everything that is known of it', async ({ as, claviger, keys, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Detailed'), ...EVERYTHING });
  await as('owner');
  await keys.row(made.name).getByRole('link', { name: made.name }).click();
  await expect(page).toHaveURL(`/keys/${made.id}`);
  await expect(page).toHaveTitle(`${made.name}: Key · Claviger`);
  await expect(one.heading).toHaveText(made.name);
  await expect(one.heading, 'whoever followed a link reads on there').toBeFocused();
  await expect(one.badge).toHaveText('Active');
  await expect(page.locator('.key-head')).toContainText(made.hint);
  await expect(page.locator('.key-note')).toHaveText(EVERYTHING.description);
  for (const [label, value] of Object.entries({
    Kind: 'Service key, for one integration',
    Owner: 'Acme',
    Role: 'Integration: may be verified, and manages nothing',
    Access: 'Read and write: can read, create and change',
    Created: /^just now by \S+/,
    Expires: 'Expires in 3 days',
    'Last used': 'Never used',
    'Rate limit': '100 calls in 1 minute',
    Credits: '5 calls left, set to 100 on the first of each month',
    Metadata: /"team": "billing"/,
    Source: 'Minted here',
    Id: String(made.id),
  })) {
    await expect(one.fact(label), label).toHaveText(value);
  }
  await expect(one.fact('Scopes').getByRole('listitem')).toHaveText(EVERYTHING.scopes);
  await expect(one.fact('Allowed addresses').getByRole('listitem')).toHaveText(EVERYTHING.allowed_ips);
  await expect(one.fact('Expires').locator('time')).toHaveAttribute('title', /\d{2}:\d{2}:\d{2}/);
  await expect(one.fact('Revoked')).toHaveCount(0);
  await expect(one.secrets).toHaveCount(1);
  await expect(one.secrets).toContainText(made.hint);
  await expect(one.secrets).toContainText('Current');
});

test('what a key does without is said', async ({ as, claviger, one, unique }) => {
  const made = await claviger.made({ name: unique('Bare') });
  await as('owner', `/keys/${made.id}`);
  for (const [label, value] of Object.entries({
    Access: 'Read only: can read, cannot create or change', Scopes: 'None', Expires: 'Never', 'Allowed addresses': 'Anywhere',
    'Rate limit': 'None', Credits: 'No limit', Metadata: 'None',
  })) {
    await expect(one.fact(label), label).toHaveText(value);
  }
});

test('the name opens in a tab of its own, and the menu opens the page too', async ({ as, claviger, context, keys, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Opened') });
  await as('owner');
  const opened = context.waitForEvent('page');
  await keys.row(made.name).getByRole('link').click({ button: 'middle' });
  const tab = await opened;
  await expect(tab.getByRole('heading', { level: 1 })).toHaveText(made.name);
  await tab.close();
  await expect(page).toHaveURL('/keys');
  await keys.choose(made.name, 'Open');
  await expect(page).toHaveURL(`/keys/${made.id}`);
  await expect(one.heading).toHaveText(made.name);
});

test('the way back to the list keeps its filters, and so does Back', async ({ as, claviger, keys, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Way back'), active: false });
  const list = `/keys?q=${encodeURIComponent(made.name)}&status=disabled&sort=name`;
  await as('owner', list);
  await keys.row(made.name).getByRole('link').click();
  await expect(one.badge).toHaveText('Disabled');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Keys' })).toHaveAttribute('aria-current', 'true');
  await page.reload();
  await expect(one.badge).toHaveText('Disabled');
  await one.back.click();
  await expect(page).toHaveURL(list);
  await expect(keys.search).toHaveValue(made.name);
  await keys.row(made.name).getByRole('link').click();
  await expect(one.badge).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(list);
  await expect(keys.row(made.name)).toContainText('Disabled');
});

test('a visit without a list leads back to all keys', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Direct') });
  await as('owner', `/keys/${made.id}`);
  await one.back.click();
  await expect(page).toHaveURL('/keys');
});

test('the key of another organization is shown there, and only there', async ({ as, claviger, one, page, unique, watch }) => {
  watch.allow(/status of 404/);
  const tenant = await Tenant.make(claviger, { name: unique('Detail Ltd') });
  const made = await tenant.key(unique('Theirs'));
  await as('owner', `/organizations/${tenant.id}`);
  await page.getByRole('link', { name: made.name }).click();
  await expect(page).toHaveURL(`/organizations/${tenant.id}/keys/${made.id}`);
  await expect(page.getByText(`You are looking at ${tenant.name}`)).toBeVisible();
  await expect(page).toHaveTitle(`${made.name}: Key · Claviger`);
  await expect(one.fact('Owner')).toHaveText(tenant.name);
  await one.back.click();
  await expect(page).toHaveURL(`/organizations/${tenant.id}`);
  await page.goto(`/keys/${made.id}`);
  await expect(one.heading).toHaveText('There is no such key');
});

test('an unknown, a foreign and a deleted key are told in the same words, with the way back', async ({ as, claviger, one, page, unique, watch }) => {
  watch.allow(/status of 404/);
  const deleted = await claviger.made({ name: unique('Deleted') });
  await claviger.owner.delete(`${PATH}/${deleted.id}`);
  const foreign = claviger.database.row('SELECT id FROM api_keys WHERE organization_id = 2 LIMIT 1').id;
  for (const [holder, id] of [['owner', 999_999], ['administrator', foreign], ['owner', deleted.id]] as const) {
    await as(holder, `/keys/${id}`);
    await expect(one.heading).toHaveText('There is no such key');
    await expect(page).toHaveTitle('Key · Claviger');
    await expect(one.edit).toHaveCount(0);
  }
  await page.getByRole('link', { name: 'Back to Keys' }).click();
  await expect(page).toHaveURL('/keys');
  await page.goto('/keys/7x');
  await expect(one.heading).toHaveText('There is no such key');
  await expect(page.getByRole('navigation', { name: 'Main' }), 'inside the console').toBeVisible();
});

test('while it loads there is a skeleton, and what failed is retried', async ({ as, claviger, one, page, unique, watch }) => {
  watch.allow(/status of 503/);
  const made = await claviger.made({ name: unique('Slow') });
  await as('owner');
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  await page.route(`**${PATH}/${made.id}`, async (route) => {
    await asked;
    await route.fulfill({ status: 503, body: 'x' });
  });
  await page.goto(`/keys/${made.id}`);
  await expect(page.getByText('Loading the key')).toBeAttached();
  await expect(page.locator('.key-facts .bone').first()).toBeVisible();
  answer();
  await expect(page.getByRole('heading', { name: 'The key could not be loaded' })).toBeVisible();
  await page.unroute(`**${PATH}/${made.id}`);
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(one.heading).toHaveText(made.name);
  await expect(one.badge).toBeVisible();
});

test('on a phone all that can be done stands on one line', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Narrow') });
  await page.setViewportSize({ width: 360, height: 740 });
  await as('owner', `/keys/${made.id}`);
  await expect(one.edit).toBeVisible();
  const tops = await page.locator('.key-actions').first().locator('button:visible').evaluateAll((all) => all.map((button) => Math.round(button.getBoundingClientRect().top)));
  expect(tops).toHaveLength(4);
  expect(new Set(tops).size).toBe(1);
});

test('hint and id are copied', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Copied') });
  await as('owner', `/keys/${made.id}`);
  for (const [item, text] of [['Copy hint', made.hint], ['Copy id', String(made.id)]]) {
    const copied = await copiedBy(page, async () => {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    });
    expect(copied).toBe(text);
    await expect(one.toasts).toContainText('Copied the');
  }
});

test('who may only read sees everything and no actions', async ({ claviger, context, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Looked at') });
  const own = await claviger.session('owner');
  const readOnly = (await own.post(PATH, { kind: 'personal', name: unique('Read only'), access: 'read_only' })).json.data;
  await signInWith(context, claviger.origin, readOnly.api_key);
  await page.goto(`/keys/${made.id}?edit=1`);
  await expect(one.badge).toHaveText('Active');
  await expect(one.edit).toHaveCount(0);
  await expect(one.save).toHaveCount(0);
  await page.getByRole('button', { name: 'More actions' }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Copy hint', 'Copy id']);
});

test('a member sees their own key and nobody else’s', async ({ as, claviger, one, page, unique, watch }) => {
  watch.allow(/status of 40[34]/);
  const other = await claviger.made({ name: unique('Not theirs') });
  const mine = (await claviger.holderOf('member').get('/api/v2/whoami')).json.data;
  await as('member', `/keys/${mine.id}`);
  await expect(one.heading).toHaveText(mine.name);
  await expect(one.fact('Kind')).toContainText('Personal key');
  await page.goto(`/keys/${other.id}`);
  await expect(one.heading).toHaveText('There is no such key');
});

test('a session that ends is asked for again over the page', async ({ claviger, context, one, page, unique, watch }) => {
  watch.allow(/status of 401/);
  const made = await claviger.made({ name: unique('Session') });
  await signIn(context, claviger, 'owner');
  await page.goto('/settings');
  await expect(page.getByLabel('Name')).toBeVisible();
  await context.clearCookies();
  await page.evaluate((path) => {
    history.pushState(null, '', path);
    dispatchEvent(new PopStateEvent('popstate'));
  }, `/keys/${made.id}`);
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByLabel('API key', { exact: true }).fill(claviger.secrets.owner);
  await again.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(one.heading).toHaveText(made.name);
  await expect(one.badge).toBeVisible();
});

test('a name is only ever text', async ({ as, claviger, one, page, unique }) => {
  const text = '<img src=x onerror="document.title=1">';
  const made = await claviger.made({ name: unique(text), description: text, metadata: { text } });
  await as('owner', `/keys/${made.id}`);
  await expect(one.heading).toHaveText(made.name);
  await expect(page.locator('main img')).toHaveCount(0);
  await expect(page).toHaveTitle(`${made.name}: Key · Claviger`);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('axe finds nothing on the page of a key', async ({ as, claviger, one, page, unique, watch }) => {
      watch.allow(/status of 404/);
      const made = await claviger.made({ name: unique('Axe key'), ...EVERYTHING });
      await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 3600 });
      const clean = (where: string) => expectNoViolations(page, where);
      await as('owner', `/keys/${made.id}`);
      await expect(one.badge).toBeVisible();
      await clean('the key');
      await page.getByRole('button', { name: 'More actions' }).click();
      await clean('its menu');
      await page.keyboard.press('Escape');
      await page.setViewportSize({ width: 360, height: 740 });
      await clean('on a phone');
      await page.goto('/keys/999999');
      await expect(one.heading).toHaveText('There is no such key');
      await clean('no such key');
    });
  });
}

for (const width of [360, 640, 900, 1440]) {
  test(`nothing is wider than a screen of ${width} px`, async ({ as, claviger, one, page, unique }) => {
    await page.setViewportSize({ width, height: 740 });
    const long = 'x'.repeat(80);
    const made = await claviger.made({
      name: unique(long), description: long, scopes: [`${long}.read`], metadata: { [long]: long }, allowed_ips: ['2001:db8:1111:2222:3333:4444:5555:6666'],
    });
    await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 3600 });
    await as('owner', `/keys/${made.id}`);
    await expect(one.badge).toBeVisible();
    const fits = async (where: string) => {
      const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(content, where).toBeLessThanOrEqual(screen ?? 0);
    };
    await fits('the key');
    await one.edit.click();
    await expect(one.save).toBeVisible();
    await fits('the form');
  });
}
