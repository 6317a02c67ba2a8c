import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { anyClone, retain } from '../support/clone';
import { test as base, Watch } from '../support/browser';
import { expect } from '../support/fixtures';
import { KeysPage } from '../support/keys_page';
import { anonymous } from '../support/client';
import { freePort } from '../support/worker';
import { Xtask } from '../support/xtask';

const WORKER = 8787;

const test = base.extend({
  baseURL: async ({}, use) => use(undefined),
  watch: async ({ page }, use) => {
    const watch = new Watch(page, 'dev');
    // Trunk's own reload connection breaks when it ends, and a development build advises its programmers.
    watch.allow(/WebSocket|ws:|^warning: At [\w/]+\.rs/i);
    await use(watch);
    await watch.close();
  },
});

function taken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.unref();
  });
}

/** Replaces the one place where `from` stands. */
function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text.split(from), `${from} stands once in ${file}`).toHaveLength(2);
  writeFileSync(file, text.replace(from, to));
}

test('cargo xtask dev shows each edit, and leaves the release build alone', async ({ page }) => {
  test.setTimeout(15 * 60_000);
  expect(await taken(WORKER), `port ${WORKER}, where trunk looks for the Worker, must be free for this test`).toBe(false);
  const clone = anyClone();
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const keys = new KeysPage(page);
  const state = join(clone, `.wrangler/state/dev-${port}`);
  const dev = Xtask.start(clone, 'dev', 'dev', '--port', String(port), '--state', state);
  const release = async () => (await anonymous(`http://localhost:${WORKER}`).get('/')).text;
  try {
    const [, link] = await dev.prints(new RegExp(`(http://localhost:${WORKER}/setup#token=\\S+)`));
    const built = await release();
    await dev.prints(new RegExp(`http://localhost:${port}/`));
    const token = link?.split('#token=')[1] ?? '';

    await page.goto(`${origin}/setup#token=${token}`);
    await page.getByLabel('Organization').fill('Acme');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    const secret = (await page.locator('.secret-text').textContent())?.trim() ?? '';
    page.on('dialog', (dialog) => void dialog.accept());
    await page.goto(`${origin}/sign-in`);
    await page.getByLabel('API key', { exact: true }).fill(secret);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(keys.heading).toBeVisible();
    await keys.create('Made while developing');
    await keys.secret();
    await keys.button('Close').click();
    await keys.dialog.getByRole('button', { name: 'Close anyway' }).click();
    await expect(keys.row('Made while developing')).toContainText('Active');

    const waiting = { timeout: 3 * 60_000 };
    await test.step('style/', async () => {
      const file = join(clone, 'style/base.css');
      writeFileSync(file, `${readFileSync(file, 'utf8')}\nhtml { scrollbar-gutter: stable both-edges; }\n`);
      const gutter = () => page.evaluate(() => getComputedStyle(document.documentElement).scrollbarGutter);
      await expect.poll(gutter, waiting).toBe('stable both-edges');
    });
    await test.step('app/', async () => {
      edit(join(clone, 'app/src/pages/keys/mod.rs'), '<h1>"Keys"</h1>', '<h1>"Keys, edited"</h1>');
      await expect(page.getByRole('heading', { name: 'Keys, edited' })).toBeVisible(waiting);
    });
    await test.step('core/', async () => {
      edit(join(clone, 'core/src/text.rs'), '"Must not be empty."', '"Must not be so empty."');
      // Trunk reloads the page when it likes, also between two of these steps: then all of them are taken again.
      await expect(async () => {
        await page.reload();
        await page.locator('.page-head').getByRole('button', { name: 'New key' }).click({ timeout: 3_000 });
        await keys.button('Create key').click({ timeout: 3_000 });
        await expect(keys.dialog).toContainText('Must not be so empty.', { timeout: 3_000 });
      }).toPass({ ...waiting, intervals: [2_000] });
    });

    expect(await release(), 'the Worker still serves the release build').toBe(built);
    await page.goto(`http://localhost:${WORKER}/sign-in`);
    await page.getByLabel('API key', { exact: true }).fill(secret);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(keys.row('Made while developing')).toBeVisible();
    // Nothing is on its way when the Worker goes.
    await page.waitForLoadState('networkidle');
    expect(dev.output()).not.toMatch(/panicked/);
  } finally {
    await dev.interrupt();
  }
  await expect(fetch(`${origin}/`)).rejects.toThrow();
  await expect(fetch(`http://127.0.0.1:${WORKER}/`)).rejects.toThrow();
  retain(clone, 'dev');
});
