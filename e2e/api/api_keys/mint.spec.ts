import { DatabaseSync } from 'node:sqlite';

import { databaseFile } from '../../support/database';
import { expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { hintOf, SECRET, sha256 } from '../../support/secrets';
import { trailOf } from '../../support/trail';

const PATH = '/api/v2/api_keys';

test.describe('a pending key', () => {
  let claviger: Claviger;
  const pending: Record<string, number> = {};

  // No door makes a pending key yet: a person's first one comes with API management.
  test.beforeAll(async () => {
    claviger = await Claviger.start('pending');
    await claviger.worker.kill('SIGTERM');
    const database = new DatabaseSync(databaseFile(claviger.worker.state));
    const insert = (name: string, kind: string, user: number | null, rest: string): void => {
      const sql = `INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, active, revoked_at, expires_at,
        created_by_type, created_by_name, created_at, updated_at)
        VALUES (1, ?, ?, ?, ?, 'integration', 'read_only', ${rest}, 'system', 'Claviger', 1, 1)`;
      pending[name] = Number(database.prepare(sql).run(kind, user, name, name.toLowerCase()).lastInsertRowid);
    };
    const max = Number(database.prepare("SELECT id FROM users WHERE name = 'Max Member'").get()?.id);
    insert('Service', 'service', null, '1, NULL, NULL');
    insert('Off', 'service', null, '0, NULL, NULL');
    insert('Revoked', 'service', null, '1, 5, NULL');
    insert('Expired', 'service', null, '1, NULL, 5');
    insert('Personal', 'personal', max, '1, NULL, NULL');
    database.close();
    await claviger.worker.restart();
  });
  test.afterAll(() => claviger.worker.kill());

  test('says that it is pending, and has no hint', async () => {
    const key = expectSuccess(await claviger.owner.get(`${PATH}/${pending.Service}`));
    expect(key).toMatchObject({ status: 'pending', hint: null, secrets: [], api_key: null });
    const listed = expectSuccess(await claviger.owner.get(`${PATH}?status=pending&order_by=hint`));
    expect(listed.map((row: { id: number }) => row.id)).toEqual([pending.Service, pending.Off, pending.Personal]);
  });

  test('is not rotated', async () => {
    const attempt = () => claviger.owner.post(`${PATH}/${pending.Service}/rotate`, {});
    expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'no_secret', /[Mm]int/);
  });

  test('that was revoked, or has expired, gets no secret', async () => {
    for (const [name, code] of [['Revoked', 'already_revoked'], ['Expired', 'key_expired']] as const) {
      const attempt = () => claviger.owner.post(`${PATH}/${pending[name]}/mint`, {});
      expectRefusal(await nothingChanges(claviger.database, attempt), 409, code);
    }
  });

  test('gets its secret once', async () => {
    const [answer, trail] = await trailOf(claviger.database, () => claviger.owner.post(`${PATH}/${pending.Service}/mint`, {}));
    const key = expectSuccess(answer);
    expect(key).toMatchObject({ status: 'active', version: 2, rotated_at: null, hint: hintOf(key.api_key) });
    expect(key.api_key).toMatch(SECRET);
    expect(trail.feed).toEqual([{ organization_id: 1, key_hash: sha256(key.api_key) }]);
    expect(trail.audit.map((record) => record.action)).toEqual(['api_key.minted']);
    expect((await claviger.verifier.post('/v1/verify', { key: key.api_key, max_age_ms: 0 })).json.code).toBe('VALID');
    const again = () => claviger.owner.post(`${PATH}/${pending.Service}/mint`, {});
    expectRefusal(await nothingChanges(claviger.database, again), 409, 'has_secret');
  });

  test('that is off stays off', async () => {
    const key = expectSuccess(await claviger.owner.post(`${PATH}/${pending.Off}/mint`, {}));
    expect(key.status).toBe('disabled');
    expect((await claviger.verifier.post('/v1/verify', { key: key.api_key, max_age_ms: 0 })).json.code).toBe('DISABLED');
  });

  test('of a person is minted by that person only', async () => {
    for (const other of [claviger.owner, claviger.holderOf('admin'), await claviger.session('administrator')]) {
      const attempt = () => other.post(`${PATH}/${pending.Personal}/mint`, {});
      expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'forbidden');
    }
    const member = await claviger.session('member');
    const key = expectSuccess(await member.post(`${PATH}/${pending.Personal}/mint`, {}));
    expect((await claviger.verifier.post('/v1/verify', { key: key.api_key, max_age_ms: 0 })).json.code).toBe('VALID');
  });

  test('is minted once by twenty at the same time', async () => {
    const { id } = await claviger.made({ name: 'Has one' });
    const attempt = () => claviger.owner.post(`${PATH}/${id}/mint`, {});
    const answers = await nothingChanges(claviger.database, () => Promise.all(Array.from({ length: 20 }, attempt)));
    for (const answer of answers) {
      expectRefusal(answer, 409, 'has_secret');
    }
  });
});
