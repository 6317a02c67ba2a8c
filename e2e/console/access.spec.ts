import { AccessTeam } from '../support/access_team';
import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { Company } from '../support/company';
import { Claviger } from '../support/fixtures';
import { stateWith } from '../support/many_keys';
import { signInWith } from '../support/organizations';
import { expect, test } from './fixtures';

let team: AccessTeam;
let accessed: Claviger;
test.beforeAll(async () => {
  team = await AccessTeam.start();
  const from = stateWith('console-access', (database) => {
    database.exec("INSERT INTO users (organization_id, name, email, role, created_at, updated_at) VALUES (2, 'Max Elsewhere', 'max.member@example.com', 'member', 1, 1)");
  });
  accessed = await Claviger.start('console-access', { from, variables: team.variables() });
});
test.afterAll(async () => {
  await accessed.worker.kill();
  await team.stop();
});

const CONTINUE = 'Continue with Cloudflare Access';

test('where it is configured the sign-in page offers it, and it comes back to where the visit was', async ({ page, context, keys, unique, watch }) => {
  watch.allow(/status of 401/);
  await page.setExtraHTTPHeaders({ 'cf-access-jwt-assertion': team.vouch('ada@example.com') });
  await page.goto(`${accessed.origin}/keys?q=Gateway`);
  const button = page.getByRole('button', { name: CONTINUE });
  await expect(button).toBeVisible();
  await expectNoViolations(page, 'signing in');
  await expectNoSidewaysScroll(page, 'signing in');
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
  await expect(page).toHaveURL(`${accessed.origin}/keys?q=Gateway`);
  await page.goto(`${accessed.origin}/profile`);
  const row = page.getByRole('table', { name: 'Where you are signed in' }).getByRole('row').filter({ hasText: 'This device' });
  await expect(row).toContainText('with Cloudflare Access');

  // Whose session ends in the middle of work goes on with it in the same way.
  await page.goto(`${accessed.origin}/keys`);
  await keys.newKey.click();
  await keys.field('Name').fill(unique('By Access'));
  await context.clearCookies();
  await keys.button('Create key').click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByRole('button', { name: CONTINUE }).click();
  await expect(again).toBeHidden();
  await expect(keys.reveal).toBeVisible();
});

test('who is in several organizations chooses; who is nobody here, or whose assertion is over, is told what to do', async ({ page, watch }) => {
  watch.allow(/status of (401|403|409)/);
  await page.setExtraHTTPHeaders({ 'cf-access-jwt-assertion': team.vouch('nobody@example.com') });
  await page.goto(`${accessed.origin}/sign-in`);
  const button = page.getByRole('button', { name: CONTINUE });
  await button.click();
  await expect(page.getByRole('alert').filter({ hasText: 'Ask an administrator of your organization to invite you' })).toBeVisible();
  const now = Math.floor(Date.now() / 1000);
  await page.setExtraHTTPHeaders({ 'cf-access-jwt-assertion': team.vouch('ada@example.com', { claims: { exp: now - 100 } }) });
  await button.click();
  await expect(page.getByRole('alert').filter({ hasText: 'It has expired. Load the page again.' })).toBeVisible();
  await page.setExtraHTTPHeaders({ 'cf-access-jwt-assertion': team.vouch('max.member@example.com') });
  await button.click();
  const choice = page.getByRole('group', { name: 'Several organizations let you in. Which one?' });
  await expect(choice.getByRole('button')).toHaveText(['Acme', 'Other Ltd']);
  await expect(choice.getByRole('button', { name: 'Acme' })).toBeFocused();
  await expectNoViolations(page, 'choosing an organization');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Keys');
  await expect(page.getByText('Other Ltd').first()).toBeVisible();
});

test('where it is not configured nothing offers it', async ({ page }) => {
  await page.goto('/sign-in');
  await expect(page.getByLabel('API key', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: CONTINUE })).toHaveCount(0);
});

test('a person’s name, address and number of keys are edited on their page, and read back', async ({ claviger, context, page, unique, watch }) => {
  watch.allow(/status of 4/);
  const company = await Company.make(claviger, unique('Editing'));
  const member = await company.hire('member', 'Mia Member');
  const administrator = await company.hire('administrator', 'Alan Admin');
  await signInWith(context, claviger.origin, administrator.secret);
  await page.goto(`/people/${member.id}`);
  const edit = page.getByRole('button', { name: 'Edit details…' });
  await expect(page.getByRole('region', { name: 'Details' })).toContainText('1 of 5, with the one that the system makes');
  await edit.click();
  const dialog = page.getByRole('dialog', { name: 'Edit Mia Member' });
  await expectNoViolations(page, 'editing a person');
  await page.keyboard.press('Escape');
  await expect(edit).toBeFocused();
  await edit.click();
  const [name, email, limit] = ['Name', 'E-mail', 'Personal keys'].map((label) => dialog.getByLabel(label, { exact: true }));
  await name!.fill(' ');
  await email!.fill('mia');
  await limit!.fill('1001');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(name!).toBeFocused();
  await expect(name!).toHaveAccessibleDescription(/empty/);
  await expect(email!).toHaveAccessibleDescription(/e-mail address such as/);
  await expect(limit!).toHaveAccessibleDescription(/whole number from 0 to 1000/);
  await name!.fill('Mia Renamed');
  await email!.fill(administrator.email);
  await limit!.fill('7');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(email!).toHaveAccessibleDescription(/has this address already/);
  await expect(email!).toBeFocused();
  expect((await company.person(member)).name).toBe('Mia Member');
  await email!.fill('Mia.Renamed@Example.com');
  await page.keyboard.press('Enter');
  await expect(page.locator('.toasts')).toContainText('Saved');
  await expect(page.getByRole('heading', { name: 'Mia Renamed', level: 1 })).toBeVisible();
  await expect(edit).toBeFocused();
  expect(await company.person(member)).toMatchObject({ name: 'Mia Renamed', email: 'mia.renamed@example.com', personal_key_limit: 7, version: 2 });

  await page.getByRole('button', { name: 'Change role…' }).click();
  await expect(page.getByRole('dialog')).toContainText('whoever has the address mia.renamed@example.com has the role');
  await page.keyboard.press('Escape');

  // Somebody of a higher role is not there to be edited.
  await page.goto(`/people/${company.owner.id}`);
  await expect(page.getByText('Only an owner can change an owner.')).toBeVisible();
  await expect(edit).toHaveCount(0);

  // Keys that are fine by themselves say why they do not work.
  await company.owner.client.patch(`/api/v2/users/${member.id}`, { active: false });
  await page.goto(`/people/${member.id}`);
  await expect(page.getByRole('region', { name: 'Keys' })).toContainText('This person is deactivated: none of these keys works, whatever its own status.');
  await expect(page.getByRole('table', { name: 'Personal keys' })).toContainText('Active');
});
