import type { Page } from '@playwright/test';

import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { Claviger } from '../support/fixtures';
import { loseAnswer } from '../support/lost_answer';
import { stateWith } from '../support/many_keys';
import { hintOf, mintSecret, sha256 } from '../support/secrets';
import { expect, signIn, test } from './fixtures';

const PATH = '/api/v2/api_keys';
const HOUR = 3_600_000;

const codeOf = async (claviger: Claviger, key: string): Promise<string> =>
  (await claviger.verifier.post('/v1/verify', { key, max_age_ms: 0 })).json.code;
const grace = (page: Page) => page.getByLabel('The old key works on for');

test('rotating shows another secret once, and the old one works for a day', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Rotated') });
  await as('owner');
  await keys.choose(made.name, 'Rotate…');
  await expect(grace(page)).toBeFocused();
  await expect(grace(page).locator('option:checked')).toHaveText('24 hours');
  await expect(keys.dialog).toContainText(/The old key works until .+ \(Europe\/Berlin\)\./);
  const before = Date.now();
  await keys.button('Rotate').click();
  await expect(keys.reveal).toContainText(/The old key works until .+ \(Europe\/Berlin\)\./);
  await expect(keys.button('Copy')).toBeFocused();
  const secret = await keys.secret();
  expect(secret).not.toBe(made.api_key);
  await keys.closeReveal();
  await expect(keys.menuOf(made.name)).toBeFocused();

  const { data } = (await claviger.owner.get(`${PATH}/${made.id}`)).json;
  expect(data.secrets.map((one: any) => one.hint)).toEqual([hintOf(secret), made.hint]);
  const ends = Date.parse(data.secrets[1].ends_at) - before;
  expect(ends).toBeGreaterThan(24 * HOUR - 1_000);
  expect(ends).toBeLessThan(24 * HOUR + 60_000);
  expect([await codeOf(claviger, made.api_key), await codeOf(claviger, secret)]).toEqual(['VALID', 'VALID']);
  await expect(keys.row(made.name)).toContainText(hintOf(secret));
  await expect(keys.row(made.name)).toContainText('Old secret unused since the rotation, works until');
  expect((await page.content()).includes(secret.slice(8, 28)), 'gone from the page').toBe(false);
});

for (const [choice, says, seconds] of [
  ['None: stop at once', 'The old key stops working at once.', 0],
  ['15 minutes', 'The old key works until', 900],
  ['7 days', 'The old key works until', 604_800],
] as const) {
  test(`a grace of ${choice} is what is asked for`, async ({ as, claviger, keys, page, unique }) => {
    const made = await claviger.made({ name: unique('Grace') });
    await as('owner');
    await keys.choose(made.name, 'Rotate…');
    await grace(page).selectOption({ label: choice });
    await expect(keys.dialog).toContainText(says);
    const asked = page.waitForRequest(/\/rotate$/);
    await keys.button('Rotate').click();
    expect((await asked).postDataJSON()).toEqual({ grace_seconds: seconds });
    await expect(keys.reveal).toBeVisible();
    await keys.closeReveal();
    expect(await codeOf(claviger, made.api_key)).toBe(seconds === 0 ? 'REVOKED' : 'VALID');
    await expect(keys.row(made.name).getByText(/^Old secret/)).toHaveCount(seconds === 0 ? 0 : 1);
  });
}

test('the old secret never outlasts the key, and that is said', async ({ as, claviger, keys, unique }) => {
  const expires_at = new Date(Date.now() + HOUR).toISOString();
  const made = await claviger.made({ name: unique('Short'), expires_at });
  await as('owner');
  await keys.choose(made.name, 'Rotate…');
  await expect(keys.dialog).toContainText(/The old key works until .+, when this key expires\./);
  await keys.button('Rotate').click();
  await expect(keys.reveal).toBeVisible();
  await keys.closeReveal();
  const { data } = (await claviger.owner.get(`${PATH}/${made.id}`)).json;
  expect(data.secrets[1].ends_at).toBe(data.expires_at);
});

test('a second rotation says that it ends the older secret at once', async ({ as, claviger, keys, unique }) => {
  const made = await claviger.made({ name: unique('Twice') });
  const second = (await claviger.owner.post(`${PATH}/${made.id}/rotate`, {})).json.data.api_key;
  await as('owner');
  await expect(keys.row(made.name)).toContainText('Old secret unused since the rotation');
  await keys.choose(made.name, 'Rotate…');
  await expect(keys.dialog).toContainText(/the secret before this one works until .+ Rotating again ends that one at once\./);
  expect(await codeOf(claviger, made.api_key)).toBe('VALID');
  await keys.button('Rotate').click();
  await expect(keys.reveal).toBeVisible();
  await keys.closeReveal();
  expect([await codeOf(claviger, made.api_key), await codeOf(claviger, second)]).toEqual(['REVOKED', 'VALID']);
});

test('the row says when the old secret was used last', async ({ afterwards, context, keys, page }) => {
  const now = Date.now();
  const [fresh, old] = [mintSecret(), mintSecret()];
  const state = stateWith('rotated', (database) => {
    const id = database
      .prepare(
        `INSERT INTO api_keys (organization_id, kind, name, name_folded, role, access, created_by_type, created_by_name, created_at, updated_at, rotated_at)
         VALUES (1, 'service', 'Still used', 'still used', 'integration', 'read_only', 'system', 'Claviger', 1, 1, ?)`,
      )
      .run(now - 10 * 60_000).lastInsertRowid;
    const secret = database.prepare('INSERT INTO secrets (hash, key_id, hint, created_at, ends_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?)');
    secret.run(sha256(fresh), id, hintOf(fresh), now - 10 * 60_000, null, null);
    secret.run(sha256(old), id, hintOf(old), 1, now + HOUR, now - 3 * 60_000);
  });
  const claviger = await Claviger.start('rotated', { from: state });
  afterwards(() => claviger.worker.kill());
  await signIn(context, claviger, 'owner');
  await page.goto(`${claviger.origin}/keys`);
  await expect(keys.row('Still used')).toContainText(/Old secret used 3 minutes ago, works until/);
});

test('a double press rotates once', async ({ as, claviger, keys, unique }) => {
  const made = await claviger.made({ name: unique('Double') });
  await as('owner');
  await keys.choose(made.name, 'Rotate…');
  await keys.button('Rotate').dblclick();
  await expect(keys.reveal).toBeVisible();
  await keys.closeReveal();
  const { data } = (await claviger.owner.get(`${PATH}/${made.id}`)).json;
  expect([data.version, data.secrets.length]).toEqual([made.version + 1, 2]);
});

test('a request that got lost on the way there is made again, once', async ({ as, claviger, keys, page, unique, watch }) => {
  watch.allow(/ERR_CONNECTION_RESET|Failed to load/);
  const made = await claviger.made({ name: unique('Lost there') });
  await as('owner');
  await loseAnswer(page, /\/rotate$/, 'before');
  await keys.choose(made.name, 'Rotate…');
  await grace(page).selectOption({ label: '1 hour' });
  await keys.button('Rotate').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('it will not be made twice');
  await expect(grace(page), 'what is asked for again is the same').toBeHidden();
  await keys.button('Rotate').click();
  await expect(keys.reveal).toBeVisible();
  await keys.closeReveal();
  const { data } = (await claviger.owner.get(`${PATH}/${made.id}`)).json;
  expect(data.secrets).toHaveLength(2);
});

test('an answer that got lost is told, and nothing is rotated a second time unasked', async ({ as, claviger, keys, page, unique, watch }) => {
  watch.allow(/ERR_CONNECTION_RESET|Failed to load|status of 409/);
  const made = await claviger.made({ name: unique('Lost back') });
  await as('owner');
  await loseAnswer(page, /\/rotate$/);
  await keys.choose(made.name, 'Rotate…');
  await keys.button('Rotate').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('may have been made');
  await keys.button('Rotate').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('nobody has it');
  await expect(keys.dialog).toContainText(/The old key works until .+ ends the old one at once/);
  const secrets = async () => (await claviger.owner.get(`${PATH}/${made.id}`)).json.data.secrets;
  expect(await secrets()).toHaveLength(2);
  await expect(keys.button('Rotate…')).toBeFocused();
  await keys.button('Rotate…').click();
  await keys.button('Rotate').click();
  await expect(keys.reveal).toBeVisible();
  const secret = await keys.secret();
  await keys.closeReveal();
  expect(await secrets()).toHaveLength(3);
  expect([await codeOf(claviger, made.api_key), await codeOf(claviger, secret)]).toEqual(['REVOKED', 'VALID']);
});

test('the reveal asks before it closes uncopied, and so does the browser', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Guarded') });
  await as('owner');
  await keys.choose(made.name, 'Rotate…');
  await keys.button('Rotate').click();
  await expect(keys.reveal).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys.dialog.getByText(/not copied/)).toBeVisible();
  await expect(keys.button('Go back')).toBeFocused();
  await keys.button('Go back').click();
  let asked = 0;
  page.on('dialog', async (dialog) => {
    asked += 1;
    await dialog.accept();
  });
  await keys.reveal.click({ position: { x: 5, y: 5 } });
  await page.reload();
  await expect(keys.heading).toBeVisible();
  expect(asked).toBe(1);
});

test('nobody else rotates a personal key', async ({ as, claviger, keys, page }) => {
  await as('owner');
  await keys.find('Max at work');
  await keys.menuOf('Max at work').click();
  await expect(page.getByRole('menuitem', { name: 'Revoke…' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Rotate…' })).toHaveCount(0);
  const { data } = (await claviger.owner.get(`${PATH}?name=Max%20at%20work`)).json;
  expect((await claviger.owner.post(`${PATH}/${data[0].id}/rotate`, {})).status).toBe(403);
});

test('one’s own sign-in key says what becomes of the session', async ({ as, claviger, keys, page }) => {
  const { data } = (await claviger.holderOf('member').get('/api/v2/whoami')).json;
  await as('member');
  await keys.choose(data.name, 'Rotate…');
  await expect(keys.dialog).toContainText(/signed in with: when its old secret stops working you are signed out/);
  await page.keyboard.press('Escape');
  await expect(keys.dialog).toBeHidden();
});

test('with the keyboard alone, and the focus comes back', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Keys only') });
  await as('owner');
  await keys.menuOf(made.name).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Copy hint' })).toBeFocused();
  while (!(await page.getByRole('menuitem', { name: 'Rotate…' }).evaluate((item) => item === document.activeElement))) {
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  await expect(grace(page)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(keys.dialog).toBeHidden();
  await expect(keys.menuOf(made.name)).toBeFocused();
  await keys.choose(made.name, 'Rotate…');
  await page.keyboard.press('Tab');
  await expect(keys.button('Cancel')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(keys.button('Rotate')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(keys.button('Copy')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(keys.reveal.getByText('Copied.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys.dialog).toBeHidden();
  await expect(keys.menuOf(made.name)).toBeFocused();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, viewport: { width: 360, height: 740 } });

    test('axe finds nothing, and nothing is wider than a phone', async ({ as, claviger, keys, page, unique }) => {
      const made = await claviger.made({ name: `${unique('Axe')} ${'x'.repeat(60)}` });
      await as('owner');
      for (const where of ['the first dialog', 'the second one, with its warning']) {
        await keys.choose(made.name, 'Rotate…');
        await expect(keys.dialog).toBeVisible();
        await expectNoViolations(page, where);
        await expectNoSidewaysScroll(page, where);
        await keys.button('Rotate').click();
        await expect(keys.reveal).toBeVisible();
        await expectNoSidewaysScroll(page, 'the reveal');
        await keys.closeReveal();
      }
      await expectNoViolations(page, 'the row with its old secret');
      await expectNoSidewaysScroll(page, 'the row with its old secret');
    });
  });
}
