import { signInWith, Tenant } from '../support/organizations';
import { clipboard, expect, REVEAL, test } from './fixtures';
import { SECRET } from '../support/secrets';

test('an invitation brings its first owner in, shows their key once and signs in', async ({ claviger, page, unique, watch }) => {
  watch.allow(/status of 403/);
  const tenant = await Tenant.make(claviger, { name: unique('Invited Ltd') });
  await page.goto(`/invite#token=${tenant.token}`);
  await expect(page.getByText(`You are invited to ${tenant.name} as its owner.`)).toBeVisible();
  await expect(page).toHaveTitle('Invitation · Claviger');
  expect(page.url(), 'the token leaves the address').toBe(`${claviger.origin}/invite`);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]));
  expect(kept).not.toContain(tenant.token);
  expect(await page.content()).not.toContain(tenant.token);
  await expect(page.getByLabel('Your name')).toBeFocused();

  await page.keyboard.press('Enter');
  for (const label of ['Your name', 'E-mail']) {
    await expect(page.getByLabel(label)).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(page.getByLabel('Your name')).toBeFocused();
  expect(claviger.database.rows('SELECT 1 FROM users WHERE organization_id = ?', tenant.id)).toEqual([]);
  await page.keyboard.insertText('Irma Invited');
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('E-mail')).toBeFocused();
  await page.keyboard.insertText('irma@example.com');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Accept' })).toBeFocused();
  await page.keyboard.press('Enter');

  await expect(page.getByRole('heading', { name: REVEAL })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Copy', exact: true })).toBeFocused();
  await page.getByRole('button', { name: 'Sign in with this key' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'not copied' })).toBeVisible();
  await page.getByRole('button', { name: 'Go back' }).click();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const secret = await clipboard(page);
  expect(secret).toMatch(SECRET);
  await page.getByRole('button', { name: 'Sign in with this key' }).click();
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
  await expect(page.locator('.brand-organization')).toHaveText(tenant.name);
  expect(claviger.database.rows('SELECT name, role FROM users WHERE organization_id = ?', tenant.id)).toEqual([
    { name: 'Irma Invited', role: 'owner' },
  ]);

  await page.goto(`/invite#token=${tenant.token}`);
  await expect(page.getByRole('heading', { name: 'This invitation is no longer good' })).toBeVisible();
});

test('a used or unknown link says whom to ask, and one without its token what is missing', async ({ claviger, page, unique, watch }) => {
  watch.allow(/status of 403/);
  const tenant = await Tenant.make(claviger, { name: unique('Used up') });
  await tenant.enter();
  for (const token of [tenant.token, 'never-there-was-one']) {
    await page.goto('/sign-in');
    await page.goto(`/invite#token=${token}`);
    await expect(page.getByRole('heading', { name: 'This invitation is no longer good' })).toBeVisible();
    await expect(page.getByText('Ask whoever sent it to you')).toBeVisible();
    await expect(page.getByText(tenant.name), 'nothing is told to a stranger').toHaveCount(0);
  }
  await page.goto('/invite');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Open your invitation link' })).toBeVisible();
  await page.getByRole('link', { name: 'Go to Sign in' }).click();
  await expect(page).toHaveURL(`${claviger.origin}/sign-in`);
});

test('a link that is used up while its form is open says so, and keeps what was typed', async ({ claviger, page, unique, watch }) => {
  watch.allow(/status of 403/);
  const tenant = await Tenant.make(claviger, { name: unique('Raced for') });
  await page.goto(`/invite#token=${tenant.token}`);
  await page.getByLabel('Your name').fill('Lars Late');
  await page.getByLabel('E-mail').fill('lars@example.com');
  await tenant.enter();
  await page.getByRole('button', { name: 'Accept' }).click();
  await expect(page.getByRole('alert')).toContainText(/invitation|link/i);
  await expect(page.getByLabel('Your name')).toHaveValue('Lars Late');
  expect(claviger.database.rows('SELECT name FROM users WHERE organization_id = ?', tenant.id)).toHaveLength(1);
});

test('somebody who is signed in elsewhere comes in as the new person', async ({ claviger, context, page, unique }) => {
  const [here, there] = [await Tenant.make(claviger, { name: unique('Here') }), await Tenant.make(claviger, { name: unique('There') })];
  await signInWith(context, claviger.origin, await here.enter());
  await page.goto('/keys');
  await expect(page.locator('.brand-organization')).toHaveText(here.name);
  await page.goto(`/invite#token=${there.token}`);
  await page.getByLabel('Your name').fill('Tara There');
  await page.getByLabel('E-mail').fill('tara@example.com');
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('button', { name: 'Sign in with this key' }).click();
  await expect(page.locator('.brand-organization')).toHaveText(there.name);
});
