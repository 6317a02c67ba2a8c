import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { bearer, tokenOf, visitor } from '../support/client';
import { Company } from '../support/company';
import { expectSuccess } from '../support/expectations';
import { loseAnswer } from '../support/lost_answer';
import { signInWith } from '../support/organizations';
import { recordSecret } from '../support/secrets';
import { clipboard, expect, pick, test } from './fixtures';

const LINK = 'Copy this link and send it to the person';

test('people are listed with what an administrator has to know, found, and filtered by API access', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Listed people'));
  const member = await company.hire('member', 'Mia Member');
  const off = await company.hire('administrator', 'Otto Off');
  await company.owner.client.delete(`/api/v2/users/${off.id}/api_access`);
  await company.owner.client.patch(`/api/v2/users/${off.id}`, { active: false });
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/keys');
  await page.getByRole('link', { name: 'People', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'People', level: 1 })).toBeFocused();
  await expect(page).toHaveTitle('People · Claviger');
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  await expect(page.getByRole('row')).toHaveCount(4);
  await expect(row('Mia Member')).toContainText(member.email);
  await expect(row('Mia Member').getByRole('cell')).toHaveText([/Mia Member/, 'Member', /On\s*1 key/, 'Never used', 'Not signed in', 'Active']);
  await expect(row('Otto Off').getByRole('cell')).toHaveText([/Otto Off/, 'Administrator', /Off\s*1 key/, 'Never used', 'Not signed in', 'Deactivated']);
  await expect(row('Olivia Owner')).toContainText('You · ');
  await expect(page.getByText('3 people')).toBeVisible();

  await page.getByRole('link', { name: 'API management' }).click();
  await expect(page).toHaveURL(`${claviger.origin}/people?api=on`);
  await expect(row('Otto Off')).toHaveCount(0);
  await expect(row('Mia Member')).toBeVisible();
  await expect(page.getByRole('link', { name: 'API management' })).toHaveAttribute('aria-current', 'page');
  await page.getByLabel('Search by name or e-mail').fill('MIA.');
  await expect(page).toHaveURL(/\?api=on&q=MIA/);
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.reload();
  await expect(page.getByLabel('Search by name or e-mail')).toHaveValue('MIA.');
  await page.getByLabel('Search by name or e-mail').fill('nobody at all');
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(row('Mia Member')).toBeVisible();
});

test('a name full of markup, right to left and with joiners is text wherever it is shown', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Named people'));
  const name = '<img src=x onerror="document.title=1"> مريم می‌خواهم 👩‍👩‍👧';
  const hire = async (whose: string, email: string): Promise<{ id: number; secret: string }> => {
    const { link } = expectSuccess(await company.owner.client.post('/api/v2/invites', { role: 'administrator', name: whose }), 201);
    const body = { token: tokenOf(link), name: whose, email };
    const { user_id, api_key } = expectSuccess(await visitor(claviger.origin).post('/api/v2/invites/accept', body), 201);
    return { id: user_id, secret: api_key };
  };
  const { id, secret } = await hire(name, 'odd@example.com');
  expectSuccess(await bearer(claviger.origin, secret).post('/api/v2/invites', { role: 'member', name: `${name} 2` }), 201);
  await signInWith(context, claviger.origin, secret);
  await page.goto('/people');
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
  await expect(page.getByText(`${name} 2`, { exact: true })).toBeVisible();
  await expect(page.locator('.account-name')).toHaveText(name);
  await page.setViewportSize({ width: 360, height: 780 });
  await expectNoSidewaysScroll(page, 'a list with such a name');
  await page.setViewportSize({ width: 1280, height: 800 });
  await signInWith(context, claviger.origin, company.owner.secret);
  for (const path of [`/people/${id}`, '/audit-log']) {
    await page.goto(path);
    await expect(page.getByText(name).first()).toBeVisible();
    await expect(page.locator('img'), 'nothing of it became an element').toHaveCount(0);
    await expect(page).toHaveTitle(/Claviger$/);
    await expectNoViolations(page, path);
  }
  await page.goto(`/people/${id}`);
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.getByRole('button', { name: 'Change role…' }).click();
  await expect(page.getByRole('dialog', { name: `Change the role of ${name}?` })).toBeVisible();
});

test('somebody is invited: the link is shown once, wiped, and listed until it is withdrawn', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/status of 403/);
  const company = await Company.make(claviger, unique('Inviting'));
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/people');
  const invite = page.getByRole('button', { name: 'Invite…' });
  await invite.click();
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  await expect(dialog.getByRole('radio')).toHaveCount(3);
  await page.keyboard.press('Escape');
  await expect(invite, 'where one was').toBeFocused();
  await invite.click();
  await dialog.getByLabel('E-mail').fill('nobody');
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await expect(dialog.getByLabel('E-mail')).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('E-mail')).toBeFocused();
  await dialog.getByLabel('E-mail').fill('ines@example.com');
  await dialog.getByLabel('Name').fill('Ines Invited');
  await pick(dialog.getByRole('radio', { name: 'Administrator' }));
  await dialog.getByRole('button', { name: 'Invite' }).dblclick();

  const reveal = page.getByRole('dialog', { name: LINK });
  await expect(reveal).toContainText('comes in as an administrator. Single use, 72 hours.');
  await expect(reveal.getByRole('button', { name: 'Copy', exact: true })).toBeFocused();
  await expect(reveal.locator('.secret-text'), 'masked').toHaveText(/\/invite#token=•+$/);
  await page.keyboard.press('Escape');
  await expect(reveal.getByRole('alert')).toContainText('not copied');
  await reveal.getByRole('button', { name: 'Go back' }).click();
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(reveal.getByText('Copied.')).toBeVisible();
  const token = recordSecret('setup', (await clipboard(page)).split('#token=')[1] ?? '');
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(invite).toBeFocused();
  expect(await page.content()).not.toContain(token);
  expect(claviger.database.rows('SELECT 1 FROM invites WHERE organization_id = ?', company.tenant.id), 'once').toHaveLength(1);

  const pending = page.getByRole('table', { name: 'Invitations' }).getByRole('row').filter({ hasText: 'Ines Invited' });
  await expect(pending).toContainText('ines@example.com');
  await expect(pending).toContainText('Administrator');
  await expect(pending).toContainText('by you');
  const withdraw = pending.getByRole('button', { name: 'Withdraw' });
  await withdraw.click();
  const asks = page.getByRole('dialog', { name: 'Withdraw the invitation?' });
  await expect(asks.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(withdraw).toBeFocused();
  await withdraw.click();
  await asks.getByRole('button', { name: 'Yes, withdraw' }).click();
  await expect(page.locator('.toasts')).toContainText('Withdrew the invitation');
  await expect(page.getByRole('heading', { name: 'Invitations' })).toHaveCount(0);
  await expect(invite).toBeFocused();
  expect(claviger.database.rows('SELECT 1 FROM invites WHERE organization_id = ?', company.tenant.id)).toEqual([]);
  await page.goto(`/invite#token=${token}`);
  await expect(page.getByRole('heading', { name: 'This invitation is no longer good' })).toBeVisible();
});

test('an answer that is lost on the way makes no second invitation', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/ERR_CONNECTION_RESET|status of 409/);
  const company = await Company.make(claviger, unique('Lost invitation'));
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/people');
  await loseAnswer(page, '**/invites');
  await page.getByRole('button', { name: 'Invite…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await expect(dialog.getByRole('alert')).toContainText('it will not be made twice');
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await expect(dialog.getByRole('alert')).toContainText('its link got lost on the way');
  expect(claviger.database.rows('SELECT 1 FROM invites WHERE organization_id = ?', company.tenant.id)).toHaveLength(1);
});

test('only owners make owners, members see no people', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Ranks'));
  const administrator = await company.hire('administrator', 'Alan Administrator');
  const member = await company.hire('member', 'Mia Member');
  await signInWith(context, claviger.origin, administrator.secret);
  await page.goto('/people');
  await page.getByRole('button', { name: 'Invite…' }).click();
  await expect(page.getByRole('radio')).toHaveCount(2);
  await expect(page.getByRole('radio', { name: 'Owner' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await signInWith(context, claviger.origin, member.secret);
  await page.goto('/people');
  await expect(page.getByText('owners and administrators manage its people')).toBeVisible();
  await expect(page.getByRole('link', { name: 'People', exact: true })).toHaveCount(0);
  await page.goto(`/people/${company.owner.id}`);
  await expect(page.getByText('owners and administrators manage its people')).toBeVisible();
});

test('while the list loads there is a skeleton, and what fails says so and is asked for again', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/ERR_FAILED|status of 503/);
  const company = await Company.make(claviger, unique('Slow people'));
  await signInWith(context, claviger.origin, company.owner.secret);
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/users?*', async (route) => {
    await held;
    await route.abort('failed');
  });
  await page.goto('/people');
  await expect(page.getByText('Loading people')).toBeAttached();
  await expect(page.locator('.bone').first()).toBeVisible();
  answer();
  await expect(page.getByRole('alert')).toContainText('The people could not be loaded');
  await page.unrouteAll({ behavior: 'wait' });
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Olivia Owner' })).toBeVisible();
  await expect(page.locator('.bone')).toHaveCount(0);
});

test('a system administrator sees the people of another organization', async ({ as, claviger, page, unique }) => {
  const company = await Company.make(claviger, unique('Seen from above'));
  const member = await company.hire('member', 'Mia Member');
  await as('owner', `/organizations/${company.tenant.id}`);
  await page.getByRole('link', { name: 'People', exact: true }).click();
  await expect(page).toHaveURL(`${claviger.origin}/organizations/${company.tenant.id}/people`);
  await expect(page.getByText('not at your own organization')).toBeVisible();
  await page.getByRole('link', { name: 'Mia Member' }).click();
  await expect(page).toHaveURL(`${claviger.origin}/organizations/${company.tenant.id}/people/${member.id}`);
  await expect(page.getByRole('heading', { name: 'Mia Member', level: 1 })).toBeFocused();
  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'People' }).click();
  await expect(page).toHaveURL(`${claviger.origin}/organizations/${company.tenant.id}/people`);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('axe finds nothing on People, and nothing is wider than a phone', async ({ claviger, context, page, unique }) => {
      const company = await Company.make(claviger, unique('Axe people'));
      await company.hire('member', `Mia ${'Long'.repeat(12)} Member`);
      await company.owner.client.post('/api/v2/invites', { role: 'owner', name: 'Ines Invited', email: `${'ines'.repeat(10)}@example.com` });
      await signInWith(context, claviger.origin, company.owner.secret);
      for (const width of [1280, 700, 360]) {
        await page.setViewportSize({ width, height: 740 });
        await page.goto('/people');
        await expect(page.getByRole('heading', { name: 'Invitations' })).toBeVisible();
        await expectNoViolations(page, `the people at ${width}`, 'whole');
        await expectNoSidewaysScroll(page, `the people at ${width}`);
        await page.getByRole('button', { name: 'Withdraw' }).click();
        await expectNoViolations(page, 'withdraw');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Invite…' }).click();
        await expectNoViolations(page, 'invite');
        await expectNoSidewaysScroll(page, 'invite');
        await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
        await expect(page.getByRole('dialog', { name: LINK })).toBeVisible();
        await expectNoViolations(page, 'the link');
        await expectNoSidewaysScroll(page, 'the link');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Close anyway' }).click();
        await page.getByRole('button', { name: 'Withdraw the invitation for Whoever' }).first().click();
        await page.getByRole('button', { name: 'Yes, withdraw' }).click();
        await expect(page.getByRole('dialog')).toHaveCount(0);
      }
      await page.goto('/people?q=nobody');
      await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
      await expectNoViolations(page, 'nothing found');
    });
  });
}
