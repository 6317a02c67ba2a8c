import { createHash } from 'node:crypto';

import { expect, test } from './fixtures';
import { clipboard } from './fixtures';
import { hintOf, mintSecret, mistyped } from '../support/secrets';

test('a key made over the API appears, with its facts', async ({ as, claviger, keys, unique }) => {
  const name = unique('Made by API');
  const made = await claviger.made({ name, access: 'read_write', expires_at: new Date(Date.now() + 3.5 * 86_400_000).toISOString() });
  await as('owner');
  const row = keys.row(name);
  await expect(row).toBeVisible();
  for (const fact of [made.hint, 'Read and write', 'Expires in 3 days', 'Active', 'just now', 'Never used']) {
    await expect(row).toContainText(fact);
  }
  await expect(row.locator('time').first()).toHaveAttribute('title', /\d/);
});

test('when a key was used last is there', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Used') });
  expect((await claviger.verifier.post('/v1/verify', { key: made.api_key, max_age_ms: 0 })).json.code).toBe('VALID');
  await as('owner');
  const used = keys.row(made.name).locator('td[data-label="Last used"]');
  await expect(async () => {
    await page.reload();
    await expect(used).toHaveText('just now', { timeout: 1_000 });
  }).toPass();
  await expect(used.locator('time')).toHaveAttribute('title', /\d/);
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
  await page.getByLabel('Status', { exact: true }).selectOption('All');
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

test('a part of a key is not searched for, and no other rows stand beside it', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Partly') });
  await as('owner');
  await keys.search.fill(made.api_key);
  await expect(page.getByText('Found by its secret')).toBeVisible();
  await keys.search.fill(made.api_key.slice(0, 30));
  await expect(page.getByText('looks like part of a key')).toBeVisible();
  await expect(page.getByText('Found by its secret')).toBeHidden();
  await expect(page.locator('.key-name')).toHaveCount(0);
  await keys.search.fill('zzzz');
  await expect(page).toHaveURL(/q=zzzz/);
  await keys.search.pressSequentially(made.api_key.slice(0, 9));
  await expect(page).not.toHaveURL(/q=/);
  await expect(page.getByText('in its name')).toBeHidden();
  await page.getByRole('button', { name: 'Show all keys' }).click();
  await expect(keys.search).toHaveValue('');
  await expect(keys.row(made.name)).toBeVisible();
});

test('the secret of an imported key is found by its hash, and gets nowhere', async ({ as, claviger, keys, page, unique, watch }) => {
  watch.allow(/status of 404/);
  const foreign = `sk_live_${mintSecret().slice(4, 30)}`;
  const name = unique('Came from elsewhere');
  const sha256 = createHash('sha256').update(foreign).digest('hex');
  expect((await claviger.owner.post('/api/v2/api_keys/import', { api_keys: [{ name, sha256, hint: 'rms_live' }] })).status).toBe(201);
  await as('owner');
  const requests: string[] = [];
  page.on('request', (request) => requests.push(`${request.url()} ${request.postData() ?? ''}`));
  await page.evaluate((text) => navigator.clipboard.writeText(text), ` ${foreign}\n`);
  await keys.search.focus();
  await page.keyboard.press('ControlOrMeta+v');
  await expect(page.getByText('Found by its secret')).toBeVisible();
  await expect(page.locator('.key-name')).toHaveText([name]);
  await expect(keys.search).toHaveValue('');
  // Typed, or not ours.
  await keys.search.fill(foreign.slice(0, -1));
  await expect(page.getByText('No key of yours has this secret. Was it only a part of one?')).toBeVisible();
  await keys.search.fill(foreign);
  await expect(page.locator('.key-name')).toHaveText([name]);
  const seen = [...requests, page.url(), JSON.stringify(await page.evaluate(() => [history.state, { ...sessionStorage }]))];
  expect(seen.filter((text) => text.includes(foreign.slice(8, 20)))).toEqual([]);
});

test('the list is narrowed by access, kind, role and owner, and sorted by last use', async ({ as, claviger, keys, page, unique }) => {
  const part = unique('Narrowed');
  await claviger.made({ name: `${part} reads` });
  const used = await claviger.made({ name: `${part} writes`, access: 'read_write' });
  await claviger.made({ name: `${part} verifies`, role: 'verifier' });
  expect((await claviger.verifier.post('/v1/verify', { key: used.api_key, max_age_ms: 0 })).json.code).toBe('VALID');
  await as('owner', `/keys?q=${encodeURIComponent(part)}`);
  await expect(page.locator('.key-name')).toHaveCount(3);
  const filters = page.getByRole('button', { name: 'Filters' });
  await expect(filters).toHaveAttribute('aria-expanded', 'false');
  await filters.click();
  const row = page.getByRole('group', { name: 'Filters' });
  await row.getByLabel('Access').selectOption('Read and write');
  await expect(page.locator('.key-name')).toHaveText([`${part} writes`]);
  await row.getByLabel('Access').selectOption('Any');
  await row.getByLabel('Role').selectOption('Verifies keys');
  await expect(page.locator('.key-name')).toHaveText([`${part} verifies`]);
  await expect(page).toHaveURL(/role=verifier/);
  await row.getByLabel('Kind').selectOption('Personal');
  await expect(page.getByText('that the filters leave')).toBeVisible();
  await page.goBack();
  await expect(page.locator('.key-name')).toHaveText([`${part} verifies`]);
  await page.reload();
  await expect(page.locator('.key-name')).toHaveText([`${part} verifies`]);
  await expect(row.getByLabel('Role').locator('option:checked')).toHaveText('Verifies keys');
  await filters.click();
  await expect(page.locator('.key-name'), 'closed, they filter nothing').toHaveCount(3);
  await keys.search.fill('');
  await filters.click();
  await row.getByLabel('Owner').selectOption('Ada Owner');
  await expect(page.getByRole('row', { name: /Auto-Generated/ }).first()).toBeVisible();
  await expect(page.locator('.key-name', { hasText: part })).toHaveCount(0);

  // Uses are told some seconds later.
  await expect(async () => {
    await page.goto(`/keys?q=${encodeURIComponent(part)}&sort=-used`);
    await expect(page.locator('.key-name').first()).toHaveText(`${part} writes`, { timeout: 1_000 });
  }).toPass();
  await expect(page.getByRole('columnheader', { name: 'Last used' })).toHaveAttribute('aria-sort', 'descending');
});

test('a hint is found, also one written with three dots and an inactive one', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Hinted') });
  const inactive = await claviger.made({ name: unique('Hinted too'), active: false });
  await as('owner');
  await keys.search.fill(made.hint);
  await expect(page.locator('.key-name')).toHaveText([made.name]);
  await page.reload();
  await expect(keys.search, 'a hint may be in the address').toHaveValue(made.hint);
  await expect(page.locator('.key-name')).toHaveText([made.name]);
  await keys.search.fill(inactive.hint.replace('…', '...'));
  await expect(page.getByText('1 inactive key does.')).toBeVisible();
  await page.getByRole('button', { name: 'Show it' }).click();
  await expect(page.locator('.key-name')).toHaveText([inactive.name]);
});

test('what only inactive keys match is said, and shown at one press', async ({ as, claviger, keys, page, unique }) => {
  const made = await claviger.made({ name: unique('Switched off'), active: false });
  await as('owner', `/keys?q=${encodeURIComponent(made.name)}`);
  await expect(page.getByText(`No active or pending key has “${made.name}” in its name. 1 inactive key does.`)).toBeVisible();
  await page.getByRole('button', { name: 'Show it' }).click();
  await expect(keys.row(made.name)).toContainText('Disabled');
});

test('the status filter says what is shown, and nothing beside it contradicts', async ({ as, page }) => {
  await as('owner');
  const status = page.getByLabel('Status', { exact: true });
  const inactive = page.getByRole('button', { name: /^Show inactive/ });
  await expect(status.locator('option:checked')).toHaveText('Active or pending');
  await inactive.click();
  await expect(status.locator('option:checked')).toHaveText('All');
  await expect(inactive).toHaveAttribute('aria-pressed', 'true');
  await status.selectOption('Revoked');
  await expect(inactive).toBeHidden();
  await expect(page).toHaveURL('/keys?status=revoked');
  await status.selectOption('Active or pending');
  await expect(inactive).toHaveAttribute('aria-pressed', 'false');
});

test('a personal key says whose it is, in the list and in the dialogs', async ({ as, keys, page }) => {
  // By its name: the other tests of this server fill the first page.
  await as('owner', '/keys?q=Max%20at%20work');
  const row = keys.row('Max at work');
  await expect(row).toContainText('Max Member · personal');
  await expect(row.locator('.key-name')).toHaveAttribute('title', 'Max at work');
  await expect(page.getByRole('button', { name: 'Actions for Max at work of Max Member', exact: true })).toBeVisible();
  await keys.choose('Max at work', 'Revoke…');
  await expect(keys.dialog).toContainText('Max Member');
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
