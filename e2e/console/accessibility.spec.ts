import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { newSetupToken, Worker } from '../support/worker';
import { expect, test } from './fixtures';

async function expectNoViolations(page: Page, where: string): Promise<void> {
  // What fades in has no contrast yet.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))));
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(' | ')}`);
  expect(found, where).toEqual([]);
}

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

    test('on Setup, its refusals and its key', async ({ page }) => {
      const worker = await Worker.start('axe-setup');
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
      await worker.kill();
      expect(newSetupToken()).toBeTruthy();
    });

    test('on Keys in every state, its menus and dialogs', async ({ as, claviger, keys, page, unique }) => {
      // A dozen analyses of a page that the other tests have filled.
      test.slow();
      const made = await claviger.made({ name: unique('Axe'), expires_at: new Date(Date.now() + 86_400_000).toISOString() });
      await as('owner', '/keys?inactive=1');
      await expect(keys.row(made.name)).toBeVisible();
      await expectNoViolations(page, 'the list');
      await keys.menuOf(made.name).click();
      await expectNoViolations(page, 'a menu');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Account' }).click();
      await expectNoViolations(page, 'the account');
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
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
        await expectNoViolations(page, item);
        await keys.button('Cancel').click();
      }
      await page.goto('/keys?q=NoSuchKey');
      await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
      await expectNoViolations(page, 'nothing found');
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
