import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bearer } from '../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { runSchedule, runSql, twoIsolates } from '../support/isolates';
import { manyAuditRecords, organizationWithAdmin, stateWith } from '../support/many_keys';
import { made, RESULTS, ROOT } from '../support/paths';
import { publicKeyOf } from '../support/tampering';
import { newSigningKey } from '../support/worker';

const PATH = '/api/v2/audit_log/verify';
/** Records of each organization that is tampered with. */
const MANY = 12;

test.describe('what is refused', () => {
  for (const [query, field, message] of [
    ['after=x', 'after', /next_after/],
    ['after=-1', 'after', /next_after/],
    ['after=00', 'after', /next_after/],
    ['after=9007199254740992', 'after', /next_after/],
    ['per_page=0', 'per_page', /1 to 1000/],
    ['per_page=1001', 'per_page', /1 to 1000/],
  ] as const) {
    test(`?${query} is refused by name`, async ({ claviger }) => {
      const answer = await nothingChanges(claviger.database, () => claviger.owner.get(`${PATH}?${query}`));
      expectFieldRefusal(answer, 'invalid_parameter', field, message);
    });
  }

  test('members, weak keys and other organizations get nothing', async ({ claviger }) => {
    expectRefusal(await claviger.anonymous.get(PATH), 401, 'authentication_required');
    for (const client of [claviger.integration, claviger.verifier, await claviger.session('member')]) {
      expectRefusal(await client.get(PATH), 403, 'forbidden');
    }
    for (const id of [1, 9999]) {
      expectRefusal(await claviger.foreignAdmin.get(`/api/v2/organizations/${id}/audit_log/verify`), 404, 'not_found');
    }
    expectRefusal(await claviger.owner.get('/api/v2/organizations/9999/audit_log/verify'), 404, 'not_found');
    expect(expectSuccess(await claviger.foreignAdmin.get(PATH)).organization_id).toBe(2);
  });

  test('nobody writes it', async ({ claviger }) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expectRefusal(await claviger.owner.sendJson(method, PATH, {}), 405, 'method_not_allowed');
    }
  });
});

test.describe('sealed', () => {
  test.describe.configure({ mode: 'serial' });

  const tampered = ['changed', 'removed', 'gone', 'cut', 'resealed', 'signature', 'otherKey', 'inserted', 'robbed', 'below', 'behind', 'whole'] as const;
  const organizations = new Map<string, { id: number; secret: string; first: number }>();
  let claviger: Claviger;

  test.beforeAll(async () => {
    // As it was before there were seals: records of set-up, of a bulk operation, and of several organizations among each other.
    const from = stateWith('sealed', (database) => {
      for (const name of tampered) {
        organizations.set(name, { ...organizationWithAdmin(database, name), first: 0 });
      }
      // All of it before the others', so that there are ids behind its end.
      manyAuditRecords(database, organizations.get('behind')!.id, MANY, 3);
      const others = [...organizations].filter(([name]) => name !== 'behind').map(([, { id }]) => id);
      for (const id of [...others, ...others]) {
        manyAuditRecords(database, id, MANY / 2, 3);
      }
      const first = database.prepare('SELECT min(id) AS id FROM audit_log WHERE organization_id = ?');
      for (const organization of organizations.values()) {
        organization.first = Number(first.get(organization.id)!.id);
      }
    });
    // As while the signing key is replaced: each isolate signs with its own, and knows that of the other as one of before.
    const seeds = [newSigningKey(), newSigningKey()] as const;
    const signing = (own: string, former: string): string =>
      `AUDIT_SIGNING_KEY = "${own}"\nAUDIT_FORMER_KEYS = "${publicKeyOf(newSigningKey())}, ${publicKeyOf(former)}"\n`;
    claviger = await twoIsolates('sealed', { from, variables: [signing(...seeds), signing(seeds[1], seeds[0])] });
  });
  test.afterAll(() => claviger.worker.kill());

  const idIn = (name: string, number: number): number =>
    Number(claviger.database.rows('SELECT id FROM audit_log WHERE organization_id = ? ORDER BY id', organizations.get(name)!.id)[number]!.id);
  const without = async (table: string, kind: string, statement: string): Promise<void> => {
    const trigger = claviger.database.row(`SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '${table}%${kind}'`);
    await runSql(claviger, `DROP TRIGGER ${trigger.name}`);
    await runSql(claviger, statement);
    await runSql(claviger, String(trigger.sql));
  };
  /** What the program in docs/ says, which shares no code with Claviger. */
  const verified = (secret: string, noted: string[] = [], more: Record<string, string> = {}): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      // Node's own warnings, of colours and the like, are not what the program says.
      const command = ['--no-warnings', join(ROOT, 'docs/verify-audit-log.mjs'), claviger.origin, ...noted];
      execFile(process.execPath, command, { env: { ...process.env, CLAVIGER_KEY: secret, ...more } }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
      });
    });

  test('two runs at once seal every record once, from the first one on, and sign', async () => {
    await Promise.all(['A', 'B', 'A', 'B'].map((isolate) => runSchedule(claviger, isolate)));
    const unsealed = 'SELECT count(*) AS n FROM audit_log WHERE id NOT IN (SELECT audit_id FROM audit_seals)';
    await expect.poll(() => claviger.database.row(unsealed).n).toBe(0);
    await runSchedule(claviger);
    expect(claviger.database.row('SELECT count(*) AS n FROM audit_unsigned').n).toBe(0);
    const counts = claviger.database.rows(
      `SELECT (SELECT count(*) FROM audit_seals s WHERE s.organization_id = o.id) AS sealed, (SELECT max(position) FROM audit_seals s
       WHERE s.organization_id = o.id) AS last, (SELECT count(*) FROM audit_log a WHERE a.organization_id = o.id) AS written,
       (SELECT count(*) FROM audit_heads h WHERE h.organization_id = o.id) AS heads FROM organizations o WHERE o.id IN (SELECT organization_id FROM audit_log)`,
    );
    expect(counts.length, 'those, and the one that was set up').toBe(tampered.length + 1);
    for (const { sealed, last, written, heads } of counts) {
      expect([sealed, last, heads]).toEqual([written, written, 1]);
    }
    expect(claviger.worker.logged()).not.toContain('seal_audit_log');
    expect(await verified(claviger.secrets.foreignAdmin)).toEqual({ code: 0, said: expect.stringMatching(/^0 records.*\nnot signed yet\n$/) });
    for (const secret of [claviger.secrets.owner, organizations.get('whole')!.secret]) {
      const { code, said } = await verified(secret);
      expect(said).toMatch(/signed up to record \d+/);
      expect(code, said).toBe(0);
    }
  });

  test('what comes later is sealed on, and signed with the next day', async () => {
    const { id, secret } = organizations.get('whole')!;
    const admin = bearer(claviger.origin, secret);
    const before = expectSuccess(await admin.get(`${PATH}?per_page=1000`));
    expect(before).toMatchObject({ sealed: MANY, waiting: 0, unsealed: [], next_after: null });
    const key = await claviger.made({ name: 'Later' }, admin);
    expect(expectSuccess(await admin.get(`${PATH}?after=${MANY}`))).toMatchObject({ records: [], waiting: 1, sealed: MANY });
    await runSchedule(claviger);
    const after = expectSuccess(await admin.get(`${PATH}?per_page=1000`));
    expect(after.records.slice(0, MANY)).toEqual(before.records);
    expect(after.records[MANY]).toMatchObject({ seal: { position: MANY + 1, previous: before.records[MANY - 1].seal.hash }, record: { action: 'api_key.created', target_id: key.id } });
    expect(after.heads).toEqual(before.heads);
    expect(after.heads).toMatchObject([{ organization_id: id, position: MANY, public_key: after.public_key }]);
    const due = Number(claviger.database.row('SELECT due_at FROM audit_unsigned WHERE organization_id = ?', id).due_at);
    expect(due).toBe((Math.floor(Date.parse(before.heads[0].signed_at) / 86_400_000) + 1) * 86_400_000);
    await runSql(claviger, `UPDATE audit_unsigned SET due_at = 0 WHERE organization_id = ${id}`);
    // With the other key than the one before, which still counts.
    const [first] = after.heads;
    await runSchedule(claviger, first.public_key === after.public_key ? 'B' : 'A');
    const { heads, public_key, former_keys } = expectSuccess(await admin.get(PATH));
    expect(heads.map((head: any) => head.position)).toEqual([MANY, MANY + 1]);
    expect(heads.map((head: any) => head.public_key).toSorted()).toEqual([public_key, former_keys[1]].toSorted());
    const { code, said } = await verified(secret);
    expect([code, said]).toEqual([0, expect.stringContaining(`with ${heads[1].public_key}`)]);
    const noted = await verified(secret, [heads[1].public_key]);
    expect([noted.code, noted.said]).toEqual([1, expect.stringContaining(`is signed with another key, ${heads[0].public_key}`)]);
    // Compared with a proof that was kept, here and in a log that it is not of; and checked by who administers all.
    const proof = join(made(join(RESULTS, 'proofs')), 'head.json');
    writeFileSync(proof, JSON.stringify({ head: heads[0] }));
    expect((await verified(secret, [proof])).code).toBe(0);
    expect(await verified(organizations.get('otherKey')!.secret, [proof])).toEqual({ code: 2, said: expect.stringContaining('another organization') });
    const all = await verified(claviger.secrets.owner, [proof], { CLAVIGER_ORGANIZATION: String(id) });
    expect([all.code, all.said]).toEqual([0, expect.stringContaining(`${MANY + 1} records`)]);
    writeFileSync(proof, JSON.stringify({ head: { ...heads[0], position: MANY - 1 } }));
    expect(await verified(secret, [proof])).toEqual({ code: 2, said: expect.stringContaining('wrong signature') });
    // In ranges it is the same chain.
    const walked: any[] = [];
    for (let next: number | null = 0; next !== null;) {
      const range: any = expectSuccess(await admin.get(`${PATH}?per_page=5&after=${next}`));
      walked.push(range);
      next = range.next_after;
    }
    expect(walked).toHaveLength(3);
    expect(walked.flatMap((range) => range.records)).toEqual(after.records);
    expect(walked.flatMap((range) => range.heads.map((head: any) => head.position))).toEqual([MANY, MANY + 1]);
  });

  test('seals and heads are only ever added', async () => {
    for (const table of ['audit_seals', 'audit_heads']) {
      const before = claviger.database.count(table);
      for (const statement of [`DELETE FROM ${table}`, `UPDATE ${table} SET hash = '${'0'.repeat(64)}'`, `INSERT OR REPLACE INTO ${table} SELECT * FROM ${table}`]) {
        await expect(runSql(claviger, statement)).rejects.toThrow();
      }
      expect(claviger.database.count(table)).toBe(before);
    }
    const put = (id: number): string => `INSERT INTO audit_log SELECT ${id}, organization_id, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, details, ip, request_id FROM audit_log LIMIT 1`;
    await expect(runSql(claviger, put(0))).rejects.toThrow();
    await expect(runSql(claviger, put(-7))).rejects.toThrow();
    const fork = `INSERT INTO audit_seals SELECT 9000000, organization_id, position + 1, salt, '${'f'.repeat(64)}', hash FROM audit_seals WHERE organization_id = 1 ORDER BY position DESC LIMIT 1`;
    await expect(runSql(claviger, fork)).rejects.toThrow();
  });

  test('who may not see a record checks it by its digest', async () => {
    const hidden = await claviger.made({ name: 'Hidden verifier', role: 'verifier' });
    await runSchedule(claviger);
    const all = async (client: typeof claviger.owner): Promise<any> => expectSuccess(await client.get(`${PATH}?per_page=1000`));
    const [whole, partly] = [await all(claviger.owner), await all(claviger.holderOf('admin'))];
    const at = whole.records.findIndex((one: any) => one.record.target_id === hidden.id && one.record.target_type === 'api_key');
    expect(whole.records[at]).toMatchObject({ digest: null, record: { target_name: 'Hidden verifier' } });
    expect(partly.records[at]).toEqual({ seal: whole.records[at].seal, record: null, salt: null, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(JSON.stringify(partly)).not.toContain('Hidden verifier');
    expect((await verified(claviger.secrets.admin)).code).toBe(0);
    // In a tenant's log nothing is hidden, whatever a note that nobody has sealed says.
    const { secret, first } = organizations.get('whole')!;
    const tenant = bearer(claviger.origin, secret);
    await runSql(claviger, `INSERT INTO audit_for_system (audit_id) VALUES (${first})`);
    expect((await all(tenant)).records[0]).toMatchObject({ record: { id: first }, digest: null });
    expect(expectSuccess(await tenant.get('/api/v2/audit_log?per_page=1000')).map((record: any) => record.id)).toContain(first);
  });

  test('whatever is done to the database is found and named', async () => {
    const expected: Record<string, RegExp> = {};
    const ids = (name: string) => ({ organization: organizations.get(name)!.id, at: (number: number) => idIn(name, number) });

    let { organization, at } = ids('changed');
    expected.changed = new RegExp(`FOUND: record ${at(4)} was changed`);
    await without('audit_log', 'update', `UPDATE audit_log SET actor_name = 'Somebody else' WHERE id = ${at(4)}`);

    ({ organization, at } = ids('removed'));
    expected.removed = new RegExp(`FOUND: record ${at(4)} was removed`);
    await without('audit_log', 'delete', `DELETE FROM audit_log WHERE id = ${at(4)}`);

    ({ organization, at } = ids('gone'));
    const [gone, last, next] = [at(4), at(3), at(5)];
    expected.gone = new RegExp(`FOUND: something is missing or out of order between record ${last} and record ${next}`);
    await without('audit_log', 'delete', `DELETE FROM audit_log WHERE id = ${gone}`);
    await without('audit_seals', 'delete', `DELETE FROM audit_seals WHERE audit_id = ${gone}`);

    ({ organization, at } = ids('cut'));
    expected.cut = new RegExp(`FOUND: the log was signed up to record ${at(MANY - 1)} on .* and ends with record ${at(MANY - 3)}`);
    const tail = at(MANY - 3);
    await without('audit_log', 'delete', `DELETE FROM audit_log WHERE organization_id = ${organization} AND id > ${tail}`);
    await without('audit_seals', 'delete', `DELETE FROM audit_seals WHERE organization_id = ${organization} AND audit_id > ${tail}`);

    // Taken away from a record on, and sealed again by Claviger itself after the change.
    ({ organization, at } = ids('resealed'));
    const from = idIn('whole', MANY) + 1_000_000;
    const moved = `SELECT ${from} + id, organization_id, at, actor_type, actor_id, 'Somebody else', action, target_type, target_id, target_name, details, ip, request_id FROM audit_log WHERE organization_id = ${organization} ORDER BY id`;
    expected.resealed = /FOUND: the head of record \d+ names another seal/;
    await runSql(claviger, `INSERT INTO audit_log ${moved}`);
    await without('audit_log', 'delete', `DELETE FROM audit_log WHERE organization_id = ${organization} AND id < ${from}`);
    await without('audit_seals', 'delete', `DELETE FROM audit_seals WHERE organization_id = ${organization}`);

    ({ organization, at } = ids('signature'));
    expected.signature = new RegExp(`FOUND: the head of record ${at(MANY - 1)} has a wrong signature`);
    await without('audit_heads', 'update', `UPDATE audit_heads SET signed_at = signed_at + 1 WHERE organization_id = ${organization}`);

    ({ organization, at } = ids('inserted'));
    const between = Number(claviger.database.row('SELECT max(id) + 1 AS id FROM audit_log WHERE organization_id = ? AND id < ?', organization, at(MANY / 2)).id);
    expected.inserted = new RegExp(`FOUND: record ${between} has no seal`);
    // Ids between belong to other organizations: one of those becomes this one's.
    expected.robbed = new RegExp(`FOUND: record ${between} was changed`);
    await without('audit_log', 'update', `UPDATE audit_log SET organization_id = ${organization} WHERE id = ${between}`);

    // Where no id is given any more: before all, and behind an organization's last seal where another one's record is gone.
    const added = (id: number, name: string) => `INSERT INTO audit_log SELECT ${id}, organization_id, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, details, ip, request_id FROM audit_log WHERE id = ${idIn(name, MANY - 1)}`;
    expected.below = /FOUND: record -7 has no seal[^]*FOUND: record 0 has no seal/;
    await without('audit_log', 'insert', added(-7, 'below'));
    await without('audit_log', 'insert', added(0, 'below'));
    expected.behind = new RegExp(`FOUND: record ${gone} has no seal`);
    await without('audit_log', 'insert', added(gone, 'behind'));

    await runSchedule(claviger);
    for (const [name, finding] of Object.entries(expected)) {
      const { code, said } = await verified(organizations.get(name)!.secret);
      expect(said, name).toMatch(finding);
      expect(code, name).toBe(1);
    }
    const foreign = await verified(organizations.get('otherKey')!.secret, ['A'.repeat(43)]);
    expect(foreign.said).toMatch(/FOUND: the head of record \d+ is signed with another key/);
    expect((await verified(organizations.get('whole')!.secret)).code, 'the others are not touched').toBe(0);
  });
});

test('a log of before is sealed in some runs, and no run takes all of it', async () => {
  test.setTimeout(180_000);
  const secret = { value: '' };
  const from = stateWith('seal-many', (database) => {
    const { id, secret: made } = organizationWithAdmin(database, 'Much has happened');
    manyAuditRecords(database, id, 12_000);
    secret.value = made;
  });
  const claviger = await Claviger.start('seal-many', { from });
  const sealed = (): number => claviger.database.count('audit_seals');
  await claviger.worker.runSchedule();
  const first = sealed();
  expect([first > 1_000, first < 12_000], `${first}`).toEqual([true, true]);
  expect(claviger.database.count('audit_heads'), 'nothing is signed before all is sealed').toBe(0);
  await expect.poll(async () => (await claviger.worker.runSchedule(), sealed()), { timeout: 60_000 }).toBe(claviger.database.count('audit_log'));
  await claviger.worker.runSchedule();
  const admin = bearer(claviger.origin, secret.value);
  const range = expectSuccess(await admin.get(`${PATH}?after=11500&per_page=1000`));
  expect(range).toMatchObject({ sealed: 12_000, next_after: null, unsealed: [], waiting: 0, heads: [{ position: 12_000 }] });
  await claviger.worker.kill('SIGTERM');
});
