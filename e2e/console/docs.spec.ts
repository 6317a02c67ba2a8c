import { expect, test } from './fixtures';

test('the API reference is drawn from our own files, in an origin that has no cookies', async ({ as, page }) => {
  await as('owner');
  await page.goto('/docs');
  await expect(page).toHaveTitle('API reference · Claviger');
  await expect(page.getByRole('heading', { name: /^Claviger API/ })).toBeVisible();
  const documented = await (await page.request.get('/openapi.json')).json();
  // What Claviger is asked, and what it sends itself.
  const operations = [documented.paths, documented.webhooks].flatMap((part) => Object.values(part)).flatMap((path) => Object.keys(path as object));
  await expect(page.locator('.opblock')).toHaveCount(operations.length);
  expect(await page.evaluate(() => self.origin), 'sandboxed').toBe('null');
  await page.getByText('Make a key', { exact: true }).click();
  await expect(page.getByText('The secret is in').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try it out' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Back to the console' }).click();
  await expect(page.getByRole('heading', { name: 'Keys', level: 1 })).toBeVisible();
});

test('the API reference is as dark as the system', async ({ page }) => {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto('/docs');
    await expect(page.locator('.opblock').first()).toBeVisible();
    const lightness = await page.evaluate(() => {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
      const of = (color: string) => {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return (canvas.getImageData(0, 0, 1, 1).data[0] ?? 0) / 255;
      };
      const title = document.querySelector('.opblock-summary-description');
      return [of(getComputedStyle(document.body).backgroundColor), of(getComputedStyle(title ?? document.body).color)];
    });
    const [ground = -1, text = -1] = colorScheme === 'dark' ? lightness : lightness.reverse();
    expect(ground, colorScheme).toBeLessThan(0.4);
    expect(text - ground, `${colorScheme}: the text stands out`).toBeGreaterThan(0.4);
  }
});

test('the API reference fits on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto('/docs');
  await expect(page.locator('.opblock').first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});
