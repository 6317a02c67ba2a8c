import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { freshClone, retain, withConsole } from '../support/clone';
import { test as base, Watch } from '../support/browser';
import { expect } from '../support/fixtures';
import { clipboard, KeysPage } from '../support/keys_page';
import { processes } from '../support/processes';
import { recordSecret } from '../support/secrets';
import { bash, lastJson } from '../support/shell';
import { freePort } from '../support/worker';
import { Xtask } from '../support/xtask';

// Its Worker is the one that it starts itself.
const test = base.extend({
  baseURL: async ({}, use) => use(undefined),
  watch: async ({ page }, use) => {
    const watch = new Watch(page, 'newcomer');
    await use(watch);
    await watch.close();
  },
  permissions: async ({}, use) => use(['clipboard-read', 'clipboard-write']),
});

test('from an empty folder to a revoked key', async ({ page }) => {
  test.setTimeout(15 * 60_000);
  const keys = new KeysPage(page);
  const port = await freePort();
  const clone = withConsole(freshClone());
  let secret = '';
  let commands = '';
  let start = Xtask.start(clone, 'newcomer', 'start', '--port', String(port));

  await test.step('cargo xtask start prints the setup link', async () => {
    const url = await start.url();
    expect(start.output()).toContain('Building the Worker');
    expect(start.output(), 'the console is up to date, wherever it was built').not.toContain('Building the console');
    expect(url).toMatch(new RegExp(`^http://localhost:${port}/setup#token=`));
    expect(statSync(join(clone, '.dev.vars')).mode & 0o777).toBe(0o600);
    await page.goto(url);
  });

  await test.step('set up', async () => {
    await page.getByLabel('Organization').fill('Acme');
    await page.getByLabel('Your name').fill('Ada Newcomer');
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await expect(page.getByText('Copied.')).toBeVisible();
    await page.getByRole('button', { name: 'Sign in with this key' }).click();
    await expect(keys.heading).toBeVisible();
  });

  const create = async (name: string, purpose: 'Integration' | 'Verifies other keys', copy: string) => {
    await keys.create(name, purpose);
    await keys.reveal.getByRole('button', { name: copy }).click();
    await expect(keys.reveal.getByText('Copied.')).toBeVisible();
    commands += `${await clipboard(page)}\n`;
    secret = recordSecret('key', await keys.secret());
    await keys.reveal.getByRole('button', { name: 'Close', exact: true }).click();
    await expect(keys.row(name)).toHaveAttribute('data-marked', 'true');
  };

  await test.step('a verifier and an integration key, whose commands run unchanged', async () => {
    await create('Gateway', 'Verifies other keys', 'Copy command');
    expect(lastJson(await bash(commands)), 'by itself it verifies itself').toMatchObject({ code: 'VALID', key: { name: 'Gateway' } });
    await create('Billing export', 'Integration', 'Copy verify command');
    expect(lastJson(await bash(commands))).toMatchObject({ valid: true, code: 'VALID', key: { name: 'Billing export' } });
    // The verifier's own command takes the key in question from the shell.
    expect(lastJson(await bash(`KEY='${secret}'\n${commands.split('\n\n')[0]}`)).code).toBe('VALID');
  });

  await test.step('revoked in the console, the same commands say REVOKED', async () => {
    await keys.choose('Billing export', 'Revoke…');
    await keys.button('Yes, revoke').click();
    await expect(keys.toasts).toContainText('Revoked Billing export');
    // Within the promise: what this isolate remembers is at most 5 s old.
    await expect.poll(async () => lastJson(await bash(commands)).code, { timeout: 6_000 }).toBe('REVOKED');
  });

  await test.step('Ctrl-C leaves nothing running', async () => {
    const family = start.family();
    expect(family.length).toBeGreaterThan(2);
    await start.interrupt();
    const left = () => processes().filter((process) => family.some(({ id, name }) => id === process.id && name === process.name));
    await expect.poll(left).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });

  await test.step('a second start builds nothing and keeps the data', async () => {
    start = Xtask.start(clone, 'newcomer', 'start', '--port', String(port));
    expect(await start.url(), 'set up already').toBe(`http://localhost:${port}/`);
    expect(start.output()).not.toMatch(/Building|Installing|Compiling [a-z]+-[a-z]+ \d/);
    expect(lastJson(await bash(commands)).code).toBe('REVOKED');
    await page.goto(`http://localhost:${port}/keys?inactive=1`);
    await expect(keys.row('Billing export')).toContainText('Revoked');
    await start.interrupt();
  });
  expect(existsSync(join(clone, '.wrangler/state'))).toBe(true);
  retain(clone, 'newcomer');
});
