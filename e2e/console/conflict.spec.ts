import type { Browser } from '@playwright/test';

import { expectNoViolations } from '../support/axe';
import type { Claviger } from '../support/fixtures';
import { KeyPage } from '../support/key_page';
import { expect, pick, signIn, test } from './fixtures';

const PATH = '/api/v2/api_keys';
const CONFLICT = 'Somebody else has changed this key';

/** The same key in a second browser, of another administrator. */
async function second(browser: Browser, claviger: Claviger, id: number): Promise<KeyPage> {
  const context = await browser.newContext({ baseURL: claviger.origin, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  await signIn(context, claviger, 'administrator');
  const page = await context.newPage();
  const other = new KeyPage(page);
  await other.goto({ id }, '?edit=1');
  return other;
}

const read = async (claviger: Claviger, id: number) => (await claviger.owner.get(`${PATH}/${id}`)).json.data;

test.beforeEach(({ watch }) => watch.allow(/status of 409/));

test('the later one sees both versions, part by part, chooses, and saves against the new version', async ({ as, browser, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Raced'), scopes: ['a.read'], metadata: { a: 1 } });
  await as('owner', `/keys/${made.id}?edit=1`);
  const other = await second(browser, claviger, made.id);
  const theirs = unique('Theirs');
  await other.field('Name').fill(theirs);
  await other.field('Description').fill('Their note');
  await pick(other.page.getByRole('radio', { name: 'Read and write' }));
  await other.saved();

  const mine = unique('Mine');
  await one.field('Name').fill(mine);
  await one.field('Scopes').fill('a.read\nb.write');
  await one.field('Description').fill('My note');
  await one.save.click();
  const dialog = page.getByRole('dialog', { name: CONFLICT });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Keep all of mine' })).toBeFocused();
  // Nothing of mine is stored before it is decided.
  expect(await read(claviger, made.id)).toMatchObject({ name: theirs, version: made.version + 1 });

  await expect(dialog.getByRole('group')).toHaveCount(4);
  for (const [part, who, kept, versions] of [
    ['Name', 'You both changed it', 'Keep mine', [mine, theirs]],
    ['Description', 'You both changed it', 'Keep mine', ['My note', 'Their note']],
    ['Access', 'They changed it', 'Take theirs', ['Read only', 'Read and write']],
    ['Scopes', 'You changed it', 'Keep mine', ['a.read\nb.write', 'a.read']],
  ] as const) {
    const group = dialog.getByRole('group', { name: part });
    await expect(group, part).toContainText(who);
    await expect(one.version(part, kept), part).toBeChecked();
    const told = await group.locator('.conflict-value').evaluateAll((all) => all.map((value) => value.textContent));
    expect(told, part).toEqual(versions);
  }
  await pick(one.version('Name', 'Take theirs'));
  await dialog.getByRole('button', { name: 'Save this' }).click();
  await expect(one.toasts).toHaveText('Saved');
  await expect(one.edit).toBeFocused();
  await expect(one.heading).toHaveText(theirs);
  expect(await read(claviger, made.id)).toMatchObject({
    name: theirs, description: 'My note', access: 'read_write', scopes: ['a.read', 'b.write'], metadata: { a: 1 }, version: made.version + 2,
  });
  await other.page.context().close();
});

test('nothing typed is lost: back in the form it is all there, and it may be taken at once', async ({ as, browser, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Back again') });
  await as('owner', `/keys/${made.id}?edit=1`);
  const other = await second(browser, claviger, made.id);
  await other.field('Description').fill('Theirs');
  await other.field('Metadata').fill('{"by": "them"}');
  await other.saved();
  await one.field('Description').fill('Mine');
  await one.field('Allowed addresses').fill('10.0.0.0/8');
  await one.save.click();
  const dialog = page.getByRole('dialog', { name: CONFLICT });
  for (const back of [() => page.keyboard.press('Escape'), () => dialog.getByRole('button', { name: 'Back to the form' }).click()]) {
    await expect(dialog).toBeVisible();
    await back();
    await expect(dialog).toBeHidden();
    await expect(one.save).toBeFocused();
    await expect(one.field('Description')).toHaveValue('Mine');
    await expect(one.field('Allowed addresses')).toHaveValue('10.0.0.0/8');
    await one.save.click();
  }
  await dialog.getByRole('button', { name: 'Keep all of mine' }).click();
  await expect(one.version('Metadata', 'Keep mine')).toBeChecked();
  await dialog.getByRole('button', { name: 'Save this' }).click();
  await expect(one.toasts).toHaveText('Saved');
  expect(await read(claviger, made.id)).toMatchObject({ description: 'Mine', metadata: {}, allowed_ips: ['10.0.0.0/8'] });
  await other.page.context().close();
});

test('taking everything of theirs saves nothing', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Taken') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await one.field('Description').fill('Mine');
  await claviger.owner.patch(`${PATH}/${made.id}`, { description: 'Theirs', metadata: { a: 1 } });
  await one.save.click();
  await one.dialog.getByRole('button', { name: 'Take all of theirs' }).click();
  await one.dialog.getByRole('button', { name: 'Save this' }).click();
  await expect(one.edit).toBeFocused();
  await expect(page.locator('.key-note')).toHaveText('Theirs');
  expect(await read(claviger, made.id)).toMatchObject({ description: 'Theirs', version: made.version + 1 });
});

test('changed once more while it was decided, it is asked again', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Thrice') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await one.field('Description').fill('Mine');
  await claviger.owner.patch(`${PATH}/${made.id}`, { description: 'First' });
  await one.save.click();
  await expect(one.version('Description', 'Keep mine')).toBeChecked();
  await claviger.owner.patch(`${PATH}/${made.id}`, { description: 'Second' });
  await one.dialog.getByRole('button', { name: 'Save this' }).click();
  await expect(one.dialog.getByText('Second')).toBeVisible();
  await one.dialog.getByRole('button', { name: 'Save this' }).click();
  await expect(one.toasts).toHaveText('Saved');
  expect((await read(claviger, made.id)).description).toBe('Mine');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('a rotation meanwhile is no reason to ask', async ({ as, claviger, one, unique }) => {
  const made = await claviger.made({ name: unique('Rotated meanwhile') });
  await as('owner', `/keys/${made.id}?edit=1`);
  await one.field('Description').fill('Mine');
  await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 3600 });
  await one.saved();
  expect(await read(claviger, made.id)).toMatchObject({ description: 'Mine', version: made.version + 2 });
  await expect(one.secrets).toHaveCount(2);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('both versions are read by everybody: axe, a keyboard, a phone', async ({ as, claviger, one, page, unique }) => {
      const made = await claviger.made({ name: unique('Axe conflict') });
      await as('owner', `/keys/${made.id}?edit=1`);
      await one.field('Description').fill(`Mine ${'x'.repeat(120)}`);
      await one.field('Scopes').fill('a.read');
      await claviger.owner.patch(`${PATH}/${made.id}`, { description: 'Theirs', metadata: { a: 1 } });
      await one.save.click();
      await expect(one.dialog).toBeVisible();
      const clean = (where: string) => expectNoViolations(page, where);
      await clean('the conflict');
      const [mine, theirs] = [await one.dialog.locator('.choice').nth(0).boundingBox(), await one.dialog.locator('.choice').nth(1).boundingBox()];
      expect(mine?.y, 'side by side').toBe(theirs?.y);
      await page.setViewportSize({ width: 360, height: 740 });
      await clean('on a phone');
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.querySelector('dialog')!.scrollWidth <= innerWidth)).toBe(true);

      await page.keyboard.press('Tab');
      await expect(one.dialog.getByRole('button', { name: 'Take all of theirs' })).toBeFocused();
      await page.keyboard.press('Tab');
      await expect(one.version('Description', 'Keep mine')).toBeFocused();
      await page.keyboard.press('ArrowDown');
      await expect(one.version('Description', 'Take theirs')).toBeChecked();
      await page.keyboard.press('Tab');
      await expect(one.version('Scopes', 'Keep mine')).toBeFocused();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await expect(one.dialog.getByRole('button', { name: 'Back to the form' })).toBeFocused();
      await page.keyboard.press('Tab');
      await expect(one.dialog.getByRole('button', { name: 'Save this' })).toBeFocused();
      await page.keyboard.press('Enter');
      await expect(one.edit).toBeFocused();
      expect(await read(claviger, made.id)).toMatchObject({ description: 'Theirs', scopes: ['a.read'], metadata: { a: 1 } });
    });
  });
}
