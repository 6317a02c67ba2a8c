import type { Locator, Page } from '@playwright/test';

import { expectNoViolations } from '../support/axe';
import { signInWith, Tenant } from '../support/organizations';
import { expect, pick, test } from './fixtures';

const SAVED = /^Saved\s*$/;
const dialog = (page: Page): Locator => page.getByRole('dialog', { name: 'Somebody else has changed these settings' });
const version = (page: Page, part: string, which: 'Keep mine' | 'Take theirs'): Locator =>
  dialog(page).getByRole('group', { name: part }).getByRole('radio', { name: which });
const save = (page: Page): Locator => page.getByRole('button', { name: 'Save', exact: true });

test.beforeEach(({ watch }) => watch.allow(/status of 409/));

test('the later one sees both versions, part by part, chooses, and saves against the new version', async ({ as, claviger, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Raced Ltd'), maximum_key_lifetime_days: 400 });
  await as('owner', `/organizations/${tenant.id}/settings`);
  await page.getByLabel('Key prefix').fill('mine');
  await page.getByLabel('Key limit').fill('30');
  await page.getByLabel('Default key lifetime').fill('1');
  await tenant.change({ key_prefix: 'theirs', strict: true, maximum_key_lifetime_days: null, plan: 'trial' });
  await save(page).click();
  await expect(dialog(page).getByRole('button', { name: 'Keep all of mine' })).toBeFocused();
  await expect(dialog(page), 'who it was, and when').toContainText(/Ada Owner .*saved on .+, while you were editing\./);
  // Nothing of mine is stored before it is decided.
  expect(await tenant.record()).toMatchObject({ key_prefix: 'theirs', key_limit: 25, version: 2 });

  await expect(dialog(page).getByRole('group')).toHaveCount(6);
  for (const [part, who, kept, versions] of [
    ['Key prefix', 'You both changed it', 'Keep mine', ['mine', 'theirs']],
    ['Default key lifetime', 'You changed it', 'Keep mine', ['1 day', '90 days']],
    ['Maximum key lifetime', 'They changed it', 'Take theirs', ['400 days', 'No maximum']],
    ['Mode', 'They changed it', 'Take theirs', ['Standard', 'Strict']],
    ['Plan', 'They changed it', 'Take theirs', ['Paid', 'Trial']],
    ['Key limit', 'You changed it', 'Keep mine', ['30', '25']],
  ] as const) {
    const group = dialog(page).getByRole('group', { name: part });
    await expect(group, part).toContainText(who);
    await expect(version(page, part, kept), part).toBeChecked();
    const told = await group.locator('.conflict-value').evaluateAll((all) => all.map((value) => value.textContent));
    expect(told, part).toEqual(versions);
  }
  await pick(version(page, 'Key prefix', 'Take theirs'));
  await pick(version(page, 'Plan', 'Keep mine'));
  await dialog(page).getByRole('button', { name: 'Save this' }).click();
  await expect(page.locator('.toasts')).toHaveText(SAVED);
  await expect(dialog(page)).toBeHidden();
  expect(await tenant.record()).toMatchObject({
    key_prefix: 'theirs', strict: true, plan: 'paid', key_limit: 30, default_key_lifetime_days: 1, maximum_key_lifetime_days: null, version: 3,
  });
  await expect(page.getByLabel('Key prefix')).toHaveValue('theirs');
  await expect(page.getByRole('radio', { name: 'Strict' })).toBeChecked();
  await expect(save(page)).toBeDisabled();
});

test('nothing typed is lost: back in the form it is all there, and taking everything of theirs saves nothing', async ({ as, claviger, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Back Ltd') });
  await as('owner', `/organizations/${tenant.id}/settings`);
  await page.getByLabel('Key prefix').fill('mine');
  await tenant.change({ key_prefix: 'theirs' });
  for (const back of [() => page.keyboard.press('Escape'), () => dialog(page).getByRole('button', { name: 'Back to the form' }).click()]) {
    await save(page).click();
    await expect(dialog(page)).toBeVisible();
    await back();
    await expect(dialog(page)).toBeHidden();
    await expect(save(page)).toBeFocused();
    await expect(page.getByLabel('Key prefix')).toHaveValue('mine');
  }
  // Once more meanwhile, and it is asked again.
  await save(page).click();
  await expect(dialog(page).getByText('theirs', { exact: true })).toBeVisible();
  await tenant.change({ key_prefix: 'newest' });
  await dialog(page).getByRole('button', { name: 'Save this' }).click();
  await expect(dialog(page).getByText('newest')).toBeVisible();
  await dialog(page).getByRole('button', { name: 'Take all of theirs' }).click();
  await dialog(page).getByRole('button', { name: 'Save this' }).click();
  await expect(page.locator('.toasts')).toHaveText(/^Nothing was changed\s*$/);
  await expect(page.getByLabel('Key prefix')).toHaveValue('newest');
  expect(await tenant.record()).toMatchObject({ key_prefix: 'newest', version: 3 });
});

test('what was deleted meanwhile is said, with the way onward', async ({ as, claviger, page, unique, watch }) => {
  watch.allow(/status of 404/);
  const tenant = await Tenant.make(claviger, { name: unique('Deleted Ltd') });
  await as('owner', `/organizations/${tenant.id}/settings`);
  await page.getByLabel('Key prefix').fill('mine');
  const gone = await claviger.owner.send({
    method: 'DELETE', path: tenant.path, body: JSON.stringify({ name: tenant.name }), headers: { 'content-type': 'application/json' },
  });
  expect(gone.status, gone.text).toBe(200);
  await save(page).click();
  await expect(page.getByText('This organization was deleted while you were editing it')).toBeVisible();
  const leave = page.getByRole('button', { name: 'Leave without saving' });
  await page.getByRole('link', { name: 'Go to Organizations' }).click();
  await leave.click();
  await expect(page.getByRole('heading', { name: 'Organizations', level: 1 })).toBeVisible();

  const made = await claviger.made({ name: unique('Deleted meanwhile') });
  await page.goto(`/keys/${made.id}?edit=1`);
  await page.getByLabel('Name', { exact: true }).fill('Another name');
  expect((await claviger.owner.delete(`/api/v2/api_keys/${made.id}`)).status).toBe(200);
  await save(page).click();
  await expect(page.getByText('This key was deleted while you were editing it')).toBeVisible();
  await page.getByRole('link', { name: 'Go to Keys' }).click();
  await leave.click();
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
});

test('what others decide about is no reason to ask: the plan and the limit, and keys that come', async ({ claviger, context, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Limited Ltd') });
  await signInWith(context, claviger.origin, await tenant.enter());
  await page.goto('/settings');
  await page.getByLabel('Key prefix').fill('mine');
  await tenant.change({ key_limit: 30 });
  await tenant.key('Meanwhile');
  await save(page).click();
  await expect(page.locator('.toasts')).toHaveText(SAVED);
  expect(await tenant.record()).toMatchObject({ key_prefix: 'mine', key_limit: 30, version: 3 });
  await expect(page.getByText('1 of 30 keys in use')).toBeVisible();

  await page.getByLabel('Key prefix').fill('again');
  await tenant.change({ key_limit: 31, strict: true });
  await save(page).click();
  await expect(dialog(page).getByRole('group')).toHaveCount(2);
  await expect(dialog(page).getByRole('group', { name: 'Key limit' })).toHaveCount(0);
  await dialog(page).getByRole('button', { name: 'Keep all of mine' }).click();
  await dialog(page).getByRole('button', { name: 'Save this' }).click();
  await expect(dialog(page)).toBeHidden();
  await expect.poll(() => tenant.record()).toMatchObject({ key_prefix: 'again', key_limit: 31, strict: false, version: 5 });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('both versions are read by everybody: axe, a keyboard, a phone', async ({ as, claviger, page, unique }) => {
      const tenant = await Tenant.make(claviger, { name: unique('Axe Ltd') });
      await as('owner', `/organizations/${tenant.id}/settings`);
      await page.getByLabel('Name', { exact: true }).fill(`${unique('Mine')} ${'x'.repeat(60)}`);
      await tenant.change({ key_prefix: 'theirs' });
      await save(page).click();
      await expect(dialog(page)).toBeVisible();
      await expectNoViolations(page, 'the conflict');
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoViolations(page, 'on a phone');
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.querySelector('dialog[open]')!.scrollWidth <= innerWidth)).toBe(true);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await expect(version(page, 'Name', 'Keep mine')).toBeFocused();
      await page.keyboard.press('ArrowDown');
      await expect(version(page, 'Name', 'Take theirs')).toBeChecked();
      await page.keyboard.press('Tab');
      await expect(version(page, 'Key prefix', 'Take theirs')).toBeFocused();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await expect(dialog(page).getByRole('button', { name: 'Save this' })).toBeFocused();
      await page.keyboard.press('Enter');
      await expect(dialog(page)).toBeHidden();
      expect(await tenant.record()).toMatchObject({ name: tenant.name, key_prefix: 'theirs', version: 2 });
    });
  });
}
