import { Tenant } from '../support/organizations';
import { expect, pick, REVEAL, test } from './fixtures';

const PATH = '/api/v2/api_keys';
const soon = (millis: number) => new Date(Date.now() + millis).toISOString();

test('during a rotation one sees until when the old secret works, and whether it is still used', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Rotated') });
  const rotated = (await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 3600 })).json.data;
  expect(rotated.secrets).toHaveLength(2);
  await as('owner', `/keys/${made.id}`);
  await expect(one.secrets).toHaveCount(2);
  await expect(one.secrets.nth(0)).toContainText(rotated.hint);
  await expect(one.secrets.nth(0)).toContainText('With the key');
  await expect(one.secrets.nth(1)).toContainText(made.hint);
  await expect(one.secrets.nth(1)).toContainText(/Works until \d+ \w+, \d\d:\d\d/);
  await expect(one.secrets.nth(1)).toContainText('Not used since it was replaced');
  // As the API will answer once the old one is used again.
  await page.route(`**${PATH}/${made.id}`, async (route) => {
    const json = await (await route.fetch()).json();
    json.data.secrets[1].last_used_at = new Date().toISOString();
    await route.fulfill({ json });
  });
  await page.reload();
  await expect(one.secrets.nth(1)).toContainText('Used since it was replaced');
});

test('a key that expires this second shows as expired at that moment, without a reload', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Edge'), expires_at: soon(6_000) });
  // A replaced secret ends with the key at the latest.
  await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 3600 });
  await as('owner', `/keys/${made.id}`);
  await expect(one.badge).toHaveText('Active');
  await expect(one.secrets.nth(1)).toContainText('Works until');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const seen = await page.locator('.key-head').evaluate((head) => new Promise<number>((resolve) => {
    const look = () => head.querySelector('.badge')?.textContent === 'Expired' && resolve(Date.now());
    new MutationObserver(look).observe(head, { childList: true, subtree: true, characterData: true });
    look();
  }));
  expect(seen - Date.parse(made.expires_at)).toBeGreaterThanOrEqual(0);
  expect(seen - Date.parse(made.expires_at), 'at that moment').toBeLessThan(1_500);
  expect(asked, 'nobody was asked').toEqual([]);
  await expect(one.fact('Expires')).toContainText('Expired');
  await expect(one.secrets.nth(1)).toContainText('Ended');
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data.status).toBe('expired');
});

test('each dialog gives the focus back to the button that opened it', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Focused') });
  await as('owner', `/keys/${made.id}`);
  const rotate = page.getByRole('button', { name: 'Rotate…' });
  const menu = page.getByRole('button', { name: 'More actions' });
  for (const leave of [() => page.keyboard.press('Escape'), () => one.dialog.getByRole('button', { name: 'Cancel' }).click()]) {
    await rotate.click();
    await expect(one.dialog).toBeVisible();
    await leave();
    await expect(one.dialog).toBeHidden();
    await expect(rotate).toBeFocused();
  }
  for (const item of ['Revoke…', 'Delete…']) {
    await menu.click();
    await page.getByRole('menuitem', { name: item }).click();
    await expect(one.dialog).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(one.dialog).toBeHidden();
    await expect(menu, item).toBeFocused();
  }
  await rotate.click();
  await one.dialog.getByRole('button', { name: /^Rotate|^Yes/ }).click();
  const reveal = page.getByRole('dialog', { name: REVEAL });
  await reveal.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(reveal.getByText('Copied.')).toBeVisible();
  await reveal.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(one.secrets).toHaveCount(2);
  await expect(rotate).toBeFocused();
});

test('what has ended with the key is told in the past', async ({ as, claviger, one, unique }) => {
  const made = await claviger.made({ name: unique('Over') });
  for (const grace_seconds of [3600, 3600]) {
    expect((await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds })).status).toBe(200);
  }
  await as('owner', `/keys/${made.id}`);
  await expect(one.history.nth(0)).toContainText(/rotated it; the old secret works until \d/);
  await expect(one.history.nth(1)).toContainText('rotated it; the old secret worked until the next rotation ended it');
  expect((await claviger.owner.post(`${PATH}/${made.id}/revoke`, {})).status).toBe(200);
  await as('owner', `/keys/${made.id}`);
  await expect(one.secrets.nth(0)).toContainText('Ended with the key');
  await expect(one.secrets.nth(0)).toContainText(/Ended \d+ \w+, \d\d:\d\d/);
  await expect(one.secrets.nth(0)).not.toContainText('With the key');
  await expect(one.secrets.nth(1)).toContainText(/Ended \d/);
  await expect(one.history.nth(1)).toContainText('the old secret worked until the key was revoked');
  await expect(one.history.nth(2)).toContainText('worked until the next rotation ended it');
});

test('of many secrets only the newest are listed, and that is said', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Much rotated') });
  for (let count = 1; count <= 11; count += 1) {
    await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 0 });
  }
  await as('owner', `/keys/${made.id}`);
  await expect(one.secrets).toHaveCount(11);
  await expect(page.getByText('At most the newest 11 are listed; any before them have ended.')).toBeVisible();
});

test('an active key of a trial is not shown as one that works', async ({ as, claviger, keys, one, page, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Trying') });
  const made = await tenant.key('Waits');
  const ground = () => page.locator('.badge').first().evaluate((badge) => getComputedStyle(badge).backgroundColor);
  await as('owner', `/organizations/${tenant.id}`);
  await expect(keys.row('Waits')).toContainText('Active');
  const works = await ground();
  await tenant.change({ plan: 'trial' });
  await page.reload();
  await expect(keys.row('Waits')).toContainText('Active');
  await expect.poll(ground).not.toBe(works);
  await page.goto(`/organizations/${tenant.id}/keys/${made.id}`);
  await expect(one.badge).toHaveText('Active');
  await expect(page.getByText('No API access: its organization is on trial')).toBeVisible();
});

test('a revoked key says when, by whom and why, and is not edited any more', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Ended') });
  await as('owner', `/keys/${made.id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Revoke…' }).click();
  await one.dialog.getByRole('textbox').fill('The laptop is gone');
  await one.dialog.getByRole('button', { name: 'Yes, revoke' }).click();
  await expect(one.badge).toHaveText('Revoked');
  await expect(one.fact('Revoked')).toHaveText(/just now by you.*“The laptop is gone”/s);
  await expect(one.edit).toHaveCount(0);
  await expect(page.locator(':focus'), 'the focus is somewhere, not lost').toHaveCount(1);
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).json.data).toMatchObject({ status: 'revoked', revoke_reason: 'The laptop is gone' });
  await page.goto(`/keys/${made.id}?edit=1`);
  await expect(one.badge).toHaveText('Revoked');
  await expect(one.save).toHaveCount(0);
});

test('deleting leads back to the list', async ({ as, claviger, keys, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Gone') });
  await as('owner', `/keys?q=${encodeURIComponent(made.name)}`);
  await keys.row(made.name).getByRole('link').click();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await one.dialog.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page).toHaveURL(/\/keys\?q=/);
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  expect((await claviger.owner.get(`${PATH}/${made.id}`)).status).toBe(404);
});

test('the history tells what became of it, a sentence each, and grows with what is done here', async ({ as, claviger, one, page, unique }) => {
  const made = await claviger.made({ name: unique('Storied') });
  const renamed = unique('Renamed');
  const administrator = await claviger.session('administrator');
  expect((await administrator.patch(`${PATH}/${made.id}`, { name: renamed, scopes: ['a.read', 'b.*'] })).status).toBe(200);
  await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 0 });
  await as('owner', `/keys/${made.id}`);
  await expect(one.history).toHaveCount(3);
  await expect(one.history.nth(0)).toContainText(/^Ada Owner \(by API key\) rotated it; the old secret ended at once\s*just now$/);
  await expect(one.history.nth(1)).toContainText(`renamed it to “${renamed}” and changed the scopes to a.read and b.*`);
  await expect(one.history.nth(1).locator('strong')).not.toHaveText(/^(You|Key)/);
  await expect(one.history.nth(2)).toContainText('made the key');
  await expect(one.history.nth(2).locator('time')).toHaveAttribute('title', /\d{2}:\d{2}:\d{2}/);
  await one.edit.click();
  await pick(page.getByRole('radio', { name: 'Read and write' }));
  await one.saved();
  await expect(one.history.nth(0)).toHaveText(/^You changed the access to read and write\s*just now$/);
  const { json } = await claviger.owner.get(`/api/v2/audit_log?target_type=api_key&target_id=${made.id}`);
  expect(json.data[0].changes).toEqual([{ field: 'access', before: 'read_only', after: 'read_write' }]);
});

test('more of the history is shown when it is asked for, and what failed is retried', async ({ as, claviger, one, page, unique, watch }) => {
  watch.allow(/status of 503/);
  const made = await claviger.made({ name: unique('Long story') });
  for (let count = 1; count <= 24; count += 1) {
    await claviger.owner.patch(`${PATH}/${made.id}`, { name: `${made.name} ${count}` });
  }
  await as('owner', '/keys');
  const log = '**/audit_log?**';
  await page.route(log, (route) => route.fulfill({ status: 503, body: 'x' }));
  await page.goto(`/keys/${made.id}`);
  await expect(page.getByRole('heading', { name: 'The history could not be loaded' })).toBeVisible();
  await expect(one.fact('Id'), 'all else is there').toHaveText(String(made.id));
  await page.unroute(log);
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(one.history).toHaveCount(20);
  const earlier = page.getByRole('button', { name: 'Show earlier' });
  await page.route(log, (route) => route.fulfill({ status: 503, body: 'x' }));
  await earlier.click();
  await expect(page.getByRole('alert').filter({ hasText: 'Request' }).or(page.locator('.note.bad'))).toBeVisible();
  await expect(one.history, 'what was there stays').toHaveCount(20);
  await page.unroute(log);
  await earlier.click();
  await expect(one.history).toHaveCount(25);
  await expect(one.history.nth(20)).toBeFocused();
  await expect(one.history.nth(24)).toContainText('made the key');
  await expect(earlier).toHaveCount(0);
});

test('a key of which nothing is recorded says so', async ({ as, claviger, page, unique }) => {
  const made = await claviger.made({ name: unique('No story') });
  await page.route('**/audit_log?**', async (route) => {
    const json = await (await route.fetch()).json();
    await route.fulfill({ json: { ...json, data: [], next_after: null } });
  });
  await as('owner', `/keys/${made.id}`);
  await expect(page.getByText('Nothing is recorded of this key.')).toBeVisible();
});
