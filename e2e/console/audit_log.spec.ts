import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import type { Page } from '@playwright/test';

import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe';
import { Company } from '../support/company';
import { parsed } from '../support/csv';
import { databaseFile } from '../support/database';
import { expectSuccess } from '../support/expectations';
import { Claviger } from '../support/fixtures';
import { manyAuditRecords, organizationWithAdmin, stateWith } from '../support/many_keys';
import { signInWith } from '../support/organizations';
import { savedHead, Tamperer } from '../support/tampering';
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
    /^Key .* revoked the key “Billing”: “Pasted into a chat”$/,
    /^Key .* disabled the key “Billing”$/,
    /^Key .* changed the key “Billing”: renamed it to “Billing” and changed the access to read and write$/,
    /^Key .* made the key “=Billing”$/,
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
  expect(rows[0]![head!.indexOf('sentence')]).toMatch(/^Key .* revoked the key “Billing”: “Pasted into a chat”\.$/);
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

test('members are told where to look, and another organization’s log says whose it is', async ({ as, claviger, page, unique, watch }) => {
  watch.allow(/status of 404/);
  await as('member', '/audit-log');
  await expect(page.getByText('owners and administrators read what was done')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit log' })).toHaveCount(0);
  const company = await Company.make(claviger, unique('Elsewhere'));
  await as('owner', `/organizations/${company.tenant.id}/audit-log`);
  await expect(page.getByText('You are looking at')).toBeVisible();
  await expect(entries(page).first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Audit log', exact: true })).toHaveAttribute('aria-current', 'page');

  // Of one that is gone too, from the entry of its end.
  const { name } = await company.tenant.record();
  expectSuccess(await claviger.owner.sendJson('DELETE', `/api/v2/organizations/${company.tenant.id}`, { name }));
  await page.goto(`/audit-log?target=organization:${company.tenant.id}`);
  await entries(page).filter({ hasText: 'deleted' }).locator('summary').click();
  await page.getByRole('link', { name: 'Its own audit log' }).click();
  await expect(page).toHaveURL(`/organizations/${company.tenant.id}/audit-log`);
  await expect(page.getByText(`There is no organization ${company.tenant.id} any more. What happened in it stays here.`)).toBeVisible();
  await expect(entries(page).last()).toContainText('made the organization');
  await expectNoViolations(page, 'of an organization that is gone');
  await page.goto(`/organizations/${company.tenant.id}/keys`);
  await expect(page.getByText('What happened in it stays here')).toHaveCount(0);
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
  const many = { id: 0 };
  const [tampered, at] = [['exchanged', 'beheaded', 'sealed', 'moved', 'inserted', 'resealed', 'signature', 'otherKey', 'older'] as const, new Map<string, number>()];
  const from = stateWith('verified', (database) => {
    many.id = organizationWithAdmin(database, 'Much has happened').id;
    manyAuditRecords(database, many.id, 2_500);
    for (const name of tampered) {
      at.set(name, organizationWithAdmin(database, name).id);
      manyAuditRecords(database, at.get(name)!, 10, 3);
    }
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
  const tamperer = new Tamperer(database);
  const [, one, other] = tamperer.ids(many.id);
  tamperer.run(
    `UPDATE audit_log SET actor_name = 'Somebody else' WHERE id = ${one}`,
    `DELETE FROM audit_log WHERE id = ${other}`,
    `DELETE FROM audit_seals WHERE organization_id = ${many.id} AND position > 2400`,
    `DELETE FROM audit_log WHERE organization_id = ${many.id} AND id NOT IN (SELECT audit_id FROM audit_seals)`,
  );
  const expected = tamperWith(tamperer, (name) => at.get(name)!);
  const kept = savedHead(tamperer.heads(at.get('older')!)[0]!);
  const [fourth] = tamperer.ids(at.get('older')!).slice(3);
  tamperer.forget(at.get('older')!, fourth!);
  database.close();
  await claviger.worker.restart();
  await verify(page).click();
  await expect(result).toContainText('The log is not what it was: 3 findings in 2400 records.', { timeout: 30_000 });
  await expect(result.getByRole('listitem')).toHaveText([
    new RegExp(`^Record ${one} was changed after it was sealed\\. It now says: .+, Somebody else, api_key\\.updated, “Deployment”\\.$`),
    `Record ${other} was removed; only its seal is left.`,
    /^The log ends with record \d+, but was signed up to record \d+ on .*: 100 records are gone from its end\.$/,
  ]);
  await expect(page.getByRole('alert').filter({ hasText: 'not what it was' })).toContainText('docs/AUDIT.md');
  await expectNoViolations(page, 'with findings', 'whole');
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page, 'with findings');

  // Whatever else somebody does who can write to the database.
  const check = async (): Promise<void> => {
    await verify(page).click();
    await expect(result).toBeFocused({ timeout: 20_000 });
  };
  for (const [name, found] of Object.entries(expected)) {
    await page.goto(`${claviger.origin}/organizations/${at.get(name)}/audit-log`);
    await check();
    await expect(result.getByRole('listitem'), name).toHaveText(found);
  }

  // An older database that was put back is whole in itself: what was kept of it elsewhere shows it.
  await page.goto(`${claviger.origin}/organizations/${at.get('older')}/audit-log`);
  await check();
  await expect(result).toContainText('All 4 records are as they were sealed.');
  const compare = page.getByText('Compare with a proof that you kept');
  await compare.click();
  const choose = (text: string) => page.getByLabel('Signed head').setInputFiles({ name: 'head.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  const foreign = JSON.parse(kept);
  foreign.head.organization_id += 1;
  for (const [text, problem] of [
    ['{}', 'This is no file that was saved by “Save signed head”.'],
    [JSON.stringify(foreign), "This proof is of another organization's log."],
    [kept.replace(/"hash":"./, '"hash":"g'), 'This proof is not as it was saved: its signature does not fit.'],
  ] as const) {
    await choose(text);
    await compare.click();
    await verify(page).click();
    await expect(page.locator('#verify-proof-problem')).toHaveText(problem);
    await expect(page.getByLabel('Signed head')).toBeFocused();
    await expect(result).toHaveCount(0);
  }
  await choose(kept);
  await check();
  await expect(result.getByRole('listitem')).toHaveText([new RegExp(`^The log ends with record ${fourth}, but was signed up to record \\d+ on .*: 6 records are gone from its end\\.$`)]);

  // A browser that cannot check signatures says so, and finds what the seals tell: neither has Ed25519, the second has nothing at all.
  await page.goto(`${claviger.origin}/organizations/${at.get('signature')}/audit-log`);
  for (const without of [
    () => {
      const importKey = crypto.subtle.importKey.bind(crypto.subtle) as (...given: any[]) => Promise<CryptoKey>;
      crypto.subtle.importKey = (...given: any[]) => (given[2] === 'Ed25519' ? Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError')) : importKey(...given));
    },
    () => Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined }),
  ]) {
    await page.evaluate(without);
    await check();
    await expect(result).toContainText('All 10 records are as they were sealed. This browser cannot check signatures (Ed25519): only the seals were checked');
    await expect(result.getByRole('listitem')).toHaveCount(0);
  }
});

/** What is done to each of these organizations, and what must be said of it. */
function tamperWith(tamperer: Tamperer, id: (name: string) => number): Record<string, (string | RegExp)[]> {
  const records = (name: string): [number, (number: number) => number] => [id(name), (number) => tamperer.ids(id(name))[number]!];
  const changed = (record: number): RegExp => new RegExp(`^Record ${record} was changed after it was sealed\\. It now says: .+$`);
  const expected: Record<string, (string | RegExp)[]> = {};

  let [organization, at] = records('exchanged');
  expected.exchanged = [changed(at(3)), changed(at(6))];
  tamperer.exchange(at(3), at(6));

  [organization, at] = records('beheaded');
  expected.beheaded = [`The 3 records before record ${at(3)} were removed.`];
  const third = at(2);
  for (const [table, column] of [['audit_log', 'id'], ['audit_seals', 'audit_id']]) {
    tamperer.run(`DELETE FROM ${table} WHERE organization_id = ${organization} AND ${column} <= ${third}`);
  }

  [organization, at] = records('sealed');
  expected.sealed = [changed(at(4)), `The seal of record ${at(5)} does not follow that of record ${at(4)}: one of them was made anew.`];
  tamperer.run(`UPDATE audit_seals SET hash = '${'f'.repeat(64)}' WHERE audit_id = ${at(4)}`);

  // Of two organizations: what one has lost the other has too much.
  [organization, at] = records('moved');
  const moved = at(5);
  expected.moved = [changed(moved)];
  expected.inserted = ['Record -7 was put in afterwards: it has no seal.', `Record ${moved} was put in afterwards: it has no seal.`];
  tamperer.run(
    `UPDATE audit_log SET organization_id = ${id('inserted')} WHERE id = ${moved}`,
    `INSERT INTO audit_log SELECT -7, organization_id, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, details, ip, request_id FROM audit_log WHERE id = ${moved}`,
  );

  [organization, at] = records('resealed');
  expected.resealed = [new RegExp(`^The head that was signed on .+ names another seal of record ${at(9)}: the records up to it were sealed anew\\.$`)];
  tamperer.run(`UPDATE audit_log SET actor_name = 'Somebody else' WHERE id = ${at(2)}`);
  tamperer.seal(organization);

  [organization, at] = records('signature');
  expected.signature = [new RegExp(`^The head of record ${at(9)}, dated .+, has a wrong signature\\.$`)];
  tamperer.run(`UPDATE audit_heads SET signed_at = signed_at + 1 WHERE organization_id = ${organization}`);

  // However many heads somebody else signs, what is wrong besides is found.
  [organization, at] = records('otherKey');
  expected.otherKey = [
    new RegExp(`^9 heads, the last of them of record ${at(8)} and dated .+, are signed with a key that is not this Claviger's, ${tamperer.publicKey}, and prove nothing`),
    `Record ${at(7)} was removed; only its seal is left.`,
  ];
  tamperer.sign(organization, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  tamperer.run(`DELETE FROM audit_log WHERE id = ${at(7)}`);
  return expected;
}

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
