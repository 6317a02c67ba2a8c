import type { Page } from '@playwright/test';

import { expect, test } from './fixtures';

const luminance = (page: Page, selector = 'html') =>
  page.locator(selector).first().evaluate((element) => {
    const canvas = document.createElement('canvas').getContext('2d');
    if (!canvas) {
      return -1;
    }
    canvas.fillStyle = getComputedStyle(element).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / 3 / 255;
  });

test('the theme follows the system, and can be chosen and kept', async ({ as, page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await as('owner');
  expect(await luminance(page)).toBeGreaterThan(0.9);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await luminance(page)).toBeLessThan(0.25);

  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('radio', { name: 'Light' }).check({ force: true });
  expect(await luminance(page)).toBeGreaterThan(0.9);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
  expect(await luminance(page), 'kept').toBeGreaterThan(0.9);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await luminance(page)).toBeLessThan(0.25);
});

test('a chosen theme is there before the application is', async ({ as, page }) => {
  await as('owner');
  await page.evaluate(() => localStorage.setItem('claviger.theme', 'dark'));
  await page.route(/\.wasm$/, () => undefined);
  await page.goto('/keys', { waitUntil: 'commit' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

for (const width of [360, 640, 900, 1440]) {
  test(`nothing is wider than a screen of ${width} px`, async ({ as, claviger, keys, page, unique }) => {
    await page.setViewportSize({ width, height: 740 });
    const made = await claviger.made({ name: `${unique('Wide')} ${'x'.repeat(80)}` });
    const fits = async (where: string) => {
      const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(content, where).toBeLessThanOrEqual(screen ?? 0);
    };
    await page.goto('/sign-in');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await fits('sign in');
    await as('owner');
    await expect(keys.row(made.name)).toBeVisible();
    await fits('keys');
    await keys.menuOf(made.name).click();
    await fits('the menu');
    await page.keyboard.press('Escape');
    await keys.newKey.click();
    await fits('new key');
    await keys.field('Name').fill(unique('On a screen'));
    await keys.button('Create key').click();
    await keys.secret();
    await fits('the reveal');
    await keys.closeReveal();
    await keys.choose(made.name, 'Revoke…');
    await fits('revoke');
  });
}

test('on a phone everything that is pressed has room for a finger', async ({ as, page, keys }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await as('owner');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  for (const button of [keys.newKey, page.getByRole('button', { name: 'Account' }), page.getByRole('button', { name: /^Actions for/ }).first()]) {
    const box = await button.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
  }
  await page.getByRole('button', { name: 'Menu' }).click();
  await expect(page.getByRole('link', { name: 'Keys', exact: true })).toBeVisible();
});

test('nothing moves for who does not want it', async ({ as, keys, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await as('owner');
  await keys.newKey.click();
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll('*')].filter((element) => {
      const style = getComputedStyle(element);
      const longest = (text: string) => Math.max(...text.split(',').map((part) => parseFloat(part) * (part.includes('ms') ? 1 : 1000)));
      return longest(style.transitionDuration) > 10 || (style.animationName !== 'none' && longest(style.animationDuration) > 10);
    }).length,
  );
  expect(moving).toBe(0);
});

test('the icons are there', async ({ page, claviger }) => {
  await page.goto('/');
  const links = await page.locator('link[rel~=icon]').evaluateAll((all) => all.map((link) => (link as HTMLLinkElement).href));
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) {
    const answer = await page.request.get(link);
    expect(answer.headers()['content-type'], link).toMatch(/^image\//);
  }
  expect(claviger.origin).toBeTruthy();
});

for (const width of [640, 700, 768, 900, 920, 1000, 1024, 1280]) {
  test(`status and expiry are told whole at ${width} px`, async ({ as, claviger, keys, page, unique }) => {
    const soon = await claviger.made({ name: unique('Soon'), expires_at: new Date(Date.now() + 13.5 * 86_400_000).toISOString() });
    const disabled = await claviger.made({ name: unique('Off'), active: false });
    await page.setViewportSize({ width, height: 800 });
    await as('owner', '/keys?inactive=1');
    await expect(keys.row(disabled.name)).toBeVisible();
    await expect(keys.row(soon.name)).toBeVisible();
    const cut = await page.locator('.badge, td time').evaluateAll((all) =>
      all.filter((element) => {
        const cell = element.closest('td')?.getBoundingClientRect();
        const box = element.getBoundingClientRect();
        const text = element.scrollWidth > element.clientWidth && getComputedStyle(element).display !== 'inline';
        return box.width > 0 && (text || !cell || box.right > cell.right + 0.5);
      }).map((element) => element.textContent),
    );
    expect(cut).toEqual([]);
    // Nothing is told only where there is room for it.
    for (const label of ['Access', 'Created', 'Last used', 'Expires', 'Status']) {
      const fact = keys.row(soon.name).locator(`[data-label="${label}"] .cell`);
      await expect(fact, label).toBeVisible();
      expect(await fact.evaluate((cell) => [cell, ...cell.children].every((part) => part.scrollWidth <= part.clientWidth || getComputedStyle(part).display === 'inline')), label).toBe(true);
    }
    await expect(keys.row(soon.name).locator('[data-label="Created"]')).toContainText('by ');
    await expect(page.getByLabel('Order', { exact: true })).toBeVisible({ visible: width < 1240 });
    const dots = await page.locator('.badge').evaluateAll((all) => all.map((badge) => getComputedStyle(badge, '::before').width));
    expect([...new Set(dots)]).toEqual(['7px']);
  });
}

test('the type scale is the one that was designed', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Typed') });
  await as('owner');
  const size = (selector: string) =>
    page.locator(selector).first().evaluate((element) => {
      const { fontSize, lineHeight } = getComputedStyle(element);
      return `${parseFloat(fontSize)}/${parseFloat(lineHeight)}`;
    });
  await expect(keys.row(made.name)).toBeVisible();
  expect(await size('body')).toBe('14/20');
  expect(await size('h1')).toBe('22/28');
  expect(await size('.table th')).toBe('12/16');
  expect(await size('.badge')).toBe('12/18');
  expect((await size('.hint')).split('/')[0]).toBe('12');
  await keys.newKey.click();
  expect(await size('.dialog h2')).toBe('18/24');
  expect(await size('.field-hint')).toBe('12/16');
});

test('nothing moves when the list and its count come', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Late') });
  await page.addInitScript(() => {
    Object.assign(window, { shifts: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        (window as unknown as { shifts: number }).shifts += (entry as unknown as { value: number }).value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.route('**/api/v2/api_keys?**', async (route) => {
    const counting = route.request().url().includes('per_page=1');
    await new Promise((resolve) => setTimeout(resolve, counting ? 900 : 400));
    await route.continue();
  });
  await as('owner');
  await expect(keys.row(made.name)).toBeVisible();
  await expect(page.getByRole('button', { name: /^Show inactive \(\d+\)$/ })).toBeVisible();
  expect(await page.evaluate(() => (window as unknown as { shifts: number }).shifts)).toBeLessThan(0.005);
});

test('the page stays where it is behind a dialog', async ({ as, claviger, keys, page, unique }) => {
  await page.setViewportSize({ width: 1280, height: 500 });
  const made = await claviger.made({ name: unique('Behind') });
  await as('owner');
  await keys.menuOf(made.name).click();
  await page.getByRole('menuitem', { name: 'Revoke…' }).click();
  await expect(keys.dialog).toBeVisible();
  const before = await page.evaluate(() => [scrollY, document.documentElement.clientWidth]);
  await page.mouse.move(5, 5);
  await page.mouse.wheel(0, 200);
  await page.waitForTimeout(200);
  expect(await page.evaluate(() => [scrollY, document.documentElement.clientWidth])).toEqual(before);
  await keys.button('Cancel').click();
  expect(await page.evaluate(() => document.documentElement.clientWidth), 'no jump').toBe(before[1]);
});

test('a wide screen has the list in its middle, and the account beside its button', async ({ as, page }) => {
  await page.setViewportSize({ width: 1920, height: 1000 });
  await as('owner');
  const main = await page.locator('#main').boundingBox();
  // The frame ends where the scrollbar begins.
  const room = ((await page.locator('.frame').boundingBox())?.width ?? 0) - 232;
  expect(main?.x).toBeCloseTo(232 + (room - (main?.width ?? 0)) / 2, 0);
  await page.getByRole('button', { name: 'Account' }).click();
  const [button, popup] = [await page.locator('.account').boundingBox(), await page.getByRole('group', { name: 'Account' }).boundingBox()];
  expect(popup?.x).toBeCloseTo(button?.x ?? 0, 0);
  const name = page.locator('.account-name');
  expect(await name.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
});

test('forced colours keep the dots, and tell the page one is on', async ({ as, claviger, page, keys, unique }) => {
  const made = await claviger.made({ name: unique('Forced') });
  await page.emulateMedia({ forcedColors: 'active' });
  await as('owner');
  await expect(keys.row(made.name)).toBeVisible();
  const [dot, ground] = await page.locator('.badge').first().evaluate((badge) => [getComputedStyle(badge, '::before').backgroundColor, getComputedStyle(document.body).backgroundColor]);
  expect(dot).not.toBe(ground);
  expect(dot).not.toBe('rgba(0, 0, 0, 0)');
  expect(await page.getByRole('link', { name: 'Keys', exact: true }).evaluate((link) => getComputedStyle(link).outlineStyle)).toBe('solid');
});
