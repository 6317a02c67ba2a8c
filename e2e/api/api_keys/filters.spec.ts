import { DatabaseSync } from 'node:sqlite';

import type { Client } from '../../support/client';
import { databaseFile } from '../../support/database';
import { expectFieldRefusal, expectSuccess, withoutUse } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { sha256 } from '../../support/secrets';

const PATH = '/api/v2/api_keys';
const days = (count: number): string => new Date(Date.now() + count * 86_400_000).toISOString();

for (const [query, field] of [
  ['access=all', 'access'], ['role=root', 'role'], ['kind=robot', 'kind'], ['user_id=x', 'user_id'], ['user_id=0', 'user_id'],
  ['user_id=99999999999999999999', 'user_id'], ['created_by=1', 'created_by'], ['created_by=user', 'created_by'], ['created_by=user:x', 'created_by'],
  ['created_by=system:1', 'created_by'], ['expires_before=soon', 'expires_before'], ['expires_before=2090-01-01', 'expires_before'],
  ['unused_since=never', 'unused_since'], ['status=,', 'status'],
] as const) {
  test(`?${query} is refused by name`, async ({ claviger }) => {
    expectFieldRefusal(await claviger.owner.get(`${PATH}?${query}`), 'invalid_parameter', field, /./);
  });
}

test.describe('of a known set of keys', () => {
  let claviger: Claviger;
  let admin: Client;
  const ids: Record<string, number> = {};
  const nameOf = (id: number): string => Object.keys(ids).find((name) => ids[name] === id) ?? String(id);

  test.beforeAll(async () => {
    claviger = await Claviger.start('filters');
    admin = claviger.foreignAdmin;
    const made = async (name: string, attributes: object = {}): Promise<any> => {
      const key = await claviger.made({ name, ...attributes }, admin);
      ids[name] = key.id;
      return key;
    };
    await made('plain');
    await made('Straße ÅNGSTRÖM', { access: 'read_write' });
    await made('verifies', { role: 'verifier', expires_at: days(5) });
    await made('manages', { role: 'organization_admin', access: 'read_write', expires_at: days(50) });
    await made('off', { active: false, expires_at: days(5) });
    const used = await made('used');
    const gone = await made('gone', { expires_at: new Date(Date.now() + 300).toISOString() });
    const revoked = await made('revoked', { active: false });
    expectSuccess(await admin.post(`${PATH}/${revoked.id}/revoke`, {}));
    const owner = expectSuccess(await claviger.holderOf('foreignOwner').get('/api/v2/whoami'));
    for (const [name, query] of [['Olga at work', ''], ['Other admin', ''], ['Other verifier', ''], ['Other integration', '']] as const) {
      const [key] = expectSuccess(await admin.get(`${PATH}?name=${encodeURIComponent(name)}${query}`));
      ids[name] = key.id;
    }
    const byOwner = await claviger.session('foreignOwner');
    ids['by Olga'] = (await claviger.made({ name: 'by Olga' }, byOwner)).id;
    expect(owner.user_id).toBeGreaterThan(0);
    // What has not been written by now is lost with the Worker.
    const unused = () => claviger.database.rows("SELECT 1 FROM secrets s JOIN api_keys k ON k.id = s.key_id WHERE k.name = 'Olga at work' AND s.last_used_at IS NULL");
    await expect.poll(unused, { timeout: 20_000 }).toEqual([]);
    await claviger.worker.kill('SIGTERM');
    const database = new DatabaseSync(databaseFile(claviger.worker.state));
    database.prepare('UPDATE secrets SET last_used_at = ? WHERE hash = ?').run(Date.now() - 86_400_000, sha256(used.api_key));
    database.close();
    await claviger.worker.restart();
    await expect.poll(async () => expectSuccess(await admin.get(`${PATH}/${gone.id}`)).status).toBe('expired');
  });
  test.afterAll(() => claviger.worker.kill());

  const listed = async (query: string): Promise<string[]> => {
    const answer = await admin.get(`${PATH}?${query}`);
    const rows = expectSuccess(answer);
    expect(answer.json.num_records, query).toBe(rows.length);
    expect(answer.json.num_pages, query).toBe(Math.ceil(rows.length / 100));
    const after = await admin.get(`${PATH}?${query}&after=`);
    expect(withoutUse(expectSuccess(after)), 'a cursor sees the same').toEqual(withoutUse(rows));
    return rows.map((row: { id: number }) => nameOf(row.id));
  };
  const all = () => Object.keys(ids).sort();

  const CASES: [string, (name: string) => boolean][] = [
    ['', () => true],
    ['access=read_write', (name) => ['Straße ÅNGSTRÖM', 'manages', 'Olga at work', 'Other admin'].includes(name)],
    ['role=verifier', (name) => ['verifies', 'Other verifier'].includes(name)],
    ['role=organization_admin&access=read_write', (name) => ['manages', 'Olga at work', 'Other admin'].includes(name)],
    ['role=system_admin', () => false],
    ['kind=personal', (name) => name === 'Olga at work'],
    ['kind=service&status=disabled', (name) => name === 'off'],
    ['status=revoked', (name) => name === 'revoked'],
    ['status=expired', (name) => name === 'gone'],
    ['status=revoked,%20expired', (name) => ['revoked', 'gone'].includes(name)],
    ['status=active', (name) => !['revoked', 'gone', 'off'].includes(name)],
    ['status=pending', () => false],
    ['name=stra%C3%9Fe%20%C3%A5ngstr%C3%B6m', (name) => name === 'Straße ÅNGSTRÖM'],
    ['name_contains=%C3%A5ngst', (name) => name === 'Straße ÅNGSTRÖM'],
    ['name_contains=other&role=verifier', (name) => name === 'Other verifier'],
    ['name_contains=nothing%20like%20it', () => false],
    // Only what still works has an expiry to come.
    ['expires_before={10}', (name) => ['verifies', 'off'].includes(name)],
    ['expires_before={100}', (name) => ['verifies', 'off', 'manages'].includes(name)],
    ['expires_before={1}', () => false],
    // A key that was made since then is not unused since then; those that this test calls with are used.
    ['unused_since={-0.04}', (name) => ['Other verifier', 'Other integration'].includes(name)],
    ['created_by=system', (name) => ['Olga at work', 'Other admin', 'Other verifier', 'Other integration'].includes(name)],
    ['created_by=key:999999', () => false],
    ['user_id=999999', () => false],
    ['access=&role=&status=&name_contains=', () => true],
  ];
  for (const [query, belongs] of CASES) {
    test(`?${query} gives exactly those`, async () => {
      const at = (_: string, count: string) => days(Number(count));
      expect((await listed(query.replace(/\{(.*?)\}/, at))).sort()).toEqual(all().filter(belongs));
    });
  }

  test('?unused_since knows a use', async () => {
    expect(await listed(`unused_since=${days(0.5)}&name=used`)).toEqual(['used']);
    expect(await listed(`unused_since=${days(-0.5)}&name=used`)).toEqual([]);
  });

  test('?user_id and ?created_by give a person’s', async () => {
    const { user_id } = expectSuccess(await claviger.holderOf('foreignOwner').get('/api/v2/whoami'));
    const { id } = expectSuccess(await admin.get('/api/v2/whoami'));
    expect(await listed(`user_id=${user_id}`)).toEqual(['Olga at work']);
    expect(await listed(`created_by=user:${user_id}`)).toEqual(['by Olga']);
    expect((await listed(`created_by=key:${id}`)).sort()).toEqual(['Straße ÅNGSTRÖM', 'gone', 'manages', 'off', 'plain', 'revoked', 'used', 'verifies'].sort());
  });

  test('a list of another organization, by its path, is the same for who administers all', async () => {
    const own = await admin.get(`${PATH}?role=verifier`);
    for (const path of ['organization', 'organizations']) {
      const seen = await claviger.owner.get(`/api/v2/${path}/2/api_keys?role=verifier`);
      expect(seen.json).toEqual(own.json);
    }
  });
});
