import { unrecordedSecret } from '../support/secrets';
import { expect, test } from './fixtures';

const PATH = '/api/v2/api_keys';

test('revoking warns, takes a reason, and ends the key at once', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Revoked') });
  await as('owner');
  await keys.choose(made.name, 'Revoke…');
  await expect(keys.dialog).toContainText('Every integration that uses this key stops working. This cannot be undone.');
  await expect(keys.dialog).toContainText(made.name);
  await expect(keys.button('Cancel')).toBeFocused();
  await keys.dialog.getByRole('textbox').fill('The laptop is gone');
  await keys.button('Yes, revoke').click();
  await expect(keys.dialog).toBeHidden();
  await expect(keys.toasts).toContainText(`Revoked ${made.name}`);
  const { json } = await claviger.owner.get(`${PATH}/${made.id}`);
  expect(json.data).toMatchObject({ status: 'revoked', revoke_reason: 'The laptop is gone', revoked_by: { type: 'user', name: 'Ada Owner' } });
  expect((await claviger.verifier.post('/v1/verify', { key: made.api_key, max_age_ms: 0 })).json.code).toBe('REVOKED');

  await keys.search.fill(made.name);
  await page.getByRole('button', { name: 'Show inactive (1)' }).click();
  await expect(keys.row(made.name)).toContainText('Revoked');
  await keys.menuOf(made.name).click();
  await expect(page.getByRole('menuitem', { name: 'Delete…' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Revoke…' })).toBeHidden();
});

test('deleting says that the record disappears, and suggests Revoke for a live key', async ({ as, claviger, keys, unique }) => {
  const made = await claviger.made({ name: unique('Deleted') });
  await as('owner');
  await keys.choose(made.name, 'Delete…');
  await expect(keys.dialog).toContainText(/record/i);
  await expect(keys.dialog).toContainText(/revoke/i);
  await expect(keys.button('Cancel')).toBeFocused();
  await keys.button('Yes, delete').click();
  await expect(keys.row(made.name)).toBeHidden();
  await expect(keys.toasts).toContainText(`Deleted ${made.name}`);
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).status).toBe(404);
});

for (const item of ['Revoke…', 'Delete…'] as const) {
  test(`${item} can be left without doing anything`, async ({ as, claviger, keys, page, unique }) => {
    const made = await claviger.made({ name: unique('Kept') });
    await as('owner');
    const digest = claviger.database.digest();
    for (const leave of [() => keys.button('Cancel').click(), () => page.keyboard.press('Escape')]) {
      await keys.choose(made.name, item);
      await leave();
      await expect(keys.dialog).toBeHidden();
      await expect(keys.menuOf(made.name)).toBeFocused();
    }
    expect(claviger.database.digest()).toBe(digest);
  });
}

test('ending the key one is signed in with says so first, and the last way in stays', async ({ as, claviger, keys, watch }) => {
  watch.allow(/status of 409/);
  await as('owner');
  const { json } = await claviger.owner.get('/api/v2/whoami');
  await keys.find(json.data.name);
  await keys.choose(json.data.name, 'Revoke…');
  await expect(keys.dialog).toContainText(/signed in with/);
  await keys.button('Yes, revoke').click();
  await expect(keys.dialog.getByRole('alert')).toContainText(/last/);
  await expect(keys.dialog).toContainText(/Request [0-9a-f]{16}/);
  expect((await claviger.owner.get('/api/v2/whoami')).status).toBe(200);
});

test('a key that somebody else has ended meanwhile is no surprise', async ({ as, claviger, keys, watch, unique }) => {
  watch.allow(/status of 4\d\d/);
  const made = await claviger.made({ name: unique('Raced') });
  await as('owner');
  await keys.choose(made.name, 'Revoke…');
  await claviger.owner.post(`${PATH}/${made.id}/revoke`, {});
  await keys.button('Yes, revoke').click();
  await expect(keys.page.getByText(`${made.name} was revoked already`).first()).toBeVisible();
});

for (const [what, reason, says] of [
  ['too long', 'ä'.repeat(501), /at most 500 characters/],
  ['a secret', unrecordedSecret(), /API key/],
] as const) {
  test(`a reason that is ${what} is refused beside its field, before anything is sent`, async ({ as, claviger, keys, page, unique }) => {
    const made = await claviger.made({ name: unique('Reason') });
    await as('owner');
    await keys.choose(made.name, 'Revoke…');
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.url()));
    const field = keys.dialog.getByRole('textbox');
    await expect(field).toHaveAccessibleDescription(/500 characters/);
    await field.fill(reason);
    await keys.button('Yes, revoke').click();
    await expect(field).toHaveAccessibleDescription(says);
    await expect(field).toBeFocused();
    expect(sent.filter((url) => url.includes('/revoke'))).toEqual([]);
  });
}
