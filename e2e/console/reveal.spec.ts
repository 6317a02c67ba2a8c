import { recordSecret, SECRET } from '../support/secrets';
import { bash, lastJson } from '../support/shell';
import { clipboard, copiedBy, expect, pick, test } from './fixtures';

test('the secret is masked until it is asked for, and copied whole', async ({ as, keys, page, unique }) => {
  await as('owner');
  await keys.create(unique('Masked'));
  const box = keys.reveal.locator('.secret-text');
  await expect(keys.button('Copy')).toBeFocused();
  await expect(box).toHaveText(/^clv_•+[0-9A-Za-z]{4}$/);
  await keys.button('Copy').click();
  await expect(keys.reveal.getByText('Copied.')).toBeVisible();
  const copied = recordSecret('key', await clipboard(page));
  expect(copied).toMatch(SECRET);
  expect(await page.content(), 'masked is not merely painted over').not.toContain(copied.slice(8, 28));
  await keys.button('Show').click();
  await expect(box).toHaveText(copied);
  await keys.button('Hide').click();
  await expect(box).toHaveText(/•/);
});

test('the guide and the reference open beside it, and it stays', async ({ as, context, keys, unique }) => {
  await as('owner');
  await keys.create(unique('Linked'));
  for (const [link, title] of [['Integration guide', 'Integration guide · Claviger'], ['API reference', 'API reference · Claviger']] as const) {
    const opened = context.waitForEvent('page');
    await keys.reveal.getByRole('link', { name: `${link} (in another tab)` }).click();
    const other = await opened;
    await expect(other).toHaveTitle(title);
    await other.close();
    await expect(keys.reveal.locator('.secret-text')).toHaveText(/^clv_•+/);
  }
  await expect(keys.dialog.getByText(/not copied/)).toHaveCount(0);
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

test('Back does not take the secret away', async ({ as, claviger, keys, page, unique }) => {
  const name = unique('Kept from Back');
  await as('owner', '/settings');
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await keys.create(name);
  await page.goBack();
  await expect(keys.dialog.getByText(/not copied/)).toBeVisible();
  await expect(keys.reveal).toBeVisible();
  await expect(page).toHaveURL(`${claviger.origin}/keys`);
  await keys.dialog.getByRole('button', { name: /Close anyway/ }).click();
  await expect(keys.row(name)).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeFocused();
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
    const command = await copiedBy(page, () => button.click());
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

test('both filters that hide a new key are named at once, and one press shows it', async ({ as, keys, page, unique }) => {
  const name = unique('Twice hidden');
  await as('owner', '/keys?q=Gateway&status=revoked');
  await keys.create(name);
  await keys.closeReveal();
  await expect(page.getByText('The search and the filters hide it')).toBeVisible();
  await page.getByRole('button', { name: 'Show it', exact: true }).click();
  await expect(keys.row(name)).toHaveAttribute('data-marked', 'true');
});

test('selected and copied with the keyboard is copied', async ({ as, keys, page, unique }) => {
  await as('owner');
  await keys.create(unique('By hand'));
  const secret = await keys.secret();
  await keys.reveal.locator('.secret-text').click({ clickCount: 3 });
  await page.keyboard.press('ControlOrMeta+c');
  expect(await clipboard(page)).toContain(secret);
  await keys.button('Close').click();
  await expect(keys.dialog).toBeHidden();
});

test('what is copied first runs in a fresh shell, and what needs a variable says so', async ({ as, keys, page, unique }) => {
  const names = { integration: unique('Runs'), verifier: unique('Verifies') };
  await as('owner');
  const copied = (button: string) => copiedBy(page, () => keys.reveal.getByRole('button', { name: button, exact: true }).click());
  await keys.create(names.integration);
  const [whoami, verify] = [await copied('Copy command'), await copied('Copy verify command')];
  await keys.button('Close').click();
  expect(JSON.parse(await bash(whoami)).data).toMatchObject({ name: names.integration });
  await expect(bash(verify)).rejects.toThrow(/set it to the secret of a key that verifies others/);
  await keys.create(names.verifier, 'Verifies other keys');
  const verifier = await copied('Copy command');
  await keys.button('Close').click();
  expect(lastJson(await bash(verifier))).toMatchObject({ code: 'VALID', key: { name: names.verifier } });
  expect(lastJson(await bash(`${verifier}\n${verify}`))).toMatchObject({ code: 'VALID', key: { name: names.integration } });
});

test('the commands of a key that is not activated are said to be refused', async ({ as, keys, unique }) => {
  await as('owner');
  await keys.newKey.click();
  await keys.field('Name').fill(unique('Not yet'));
  await pick(keys.dialog.getByRole('radio', { name: 'Not activated' }));
  await keys.button('Create key').click();
  await expect(keys.reveal).toContainText('refused until the key is enabled');
});

test('a long name stays inside', async ({ as, keys, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await as('owner');
  await keys.create('W'.repeat(100));
  const [content, box] = await keys.reveal.evaluate((dialog) => [dialog.scrollWidth, dialog.clientWidth]);
  expect(content).toBeLessThanOrEqual(box ?? 0);
});
