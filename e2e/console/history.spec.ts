import { expect, test } from './fixtures';

test('Back goes one step back through filters, order and searches, and not out of the console', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Gone back to') });
  await as('owner');
  const length = () => page.evaluate(() => history.length);
  const before = await length();
  await page.getByLabel('Status', { exact: true }).selectOption('Active');
  await expect(page).toHaveURL('/keys?status=active');
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await expect(page).toHaveURL('/keys?status=active&sort=name');
  await keys.search.pressSequentially('Go', { delay: 400 });
  await expect(page).toHaveURL('/keys?q=Go&status=active&sort=name');
  await keys.search.fill(made.name);
  await expect(page).toHaveURL(/q=Gone/);
  await expect(page.locator('.key-name')).toHaveText([made.name]);
  expect(await length(), 'three, however much was typed').toBe(before + 3);

  await page.goBack();
  await expect(page).toHaveURL('/keys?status=active&sort=name');
  await expect(keys.search).toHaveValue('');
  await page.goBack();
  await expect(page).toHaveURL('/keys?status=active');
  await page.goBack();
  await expect(page).toHaveURL('/keys');
  await expect(page.getByLabel('Status', { exact: true }).locator('option:checked')).toHaveText('Active or pending');
});

test('what there is not goes out of the address', async ({ as, keys, page }) => {
  for (const [given, shown] of [
    ['/keys?status=gone&q=Gate', '/keys?q=Gate'], ['/keys?sort=colour', '/keys'], ['/keys?status=active&sort=nil', '/keys?status=active'],
  ] as const) {
    await as('owner', given);
    await expect(keys.row('Gateway')).toBeVisible();
    await expect(page).toHaveURL(shown);
  }
});

test.describe('more than one page', () => {
  // As the API would answer with 120 keys.
  test.beforeEach(async ({ page, claviger }) => {
    const { json } = await claviger.owner.get('/api/v2/api_keys?per_page=1');
    await page.route('**/api/v2/api_keys?page=*', (route) => {
      const at = Number(new URL(route.request().url()).searchParams.get('page'));
      const rows = at < 3 ? [{ ...json.data[0], id: 1000 + at, name: `On page ${at + 1}` }] : [];
      return route.fulfill({ json: { ...json, data: rows, page: at, per_page: 50, num_records: 120, num_pages: 3 } });
    });
  });

  test('Next and Back turn pages, and the focus is never lost', async ({ as, keys, page }) => {
    await as('owner');
    await expect(keys.row('On page 1')).toBeVisible();
    for (const next of [2, 3]) {
      await page.getByRole('button', { name: 'Next' }).click();
      await expect(keys.row(`On page ${next}`)).toBeVisible();
      await expect(keys.heading).toBeFocused();
    }
    await page.goBack();
    await expect(keys.row('On page 2')).toBeVisible();
    await page.goBack();
    await expect(keys.row('On page 1')).toBeVisible();
  });

  test('a page beyond the end is the last', async ({ as, keys, page }) => {
    await as('owner', '/keys?page=9');
    await expect(keys.row('On page 3')).toBeVisible();
    await expect(page).toHaveURL('/keys?page=3');
  });
});
