import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { Company } from '../support/company';
import { expectSuccess } from '../support/expectations';
import { signInWith } from '../support/organizations';
import { expect, pick, test } from './fixtures';

const DAY = 86_400_000;
const soon = (days: number): string => new Date(Date.now() + days * DAY).toISOString();

test('a key that leaked is said until somebody has dealt with it, on Keys and on its own page', async ({ claviger, context, keys, one, page, unique }) => {
  const company = await Company.make(claviger, unique('Leaky'));
  const made = async (name: string): Promise<any> => expectSuccess(await company.owner.client.post('/api/v2/api_keys', { name, expires_at: soon(60) }), 201);
  const [fine, leaked] = [await made('Fine'), await made('Found in a chat')];
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/keys');
  await expect(page.getByText('Hygiene: no key needs a look')).toBeVisible();
  const banner = page.locator('.leak-banner');
  await expect(banner).toHaveCount(0);

  const answer = await claviger.anonymous.with({ 'cf-connecting-ip': '198.51.100.77' }).post('/v1/revoke', { keys: [leaked.api_key] });
  expect(answer.json.results).toEqual([{ code: 'REVOKED' }]);
  await page.reload();
  await expect(banner).toContainText('A key has leaked.');
  await expectNoViolations(page, 'the banner');
  await banner.getByRole('button', { name: 'Show it' }).click();
  await expect(page).toHaveURL('/keys?hygiene=leaked');
  await expect(keys.row(leaked.name), 'a revoked one too').toBeVisible();
  await expect(keys.row(fine.name)).toHaveCount(0);
  await page.goBack();
  await expect(keys.row(fine.name)).toBeVisible();
  await page.goForward();

  await keys.row(leaked.name).getByRole('link', { name: leaked.name }).click();
  await expect(one.heading).toHaveText(leaked.name);
  await expect(banner).toContainText(/Somebody who holds a secret of this key reported it as leaked just now\. The key was revoked/);
  await expectNoViolations(page, 'the banner of the key');
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page, 'the banner of the key');
  await expect(page.getByText('was told by a holder of its secret that it leaked')).toBeVisible();
  await banner.getByRole('button', { name: 'Mark as dealt with' }).press('Enter');
  await expect(banner).toHaveCount(0);
  await expect(one.heading, 'where to read on').toBeFocused();
  await expect(page.getByText('marked its leak as dealt with')).toBeVisible();
  expect(expectSuccess(await company.owner.client.get(`/api/v2/api_keys/${leaked.id}`)).leak).toMatchObject({ source: 'possession', resolved_at: expect.any(String) });
  await page.goto('/keys');
  await expect(page.getByText('Hygiene: no key needs a look')).toBeVisible();
});

test('each count filters the list by one press, another press shows all again', async ({ claviger, context, keys, page, unique }) => {
  const company = await Company.make(claviger, unique('Tidy'));
  const make = async (attributes: object): Promise<any> => expectSuccess(await company.owner.client.post('/api/v2/api_keys', attributes), 201);
  const lasting = await make({ name: 'For ever' });
  const brief = await make({ name: 'Brief', expires_at: soon(3) });
  const powerful = await make({ name: 'Almighty', role: 'organization_admin', access: 'read_write', expires_at: soon(60) });
  await make({ name: 'Bound', role: 'organization_admin', access: 'read_write', expires_at: soon(60), allowed_ips: ['10.0.0.0/8'] });
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/keys?q=nothing');
  const card = page.getByRole('region', { name: 'Hygiene' });
  const pill = (label: string) => card.getByRole('button', { name: label });
  await expect(card.getByRole('button')).toHaveText(['Expiring soon 1', 'Never expire 1', 'All-powerful 1']);
  for (const [label, word, key] of [['Expiring soon', 'expiring_soon', brief], ['Never expire', 'never_expires', lasting], ['All-powerful', 'all_powerful', powerful]] as const) {
    await pill(label).click();
    await expect(page, 'and what else narrowed it is gone').toHaveURL(`/keys?hygiene=${word}`);
    await expect(pill(label)).toHaveAttribute('aria-pressed', 'true');
    await expect(page.locator('tbody tr')).toHaveCount(1);
    await expect(keys.row(key.name)).toBeVisible();
  }
  await page.reload();
  await expect(keys.row(powerful.name)).toBeVisible();
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await pill('All-powerful').focus();
  await page.keyboard.press('Space');
  await expect(page).toHaveURL('/keys');
  await expect(pill('All-powerful')).toBeFocused();
  await expect(keys.row(lasting.name)).toBeVisible();

  // What was done about it is counted anew, and the list that is left says why it is empty.
  await pill('Expiring soon').click();
  await keys.choose(brief.name, 'Revoke…');
  await keys.button('Yes, revoke').click();
  await expect(page.getByText('No key that needs this look is here.')).toBeVisible();
  await expect(pill('Expiring soon')).toHaveCount(0);
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await expect(page).toHaveURL('/keys');
  // An address with a reason that there is not does not go on saying so.
  await page.goto('/keys?hygiene=dirty');
  await expect(page).toHaveURL('/keys');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test('the counts and the banner are for everybody, on a phone too', async ({ claviger, context, page, unique }) => {
      const company = await Company.make(claviger, unique('Seen'));
      const key = expectSuccess(await company.owner.client.post('/api/v2/api_keys', { name: 'Seen' }), 201);
      expectSuccess(await company.owner.client.post('/api/v2/api_keys', { name: 'Brief', expires_at: soon(3) }), 201);
      const rotated = expectSuccess(await company.owner.client.post(`/api/v2/api_keys/${key.id}/rotate`, { grace_seconds: 0 }));
      expect(rotated.id).toBe(key.id);
      await claviger.anonymous.with({ 'cf-connecting-ip': '198.51.100.78' }).post('/v1/revoke', { keys: [key.api_key] });
      await signInWith(context, claviger.origin, company.owner.secret);
      for (const [width, path] of [[1440, '/keys?hygiene=leaked'], [360, '/keys'], [360, `/keys/${key.id}`]] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(path);
        await expect(page.locator('.leak-banner')).toBeVisible();
        await expectNoViolations(page, `${path} at ${width}`);
        await expectNoSidewaysScroll(page, `${path} at ${width}`);
      }
      await expect(page.locator('.leak-banner')).toContainText('As long as that secret works');
    });
  });
}

test('what GitHub’s reports do is set in Settings, and read back both ways', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Strict about leaks'));
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/settings');
  await expect(page.getByRole('radio', { name: 'Flag it' })).toBeChecked();
  await pick(page.getByRole('radio', { name: 'Revoke it' }));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Not saved yet.')).toHaveCount(0);
  await expect.poll(() => company.tenant.record()).toMatchObject({ leak_policy: 'revoke' });
  await company.tenant.change({ leak_policy: 'flag' });
  await page.reload();
  await expect(page.getByRole('radio', { name: 'Flag it' })).toBeChecked();
});
