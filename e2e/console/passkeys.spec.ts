import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { Company } from '../support/company';
import { expectSuccess } from '../support/expectations';
import { signInWith } from '../support/organizations';
import { VirtualAuthenticator } from '../support/virtual_authenticator';
import { expect, test } from './fixtures';

test('a passkey is added, named, used for signing in, asked for before what matters, and removed; by keyboard', async ({ claviger, context, page, unique, watch }) => {
  test.slow();
  watch.allow(/status of 40[13]/);
  const company = await Company.make(claviger, unique('Passkeys'));
  const member = await company.hire('member', 'Mia Member');
  const authenticator = await VirtualAuthenticator.in(page);
  await signInWith(context, claviger.origin, member.secret);
  await page.goto('/profile');
  const passkeys = page.getByRole('region', { name: 'Passkeys' });
  await expect(passkeys).toContainText('You have no passkey yet.');

  // Esc goes back to the button; without a name there is none.
  const add = passkeys.getByRole('button', { name: 'Add a passkey…' });
  await add.focus();
  await page.keyboard.press('Enter');
  const name = page.getByLabel('Name', { exact: true });
  await expect(name).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(add).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await expectNoViolations(page, `adding in ${theme}`);
  }
  await name.fill('Laptop <b>');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(add).toBeFocused();
  await expect(passkeys.getByRole('row').nth(1)).toContainText(/Laptop <b>.*Never used/);
  // The same device has one already.
  await add.click();
  await name.fill('Again');
  await name.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('This device has a passkey of yours already.');
  await expect(name, 'what was typed stays').toHaveValue('Again');
  await page.keyboard.press('Escape');

  await passkeys.getByRole('button', { name: 'Rename… Laptop' }).click();
  await expect(name).toHaveValue('Laptop <b>');
  await name.fill('Laptop');
  await name.press('Enter');
  await expect(passkeys.getByRole('button', { name: 'Rename… Laptop' })).toBeFocused();
  expect(expectSuccess(await member.client.get('/api/v2/passkeys'))).toMatchObject([{ name: 'Laptop', last_used_at: null }]);
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page, 'the profile on a phone');
  await page.setViewportSize({ width: 1280, height: 800 });

  // Signing in by it, without a name or a key; whoever is not recognized stays outside.
  await context.clearCookies();
  await page.goto('/profile');
  await authenticator.recognizes(false);
  const signIn = page.getByRole('button', { name: 'Sign in with a passkey' });
  await signIn.click();
  await expect(page.getByText('No passkey was used.')).toBeVisible();
  await expectNoViolations(page, 'the sign-in page');
  await authenticator.recognizes(true);
  await signIn.click();
  await expect(page.getByRole('heading', { name: 'Profile', level: 1 })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Where you are signed in' })).toContainText('with the passkey Laptop');

  // A session that a key opened is asked when it matters; what was typed is kept, and the request goes on by itself.
  await context.clearCookies();
  await signInWith(context, claviger.origin, member.secret);
  await page.goto('/profile');
  await passkeys.getByRole('button', { name: 'Rename… Laptop' }).click();
  await name.fill('Desk');
  await name.press('Enter');
  const asks = page.getByRole('dialog', { name: 'Use your passkey to go on' });
  const use = asks.getByRole('button', { name: 'Use passkey' });
  await expect(use).toBeFocused();
  // Behind it a button waits, which turns for ever.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await expectNoViolations(page, `stepping up in ${theme}`);
  }
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toContainText('were not asked for it in the last 15 minutes');
  await expect(name).toHaveValue('Desk');
  await name.press('Enter');
  await expect(use).toBeFocused();
  await authenticator.recognizes(false);
  await page.keyboard.press('Enter');
  await expect(asks).toContainText('No passkey was used.');
  await authenticator.recognizes(true);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(passkeys.getByRole('button', { name: 'Rename… Desk' })).toBeFocused();
  expect(expectSuccess(await member.client.get('/api/v2/passkeys'))).toMatchObject([{ name: 'Desk' }]);

  // It goes, and the focus has somewhere to be.
  await passkeys.getByRole('button', { name: 'Remove… Desk' }).click();
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.getByRole('button', { name: 'Yes, remove' }).click();
  await expect(passkeys).toContainText('You have no passkey yet.');
  await expect(add).toBeFocused();
  expect(expectSuccess(await member.client.get('/api/v2/passkeys'))).toEqual([]);
});

test('a browser without passkeys is offered none', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Without'));
  await page.addInitScript(() => {
    delete (window as any).PublicKeyCredential;
  });
  await page.goto('/sign-in');
  await expect(page.getByLabel('API key', { exact: true })).toBeFocused();
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toHaveCount(0);
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/profile');
  await expect(page.getByRole('region', { name: 'Passkeys' })).toContainText('This browser cannot use passkeys here.');
});
