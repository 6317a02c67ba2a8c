import type { Page } from '@playwright/test';

import { expect, test } from './fixtures';

/** What every failure page has. */
async function expectFailurePage(page: Page, title: string): Promise<void> {
  await expect(page.getByRole('heading', { name: title, level: 1 })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
}

/** Makes the next thing that the application draws impossible, so that its own `unwrap` panics. */
async function breakDrawing(page: Page): Promise<void> {
  await page.evaluate(() => {
    Node.prototype.cloneNode = () => {
      throw new Error('broken by a test');
    };
  });
}

test.describe('a panic', () => {
  test.beforeEach(({ watch }) => watch.allow(/panicked|unreachable|RuntimeError|broken by a test/));

  test('has its page, with Reload and the id of the last request', async ({ as, keys, page }) => {
    await as('owner');
    const answer = page.waitForResponse(/api_keys/);
    await keys.search.fill('Gateway');
    const id = (await answer).headers()['x-request-id'] ?? 'none';
    await expect(keys.row('Gateway')).toBeVisible();
    await breakDrawing(page);
    // An answer that is still on its way may be drawn first: then the button has gone already.
    await keys.newKey.click({ timeout: 2_000 }).catch(() => undefined);
    await expectFailurePage(page, 'Something broke');
    await expect(page).toHaveTitle('Something broke · Claviger');
    await expect(page.getByText(/^Last request [0-9a-f]{16}$/)).toBeVisible();
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect(keys.heading).toBeVisible();
  });

  test('costs nothing that was typed', async ({ as, keys, page }) => {
    await as('owner');
    await keys.newKey.click();
    await keys.field('Name').fill('Typed before the panic');
    await breakDrawing(page);
    await keys.field('Expires').selectOption({ label: 'Custom' });
    await expectFailurePage(page, 'Something broke');
    await page.getByRole('button', { name: 'Reload' }).click();
    await keys.newKey.click();
    await expect(keys.field('Name')).toHaveValue('Typed before the panic');
  });
});

test.describe('a hashed file that is gone after a deploy', () => {
  for (const ending of ['wasm', 'js']) {
    test(`has its page: the ${ending}`, async ({ page, claviger, watch, keys, as }) => {
      watch.allow(/integrity|MIME|wasm|module|Failed to|fetch/i);
      // What the Worker itself answers for a file that is not there.
      const gone = `${claviger.origin}/claviger-0123456789abcdef.${ending}`;
      const answer = await page.request.get(gone);
      expect([answer.status(), answer.headers()['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
      const body = await answer.text();
      const files = new RegExp(`/claviger-app-[0-9a-f]{16}/.*\\.${ending}$`);
      await page.route(files, (route) => route.fulfill({ status: 200, contentType: 'text/html', body }));
      await page.goto('/keys');
      await expectFailurePage(page, 'Claviger was updated');
      await page.unroute(files);
      await page.getByRole('button', { name: 'Reload' }).click();
      await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeVisible();
      await as('owner');
      await expect(keys.heading).toBeVisible();
    });
  }
});

test.describe('no network', () => {
  test.beforeEach(({ watch }) => watch.allow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to (load|fetch)/));

  test('is said where the list was to be, and Retry gets it', async ({ as, keys, page, context }) => {
    await as('owner');
    await expect(keys.row('Gateway').or(page.getByRole('row').nth(1)).first()).toBeVisible();
    await context.setOffline(true);
    await keys.search.fill('Gateway');
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Retry' })).toBeVisible();
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect(keys.row('Gateway')).toBeVisible();
  });

  test('has its page when it is missing from the start', async ({ as, keys, page }) => {
    await as('owner');
    await page.route('**/api/**', (route) => route.abort('internetdisconnected'));
    await page.reload();
    await expect(page.getByText('No network', { exact: true })).toBeVisible();
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: /Retry|Reload/ }).click();
    await expect(keys.heading).toBeVisible();
  });

  test('while a key is made keeps what was typed, and warns that it may exist', async ({ as, keys, page, claviger, unique }) => {
    const name = unique('Cut off');
    await as('owner');
    await page.route('**/api/v2/api_keys', (route) =>
      route.request().method() === 'POST' ? route.abort('connectionreset') : route.continue(),
    );
    await keys.newKey.click();
    await keys.field('Name').fill(name);
    await keys.button('Create key').click();
    await expect(keys.dialog.getByRole('alert')).toContainText(/may have been made/);
    await expect(keys.field('Name')).toHaveValue(name);
    await page.unroute('**/api/v2/api_keys');
    await keys.button('Create key').click();
    await expect(keys.reveal).toBeVisible();
    expect(claviger.database.rows('SELECT 1 FROM api_keys WHERE name = ?', name)).toHaveLength(1);
  });
});

test('an error of the server shows its message and the request id, and Retry works', async ({ as, keys, page, watch }) => {
  watch.allow(/status of 503/);
  await as('owner');
  await page.route('**/api/v2/api_keys?**', (route) =>
    route.fulfill({
      status: 503,
      headers: { 'x-request-id': '0123456789abcdef' },
      json: { success: false, data: null, error_code: 'unavailable', error_message: 'The database does not answer. Try again in a moment.' },
    }),
  );
  await page.reload();
  await expect(page.getByRole('alert')).toContainText('The database does not answer.');
  await expect(page.getByRole('alert')).toContainText('0123456789abcdef');
  await page.unroute('**/api/v2/api_keys?**');
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await expect(keys.heading).toBeVisible();
});

test('an answer that is no JSON is no white page', async ({ as, page, watch }) => {
  watch.allow(/status of 502/);
  await as('owner');
  await page.route('**/api/v2/api_keys?**', (route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }));
  await page.reload();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Retry' })).toBeVisible();
});

test('missing style sheets are asked for twice, and the page that says so is readable and alone', async ({ page, watch }) => {
  watch.allow(/./);
  const asked = new Map<string, number>();
  await page.route(/-[0-9a-f]{8,16}\.css$/, (route) => {
    const path = new URL(route.request().url()).pathname;
    asked.set(path, (asked.get(path) ?? 0) + 1);
    return route.fulfill({ status: 200, contentType: 'text/html', body: '<p>' });
  });
  await page.goto('/keys');
  await expectFailurePage(page, 'Claviger was updated');
  await page.waitForTimeout(1_000);
  await expectFailurePage(page, 'Claviger was updated');
  // Twice each, before and after the one reload, and one of them to see why.
  expect([...asked.values()].filter((times) => times > 2).length).toBeLessThanOrEqual(1);
  expect(Math.max(...asked.values())).toBeLessThanOrEqual(4);
  await expect(page.locator('body > *')).toHaveCount(1);
  expect(await page.locator('main').evaluate((main) => [getComputedStyle(main).fontFamily, main.getBoundingClientRect().width])).toEqual([
    'system-ui, sans-serif',
    expect.closeTo(36 * 16, -2),
  ]);
});

test('without JavaScript there is a readable page', async ({ browser, claviger }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ javaScriptEnabled: false, colorScheme, viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    await page.goto(`${claviger.origin}/keys`);
    await expect(page.getByRole('heading', { name: 'Claviger needs JavaScript and a current browser' })).toBeVisible();
    await expect(page.getByText('with JavaScript switched on')).toBeVisible();
    expect(await page.locator('main').evaluate((main) => main.scrollWidth <= innerWidth)).toBe(true);
    await context.close();
  }
});
