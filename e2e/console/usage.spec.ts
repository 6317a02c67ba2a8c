import type { Page } from '@playwright/test';

import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { expectSuccess } from '../support/expectations';
import { Claviger } from '../support/fixtures';
import { seeding } from '../support/seed';
import { expect, test as base } from './fixtures';

const HOUR = 3_600_000;
const WRITTEN = { timeout: 20_000 };
/** The console ends every query with an ampersand. */
const USAGE = /\/usage\?range=24h&?$/;
const LINES = /split_usage\.wasm$/;

/** Of the key that is charted: hours ago, what it came to, how often. */
const COUNTS = [
  [0, 'VALID', 4], [1, 'VALID', 1_200], [1, 'REVOKED', 2], [1, 'INSUFFICIENT_SCOPE', 1], [5, 'CALL', 7],
  [40, 'VALID', 30], [200, 'EXPIRED', 9],
] as const;

type Seeded = { charted: { id: number; name: string }; unused: { id: number; name: string }; late: { id: number } };

/** One server of its own, whose keys have a past. */
const test = base.extend<{}, { seeded: Seeded }>({
  claviger: [
    async ({}, use) => {
      const claviger = await Claviger.start('usage-console');
      await use(claviger);
      await claviger.worker.kill('SIGTERM');
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  seeded: [
    async ({ claviger }, use) => {
      const charted = await claviger.made({ name: 'Charted' });
      const unused = await claviger.made({ name: 'Unused' });
      const late = await claviger.made({ name: 'Late' });
      const { revoked_at } = expectSuccess(await claviger.owner.post(`/api/v2/api_keys/${late.id}/revoke`, {}));
      await claviger.worker.kill('SIGTERM');
      const hour = Math.floor(Date.now() / HOUR);
      seeding(claviger.worker.state, (_, database) => {
        for (const [ago, outcome, n] of COUNTS) {
          database.prepare('INSERT INTO usage_hourly (key_id, hour, outcome, n) VALUES (?, ?, ?, ?)').run(charted.id, hour - ago, outcome, n);
        }
        database.prepare("INSERT INTO usage_hourly (key_id, hour, outcome, n) VALUES (?1, ?2, 'AFTER_REVOKE', 3), (?1, ?2, 'VALID', 20)").run(late.id, Math.floor(Date.parse(revoked_at) / HOUR));
        database.prepare("INSERT INTO organization_usage_hourly (organization_id, hour, outcome, n) VALUES (1, ?, 'VALID', 9_000), (1, ?, 'REVOKED', 90)").run(hour - 2, hour - 3);
      });
      await claviger.worker.restart();
      await use({ charted, unused, late });
    },
    { scope: 'worker', timeout: 90_000, auto: true },
  ],
});

const line = (page: Page) => page.locator('.usage-line');
const chart = (page: Page) => page.getByRole('slider', { name: /^Calls, (hour by hour|day by day)$/ });
const said = (page: Page) => page.locator('.chart-said');
const range = (page: Page, name: string) => page.getByRole('group', { name: 'Range' }).getByRole('button', { name, exact: true });

test.describe('the list', () => {
  test('says of each key how often it was used, and is used without it', async ({ as, keys, page, watch }) => {
    watch.allow(/ERR_FAILED|Failed to (load|fetch)/);
    await page.route(LINES, (route) => route.abort());
    await as('owner');
    await expect(keys.row('Charted')).toBeVisible();
    await expect(keys.row('Charted').getByRole('img')).toHaveCount(0);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.unroute(LINES);
    await page.reload();
    // Hours 0, 1 and 5; 40 is too long ago.
    await expect(keys.row('Charted').getByRole('img')).toHaveAccessibleName('1,214 calls in 36 hours');
    await expect(keys.row('Unused').getByRole('cell').filter({ hasText: 'No calls in 36 hours' })).toBeVisible();
    await expect(keys.row('Unused').getByRole('img')).toHaveCount(0);
  });

  test('a search, which asks for another list, keeps them', async ({ as, keys }) => {
    await as('owner');
    await keys.find('Charted');
    await expect(keys.row('Charted').getByRole('img')).toHaveAccessibleName('1,214 calls in 36 hours');
  });

  test('its head has the organization’s last day, and nothing moves when that comes', async ({ as, keys, page }) => {
    for (const width of [1280, 900, 640, 360]) {
      await page.setViewportSize({ width, height: 800 });
      let come: () => void = () => {};
      const held = new Promise<void>((resolve) => (come = resolve));
      await page.route(USAGE, async (route) => {
        await held;
        await route.continue();
      });
      await as('owner');
      await expect(keys.row('Charted')).toBeVisible();
      await expect(line(page)).toHaveText('');
      const place = () => keys.search.boundingBox();
      const before = await place();
      come();
      await expect(line(page)).toHaveText(/^9,09\d verifications in 24 hours, 1\.0% refused$/);
      expect(await place(), `${width}`).toEqual(before);
      await expectNoSidewaysScroll(page, `${width}`);
      await page.unroute(USAGE);
    }
  });

  test('is quiet where nothing was verified, and where it is not to be seen', async ({ as, keys, page }) => {
    await as('owner', '/organizations/3');
    await expect(line(page)).toHaveText('No verifications in 24 hours');
    const asked: string[] = [];
    page.on('request', (request) => request.url().includes('/usage') && asked.push(request.url()));
    await as('member');
    await expect(keys.row('Max at work').getByText('No calls in 36 hours').or(keys.row('Max at work').getByRole('img'))).toBeVisible();
    await expect(line(page)).toHaveText('');
    expect(asked).toEqual([]);
  });
});

test.describe('the chart', () => {
  test.beforeEach(async ({ as, page, seeded }) => {
    await as('owner', `/keys/${seeded.charted.id}`);
    await expect(chart(page)).toBeVisible();
  });

  test('is read with the keyboard: each hour, the first, the last, and no further', async ({ page }) => {
    await range(page, '30 days').focus();
    await page.keyboard.press('Tab');
    await expect(chart(page)).toBeFocused();
    await expect(said(page)).toHaveText(/: 4 calls: 4 accepted$/);
    await page.keyboard.press('ArrowLeft');
    await expect(said(page)).toHaveText(/: 1,203 calls: 1,200 accepted, 2 revoked, 1 scope missing$/);
    await expect(chart(page)).toHaveAttribute('aria-valuetext', (await said(page).textContent())!);
    await expect(chart(page)).toHaveAttribute('aria-valuenow', '22');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect(chart(page)).toHaveAttribute('aria-valuenow', '23');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await expect(chart(page)).toHaveAttribute('aria-valuenow', '0');
    await expect(said(page)).toHaveText(/: no calls$/);
    await page.keyboard.press('End');
    await page.keyboard.press('PageDown');
    await expect(chart(page)).toHaveAttribute('aria-valuenow', '20');
    await page.keyboard.press('Tab');
    await expect(page.getByText('Show as a table')).toBeFocused();
    await expect(said(page)).toHaveText(/arrow keys/);
  });

  test('is read with the pointer', async ({ page }) => {
    const { width } = (await chart(page).boundingBox())!;
    await chart(page).hover({ position: { x: width * (22.5 / 24), y: 20 } });
    await expect(said(page)).toHaveText(/: 1,203 calls: 1,200 accepted, 2 revoked, 1 scope missing$/);
    await chart(page).hover({ position: { x: width * (18.5 / 24), y: 150 } });
    await expect(said(page)).toHaveText(/: 7 calls: 7 calls of Claviger$/);
    await range(page, '7 days').hover();
    await expect(said(page)).toHaveText(/arrow keys/);
  });

  test('has three ranges, each with its sum and its codes', async ({ page }) => {
    const section = page.getByRole('region', { name: 'Usage' });
    for (const [name, sum, codes, buckets] of [
      ['24 hours', '1,214 calls in the last 24 hours, 0.2% refused.', ['Accepted 1,204', 'Calls of Claviger 7', 'Revoked 2', 'Scope missing 1'], 24],
      ['7 days', '1,244 calls in the last 7 days, 0.2% refused.', ['Accepted 1,234', 'Calls of Claviger 7', 'Revoked 2', 'Scope missing 1'], 168],
      ['30 days', '1,253 calls in the last 30 days, 1.0% refused. Days are those of UTC.', ['Accepted 1,234', 'Calls of Claviger 7', 'Revoked 2', 'Expired 9', 'Scope missing 1'], 30],
    ] as const) {
      await range(page, name).click();
      await expect(range(page, name)).toHaveAttribute('aria-pressed', 'true');
      await expect(section.getByRole('status')).toHaveText(sum);
      await expect(section.getByRole('list', { name: 'By code' }).getByRole('listitem')).toHaveText([...codes]);
      await expect(chart(page)).toHaveAttribute('aria-valuemax', `${buckets - 1}`);
      await expect(range(page, name)).toBeFocused();
    }
  });

  test('has a table behind it, with what happened and nothing else', async ({ page }) => {
    const table = page.getByRole('region', { name: 'Usage as a table' });
    await expect(table).toHaveCount(0);
    await page.getByText('Show as a table').click();
    await expect(table.getByRole('columnheader')).toHaveText(['Hour', 'All', 'Accepted', 'Calls of Claviger', 'Revoked', 'Scope missing']);
    await expect(table.locator('tbody tr')).toHaveCount(3);
    await expect(table.locator('tbody tr').nth(1).getByRole('cell')).toHaveText(['1,203', '1,200', '0', '2', '1']);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectNoSidewaysScroll(page, 'a table on a phone');
  });

  test('is clean in light and dark, with its table, and on a phone', async ({ page }) => {
    await page.getByText('Show as a table').click();
    await expect(page.getByRole('region', { name: 'Usage as a table' })).toBeVisible();
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 860 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await expectNoViolations(page, `${colorScheme}, ${width}`);
      }
      await expectNoSidewaysScroll(page, `${width}`);
    }
  });

  test('does not move for who wants nothing to move', async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await range(page, '7 days').click();
    await expect(chart(page)).toHaveAttribute('aria-valuemax', '167');
    await chart(page).focus();
    await page.keyboard.press('Home');
    const moving = () => page.evaluate(() => document.getAnimations().filter((animation) => Number(animation.effect?.getComputedTiming().duration) > 1).length);
    expect(await moving()).toBe(0);
  });
});

test('a key without calls says so in words, for each range', async ({ as, page, seeded }) => {
  await as('owner', `/keys/${seeded.unused.id}`);
  const section = page.getByRole('region', { name: 'Usage' });
  for (const name of ['24 hours', '7 days', '30 days']) {
    await range(page, name).click();
    await expect(section).toContainText(`No calls in the last ${name}.`);
    await expect(chart(page)).toHaveCount(0);
  }
  await expectNoViolations(page, 'no calls');
});

test('usage that cannot be loaded says so, and Retry gets it', async ({ as, page, seeded, watch }) => {
  watch.allow(/status of 503/);
  await page.route(USAGE, (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"success":false,"data":null,"error_code":"unavailable","error_message":"Try again."}' }));
  await as('owner', `/keys/${seeded.charted.id}`);
  await expect(page.getByText('The usage could not be loaded')).toBeVisible();
  await page.unroute(USAGE);
  await page.getByRole('region', { name: 'Usage' }).getByRole('button', { name: 'Retry' }).click();
  await expect(chart(page)).toBeVisible();
});

test.describe('a revoke', () => {
  /** What a screen reader is told by the toasts, one after the other. */
  async function listen(page: Page): Promise<() => Promise<string[]>> {
    await page.evaluate(() => {
      const heard: string[] = [];
      (window as any).heard = heard;
      const region = document.querySelector('.toasts')!;
      const told = () => {
        const copy = region.cloneNode(true) as Element;
        copy.querySelectorAll('[aria-hidden="true"]').forEach((hidden) => hidden.remove());
        return (copy.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
      };
      new MutationObserver(() => told() !== '' && told() !== heard.at(-1) && heard.push(told())).observe(region, { childList: true, subtree: true, characterData: true });
    });
    return () => page.evaluate(() => (window as any).heard);
  }

  test('says before when the key was last used and how often; then counts down, and is heard twice', async ({ as, claviger, keys, one, page }) => {
    const made = await claviger.made({ name: 'Counts down' });
    expect((await claviger.verifier.post('/v1/verify', { key: made.api_key })).json.code).toBe('VALID');
    const usage = async () => expectSuccess(await claviger.owner.get(`/api/v2/api_keys/${made.id}/usage`)).totals;
    await expect.poll(usage, WRITTEN).toEqual({ VALID: 1 });
    await as('owner', `/keys/${made.id}`);
    const heard = await listen(page);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Revoke…' }).click();
    await expect(keys.dialog).toContainText(/Last used\s*just now/);
    await expect(keys.dialog).toContainText(/Last 24 h\s*1 call, none refused/);
    await expect(keys.button('Cancel')).toBeFocused();
    await expectNoViolations(page, 'the dialog');
    await keys.button('Yes, revoke').click();
    await expect(one.toasts.getByText('Stopped everywhere in at most 4 s')).toBeVisible();
    await expect(one.toasts).toContainText('Revoked Counts down.');
    await expect(one.toasts.getByText('Stopped everywhere in at most 1 s')).toBeVisible();
    await expect(one.toasts).toHaveText('Counts down is stopped everywhere');
    expect((await claviger.verifier.post('/v1/verify', { key: made.api_key })).json.code).toBe('REVOKED');
    expect(await heard()).toEqual(['Revoked Counts down. Stopped everywhere in at most 5 s', 'Counts down is stopped everywhere']);
  });

  test('of a strict organization is over at once', async ({ as, claviger, keys, one, page }) => {
    const made = await claviger.made({ name: 'Strictly' });
    expectSuccess(await claviger.owner.patch('/api/v2/organizations/1', { strict: true }));
    await as('owner', `/keys/${made.id}`);
    const heard = await listen(page);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Revoke…' }).click();
    await keys.button('Yes, revoke').click();
    await expect(one.toasts).toHaveText('Revoked Strictly. Strictly is stopped everywhere');
    expect(await heard()).toEqual(['Revoked Strictly. Strictly is stopped everywhere']);
    expectSuccess(await claviger.owner.patch('/api/v2/organizations/1', { strict: false }));
  });

  test('that let some through for seconds says so on the key’s page', async ({ as, page, seeded }) => {
    await as('owner', `/keys/${seeded.late.id}`);
    await expect(page.getByText('3 verifications were accepted in the seconds after the revoke.')).toBeVisible();
    await expectNoViolations(page, 'after a revoke');
    await as('owner', `/keys/${seeded.charted.id}`);
    await expect(chart(page)).toBeVisible();
    await expect(page.getByText('in the seconds after the revoke')).toHaveCount(0);
  });

  test('asks again how many it let through, when that has been counted', async ({ as, claviger, keys, page }) => {
    const made = await claviger.made({ name: 'Asked again' });
    await as('owner', `/keys/${made.id}`);
    await expect(page.getByRole('region', { name: 'Usage' })).toContainText('No calls in the last 24 hours.');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Revoke…' }).click();
    await keys.button('Yes, revoke').click();
    await expect(page.locator('.key-head .badge')).toHaveText('Revoked');
    const revoked = Date.now();
    const late = page.waitForResponse((answer) => USAGE.test(answer.url()) && Date.now() - revoked > 10_000, { timeout: 30_000 });
    expect((await late).status()).toBe(200);
  });
});
