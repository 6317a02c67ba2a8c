import { join } from 'node:path';

import { test as base, Watch } from '../support/browser';
import { Database } from '../support/database';
import { expect } from '../support/fixtures';
import { KeysPage } from '../support/keys_page';
import { made, ROOT, STATES } from '../support/paths';
import { mintSecret, recordSecret, SECRET } from '../support/secrets';
import { freePort } from '../support/worker';
import { Xtask } from '../support/xtask';

const test = base.extend({
  baseURL: async ({}, use) => use(undefined),
  watch: async ({ page }, use) => {
    const watch = new Watch(page, 'demo');
    await use(watch);
    await watch.close();
  },
  viewport: { width: 1280, height: 860 },
});

test('the demo has 8 people and 60 keys, signs in, and takes no state that is not empty', async ({ page }) => {
  const state = made(join(STATES, 'journey-demo'));
  const port = await freePort();
  const start = Xtask.start(ROOT, 'demo', 'start', '--demo', '--port', String(port), '--state', state);
  try {
    expect(await start.url()).toBe(`http://localhost:${port}/`);
    const [secret] = await start.prints(/\bclv_[0-9A-Za-z]{49}\b/, 10_000);
    expect(recordSecret('key', secret)).toMatch(SECRET);
    const database = new Database(state);
    const own = (table: string) => database.rows(`SELECT 1 FROM ${table} WHERE organization_id = 1`).length;
    expect([own('users'), own('api_keys')]).toEqual([8, 60]);
    expect(database.row('SELECT key_limit FROM organizations').key_limit).toBe(100);
    const others = database.rows('SELECT plan, key_limit - live_keys AS room, key_prefix FROM organizations WHERE id > 1');
    expect(others).toHaveLength(3);
    expect(others.some(({ plan }) => plan === 'trial')).toBe(true);
    expect(others.some(({ room }) => room === 1), 'one is near its limit').toBe(true);
    expect(others.some(({ key_prefix }) => key_prefix === 'nordlys')).toBe(true);
    expect(database.rows('SELECT DISTINCT kind FROM api_keys')).toHaveLength(2);
    expect(database.rows('SELECT DISTINCT role FROM api_keys')).toHaveLength(4);

    // What the life of a key has on its pages.
    const some = (fits: string) => database.rows(`SELECT 1 FROM api_keys WHERE organization_id = 1 AND revoked_at IS NULL AND ${fits}`).length;
    for (const fits of ["source = 'imported'", "allowed_ips <> '[]'", "metadata <> '{}'", 'rate_limit IS NOT NULL', 'credits IS NOT NULL']) {
      expect(some(fits), fits).toBeGreaterThan(1);
    }
    const graces = database.rows('SELECT k.rotated_at, s.last_used_at FROM secrets s JOIN api_keys k ON k.id = s.key_id WHERE s.ends_at > ?', Date.now());
    expect(graces.map(({ rotated_at, last_used_at }) => last_used_at! > rotated_at!).toSorted()).toEqual([false, true]);

    await page.goto(`http://localhost:${port}/`);
    await page.getByLabel('API key', { exact: true }).fill(secret);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const keys = new KeysPage(page);
    await expect(keys.heading).toBeVisible();
    await expect(page.getByText('The webhook to chat.halvorsen.example was switched off')).toBeVisible();
    await page.getByRole('button', { name: /^Show inactive \(\d+\)$/ }).click();
    for (const status of ['pending', 'active', 'disabled', 'expired', 'revoked']) {
      const answer = await page.request.get(`http://localhost:${port}/api/v2/api_keys?status=${status}`);
      expect((await answer.json()).data.length, status).toBeGreaterThan(0);
    }
    const data = async (path: string) => (await (await page.request.get(`http://localhost:${port}/api/v2/${path}`)).json()).data;
    // Each count of the card leads to as many keys: here there are some of every kind.
    await page.goto(`http://localhost:${port}/keys`);
    const pills = page.getByRole('region', { name: 'Hygiene' }).getByRole('button');
    await expect(pills).toHaveText([/^Expiring soon \d+$/, /^Never expire \d+$/, /^Unused 90 days \d+$/, /^Never used \d+$/, /^All-powerful \d+$/]);
    for (const pill of await pills.all()) {
      await pill.click();
      await expect(page.locator('tbody tr')).toHaveCount(Number(/\d+$/.exec((await pill.textContent())!.trim())![0]));
    }
    for (const [name, actions] of [
      ['Tracking page', ['api_key.updated', 'api_key.updated', 'api_key.updated', 'api_key.created']],
      ['Billing export', ['api_key.updated', 'api_key.rotated', 'api_key.created']],
      ['Old CRM sync', ['api_key.revoked', 'api_key.created']],
    ] as const) {
      const [key] = await data(`api_keys?name=${encodeURIComponent(name)}`);
      const history = await data(`audit_log?target_type=api_key&target_id=${key.id}`);
      expect(history.map((record: any) => record.action), name).toEqual(actions);
      expect(history[0].at, name).toBe(key.updated_at);
      expect(key.version, name).toBe(actions.length);
      expect(new Set(history.map((record: any) => record.actor.name)).size, `${name}: several people`).toBeGreaterThan(1);
    }
    // Used as keys are: last when the key says so, by day more than by night, and one was refused for hours.
    const hour = (at: string | number) => Math.floor(new Date(at).getTime() / 3_600_000);
    const listed = await data('api_keys?include=usage&per_page=1000');
    const recent = listed.filter((key: any) => key.last_used_at && Date.now() - Date.parse(key.last_used_at) < 30 * 3_600_000);
    expect(recent.length).toBeGreaterThan(15);
    for (const key of recent) {
      expect(key.usage_36h[35 - (hour(Date.now()) - hour(key.last_used_at))] ?? 0, key.name).toBeGreaterThan(0);
    }
    const [broken] = listed.filter((key: any) => key.name === 'Data warehouse');
    expect((await data(`api_keys/${broken.id}/usage?range=24h`)).totals).toMatchObject({ INSUFFICIENT_SCOPE: expect.any(Number), VALID: expect.any(Number) });
    const company = await data('usage?range=7d');
    const nights = company.buckets.map((bucket: any) => [new Date(bucket.at).getUTCHours(), bucket.total]);
    const mean = (from: number, to: number) => {
      const some = nights.filter(([at]: number[]) => at! >= from && at! < to).map(([, n]: number[]) => n!);
      return some.reduce((one: number, other: number) => one + other, 0) / some.length;
    };
    expect(mean(9, 17)).toBeGreaterThan(1.5 * mean(0, 5));
    expect(company.totals.NOT_FOUND).toBeGreaterThan(0);
    const [late] = listed.filter((key: any) => key.name === 'Old CRM sync');
    expect((await data(`api_keys/${late.id}/usage`)).valid_after_revoke).toBe(3);
    // Refused, and kept by nothing that `start` runs: the sweep looks for it in all of the state.
    const pasted = await page.request.get(`http://localhost:${port}/api/v2/api_keys?name=${mintSecret()}`);
    expect((await pasted.json()).error_code).toBe('contains_secret');
    const webhooks = await data('webhooks');
    expect(webhooks.map(({ active, off_reason, user_id }: any) => [active, off_reason, user_id])).toEqual([[true, null, 3], [false, 'failing', null], [true, null, null]]);
    expect((await data(`webhooks/${webhooks[2].id}/deliveries`)).map(({ state }: any) => state)).toEqual(Array(4).fill('delivered'));
    await page.goto(`http://localhost:${port}/webhooks/${webhooks[1].id}`);
    await expect(page.getByText('It was switched off after five days without one success.')).toBeVisible();
    if (process.env.UPDATE_SCREENSHOTS === '1') {
      const [{ id }] = await data(`api_keys?name=${encodeURIComponent('Data warehouse')}`);
      const drawn = page.getByText('Nordlys Shipping').or(page.getByRole('row').nth(5)).or(page.getByLabel('Name', { exact: true })).or(page.getByText('made the key')).or(page.getByRole('region', { name: 'API access' })).or(page.getByRole('region', { name: 'Deliveries' }).locator('li').first()).or(page.getByText('Security’s event bus'));
      for (const [name, path] of [['keys', 'keys'], ['key', `keys/${id}`], ['edit', `keys/${id}?edit=1`], ['organizations', 'organizations'], ['people', 'people'], ['profile', 'profile'], ['webhooks', 'webhooks'], ['webhook', 'webhooks/1'], ['settings', 'settings'], ['audit-log', 'audit-log']]) {
        for (const [look, width] of [['light', 1280], ['dark', 1280], ['phone', 360]] as const) {
          await page.setViewportSize({ width, height: width === 360 ? 780 : 860 });
          await page.emulateMedia({ colorScheme: look === 'dark' ? 'dark' : 'light', reducedMotion: 'reduce' });
          await page.goto(`http://localhost:${port}/${path}`);
          await expect(drawn.first()).toBeVisible();
          await expect(page.locator('.bone')).toHaveCount(0);
          await expect(page.locator('.usage-line svg')).toHaveCount(name === 'keys' ? 1 : 0);
          await page.screenshot({ path: join(made(join(ROOT, 'docs/screenshots')), `${name}-${look}.png`) });
        }
      }
    }
  } finally {
    await start.interrupt();
  }
  const before = new Database(state).digest();
  const again = await Xtask.run(ROOT, 'demo', 'start', '--demo', '--port', String(port), '--state', state);
  expect(again.code).not.toBe(0);
  expect(again.said).toMatch(/empty/i);
  expect(new Database(state).digest()).toBe(before);
});
