import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { bearer, tokenOf, visitor } from '../support/client';
import { Company } from '../support/company';
import { expectRefusal, expectSuccess } from '../support/expectations';
import { signInWith } from '../support/organizations';
import { recordSecret } from '../support/secrets';
import { clipboard, expect, pick, test } from './fixtures';

const LINK = 'Copy this link and send it to the person';

test('API access is switched off and on, and the API key cleared: what stops is said before', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Clearing'));
  const member = await company.hire('member', 'Mia Member');
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/people?api=on&q=Mia');
  await page.getByRole('link', { name: 'Mia Member' }).click();
  await expect(page.getByRole('heading', { name: 'Mia Member', level: 1 })).toBeFocused();
  await expect(page).toHaveTitle('Mia Member: Person · Claviger');
  const access = page.getByRole('region', { name: 'API access' });
  await expect(access).toContainText('On.');
  const key = page.getByRole('table', { name: 'Personal keys' }).getByRole('row').filter({ hasText: 'Auto-Generated' });
  await expect(key).toContainText('Active');

  await access.getByRole('button', { name: 'Switch off…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await expect(dialog).toContainText('stops working');
  await expect(dialog).toContainText('Auto-Generated API Key');
  await page.keyboard.press('Escape');
  await expect(access.getByRole('button', { name: 'Switch off…' }), 'where one was').toBeFocused();
  expect((await company.person(member)).api_access).toBe(true);
  await access.getByRole('button', { name: 'Switch off…' }).click();
  await dialog.getByRole('button', { name: 'Switch off' }).dblclick();
  await expect(access).toContainText('Switched off by you, just now');
  await expect(access.getByRole('button', { name: 'Switch on' })).toBeFocused();
  expect(await company.person(member)).toMatchObject({ api_access: false, version: 2 });
  await access.getByRole('button', { name: 'Switch on' }).click();
  await expect(access).toContainText('On.');
  await expect(access.getByRole('button', { name: 'Switch off…' })).toBeFocused();

  await access.getByRole('button', { name: 'Clear API key…' }).click();
  await expect(page.getByRole('dialog', { name: 'Clear the API key of Mia Member?' })).toContainText('every integration that uses one stops working. This cannot be undone.');
  await page.keyboard.press('Escape');
  await expect(access.getByRole('button', { name: 'Clear API key…' })).toBeFocused();
  await access.getByRole('button', { name: 'Clear API key…' }).click();
  await dialog.getByRole('button', { name: 'Yes, clear' }).click();
  await expect(page.locator('.toasts')).toContainText('Cleared the API key of Mia Member: 1 key revoked');
  await expect(access).toContainText('Cleared by you, just now');
  await expect(access).toContainText('no key left to sign in with');
  await expect(access.getByRole('button', { name: 'Clear API key…' }), 'there is nothing to clear').toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 }), 'the button is gone').toBeFocused();
  await expect(key.filter({ hasText: 'Revoked' })).toHaveCount(1);
  await expect(key.filter({ hasText: 'Pending' })).toHaveCount(1);
  expect((await member.client.get('/api/v2/whoami')).json.error_code).toBe('key_revoked');
});

test('a role that who let somebody in could not give ends what they come in with: said before, and another link is made', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/status of 409/);
  const company = await Company.make(claviger, unique('Outgrowing'));
  const administrator = await company.hire('administrator', 'Alan Admin');
  const member = await company.hire('member', 'Mia Member');
  const { link } = expectSuccess(await administrator.client.post(`/api/v2/users/${member.id}/sign_in_link`, {}), 201);
  const held = expectSuccess(await visitor(claviger.origin).post('/api/v2/sign_in_links/accept', { token: tokenOf(link) }), 201).api_key;
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto(`/people/${member.id}`);
  const dialog = page.getByRole('dialog');
  const change = page.getByRole('button', { name: 'Change role…' });
  await change.click();
  await pick(dialog.getByRole('radio', { name: 'Owner' }));
  await dialog.getByRole('button', { name: 'Change role', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('Their keys, passkeys and sessions end with it.');
  expect(await company.person(member), 'nothing was done yet').toMatchObject({ role: 'member', version: 1 });
  // As far as the administrator could, nothing ends.
  await pick(dialog.getByRole('radio', { name: 'Administrator' }));
  await expect(dialog.getByRole('status')).toBeEmpty();
  await pick(dialog.getByRole('radio', { name: 'Owner' }));
  await dialog.getByRole('button', { name: 'Change role', exact: true }).click();
  const end = dialog.getByRole('button', { name: 'Change role, and end them' });
  await expectNoViolations(page, 'what ends');
  await page.setViewportSize({ width: 360, height: 780 });
  await expectNoSidewaysScroll(page, 'what ends');
  await page.setViewportSize({ width: 1280, height: 800 });
  await end.dblclick();
  await expect(page.locator('.toasts')).toContainText('Mia Member is owner now. Make a sign-in link for them to come in with.');
  await expect(change).toBeFocused();
  await expect(page.locator('.key-marks')).toContainText('Owner');
  expect(await company.person(member)).toMatchObject({ role: 'owner', version: 2, live_keys: 1 });
  expectRefusal(await bearer(claviger.origin, held).get('/api/v2/whoami'), 401, 'key_revoked');
  await page.getByRole('button', { name: 'Sign-in link…' }).click();
  await expect(dialog).toContainText('For somebody who has no key to sign in with');
});

test('a role is changed, somebody deactivated, reactivated and removed', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Changing'));
  const member = await company.hire('member', 'Mia Member');
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto(`/people/${member.id}`);
  const dialog = page.getByRole('dialog');
  const change = page.getByRole('button', { name: 'Change role…' });
  await change.click();
  await expect(dialog.getByRole('radio', { name: 'Member' })).toBeChecked();
  await page.keyboard.press('Escape');
  await expect(change).toBeFocused();
  await change.click();
  await pick(dialog.getByRole('radio', { name: 'Administrator' }));
  await dialog.getByRole('button', { name: 'Change role' }).dblclick();
  await expect(page.locator('.toasts')).toContainText('Mia Member is administrator now');
  await expect(change).toBeFocused();
  await expect(page.locator('.key-marks')).toContainText('Administrator');
  expect(await company.person(member)).toMatchObject({ role: 'administrator', version: 2 });
  await expect(page.getByRole('table', { name: 'Personal keys' })).toContainText('Manages keys');

  const menu = page.getByRole('button', { name: 'More actions' });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Deactivate…' }).click();
  await expect(dialog).toContainText('Every integration that uses their 1 key stops working. They are signed out everywhere');
  await page.keyboard.press('Escape');
  await expect(menu).toBeFocused();
  await menu.click();
  await page.getByRole('menuitem', { name: 'Deactivate…' }).click();
  await dialog.getByRole('button', { name: 'Yes, deactivate' }).click();
  await expect(page.locator('.key-marks')).toContainText('Deactivated');
  await expect(page.getByRole('button', { name: 'Sign-in link…' }), 'nobody is let in who may not come in').toHaveCount(0);
  expect((await member.client.get('/api/v2/whoami')).json.error_code).toBe('key_disabled');
  await page.getByRole('button', { name: 'Reactivate' }).click();
  await expect(page.locator('.key-marks')).toContainText('Active');
  expect((await member.client.get('/api/v2/whoami')).status).toBe(200);

  await menu.click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await expect(dialog).toContainText('This cannot be undone');
  await dialog.getByRole('button', { name: 'Yes, remove' }).click();
  await expect(page).toHaveURL(`${claviger.origin}/people`);
  await expect(page.getByRole('heading', { name: 'People', level: 1 })).toBeFocused();
  await expect(page.locator('.toasts')).toContainText('Removed Mia Member');
  await expect(page.getByRole('row').filter({ hasText: 'Mia Member' })).toHaveCount(0);
  expect(claviger.database.rows('SELECT 1 FROM users WHERE id = ?', member.id)).toEqual([]);
});

test('a sign-in link is shown once, lets in once, and says when it is spent', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/status of 40[13]/);
  const company = await Company.make(claviger, unique('Letting in'));
  const member = await company.hire('member', 'Mia Member');
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto(`/people/${member.id}`);
  const button = page.getByRole('button', { name: 'Sign-in link…' });
  await button.click();
  await page.keyboard.press('Escape');
  await expect(button).toBeFocused();
  await button.click();
  await page.getByRole('button', { name: 'Make the link' }).click();
  const reveal = page.getByRole('dialog', { name: LINK });
  await expect(reveal.locator('.secret-text')).toHaveText(/\/sign-in-link#token=•+$/);
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(reveal.getByText('Copied.')).toBeVisible();
  const link = await clipboard(page);
  const token = recordSecret('setup', link.split('#token=')[1] ?? '');
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(button).toBeFocused();
  expect(await page.content()).not.toContain(token);

  await context.clearCookies();
  await page.goto(link);
  await expect(page).toHaveTitle('Sign-in link · Claviger');
  await expect(page.getByText('It lets Mia Member of')).toBeVisible();
  expect(page.url(), 'the token leaves the address').toBe(`${claviger.origin}/sign-in-link`);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]));
  expect(kept).not.toContain(token);
  await expectNoViolations(page, 'the link');
  await page.getByRole('button', { name: 'Sign in with a new key' }).click();
  await expect(page.getByRole('heading', { name: /Copy this key/ })).toBeVisible();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('button', { name: 'Sign in with this key' }).click();
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'Sign-in key' })).toBeVisible();

  for (const spent of [token, 'never-there-was-one']) {
    await page.goto('/sign-in');
    await page.goto(`/sign-in-link#token=${spent}`);
    await expect(page.getByRole('heading', { name: 'This sign-in link is no longer good' })).toBeVisible();
    await expect(page.getByText('Mia Member'), 'nothing is told to a stranger').toHaveCount(0);
  }
  await page.goto('/sign-in');
  await page.goto('/sign-in-link');
  await expect(page.getByRole('heading', { name: 'Open your sign-in link' })).toBeVisible();
});

test('what cannot work is not offered: owners to administrators, oneself, a read-only key', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Not offered'));
  const administrator = await company.hire('administrator', 'Alan Administrator');
  const member = await company.hire('member', 'Mia Member');
  const actions = page.getByRole('button', { name: /Change role|Sign-in link|More actions|Switch|Clear/ });
  await signInWith(context, claviger.origin, administrator.secret);
  await page.goto(`/people/${company.owner.id}`);
  await expect(page.getByText('Only an owner can change an owner.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'API access' })).toContainText('On.');
  await expect(actions).toHaveCount(0);
  await page.goto(`/people/${administrator.id}`);
  await expect(page.getByRole('link', { name: 'This is you: your profile' })).toBeVisible();
  await expect(actions).toHaveCount(0);
  const { api_key } = await claviger.made({ name: 'Looks', kind: 'personal', access: 'read_only' }, administrator.client);
  await signInWith(context, claviger.origin, api_key);
  await page.goto(`/people/${member.id}`);
  await expect(page.getByRole('region', { name: 'API access' })).toContainText('On.');
  await expect(actions).toHaveCount(0);
});

test('a refusal is said in words, and the last owner stays', async ({ as, claviger, page, unique, watch }) => {
  watch.allow(/status of 409/);
  const company = await Company.make(claviger, unique('Last owner'));
  await as('owner', `/organizations/${company.tenant.id}/people/${company.owner.id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await page.getByRole('button', { name: 'Yes, remove' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText(/owner/);
  expect((await company.person(company.owner)).active).toBe(true);
});

test('nobody there is said, and what fails is asked for again', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/status of 404|ERR_FAILED/);
  const company = await Company.make(claviger, unique('Nobody'));
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/people/1');
  await expect(page.getByRole('heading', { name: 'There is no such person' })).toBeVisible();
  await page.route('**/api/v2/users/*', (route) => route.abort('failed'));
  await page.goto(`/people/${company.owner.id}`);
  await expect(page.getByRole('alert')).toContainText('The person could not be loaded');
  await page.unrouteAll({ behavior: 'wait' });
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('heading', { name: 'Olivia Owner', level: 1 })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('axe finds nothing on a person and their dialogs, and nothing is wider than a phone', async ({ claviger, context, page, unique }) => {
      test.slow();
      const company = await Company.make(claviger, unique('Axe person'));
      const member = await company.hire('member', `Mia ${'Long'.repeat(12)} Member`);
      await signInWith(context, claviger.origin, company.owner.secret);
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 740 });
        await page.goto(`/people/${member.id}`);
        await expect(page.getByRole('table', { name: 'Personal keys' })).toContainText('Active');
        await expectNoViolations(page, `a person at ${width}`);
        await expectNoSidewaysScroll(page, `a person at ${width}`);
        for (const name of ['Change role…', 'Sign-in link…', 'Switch off…', 'Clear API key…']) {
          await page.getByRole('button', { name }).click();
          await expect(page.getByRole('dialog')).toBeVisible();
          await expectNoViolations(page, name);
          await expectNoSidewaysScroll(page, name);
          await page.keyboard.press('Escape');
        }
        for (const name of ['Deactivate…', 'Remove…']) {
          await page.getByRole('button', { name: 'More actions' }).click();
          await page.getByRole('menuitem', { name }).click();
          await expectNoViolations(page, name);
          await page.keyboard.press('Escape');
        }
      }
    });
  });
}
