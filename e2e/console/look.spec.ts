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
  await expect(page.getByRole('link', { name: 'Keys' })).toBeVisible();
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
