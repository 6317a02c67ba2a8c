import { expectNoViolations } from '../support/axe';
import { Tenant } from '../support/organizations';
import { Worker } from '../support/worker';
import { expect, test } from './fixtures';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds nothing in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('on Sign in and its refusal', async ({ page }) => {
      await page.goto('/sign-in');
      await expect(page.getByLabel('API key')).toBeFocused();
      await expectNoViolations(page, 'sign in');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expectNoViolations(page, 'a refusal');
    });

    test('on Setup, its refusals and its key', async ({ afterwards, page }) => {
      const worker = await Worker.start('axe-setup');
      afterwards(() => worker.kill());
      await page.goto(`${worker.origin}/setup`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectNoViolations(page, 'without a token');
      await page.goto(`${worker.origin}/setup#token=${worker.setupToken}`);
      await page.reload();
      await page.goto(`${worker.origin}/setup#token=${worker.setupToken}`);
      await page.getByRole('button', { name: 'Set up', exact: true }).click();
      await expectNoViolations(page, 'refusals');
      await page.getByLabel('Organization').fill('Acme');
      await page.getByLabel('Your name').fill('Ada');
      await page.getByLabel('E-mail').fill('ada@example.com');
      await page.getByRole('button', { name: 'Set up', exact: true }).click();
      await expect(page.getByRole('heading', { name: /Copy this key/ })).toBeVisible();
      await expectNoViolations(page, 'the key');
      await page.getByRole('button', { name: 'Copy', exact: true }).click();
      await page.getByRole('button', { name: 'Sign in with this key' }).click();
      await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
      await expectNoViolations(page, 'the first visit');
      await page.goto(`${worker.origin}/setup`);
      await expect(page.getByRole('heading', { name: 'Already set up' })).toBeVisible();
      await expectNoViolations(page, 'closed');
    });

    test('on Keys in every state, its menus and dialogs', async ({ as, claviger, keys, page, unique }) => {
      // A dozen analyses of a page that the other tests have filled.
      test.slow();
      const made = await claviger.made({ name: unique('Axe'), expires_at: new Date(Date.now() + 86_400_000).toISOString() });
      await as('owner', '/keys?inactive=1');
      await expect(keys.row(made.name)).toBeVisible();
      await expectNoViolations(page, 'the list', 'whole');
      await keys.menuOf(made.name).click();
      await expectNoViolations(page, 'a menu');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Account' }).click();
      await expectNoViolations(page, 'the account');
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await expect(keys.dialog).toBeVisible();
      await expectNoViolations(page, 'the shortcuts');
      await page.keyboard.press('Escape');
      await keys.newKey.click();
      await keys.button('Create key').click();
      await expectNoViolations(page, 'new key, refused');
      await keys.field('Name').fill(unique('Axe made'));
      await keys.button('Create key').click();
      await expect(keys.reveal).toBeVisible();
      await expectNoViolations(page, 'the reveal');
      await keys.button('Close').click();
      await expectNoViolations(page, 'the reveal, asking');
      await keys.dialog.getByRole('button', { name: 'Go back' }).click();
      await keys.closeReveal();
      await expectNoViolations(page, 'the new row');
      for (const item of ['Revoke…', 'Delete…'] as const) {
        await keys.choose(made.name, item);
        await expect(keys.dialog).toBeVisible();
        await expectNoViolations(page, item);
        await keys.button('Cancel').click();
      }
      await page.goto('/keys?q=NoSuchKey');
      await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
      await expectNoViolations(page, 'nothing found');
    });

    test('on Organizations and their dialogs', async ({ as, claviger, page, unique }) => {
      const tenant = await Tenant.make(claviger, { name: unique('Axe Ltd'), plan: 'trial', key_prefix: 'axe' });
      await as('owner', '/organizations');
      await expect(page.getByRole('row').filter({ hasText: tenant.name })).toBeVisible();
      await expectNoViolations(page, 'the organizations');
      await page.getByRole('button', { name: 'Create organization' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Create organization' }).click();
      await expectNoViolations(page, 'create, refused');
      const made = unique('Axe made Ltd');
      await page.getByLabel('Name', { exact: true }).fill(made);
      await page.getByRole('dialog').getByRole('button', { name: 'Create organization' }).click();
      await expect(page.getByRole('dialog', { name: /Copy this link/ })).toBeVisible();
      await expectNoViolations(page, 'the link');
      await page.keyboard.press('Escape');
      await expectNoViolations(page, 'the link, asking');
      await page.getByRole('button', { name: 'Close anyway' }).click();
      // The list is asked for again: a menu that was opened before would go with its row.
      await expect(page.getByRole('row').filter({ hasText: made })).toBeVisible();
      await page.getByRole('button', { name: `Actions for ${tenant.name}` }).click();
      await expectNoViolations(page, 'a menu');
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
      await page.getByRole('button', { name: 'Yes, delete' }).click();
      await expectNoViolations(page, 'delete, refused');
    });

    test('on the switcher, another organization, and its settings', async ({ as, claviger, page, unique, watch }) => {
      watch.allow(/status of 404/);
      const tenant = await Tenant.make(claviger, { name: unique('Axe looks'), plan: 'trial', key_prefix: 'axe' });
      await as('owner', '/settings');
      await expect(page.getByLabel('Name')).toBeVisible();
      await expectNoViolations(page, 'settings');
      await page.getByRole('button', { name: 'Switch organization' }).click();
      await expect(page.getByRole('dialog').getByRole('link').first()).toBeVisible();
      await expectNoViolations(page, 'the switcher');
      await page.keyboard.press('Escape');
      await page.goto(`/organizations/${tenant.id}`);
      await expect(page.getByText(/on trial/)).toBeVisible();
      await expectNoViolations(page, 'another organization, on trial');
      await page.goto(`/organizations/${tenant.id}/settings`);
      await page.getByLabel('Key limit').fill('x');
      await page.getByRole('button', { name: 'Save' }).click();
      await expectNoViolations(page, 'settings, refused');
      await page.getByLabel('Key limit').fill('25');
      await page.goto('/organizations/999999');
      await expect(page.getByRole('heading', { name: 'There is no such organization' })).toBeVisible();
      await expectNoViolations(page, 'no such organization');
    });

    test('on Organizations and Settings on a phone', async ({ as, claviger, page, unique }) => {
      const tenant = await Tenant.make(claviger, { name: unique('Axe calls') });
      await page.setViewportSize({ width: 360, height: 740 });
      await as('owner', '/organizations');
      for (const path of ['/organizations', '/settings', `/organizations/${tenant.id}`]) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expectNoViolations(page, `${path} on a phone`);
      }
    });

    test('on an invitation, its refusals, its end, and what a member is told', async ({ as, claviger, page, unique, watch }) => {
      watch.allow(/status of 403/);
      const tenant = await Tenant.make(claviger, { name: unique('Axe invites') });
      await page.goto('/invite');
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectNoViolations(page, 'without a token');
      await page.goto(`/invite#token=${tenant.token}`);
      await page.getByRole('button', { name: 'Accept' }).click();
      await expectNoViolations(page, 'refusals');
      await tenant.enter();
      await page.goto('/sign-in');
      await page.goto(`/invite#token=${tenant.token}`);
      await expect(page.getByRole('heading', { name: /no longer good/ })).toBeVisible();
      await expectNoViolations(page, 'used up');
      await as('member', '/settings');
      await expectNoViolations(page, 'settings, to a member');
    });

    test('on a phone, on an unknown page, and where something failed', async ({ as, keys, page, watch }) => {
      watch.allow(/status of 503|Failed to load|integrity|MIME|wasm|module/i);
      await page.setViewportSize({ width: 360, height: 740 });
      await as('owner');
      await expect(page.getByRole('row').nth(1)).toBeVisible();
      await expectNoViolations(page, 'on a phone');
      await page.getByRole('button', { name: 'Menu' }).click();
      await expectNoViolations(page, 'the navigation on a phone');
      await page.goto('/no/such/page');
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectNoViolations(page, 'not found');
      await page.route('**/api/v2/api_keys?**', (route) => route.fulfill({ status: 503, body: 'x' }));
      await page.goto('/keys');
      await expect(page.getByRole('alert')).toBeVisible();
      await expectNoViolations(page, 'the list failed');
      await page.route(/\.wasm$/, (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<p>' }));
      await page.goto('/keys');
      await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
      await expectNoViolations(page, 'a missing file');
      await expect(keys.dialog).toBeHidden();
    });
  });
}
