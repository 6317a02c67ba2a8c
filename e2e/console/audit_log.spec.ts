import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import type { Page } from '@playwright/test';

import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { Company } from '../support/company';
import { parsed } from '../support/csv';
import { databaseFile } from '../support/database';
import { Claviger } from '../support/fixtures';
import { manyAuditRecords, organizationWithAdmin, stateWith } from '../support/many_keys';
import { signInWith } from '../support/organizations';
import { expect, signIn, test } from './fixtures';

const entries = (page: Page) => page.getByRole('list', { name: 'Entries, newest first' }).getByRole('listitem');
const verify = (page: Page) => page.getByRole('button', { name: 'Verify chain' });
/** The request for the second range. */
const SECOND = /audit_log\/verify\?.*after=1000&?$/;

async function exported(page: Page, button: string): Promise<{ name: string; text: string }> {
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  const download = await saved;
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

test('what was done is told in sentences, found by filters that are in the address, and exported as it is read', async ({ claviger, context, page, unique }) => {
  const company = await Company.make(claviger, unique('Told'));
  const key = await company.tenant.key('=Billing');
  const at = `/api/v2/api_keys/${key.id}`;
  await company.owner.client.patch(at, { access: 'read_write', name: 'Billing' });
  await company.owner.client.patch(at, { active: false });
  await company.owner.client.post(`${at}/revoke`, { reason: 'Pasted into a chat' });
  await company.hire('member', 'Mia Member');
  await signInWith(context, claviger.origin, company.owner.secret);
  await page.goto('/keys');
  await page.getByRole('link', { name: 'Audit log', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Audit log', level: 1 })).toBeFocused();
  await expect(page).toHaveTitle('Audit log · Claviger');
  const told = entries(page).filter({ hasText: 'Billing' }).locator('.log-sentence');
  await expect(told).toHaveText([
    /^Olivia Owner \(by API key\) revoked the key “Billing”: “Pasted into a chat”$/,
    /^Olivia Owner \(by API key\) disabled the key “Billing”$/,
    /^Olivia Owner \(by API key\) changed the key “Billing”: renamed it to “Billing” and changed the access to read and write$/,
    /^Ada Owner \(by API key\) made the key “=Billing”$/,
  ]);
  await expect(entries(page).filter({ hasText: 'Mia Member' }).first()).toContainText(/came in by an invitation|let Mia Member in/);

  // Before and after, on demand and by the keyboard.
  const changed = entries(page).filter({ hasText: 'read and write' });
  await expect(changed.getByText('read_only')).toBeHidden();
  await changed.locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(changed.locator('dd').filter({ hasText: 'read_only → read_write' })).toBeVisible();
  await expect(changed.locator('dl')).toContainText(/From/);
  await expectNoViolations(page, 'with details', 'whole');

  await page.getByLabel('What', { exact: true }).selectOption('Keys revoked');
  await expect(page).toHaveURL('/audit-log?action=api_key.revoked');
  await expect(entries(page)).toHaveCount(1);
  const csv = await exported(page, 'Export CSV');
  expect(csv.name).toMatch(/^claviger-audit-log-\d{4}-\d\d-\d\d\.csv$/);
  const [head, ...rows] = parsed(csv.text.replace(/^\ufeff/, ''));
  expect(rows).toHaveLength(1);
  expect(rows[0]![head!.indexOf('sentence')]).toMatch(/^Olivia Owner \(by API key\) revoked the key “Billing”: “Pasted into a chat”\.$/);
  await page.getByLabel('What', { exact: true }).selectOption('Everything');
  await page.getByLabel('About', { exact: true }).selectOption('Keys');
  await expect(page).toHaveURL('/audit-log?target=api_key');
  await page.reload();
  await expect(page.getByLabel('About', { exact: true }).locator('option:checked')).toHaveText('Keys');
  const json = await exported(page, 'Export JSON');
  const all = JSON.parse(json.text);
  const answer = await company.owner.client.get('/api/v2/audit_log?target_type=api_key&per_page=1000');
  expect(all.map(({ sentence: _, ...record }: any) => record)).toEqual(answer.json.data);
  expect(json.text + csv.text).not.toMatch(/clv_[0-9A-Za-z]{20}/);
  // A spreadsheet takes none of it for a formula.
  expect((await exported(page, 'Export CSV')).text).toContain('"\'=Billing"');

  await page.getByLabel('From', { exact: true }).fill('2030-01-01');
  await expect(page).toHaveURL('/audit-log?target=api_key&from=2030-01-01');
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await expectNoViolations(page, 'nothing found');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL('/audit-log');
  await expect(told.first()).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('2030-01-01');

  // From the key and from the person, to what is about them.
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('link', { name: 'In the audit log' }).click();
  await expect(page).toHaveURL(`/audit-log?target=api_key:${key.id}`);
  await expect(page.getByText(`Only about key ${key.id}`)).toBeVisible();
  await expect(entries(page)).toHaveCount(4);
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(page).toHaveURL('/audit-log?target=api_key');
  await page.goto(`/people/${company.owner.id}`);
  await page.getByRole('link', { name: 'What they did' }).click();
  await expect(page).toHaveURL(`/audit-log?actor=user:${company.owner.id}`);
});

test('members are told where to look, and another organization’s log says whose it is', async ({ as, claviger, page, unique }) => {
  await as('member', '/audit-log');
  await expect(page.getByText('owners and administrators read what was done')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit log' })).toHaveCount(0);
  const company = await Company.make(claviger, unique('Elsewhere'));
  await as('owner', `/organizations/${company.tenant.id}/audit-log`);
  await expect(page.getByText('You are looking at')).toBeVisible();
  await expect(entries(page).first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Audit log', exact: true })).toHaveAttribute('aria-current', 'page');
});

test('a log that cannot be read is said to be so, and asked for again', async ({ as, page, watch }) => {
  watch.allow(/status of 503/);
  const unavailable = { status: 503, json: { success: false, data: null, error_code: 'internal', error_message: 'Not now.', errors: [] } };
  await page.route('**/audit_log?**', (route) => route.fulfill(unavailable));
  await as('owner', '/audit-log');
  await expect(page.getByRole('heading', { name: 'The audit log could not be loaded' })).toBeVisible();
  await page.unroute('**/audit_log?**');
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(entries(page).first()).toBeVisible();
  await page.route('**/audit_log/verify?**', (route) => route.fulfill(unavailable));
  await verify(page).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Not now. Nothing is known of the rest.' })).toBeVisible();
});

test('the chain is verified in the browser, with a progress that can be stopped, and what was altered is named', async ({ afterwards, context, page }) => {
  test.slow();
  const many = { id: 0, secret: '' };
  const from = stateWith('verified', (database) => {
    Object.assign(many, organizationWithAdmin(database, 'Much has happened'));
    manyAuditRecords(database, many.id, 2_500);
  });
  const claviger = await Claviger.start('verified', { from });
  afterwards(() => claviger.worker.kill());
  await claviger.worker.runSchedule();
  await claviger.worker.runSchedule();
  await signIn(context, claviger, 'owner');
  await page.goto(`${claviger.origin}/organizations/${many.id}/audit-log`);
  await expect(entries(page)).toHaveCount(50);
  await page.getByRole('button', { name: 'Show earlier' }).click();
  await expect(entries(page)).toHaveCount(100);
  await expect(entries(page).nth(50)).toBeFocused();

  // The second range waits: meanwhile it can be seen how far it is, and stopped. With a short list, of which axe is soon done,
  // and without the spinner, which never ends.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(`${claviger.origin}/organizations/${many.id}/audit-log?from=2030-01-01`);
  let release = () => {};
  const held = new Promise<void>((go) => (release = go));
  await page.route(SECOND, async (route) => {
    await held;
    await route.continue();
  });
  await verify(page).click();
  await expect(page.getByText('1000 of 2500 records')).toBeVisible();
  await expect(page.getByRole('progressbar')).toHaveJSProperty('value', 1000);
  await expectNoViolations(page, 'under way');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(verify(page)).toBeFocused();
  await expect(page.getByRole('progressbar')).toHaveCount(0);
  release();

  await page.keyboard.press('Enter');
  const result = page.locator('#verify-result');
  await expect(result).toContainText('All 2500 records are as they were sealed.', { timeout: 30_000 });
  await expect(result).toContainText(/Signed up to record \d+ on /);
  await expect(result).toBeFocused();
  await result.getByText('Keep the proof').click();
  const head = await exported(page, 'Save signed head');
  expect(JSON.parse(head.text).head).toMatchObject({ organization_id: many.id, position: 2_500 });
  await expectNoViolations(page, 'verified', 'whole');

  await claviger.worker.kill('SIGTERM');
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  // The Worker may still be letting go of it.
  database.exec('PRAGMA busy_timeout = 10000');
  const [, one, other] = database.prepare('SELECT id FROM audit_log WHERE organization_id = ? ORDER BY id').all(many.id).map(({ id }) => Number(id));
  const past = (table: string, statement: string) => {
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE ?").all(`${table}%append_only%`)) {
      database.exec(`DROP TRIGGER ${name}`);
    }
    database.exec(statement);
  };
  past('audit_log', `UPDATE audit_log SET actor_name = 'Somebody else' WHERE id = ${one}`);
  past('audit_log', `DELETE FROM audit_log WHERE id = ${other}`);
  past('audit_seals', `DELETE FROM audit_seals WHERE organization_id = ${many.id} AND position > 2400`);
  past('audit_log', `DELETE FROM audit_log WHERE organization_id = ${many.id} AND id NOT IN (SELECT audit_id FROM audit_seals)`);
  database.close();
  await claviger.worker.restart();
  await verify(page).click();
  await expect(result).toContainText('The log is not what it was: 3 findings in 2400 records.', { timeout: 30_000 });
  await expect(result.getByRole('listitem')).toHaveText([
    `Record ${one} was changed after it was sealed.`,
    `Record ${other} was removed; only its seal is left.`,
    /^The log ends with record \d+, but was signed up to record \d+ on .*: 100 records are gone from its end\.$/,
  ]);
  await expect(page.getByRole('alert').filter({ hasText: 'not what it was' })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test('axe finds nothing, and nothing is wider than a phone', async ({ as, page }) => {
      await as('owner', '/audit-log');
      await expect(entries(page).first()).toBeVisible();
      await entries(page).first().locator('summary').click();
      await expectNoViolations(page, 'the log', 'whole');
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoSidewaysScroll(page, 'a phone');
      const box = await entries(page).first().locator('summary').boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
      await expectNoViolations(page, 'a phone');
    });
  });
}
