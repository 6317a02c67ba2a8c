import { recordSecret, SECRET } from '../support/secrets';
import { clipboard, expect, test } from './fixtures';

test('the secret is masked until it is asked for, and copied whole', async ({ as, keys, page, unique }) => {
  await as('owner');
  await keys.create(unique('Masked'));
  const box = keys.reveal.locator('.secret-text');
  await expect(keys.button('Copy')).toBeFocused();
  await expect(box).toHaveText(/^clv_•+[0-9A-Za-z]{4}$/);
  await expect(keys.button('Show')).toHaveAttribute('aria-pressed', 'false');
  await keys.button('Copy').click();
  await expect(keys.reveal.getByText('Copied.')).toBeVisible();
  const copied = recordSecret('key', await clipboard(page));
  expect(copied).toMatch(SECRET);
  expect(await page.content(), 'masked is not merely painted over').not.toContain(copied.slice(8, 28));
  await keys.button('Show').click();
  await expect(box).toHaveText(copied);
  await keys.button('Show').click();
  await expect(box).toHaveText(/•/);
});

test('closing before copying asks, and can be taken back', async ({ as, keys, page, unique }) => {
  const name = unique('Asked');
  await as('owner');
  await keys.create(name);
  for (const close of [() => keys.button('Close').click(), () => page.keyboard.press('Escape')]) {
    await close();
    await expect(keys.dialog.getByText(/not copied/)).toBeVisible();
    await keys.dialog.getByRole('button', { name: 'Go back' }).click();
    await expect(keys.reveal).toBeVisible();
  }
  await keys.button('Close').click();
  await keys.dialog.getByRole('button', { name: /Close anyway/ }).click();
  await expect(keys.dialog).toBeHidden();
  await expect(keys.row(name)).toBeVisible();
});

test('leaving the page before copying is asked about by the browser, afterwards not', async ({ as, keys, page, unique }) => {
  await as('owner');
  await keys.create(unique('Guarded'));
  let asked = 0;
  page.on('dialog', async (dialog) => {
    expect(dialog.type()).toBe('beforeunload');
    asked += 1;
    await dialog.accept();
  });
  // Browsers ask only after the page was used.
  await keys.reveal.click({ position: { x: 5, y: 5 } });
  await page.reload();
  await expect(keys.heading).toBeVisible();
  expect(asked).toBe(1);
  await keys.create(unique('Copied'));
  await keys.button('Copy').click();
  await expect(keys.reveal.getByText('Copied.')).toBeVisible();
  await page.reload();
  await expect(keys.heading).toBeVisible();
  expect(asked).toBe(1);
});

test('reloading during the reveal shows the secret nowhere', async ({ as, keys, page, unique }) => {
  const name = unique('Reloaded');
  await as('owner');
  await keys.create(name);
  const secret = await keys.secret();
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await expect(keys.row(name)).toBeVisible();
  await expect(keys.dialog).toBeHidden();
  const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, history.state]));
  for (const place of [await page.content(), kept, page.url()]) {
    expect(place.includes(secret.slice(8, 28))).toBe(false);
  }
  await page.goBack().catch(() => undefined);
  await page.goForward().catch(() => undefined);
  expect((await page.content()).includes(secret.slice(8, 28))).toBe(false);
});

test('after closing, the secret is nowhere in the page', async ({ as, keys, page, unique }) => {
  await as('owner');
  await keys.create(unique('Closed'));
  const secret = await keys.secret();
  await keys.closeReveal();
  expect((await page.content()).includes(secret.slice(8, 28))).toBe(false);
});

test('every command is copied as it stands, with the secret in it', async ({ as, claviger, keys, page, unique }) => {
  await as('owner');
  await keys.create(unique('Commands'), 'Verifies other keys');
  const secret = await keys.secret();
  const buttons = keys.reveal.getByRole('button', { name: 'Copy command' });
  expect(await buttons.count()).toBeGreaterThan(0);
  for (const button of await buttons.all()) {
    await button.click();
    const command = await clipboard(page);
    expect(command).toContain('curl');
    expect(command).toContain(secret);
    expect(command).toContain(`${claviger.origin}/v1/verify`);
    expect(command, 'a placeholder is no command').not.toMatch(/•|<[a-z]|…/);
  }
});

test('the list is not asked for again underneath', async ({ as, keys, page, unique }) => {
  await as('owner');
  await keys.newKey.click();
  await keys.field('Name').fill(unique('Quiet'));
  const lists: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'GET' && request.url().includes('/api/v2/api_keys')) {
      lists.push(request.url());
    }
  });
  await keys.button('Create key').click();
  await expect(keys.reveal).toBeVisible();
  await keys.secret();
  expect(lists).toEqual([]);
});

test('a search that hides the new key says so', async ({ as, keys, page, unique }) => {
  const name = unique('Hidden');
  await as('owner', '/keys?q=Gateway');
  await keys.create(name);
  await keys.closeReveal();
  await expect(page.getByText('The search hides it')).toBeVisible();
  await page.getByRole('button', { name: 'Clear search' }).first().click();
  await expect(keys.row(name)).toBeVisible();
});
