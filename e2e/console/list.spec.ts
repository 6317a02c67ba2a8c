import { expect, test } from './fixtures';
import { clipboard } from './fixtures';
import { hintOf, mintSecret, mistyped } from '../support/secrets';

test('a key made over the API appears, with its facts', async ({ as, claviger, keys, unique }) => {
  const name = unique('Made by API');
  const made = await claviger.made({ name, access: 'read_write', expires_at: new Date(Date.now() + 3.5 * 86_400_000).toISOString() });
  await as('owner');
  const row = keys.row(name);
  await expect(row).toBeVisible();
  for (const fact of [made.hint, 'Read and write', 'Expires in 3 days', 'Active', 'just now']) {
    await expect(row).toContainText(fact);
  }
  await expect(row.locator('time').first()).toHaveAttribute('title', /\d/);
});

test('a name is only ever text', async ({ as, claviger, keys, page, unique }) => {
  const name = unique('<img src=x onerror="document.title=1">');
  await claviger.made({ name });
  await claviger.made({ name: unique('مفتاح الفوترة 👩‍👩‍👧') });
  await as('owner');
  await expect(keys.row(name)).toBeVisible();
  await expect(keys.row(unique('مفتاح الفوترة 👩‍👩‍👧'))).toBeVisible();
  await expect(page).toHaveTitle('Keys · Claviger');
});

test('search, status and order live in the address', async ({ as, claviger, keys, page, unique }) => {
  const part = unique('Searched');
  for (const letter of ['B', 'A', 'C']) {
    await claviger.made({ name: `${part} ${letter}`, active: letter !== 'C' });
  }
  await as('owner');
  await keys.search.fill(part.toUpperCase());
  await expect(page).toHaveURL(/[?&]q=/);
  await expect(keys.row(`${part} A`)).toBeVisible();
  await expect(keys.row('Gateway')).toBeHidden();
  await expect(keys.row(`${part} C`)).toBeHidden();

  await page.getByRole('button', { name: 'Show inactive (1)' }).click();
  await expect(keys.row(`${part} C`)).toContainText('Disabled');
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
  await expect(page.locator('.key-name')).toHaveText([`${part} A`, `${part} B`, `${part} C`]);
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await expect(page.locator('.key-name')).toHaveText([`${part} C`, `${part} B`, `${part} A`]);

  await page.getByLabel('Status', { exact: true }).selectOption('Disabled');
  await expect(page.locator('.key-name')).toHaveText([`${part} C`]);
  await page.reload();
  await expect(page.locator('.key-name')).toHaveText([`${part} C`]);
  await expect(keys.search).toHaveValue(part.toUpperCase());
  await page.getByLabel('Status', { exact: true }).selectOption('Any');
  await expect(page.locator('.key-name')).toHaveCount(3);
});

test('a search without a result says so, and clears', async ({ as, keys, page }) => {
  await as('owner', '/keys?q=NoSuchKeyAnywhere');
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear search' }).click();
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await expect(keys.search).toHaveValue('');
});

for (const how of ['pasted', 'typed'] as const) {
  test(`a secret ${how} into the search is found by its hash, and gets nowhere`, async ({ as, claviger, keys, page, unique }) => {
    const made = await claviger.made({ name: unique('Found'), active: false });
    await as('owner');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(`${request.url()} ${request.postData() ?? ''}`));
    if (how === 'pasted') {
      await page.evaluate((text) => navigator.clipboard.writeText(text), ` KEY="${made.api_key}"\n`);
      await keys.search.focus();
      await page.keyboard.press('ControlOrMeta+v');
    } else {
      await keys.search.pressSequentially(made.api_key);
    }
    await expect(page.getByText('Found by its secret')).toBeVisible();
    await expect(keys.row(made.name)).toContainText(made.hint);
    await expect(keys.search).toHaveValue('');
    expect(requests.some((request) => request.includes('/lookup'))).toBe(true);
    const pieces = Array.from({ length: made.api_key.length - 19 }, (_, at) => made.api_key.slice(at, at + 20));
    const seen = [...requests, page.url(), JSON.stringify(await page.evaluate(() => [history.state, { ...sessionStorage }, { ...localStorage }]))];
    expect(seen.filter((text) => pieces.some((piece) => text.includes(piece)))).toEqual([]);
    await page.getByRole('button', { name: 'Show all keys' }).click();
    await expect(page.getByRole('row').nth(2)).toBeVisible();
  });
}

test('a secret of nobody, and a mistyped one, are told so', async ({ as, keys, page, watch }) => {
  watch.allow(/status of 404/);
  await as('owner');
  await keys.search.fill(mintSecret());
  await expect(page.getByText('No key of yours has this secret')).toBeVisible();
  await keys.search.fill(mistyped(mintSecret()));
  await expect(page.getByText('typing error')).toBeVisible();
  await expect(keys.search).toHaveValue('');
});

test('a secret in the address is not searched for', async ({ as, claviger, keys, page }) => {
  // Somebody else put it there; the browser has asked for it already, so this one is not among those that are swept for.
  const { unrecordedSecret } = await import('../support/secrets');
  await as('owner');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const secret = unrecordedSecret();
  await page.goto(`/keys?q=${secret}`);
  await expect(keys.heading).toBeVisible();
  await expect(keys.row('Gateway').or(page.getByRole('row').nth(1)).first()).toBeVisible();
  expect(asked.filter((url) => url.includes('/api/') && url.includes(secret.slice(8, 28)))).toEqual([]);
  expect(claviger.origin).toBe(new URL(page.url()).origin);
});

test('the menu copies hint and id', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Copied') });
  await as('owner');
  await keys.find(made.name);
  await keys.choose(made.name, 'Copy hint');
  await expect(keys.toasts).toContainText('Copied the hint');
  expect(await clipboard(page)).toBe(hintOf(made.api_key));
  await keys.choose(made.name, 'Copy id');
  await expect(keys.toasts).toContainText('Copied the id');
  expect(await clipboard(page)).toBe(String(made.id));
});

test('a member sees their own keys only, and a read-only session changes nothing', async ({ as, keys, page, claviger }) => {
  await as('member');
  await expect(keys.row('Max at work')).toBeVisible();
  await expect(page.getByText('Gateway', { exact: true })).toHaveCount(0);
  expect(claviger.secrets.member).toBeTruthy();
});

test('the page of a trial organization says why its keys do not work', async ({ as, page }) => {
  await as('trialOwner');
  await expect(page.getByText(/on trial/)).toBeVisible();
});
