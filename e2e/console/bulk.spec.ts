import { readFileSync } from 'node:fs';

import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import type { Claviger } from '../support/fixtures';
import type { KeysPage } from '../support/keys_page';
import { loseAnswer } from '../support/lost_answer';
import { signInWith, Tenant } from '../support/organizations';
import { clipboard, expect, test } from './fixtures';

const PATH = '/api/v2/api_keys';
const BULK = /\/api_keys\/bulk$/;
const LETTERS = ['A', 'B', 'C', 'D', 'E'];

const begun: number[] = [];

// The other tests of this server look at the first page of its list.
test.afterEach(async ({ claviger }) => {
  for (const id of begun.splice(0)) {
    await claviger.owner.delete(`${PATH}/${id}`);
  }
});

/** Five keys whose names begin alike, and the list of them, A to Z. */
async function five(claviger: Claviger, keys: KeysPage, as: (holder: 'owner', path?: string) => Promise<void>, part: string): Promise<any[]> {
  const made = [];
  for (const letter of LETTERS) {
    const key = await claviger.made({ name: `${part} ${letter}` });
    begun.push(key.id);
    made.push(key);
  }
  await as('owner', `/keys?q=${encodeURIComponent(part)}&sort=name`);
  await expect(keys.row(`${part} E`)).toBeVisible();
  return made;
}

const facts = async (claviger: Claviger, made: any[], fact: string): Promise<any[]> =>
  Promise.all(made.map(async ({ id }) => (await claviger.owner.get(`${PATH}/${id}`)).json.data?.[fact]));

test('ticked keys are disabled together, and found so over the API', async ({ as, claviger, keys, unique }) => {
  const part = unique('Together');
  const made = await five(claviger, keys, as, part);
  await expect(keys.bar).toBeHidden();
  await keys.tick(`${part} A`).click();
  await keys.tick(`${part} C`).click();
  await expect(keys.bar.getByRole('status')).toHaveText('2 selected');
  await keys.bar.getByRole('button', { name: 'Disable…' }).click();
  await expect(keys.dialog).toContainText('Disable 2 keys?');
  await expect(keys.dialog).toContainText(`${part} A, ${part} C`);
  await expect(keys.dialog).toContainText('All of them or none');
  await expect(keys.button('Cancel')).toBeFocused();
  await keys.button('Disable 2 keys').click();
  await expect(keys.dialog).toBeHidden();
  await expect(keys.toasts).toContainText('Disabled 2 keys');
  await expect(keys.bar).toBeHidden();
  await expect(keys.row(`${part} A`)).toBeHidden();
  expect(await facts(claviger, made, 'active')).toEqual([false, true, false, true, true]);
});

test('what is so already is left alone, and said', async ({ as, claviger, keys, page, unique }) => {
  const part = unique('Already');
  const made = await five(claviger, keys, as, part);
  await claviger.owner.post(`${PATH}/bulk`, { ids: [made[0].id, made[1].id], action: 'disable' });
  await page.goto(`/keys?q=${encodeURIComponent(part)}&sort=name&inactive=1`);
  await expect(keys.row(`${part} A`)).toContainText('Disabled');
  await page.getByRole('checkbox', { name: 'Select all keys on this page' }).click();
  await keys.bar.getByRole('button', { name: 'Enable…' }).click();
  await keys.button('Enable 5 keys').click();
  await expect(keys.toasts).toContainText('Enabled 2 keys; 3 were so already');
  expect(await facts(claviger, made, 'active')).toEqual([true, true, true, true, true]);
});

test('revoking takes a reason, deleting removes the records', async ({ as, claviger, keys, page, unique }) => {
  const part = unique('Ended');
  const made = await five(claviger, keys, as, part);
  await keys.tick(`${part} A`).click();
  await keys.tick(`${part} B`).click();
  await keys.bar.getByRole('button', { name: 'Revoke…' }).click();
  await expect(keys.dialog).toContainText('stops working. This cannot be undone.');
  await keys.dialog.getByRole('textbox').fill('The laptop is gone');
  await keys.button('Yes, revoke 2 keys').click();
  await expect(keys.toasts).toContainText('Revoked 2 keys');
  expect(await facts(claviger, made, 'revoke_reason')).toEqual(['The laptop is gone', 'The laptop is gone', null, null, null]);
  await page.getByRole('checkbox', { name: 'Select all keys on this page' }).click();
  await keys.bar.getByRole('button', { name: 'Delete…' }).click();
  await keys.button('Yes, delete 3 keys').click();
  await expect(keys.toasts).toContainText('Deleted 3 keys');
  expect(await facts(claviger, made, 'status')).toEqual(['revoked', 'revoked', undefined, undefined, undefined]);
});

test('a revoke of many counts down until all of them are stopped everywhere', async ({ as, claviger, keys, unique }) => {
  const part = unique('Stops');
  const made = await five(claviger, keys, as, part);
  for (const letter of ['A', 'B']) {
    await keys.tick(`${part} ${letter}`).click();
  }
  await keys.bar.getByRole('button', { name: 'Revoke…' }).click();
  await keys.button('Yes, revoke 2 keys').click();
  await expect(keys.toasts.getByText('Stopped everywhere in at most 4 s')).toBeVisible();
  await expect(keys.toasts).toContainText('Revoked 2 keys.');
  await expect(keys.toasts).toHaveText('2 keys are stopped everywhere');
  for (const [at, code] of ['REVOKED', 'REVOKED', 'VALID'].entries()) {
    expect((await claviger.verifier.post('/v1/verify', { key: made[at].api_key })).json.code).toBe(code);
  }
});

test('Shift ticks a range, and takes it away again', async ({ as, claviger, keys, unique }) => {
  const part = unique('Range');
  await five(claviger, keys, as, part);
  const ticked = async () => {
    const all = await Promise.all(LETTERS.map((letter) => keys.tick(`${part} ${letter}`).isChecked()));
    return LETTERS.filter((_, at) => all[at]).join('');
  };
  await keys.tick(`${part} B`).click();
  await keys.tick(`${part} D`).click({ modifiers: ['Shift'] });
  await expect.poll(ticked).toBe('BCD');
  await keys.tick(`${part} C`).click({ modifiers: ['Shift'] });
  await expect.poll(ticked, 'from the last one to this').toBe('B');
  await keys.tick(`${part} E`).click();
  await keys.tick(`${part} A`).click({ modifiers: ['Shift'] });
  await expect.poll(ticked).toBe('ABCDE');
  await expect(keys.page.getByRole('checkbox', { name: 'Select all keys on this page' })).toBeChecked();
  await keys.bar.getByRole('button', { name: 'Clear' }).click();
  await expect.poll(ticked).toBe('');
  await expect(keys.page.getByRole('checkbox', { name: 'Select all keys on this page' })).toBeFocused();
});

test('all that match are ticked whatever page they are on, and another list begins anew', async ({ as, claviger, keys, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Many'), key_limit: 200 });
  const api_keys = Array.from({ length: 60 }, (_, at) => ({ sha256: (1000 + at).toString(16).padStart(64, '0'), name: `Import ${at}` }));
  expect((await claviger.owner.post(`${tenant.path}/api_keys/import`, { api_keys })).status).toBe(201);
  await as('owner', `/organizations/${tenant.id}`);
  await expect(page.getByText('1–50 of 60 keys')).toBeVisible();
  const all = page.getByRole('checkbox', { name: 'Select all keys on this page' });
  await all.click();
  await expect(keys.bar.getByRole('status')).toHaveText('50 selected');
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('51–60 of 60 keys')).toBeVisible();
  await expect(keys.bar, 'what is on another page is not ticked unseen').toBeHidden();
  await all.click();
  await keys.bar.getByRole('button', { name: 'Select all 60 that match' }).click();
  await expect(keys.bar.getByRole('status')).toHaveText('60 selected, 50 of them on other pages');
  await expect(keys.bar.getByRole('button', { name: /^Select all/ })).toHaveCount(0);
  await page.getByLabel('Status').selectOption({ label: 'All' });
  await expect(keys.bar, 'another filter').toBeHidden();
  await expect(page.getByText('1–50 of 60 keys')).toBeVisible();
  await all.click();
  await keys.bar.getByRole('button', { name: 'Select all 60 that match' }).click();
  await expect(keys.bar.getByRole('status')).toHaveText('60 selected, 10 of them on other pages');

  let release = () => undefined as void;
  const held = new Promise<void>((go) => (release = go));
  await page.route(BULK, async (route) => {
    await held;
    await route.continue();
  });
  await keys.bar.getByRole('button', { name: 'Disable…' }).click();
  await expect(keys.dialog).toContainText(/Import \d+, .* and 55 more/);
  await keys.button('Disable 60 keys').click();
  await expect(keys.dialog.getByText('Working on 60 keys…')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys.dialog, 'it does not go while it works').toBeVisible();
  release();
  await expect(keys.toasts).toContainText('Disabled 60 keys');
  const answer = await claviger.owner.get(`${tenant.path}/api_keys?status=disabled&per_page=1`);
  expect(answer.json.num_records).toBe(60);
});

test('one that refuses is named, and nothing is changed', async ({ as, claviger, keys, page, watch }) => {
  watch.allow(/status of 409/);
  const { data } = (await claviger.owner.get('/api/v2/whoami')).json;
  const made = await claviger.made({ name: `${data.name} beside it` });
  await as('owner', `/keys?q=${encodeURIComponent(data.name)}`);
  const owner = page.getByRole('checkbox', { name: `Select ${data.name} of Ada Owner` });
  await owner.click();
  await page.getByRole('checkbox', { name: `Select ${made.name}`, exact: true }).click();
  const digest = claviger.database.digest();
  await keys.bar.getByRole('button', { name: 'Revoke…' }).click();
  await expect(keys.dialog).toContainText('The key you are signed in with is among them: you will be signed out.');
  await keys.button('Yes, revoke 2 keys').click();
  await expect(keys.dialog.getByRole('alert')).toContainText(/last.*Nothing was changed\./);
  expect(claviger.database.digest()).toBe(digest);
  await page.keyboard.press('Escape');
  await expect(keys.bar, 'what was ticked still is').toBeVisible();

  await keys.bar.getByRole('button', { name: 'Disable…' }).click();
  await keys.button('Disable 2 keys').click();
  await expect(keys.dialog.getByRole('alert')).toContainText(`${data.name} of Ada Owner: This is the last key or passkey with which an owner can sign in`);
  await expect(keys.dialog.getByRole('alert')).toContainText('Nothing was changed.');
  await keys.button('Leave it out of this').click();
  await expect(keys.dialog).not.toContainText('you will be signed out');
  await keys.button('Disable 1 key').click();
  await expect(keys.toasts).toContainText('Disabled 1 key');
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.active).toBe(false);
});

test('on a phone the bar does not come over the row that was ticked', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Beneath') });
  await page.setViewportSize({ width: 360, height: 740 });
  await as('owner');
  await expect(keys.row(made.name)).toBeVisible();
  const last = keys.page.getByRole('row').last();
  await last.getByRole('checkbox').click();
  await expect(keys.bar).toBeVisible();
  await expect.poll(async () => {
    const [row, bar] = [await last.boundingBox(), await keys.bar.boundingBox()];
    return (row?.y ?? 0) + (row?.height ?? 0) <= (bar?.y ?? 0);
  }).toBe(true);
});

test('what is known to stand in the way can be left out', async ({ as, claviger, keys, page, unique }) => {
  const part = unique('Out');
  const made = await five(claviger, keys, as, part);
  await claviger.owner.post(`${PATH}/${made[0].id}/revoke`, {});
  await page.goto(`/keys?q=${encodeURIComponent(part)}&sort=name&inactive=1`);
  await expect(keys.row(`${part} A`)).toContainText('Revoked');
  await page.getByRole('checkbox', { name: 'Select all keys on this page' }).click();
  await keys.bar.getByRole('button', { name: 'Rotate…' }).click();
  await expect(keys.dialog).toContainText('Not all of them can be rotated: 1 is revoked.');
  await expect(keys.button('Rotate 5 keys')).toBeDisabled();
  await keys.button('Leave them out').click();
  await expect(keys.button('Rotate 4 keys')).toBeEnabled();
});

test('one that somebody else has deleted meanwhile is named, and can be left out', async ({ as, claviger, keys, unique, watch }) => {
  watch.allow(/status of 404/);
  const part = unique('Gone');
  const made = await five(claviger, keys, as, part);
  await keys.tick(`${part} B`).click();
  await keys.tick(`${part} D`).click();
  await claviger.owner.delete(`${PATH}/${made[1].id}`);
  await keys.bar.getByRole('button', { name: 'Disable…' }).click();
  await keys.button('Disable 2 keys').click();
  await expect(keys.dialog.getByRole('alert')).toContainText(`${part} B was deleted already. Nothing was changed.`);
  expect((await claviger.owner.get(`${PATH}/${made[3].id}`)).json.data.active).toBe(true);
  await keys.button('Leave it out of this').click();
  await keys.button('Disable 1 key').click();
  await expect(keys.toasts).toContainText('Disabled 1 key');
  expect((await claviger.owner.get(`${PATH}/${made[3].id}`)).json.data.active).toBe(false);
});

test('rotating shows all new secrets once, to copy or to save', async ({ as, claviger, keys, page, unique }) => {
  const part = unique('=Rotated');
  const made = await five(claviger, keys, as, part);
  await page.getByRole('checkbox', { name: 'Select all keys on this page' }).click();
  await keys.bar.getByRole('button', { name: 'Rotate…' }).click();
  await expect(keys.dialog).toContainText(/The old keys work until .+, but none past its own expiry\./);
  const answer = page.waitForResponse(BULK);
  await keys.button('Rotate 5 keys').dblclick();
  const secrets: string[] = (await (await answer).json()).data.api_keys.map((key: any) => key.api_key);
  const reveal = page.getByRole('dialog', { name: 'Copy these keys and keep them somewhere safe' });
  await expect(reveal.getByRole('listitem')).toHaveCount(5);
  await expect(reveal.getByRole('button', { name: 'Copy all' })).toBeFocused();
  expect(await page.content(), 'masked is not merely painted over').not.toContain(secrets[0]?.slice(8, 28));
  await reveal.getByRole('button', { name: 'Show' }).click();
  for (const secret of secrets) {
    await expect(reveal).toContainText(secret);
  }
  await page.keyboard.press('Escape');
  await expect(reveal.getByText('You have neither copied nor downloaded them.')).toBeVisible();
  await expect(reveal.getByRole('button', { name: 'Go back' })).toBeFocused();
  await reveal.getByRole('button', { name: 'Go back' }).click();

  const saved = page.waitForEvent('download');
  await reveal.getByRole('button', { name: 'Download' }).click();
  const file = readFileSync(await (await saved).path(), 'utf8');
  await reveal.getByRole('button', { name: 'Copy all' }).click();
  await expect(reveal.getByText('Copied.')).toBeVisible();
  expect(`\ufeff${await clipboard(page)}`.replaceAll('\r', '')).toBe(file.replaceAll('\r', ''));
  expect(file.split('\r\n')[0]).toBe('\ufeff"name","id","secret"');
  made.forEach(({ id, name }, at) => expect(file).toContain(`"'${name}","${id}","${secrets[at]}"\r\n`));
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(keys.dialog).toBeHidden();
  expect((await page.content()).includes(secrets[0]?.slice(8, 28) ?? '-'), 'gone from the page').toBe(false);
  expect(await facts(claviger, made, 'version'), 'once, for all the pressing').toEqual([2, 2, 2, 2, 2]);
  for (const key of [secrets[4], made[4].api_key]) {
    expect((await claviger.verifier.post('/v1/verify', { key, max_age_ms: 0 })).json).toMatchObject({ code: 'VALID', key: { id: made[4].id } });
  }
  await expect(keys.row(`${part} A`)).toContainText('Old secret unused since the rotation');
});

test('secrets whose answer got lost are told of, and none are made again unasked', async ({ as, claviger, keys, page, unique, watch }) => {
  watch.allow(/ERR_CONNECTION_RESET|Failed to load|status of 409/);
  const part = unique('Lost');
  const made = await five(claviger, keys, as, part);
  await loseAnswer(page, BULK);
  await page.getByRole('checkbox', { name: 'Select all keys on this page' }).click();
  await keys.bar.getByRole('button', { name: 'Rotate…' }).click();
  await keys.button('Rotate 5 keys').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('it will not be done twice');
  await keys.button('Rotate 5 keys').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('nobody has them');
  expect(await facts(claviger, made, 'version')).toEqual([2, 2, 2, 2, 2]);
  await keys.button('Cancel').click();
  await expect(keys.row(`${part} A`)).toContainText('Old secret unused since the rotation');
});

test('what was done is not done again when its answer got lost', async ({ as, claviger, keys, page, unique, watch }) => {
  watch.allow(/ERR_CONNECTION_RESET|Failed to load/);
  const part = unique('Once');
  const made = await five(claviger, keys, as, part);
  await loseAnswer(page, BULK);
  await keys.tick(`${part} A`).click();
  await keys.bar.getByRole('button', { name: 'Disable…' }).click();
  await keys.button('Disable 1 key').click();
  await expect(keys.dialog.getByRole('alert')).toContainText('It may have been done.');
  await claviger.owner.patch(`${PATH}/${made[0].id}`, { active: true });
  await keys.button('Disable 1 key').click();
  await expect(keys.toasts).toContainText('Disabled 1 key');
  expect(await facts(claviger, made, 'active'), 'the answer again, and not the work').toEqual([true, true, true, true, true]);
});

test('who may only read has nothing to tick, and no action but looking and copying', async ({ claviger, context, keys, page, unique }) => {
  const own = await claviger.made({ name: unique('To look'), kind: 'personal', access: 'read_only' });
  await signInWith(context, claviger.origin, own.api_key);
  await page.goto('/keys');
  await expect(keys.row(own.name)).toBeVisible();
  await expect(page.getByRole('checkbox')).toHaveCount(0);
  await keys.menuOf(own.name).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Copy hint', 'Copy id', 'Open']);
});

test('with the keyboard alone, and the focus is never lost', async ({ as, claviger, keys, page, unique }) => {
  const part = unique('By keyboard');
  await five(claviger, keys, as, part);
  const all = page.getByRole('checkbox', { name: 'Select all keys on this page' });
  await keys.tick(`${part} A`).focus();
  await page.keyboard.press('Space');
  await expect(keys.bar.getByRole('status')).toHaveText('1 selected');
  await expect(keys.tick(`${part} A`), 'the bar takes nothing').toBeFocused();
  await all.focus();
  await page.keyboard.press('Shift+Tab');
  await expect(keys.bar.getByRole('button', { name: 'Clear' })).toBeFocused();
  for (const name of ['Delete…', 'Revoke…', 'Rotate…', 'Enable…', 'Disable…']) {
    await page.keyboard.press('Shift+Tab');
    await expect(keys.bar.getByRole('button', { name })).toBeFocused();
  }
  await page.keyboard.press('Enter');
  await expect(keys.button('Cancel')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(keys.bar.getByRole('button', { name: 'Disable…' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(keys.button('Disable 1 key')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(keys.toasts).toContainText('Disabled 1 key');
  await expect(page.locator(':focus'), 'somewhere').toHaveCount(1);

  // With the last rows the table's head goes too.
  await expect(keys.row(`${part} A`)).toBeHidden();
  await all.click();
  await keys.bar.getByRole('button', { name: 'Disable…' }).click();
  await keys.button('Disable 4 keys').click();
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await expect(keys.heading).toBeFocused();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('axe finds nothing, and a phone has room for a finger', async ({ as, claviger, keys, page, unique }) => {
      const part = unique('Axe');
      await five(claviger, keys, as, part);
      await keys.tick(`${part} A`).click();
      await expect(keys.bar.getByRole('button', { name: 'Rotate…' })).toBeVisible();
      await expectNoViolations(page, 'the bar');
      await page.setViewportSize({ width: 360, height: 740 });
      await keys.tick(`${part} B`).click();
      // At the end, where the bar lies over nothing: elsewhere a row's button may be half under it until one scrolls.
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await expectNoViolations(page, 'the bar on a phone');
      await expectNoSidewaysScroll(page, 'the bar on a phone');
      const bar = await keys.bar.boundingBox();
      expect((bar?.y ?? 0) + (bar?.height ?? 0), 'at the bottom').toBe(740);
      for (const target of [keys.row(`${part} A`).locator('.pick label'), ...(await keys.bar.getByRole('button').all())]) {
        const box = await target.boundingBox();
        expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
      }
      for (const action of ['Rotate…', 'Revoke…']) {
        await keys.bar.getByRole('button', { name: action }).click();
        await expectNoViolations(page, action);
        await expectNoSidewaysScroll(page, action);
        await page.keyboard.press('Escape');
      }
      await keys.bar.getByRole('button', { name: 'Rotate…' }).click();
      await keys.button('Rotate 2 keys').click();
      await expect(keys.dialog.getByRole('listitem')).toHaveCount(2);
      await keys.button('Show').click();
      await expectNoViolations(page, 'the secrets');
      await expectNoSidewaysScroll(page, 'the secrets');
    });
  });
}
