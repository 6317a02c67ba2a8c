import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { expectSuccess } from '../support/expectations';
import { Claviger } from '../support/fixtures';
import { configuration } from '../support/isolates';
import { suffer } from '../support/lab';
import { expect, signIn, test as base } from './fixtures';

/** A Worker whose database can be taken away. */
const test = base.extend<object, { claviger: Claviger }>({
  claviger: [
    async ({}, use, info) => {
      const name = `console-outage${info.parallelIndex}`;
      const claviger = await Claviger.start(name, { configs: [configuration(name, { build: 'worker/build-lab', ledgers: name })] });
      await use(claviger);
      await claviger.worker.kill('SIGTERM');
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});

const gone = (claviger: Claviger) => suffer(claviger, 'A', { database: 'gone' });
const back = (claviger: Claviger) => suffer(claviger, 'A', {});
/** Longer than the longest pause between two questions. */
const SOON = { timeout: 25_000 };

test.beforeEach(async ({ claviger, watch }) => {
  watch.allow(/status of 503/);
  await back(claviger);
});

test('the Keys page says that the database does not answer, and goes on by itself when it does', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Waits') });
  await as('owner');
  await expect(keys.row(made.name)).toBeVisible();
  const banner = page.getByRole('status').filter({ hasText: 'The database does not answer.' });
  await expect(banner).toHaveCount(0);
  await page.evaluate(() => ((window as any).sameVisit = true));
  const asked: string[] = [];
  page.on('request', (request) => request.url().endsWith('/healthz') && asked.push(request.url()));
  const top = () => keys.heading.evaluate((heading) => heading.getBoundingClientRect().top);
  const before = await top();
  expect(asked, 'nobody asks while nothing is wrong').toEqual([]);

  await gone(claviger);
  await keys.search.fill(made.name);
  await expect(banner).toContainText('Nothing can be changed until it does.');
  await expect(banner).toContainText('Keys are still verified: from memory for up to 30 s, then from copies');
  await expect(banner).toContainText('marked degraded');
  await expect(page.getByRole('heading', { name: 'The keys could not be loaded' })).toBeVisible();
  const moved = (await top()) - before;
  const own = await banner.evaluate((place) => place.getBoundingClientRect().height + parseFloat(getComputedStyle(place.firstElementChild!).marginBottom));
  expect(Math.abs(moved - own), 'nothing moves but by the banner').toBeLessThan(2);

  await back(claviger);
  await expect(banner).toHaveCount(0, SOON);
  await expect(keys.toasts).toContainText('The database answers again');
  await expect(keys.row(made.name), 'the list was asked for again').toBeVisible();
  await expect(keys.search).toHaveValue(made.name);
  expect(await top()).toBe(before);
  expect(await page.evaluate(() => (window as any).sameVisit), 'without a reload').toBe(true);
  expect(asked.length).toBeGreaterThan(1);
});

test('what was typed into a form is kept, and makes one key when the database is back', async ({ as, claviger, keys, page, unique }) => {
  const name = unique('Typed in an outage');
  await as('owner');
  await keys.newKey.click();
  await keys.field('Name').fill(name);
  await gone(claviger);
  await keys.button('Create key').click();
  await expect(keys.dialog).toContainText('The database does not answer.');
  await expect(page.locator('.outage')).toBeVisible();
  await expect(keys.field('Name')).toHaveValue(name);
  await back(claviger);
  await expect(page.locator('.outage')).toHaveCount(0, SOON);
  await expect(keys.field('Name'), 'the form is as it was').toHaveValue(name);
  await keys.button('Create key').click();
  await expect(keys.reveal).toBeVisible();
  await keys.closeReveal();
  await expect(keys.row(name)).toBeVisible();
  expect(claviger.database.rows('SELECT 1 FROM api_keys WHERE name = ?', name)).toHaveLength(1);
});

test('it is asked less and less often, and not at all while nobody looks', async ({ as, claviger, keys, page }) => {
  await page.clock.install();
  await as('owner');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  const asked: number[] = [];
  page.on('request', async (request) => request.url().endsWith('/healthz') && asked.push(await page.evaluate(() => Date.now())));
  await gone(claviger);
  await keys.search.fill('Anything');
  await expect(page.locator('.outage')).toBeVisible();
  const look = (hidden: boolean) => page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, hidden);
  for (let count = asked.length + 1; count <= 5; count += 1) {
    // Time goes on until it is asked again, and no further: each answer begins the next pause.
    await expect(async () => {
      await page.clock.runFor(500);
      expect(asked.length).toBeGreaterThanOrEqual(count);
    }).toPass({ intervals: [100] });
  }
  const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
  expect(pauses.at(-1), String(pauses)).toBeGreaterThan(1.5 * (pauses.at(-2) ?? 0));

  await look(true);
  const before = asked.length;
  await back(claviger);
  await page.clock.runFor(60_000);
  await page.clock.runFor(60_000);
  expect(asked.length - before, 'at most the one that was on its way').toBeLessThanOrEqual(0);
  await expect(page.locator('.outage')).toBeVisible();
  await look(false);
  await expect(page.locator('.outage')).toHaveCount(0);
});

test('who comes in the middle of it gets the page when it is over', async ({ claviger, context, keys, page }) => {
  await signIn(context, claviger, 'owner');
  await gone(claviger);
  await page.goto('/keys');
  await expect(page.getByRole('heading', { name: 'Claviger does not answer' })).toBeVisible();
  await expect(page.locator('.outage')).toBeVisible();
  await back(claviger);
  await expect(keys.heading).toBeVisible(SOON);
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await expect(page.locator('.outage')).toHaveCount(0);
});

test('a strict organization reads that its keys are not verified meanwhile', async ({ as, claviger, keys, page }) => {
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/1', { strict: true }));
  await as('owner');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await gone(claviger);
  await keys.search.fill('Anything');
  await expect(page.locator('.outage')).toContainText('This organization is strict, so its keys are not verified meanwhile');
  await back(claviger);
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/1', { strict: false }));
});

test('one request that fails while the database answers is no outage', async ({ as, keys, page }) => {
  await as('owner');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await page.route('**/api/v2/api_keys?**', (route) => route.fulfill({
    status: 503, json: { success: false, data: null, error_code: 'unavailable', error_message: 'The database does not answer. Try again in a moment.' },
  }));
  const asked = page.waitForResponse(/\/healthz$/);
  await keys.search.fill('Anything');
  expect((await asked).status()).toBe(200);
  await expect(page.getByRole('heading', { name: 'The keys could not be loaded' })).toBeVisible();
  await expect(page.locator('.outage')).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the banner in ${colorScheme}, nor does it widen a phone`, async ({ as, claviger, keys, page }) => {
    await page.emulateMedia({ colorScheme });
    await as('owner');
    await expect(page.getByRole('row').nth(1)).toBeVisible();
    await gone(claviger);
    await keys.search.fill('Anything');
    await expect(page.locator('.outage')).toBeVisible();
    await expectNoViolations(page, 'the banner');
    await page.setViewportSize({ width: 360, height: 740 });
    await expect(page.locator('.outage')).toBeInViewport();
    await expectNoSidewaysScroll(page, 'the banner');
    await expectNoViolations(page, 'on a phone');
  });
}
