import { join } from 'node:path';

import { test as base, Watch } from '../support/browser';
import { anonymous } from '../support/client';
import { expectRefusal } from '../support/expectations';
import { expect } from '../support/fixtures';
import { KeysPage } from '../support/keys_page';
import { made, ROOT, STATES } from '../support/paths';
import { freePort } from '../support/worker';
import { Xtask } from '../support/xtask';

const test = base.extend({
  baseURL: async ({}, use) => use(undefined),
  watch: async ({ page }, use) => {
    const watch = new Watch(page, 'recovery');
    await use(watch);
    await watch.close();
  },
  permissions: async ({}, use) => use(['clipboard-read', 'clipboard-write']),
});

test('an owner whose key was thrown away gets in by cargo xtask recover', async ({ page, watch }) => {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const state = made(join(STATES, 'journey-recovery'));
  const start = Xtask.start(ROOT, 'recovery', 'start', '--port', String(port), '--state', state);
  try {
    const first = (await start.url()).split('#token=')[1];
    const done = await anonymous(origin).post('/api/v2/setup', { token: first, organization: 'Acme', name: 'Ada', email: 'ada@example.com' });
    expect(done.status, 'nobody reads what it answers').toBe(201);

    // Served at the time: `recover` waits until the Worker has begun anew with the new token.
    const recover = Xtask.start(ROOT, 'recovery', 'recover', '--state', state);
    const link = await recover.url();
    expect(await recover.ended()).toBe(0);
    expect(link).toMatch(new RegExp(`^${origin}/setup#token=`));
    const token = link.split('#token=')[1];
    expect(token).not.toBe(first);

    await page.goto(link);
    await expect(page.getByRole('heading', { name: 'Get a new sign-in key' })).toBeVisible();
    watch.allow(/status of 400/);
    await page.getByLabel('E-mail').fill('somebody.else@example.com');
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription(/owner/);
    await page.getByLabel('E-mail').fill('Ada@Example.com');
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await expect(page.getByText('Copied.')).toBeVisible();
    await page.getByRole('button', { name: 'Sign in with this key' }).click();
    await expect(new KeysPage(page).heading).toBeVisible();
    await expect(new KeysPage(page).row('Recovery key')).toBeVisible();
    // The last that the page asks for: what is under way when the Worker ends is complained of.
    await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible();

    for (const spent of [token, first]) {
      const again = await anonymous(origin).post('/api/v2/setup', { token: spent, email: 'ada@example.com' });
      expectRefusal(again, 403, 'setup_closed');
    }
  } finally {
    await start.interrupt();
  }
});
