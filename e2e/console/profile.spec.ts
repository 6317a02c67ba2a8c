import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { signedIn, type Client } from '../support/client';
import { Company } from '../support/company';
import { loseAnswer } from '../support/lost_answer';
import { signInWith } from '../support/organizations';
import { clipboard, expect, REVEAL, test } from './fixtures';

test('it is reached from the account menu, and the name is changed', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Profile'));
  const member = await company.hire('member', 'Mia Member');
  await signInWith(context, claviger.origin, member.secret);
  await page.goto('/keys');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('link', { name: 'Your profile' }).click();
  await expect(page.getByRole('heading', { name: 'Profile', level: 1 })).toBeFocused();
  await expect(page).toHaveTitle('Profile · Claviger');
  await expect(page.locator('.page-lead')).toHaveText(`Member of ${company.tenant.name}`);
  const name = page.getByLabel('Your name');
  const save = page.getByRole('button', { name: 'Save' });
  await expect(save).toBeDisabled();
  await name.fill(' ');
  await name.press('Enter');
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await name.fill('Mia Renamed');
  await save.click();
  await expect(page.locator('.toasts')).toContainText('Saved');
  await expect(page.locator('.account-name')).toHaveText('Mia Renamed');
  expect((await company.person(member)).name).toBe('Mia Renamed');
  await expect(page.getByText(`Base URL ${claviger.origin}/api/v2`)).toBeVisible();
  for (const link of ['API reference', 'Integration guide']) {
    await expect(page.getByRole('link', { name: link })).toBeVisible();
  }
});

test('API access is switched off and on; regenerating shows a key once, and ends the one before', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Regenerating'));
  const member = await company.hire('member', 'Mia Member');
  await signInWith(context, claviger.origin, member.secret);
  await page.goto('/profile');
  const access = page.getByRole('region', { name: 'API access' });
  await access.getByRole('button', { name: 'Switch off…' }).click();
  await expect(page.getByRole('dialog')).toContainText('Everything that uses one of your keys stops working.');
  await page.keyboard.press('Escape');
  await expect(access.getByRole('button', { name: 'Switch off…' })).toBeFocused();
  await access.getByRole('button', { name: 'Switch off…' }).click();
  await page.getByRole('button', { name: 'Switch off', exact: true }).click();
  await expect(access).toContainText('Switched off by you, just now');
  await expect(access.getByRole('button', { name: 'Enable again' })).toBeFocused();
  expect((await member.client.get('/api/v2/whoami')).json.error_code).toBe('api_access_disabled');
  await access.getByRole('button', { name: 'Enable again' }).click();
  await expect(access).toContainText('On.');
  await expect(page.getByRole('dialog'), 'it has been shown already').toHaveCount(0);
  expect((await member.client.get('/api/v2/whoami')).status).toBe(200);

  await access.getByRole('button', { name: 'Regenerate…' }).click();
  const asks = page.getByRole('dialog', { name: 'Regenerate your API key?' });
  await expect(asks).toContainText('stops working at once, and so does everything that uses it');
  await expect(asks).toContainText('you stay signed in here');
  await page.keyboard.press('Escape');
  await expect(access.getByRole('button', { name: 'Regenerate…' })).toBeFocused();
  await access.getByRole('button', { name: 'Regenerate…' }).click();
  await asks.getByRole('button', { name: 'Regenerate' }).dblclick();
  const reveal = page.getByRole('dialog', { name: REVEAL });
  await expect(reveal).toContainText('The one before does not work any more.');
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(reveal.getByText('Copied.')).toBeVisible();
  const secret = await clipboard(page);
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(access.getByRole('button', { name: 'Regenerate…' })).toBeFocused();
  expect(await page.content()).not.toContain(secret.slice(12, 40));
  expect((await member.client.get('/api/v2/whoami')).json.error_code).toBe('key_revoked');
  expect((await member.client.with({ authorization: `Bearer ${secret}` }).get('/api/v2/whoami')).status).toBe(200);
  await expect(page.getByRole('dialog'), 'one stays signed in').toHaveCount(0);
  await page.reload();
  await expect(access).toContainText('On.');
});

test('enabling shows the first key once, also when the first answer is lost', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/ERR_CONNECTION_RESET|status of 409/);
  const company = await Company.make(claviger, unique('Enabling'));
  const member = await company.hire('member', 'Mia Member');
  // What they sign in with stays; the key that the system made is made anew, without a secret.
  const other = await claviger.made({ name: 'Laptop', kind: 'personal', access: 'read_write' }, await signedIn(claviger.origin, member.secret));
  await signInWith(context, claviger.origin, other.api_key);
  await (await signedIn(claviger.origin, company.owner.secret)).delete(`/api/v2/users/${member.id}/api_access`);
  await company.owner.client.post(`/api/v2/api_keys/${member.key}/revoke`, {});
  await page.goto('/profile');
  const access = page.getByRole('region', { name: 'API access' });
  await expect(access).toContainText('Switched off by Olivia Owner');
  await page.route('**/api_access', (route) => route.abort('connectionreset'), { times: 1 });
  await access.getByRole('button', { name: 'Enable again' }).click();
  await expect(access.getByRole('alert')).toContainText('it will not be made twice');
  await access.getByRole('button', { name: 'Enable again' }).click();
  const reveal = page.getByRole('dialog', { name: REVEAL });
  await expect(reveal).toContainText('Auto-Generated API Key');
  await expect(reveal.getByRole('button', { name: 'Copy', exact: true })).toBeFocused();
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(access.getByRole('button', { name: 'Regenerate…' })).toBeFocused();

  await loseAnswer(page, '**/users/*/api_key');
  await access.getByRole('button', { name: 'Regenerate…' }).click();
  const asks = page.getByRole('dialog', { name: 'Regenerate your API key?' });
  await asks.getByRole('button', { name: 'Regenerate' }).click();
  await expect(asks.getByRole('alert')).toContainText('it will not be made twice');
  await asks.getByRole('button', { name: 'Regenerate' }).click();
  await expect(asks.getByRole('alert')).toContainText('got lost on the way, and cannot be shown again');
  await asks.getByRole('button', { name: 'Regenerate' }).click();
  await expect(reveal).toBeVisible();
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
});

test('where one is signed in is listed, and ended there and everywhere else', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Sessions'));
  const member = await company.hire('member', 'Mia Member');
  const firefox = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0' };
  const others: Client[] = [];
  for (let count = 0; count < 3; count += 1) {
    others.push(await signedIn(claviger.origin, member.secret));
  }
  claviger.database.rows('SELECT 1 FROM sessions WHERE user_id = ?', member.id);
  await page.setExtraHTTPHeaders(firefox);
  await signInWith(context, claviger.origin, member.secret);
  await page.goto('/profile');
  const table = page.getByRole('table', { name: 'Where you are signed in' });
  const rows = table.locator('tbody').getByRole('row');
  await expect(rows).toHaveCount(4);
  const mine = rows.filter({ hasText: 'This device' });
  await expect(mine).toHaveCount(1);
  await expect(mine.getByRole('button')).toHaveCount(0);
  await rows.filter({ hasNotText: 'This device' }).first().getByRole('button', { name: 'Sign out' }).click();
  await expect(page.locator('.toasts')).toContainText('Signed out there');
  await expect(rows).toHaveCount(3);
  const alive = async () => (await Promise.all(others.map((other) => other.get('/api/v2/session')))).filter(({ status }) => status === 200).length;
  expect(await alive()).toBe(2);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.locator('.toasts')).toContainText('Signed out in 2 other places');
  await expect(rows).toHaveCount(1);
  await expect(page.getByRole('heading', { name: 'Where you are signed in' })).toBeFocused();
  expect(await alive()).toBe(0);
  await page.reload();
  await expect(mine).toBeVisible();
});

test('what a key may do is read whole, however narrow its column', async ({ as, page }) => {
  await as('owner', '/profile');
  const access = page.getByRole('table', { name: 'Personal keys' }).getByText('Manages everything').first();
  for (const width of [1280, 901, 641]) {
    await page.setViewportSize({ width, height: 740 });
    await expect(access).toBeVisible();
    expect(await access.evaluate((element) => element.scrollWidth <= element.clientWidth), `at ${width}`).toBe(true);
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('axe finds nothing on the profile, and nothing is wider than a phone', async ({ claviger, context, page, unique }) => {
      const company = await Company.make(claviger, unique('Axe profile'));
      const member = await company.hire('member', `Mia ${'Long'.repeat(12)} Member`);
      await signedIn(claviger.origin, member.secret);
      await signInWith(context, claviger.origin, member.secret);
      for (const width of [1280, 700, 360]) {
        await page.setViewportSize({ width, height: 740 });
        await page.goto('/profile');
        await expect(page.getByText('This device')).toBeVisible();
        await expect(page.getByRole('table', { name: 'Personal keys' })).toContainText('Active');
        await expectNoViolations(page, `the profile at ${width}`);
        await expectNoSidewaysScroll(page, `the profile at ${width}`);
        for (const name of ['Regenerate…', 'Switch off…']) {
          await page.getByRole('button', { name }).click();
          await expectNoViolations(page, name);
          await expectNoSidewaysScroll(page, name);
          await page.keyboard.press('Escape');
        }
      }
    });
  });
}
