import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { parsed } from '../support/csv';
import type { Claviger } from '../support/fixtures';
import { Tenant } from '../support/organizations';
import { expect, test } from './fixtures';

const exporting = (page: Page) => page.getByRole('button', { name: 'Export CSV' });

/** The file of the next download: its name, its text, and its rows by column. */
async function exported(page: Page): Promise<{ name: string; text: string; rows: Record<string, string>[] }> {
  const saved = page.waitForEvent('download');
  await exporting(page).click();
  const download = await saved;
  const text = readFileSync(await download.path(), 'utf8');
  const [head = [], ...lines] = parsed(text.replace(/^\ufeff/, ''));
  const rows = lines.map((cells) => Object.fromEntries(head.map((column, at) => [column, cells[at] ?? ''])));
  return { name: download.suggestedFilename(), text, rows };
}

async function tenantWith(claviger: Claviger, name: string, count: number): Promise<Tenant> {
  const tenant = await Tenant.make(claviger, { name, key_limit: 5_000 });
  for (let from = 0; from < count; from += 1_000) {
    const api_keys = Array.from({ length: Math.min(1_000, count - from) }, (_, at) => ({
      sha256: (from + at + 1).toString(16).padStart(64, '0'),
      name: `Import ${from + at}`,
    }));
    expect((await claviger.owner.post(`${tenant.path}/api_keys/import`, { api_keys })).status).toBe(201);
  }
  return tenant;
}

test('what the filters match is in the file, in their order, and nothing else', async ({ as, claviger, page, unique }) => {
  const part = unique('Exported');
  const all = [
    { name: `${part} b`, description: 'say "no", and\nnew lines; done', access: 'read_write', scopes: ['invoices.read', 'reports.*'] },
    { name: `${part} a`, expires_at: '2099-02-18T09:30:00.000Z', allowed_ips: ['10.0.0.0/8', '2001:db8::/32'] },
    { name: `${part} Größe 東京 🗝` },
  ];
  const made = [];
  for (const attributes of all) {
    made.push(await claviger.made(attributes));
  }
  await claviger.made({ name: `${part} off`, active: false });
  await as('owner', `/keys?q=${encodeURIComponent(part)}&sort=name`);
  await expect(page.getByText('3 keys')).toBeVisible();
  const { name, text, rows } = await exported(page);
  await expect(page.locator('.toasts')).toContainText('Exported 3 keys');
  expect(name).toMatch(/^claviger-keys-\d{4}-\d{2}-\d{2}\.csv$/);
  expect(text.startsWith('\ufeff"id","name","hint"')).toBe(true);
  expect(text.endsWith('\r\n')).toBe(true);
  expect(rows.map((row) => row.name)).toEqual([`${part} a`, `${part} b`, `${part} Größe 東京 🗝`]);
  expect(rows[1]).toMatchObject({
    id: String(made[0].id),
    hint: made[0].hint,
    description: 'say "no", and\nnew lines; done',
    access: 'read_write',
    scopes: 'invoices.read reports.*',
    status: 'active',
    created_at: made[0].created_at,
  });
  expect(rows[0]).toMatchObject({ expires_at: '2099-02-18T09:30:00.000Z', allowed_ips: '10.0.0.0/8 2001:db8::/32' });
  for (const { api_key } of made) {
    expect(text.includes(api_key.slice(8, 28)), 'never a secret').toBe(false);
  }
  await page.getByRole('button', { name: /^Show inactive/ }).click();
  await expect(page.getByText('4 keys')).toBeVisible();
  expect((await exported(page)).rows.map((row) => row.status)).toEqual(['active', 'active', 'active', 'disabled']);
});

test('no cell is a formula', async ({ as, claviger, page, unique }) => {
  const end = unique('formula');
  const names = ['=HYPERLINK("http://evil.example","x")', '+1', '-1', '@SUM(A1)', '＝1', '"=1"'].map((name) => `${name} ${end}`);
  for (const name of names) {
    await claviger.made({ name, description: name });
  }
  await as('owner', `/keys?q=${encodeURIComponent(end)}`);
  await expect(page.getByText('6 keys')).toBeVisible();
  const { text, rows } = await exported(page);
  expect(rows.map((row) => row.name).sort()).toEqual(names.map((name) => (name.startsWith('"') ? name : `'${name}`)).sort());
  expect(rows.map((row) => row.description)).toEqual(rows.map((row) => row.name));
  expect(text).not.toMatch(/(^|,|\n)"?[=+\-@\t＝]/);
});

test('a long export tells how far it is, can be stopped, and is whole', async ({ as, claviger, page, unique }) => {
  const tenant = await tenantWith(claviger, unique('Long'), 1_100);
  await as('owner', `/organizations/${tenant.id}`);
  await expect(page.getByText('1–50 of 1,100 keys')).toBeVisible();
  let release = () => undefined as void;
  let held = new Promise<void>((go) => (release = go));
  await page.route(/after=[^&]/, async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  let downloads = 0;
  page.on('download', () => (downloads += 1));
  await exporting(page).click();
  await expect(page.getByText('1000 of 1100 keys')).toBeVisible();
  await exporting(page).click();
  await expectNoViolations(page, 'an export on its way');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(exporting(page)).toBeFocused();
  await expect(page.getByText('1000 of 1100 keys')).toBeHidden();
  const late = page.waitForResponse(/after=[^&]/);
  release();
  await late;
  held = Promise.resolve();
  const { rows } = await exported(page);
  expect(new Set(rows.map((row) => row.id)).size).toBe(1_100);
  expect(downloads, 'what was stopped saves nothing').toBe(1);
});

test('a network that goes in the middle saves nothing, and says so', async ({ as, claviger, page, unique, watch }) => {
  watch.allow(/ERR_CONNECTION_RESET|Failed to load/);
  const tenant = await tenantWith(claviger, unique('Cut'), 1_001);
  await as('owner', `/organizations/${tenant.id}`);
  await page.route(/after=[^&]/, (route) => route.abort('connectionreset'));
  let downloads = 0;
  page.on('download', () => (downloads += 1));
  await exporting(page).click();
  await expect(page.locator('.toasts')).toContainText('The export stopped, and nothing was saved.');
  await page.unroute(/after=[^&]/);
  expect((await exported(page)).rows).toHaveLength(1_001);
  expect(downloads).toBe(1);
});

test('a member exports their own keys only', async ({ as, page }) => {
  await as('member');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  const { rows } = await exported(page);
  expect(rows.length).toBeGreaterThan(0);
  expect([...new Set(rows.map((row) => row.owner))]).toEqual(['Max Member']);
});

test('with the keyboard, and on a phone', async ({ as, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await as('owner');
  await exporting(page).focus();
  const saved = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  await saved;
  await expect(exporting(page)).toBeFocused();
  await expectNoSidewaysScroll(page, 'the toolbar');
});
