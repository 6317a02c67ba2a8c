import { bearer, type Client } from '../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { manyAuditRecords, organizationWithAdmin, stateWith } from '../support/many_keys';
import { mintSecret, sha256 } from '../support/secrets';

const PATH = '/api/v2/audit_log';
const KEYS = '/api/v2/api_keys';
const HOUR = 3600;
/** Records within the minutes by which ids may differ from the order of time. */
const AROUND = 24;

const of = async (client: Client, query: string, path = PATH): Promise<any[]> => expectSuccess(await client.get(`${path}?${query}`));
const historyOf = (client: Client, id: number, path = PATH): Promise<any[]> => of(client, `target_type=api_key&target_id=${id}`, path);

test.describe('what is refused', () => {
  for (const [query, field, message] of [
    ['target_type=key', 'target_type', /api_key/],
    ['target_type=API_KEY', 'target_type', /api_key/],
    ['target_id=7', 'target_id', /target_type/],
    ['target_type=api_key&target_id=0', 'target_id', /id/],
    ['target_type=api_key&target_id=-7', 'target_id', /id/],
    ['target_type=api_key&target_id=%2B7', 'target_id', /id/],
    ['target_type=api_key&target_id=7.5', 'target_id', /id/],
    ['target_type=api_key&target_id=9007199254740992', 'target_id', /id/],
    ['target_type=api_key&target_id=seven', 'target_id', /id/],
    ['actor_type=person', 'actor_type', /user, key or system/],
    ['actor_id=7', 'actor_id', /actor_type/],
    ['actor_type=user&actor_id=x', 'actor_id', /id/],
    ['action=revoked', 'action', /api_key\.revoked/],
    ['action=api_key.', 'action', /api_key\.revoked/],
    [`action=api_key.${'x'.repeat(60)}`, 'action', /api_key\.revoked/],
    ["action=api_key.x'--", 'action', /api_key\.revoked/],
    ['since=yesterday', 'since', /2027-02-18T09:30:00Z/],
    ['since=2026-02-30T00:00:00Z', 'since', /2027-02-18T09:30:00Z/],
    ['until=2026-11-21', 'until', /2027-02-18T09:30:00Z/],
    ['until=2026-11-21T09:30:00', 'until', /2027-02-18T09:30:00Z/],
    ['after=x', 'after', /next_after/],
    ['after=-1', 'after', /next_after/],
    ['per_page=0', 'per_page', /1 to 1000/],
    ['per_page=1001', 'per_page', /1 to 1000/],
  ] as const) {
    test(`?${query} is refused by name`, async ({ claviger }) => {
      const answer = await nothingChanges(claviger.database, () => claviger.owner.get(`${PATH}?${query}`));
      expectFieldRefusal(answer, 'invalid_parameter', field, message);
    });
  }

  test('a secret in the query is refused and not repeated', async ({ claviger }) => {
    const secret = mintSecret();
    const answer = await claviger.owner.get(`${PATH}?action=${secret}`);
    expectRefusal(answer, 400, 'contains_secret');
    expect(answer.text).not.toContain(secret.slice(8, 28));
  });

  test('keys that manage nothing read nothing; one that may only read does', async ({ claviger }) => {
    expectRefusal(await claviger.anonymous.get(PATH), 401, 'authentication_required');
    for (const client of [claviger.integration, claviger.verifier, claviger.holderOf('foreignIntegration')]) {
      expectRefusal(await nothingChanges(claviger.database, () => client.get(PATH)), 403, 'forbidden');
    }
    expect((await of(claviger.readOnlyAdmin, '')).length).toBeGreaterThan(0);
  });

  test('nobody writes it', async ({ claviger }) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await nothingChanges(claviger.database, () => claviger.owner.sendJson(method, PATH, {}));
      expectRefusal(answer, 405, 'method_not_allowed');
    }
  });
});

test('a key’s history tells who did what, with what it was before, and outlives the key', async ({ claviger, unique }) => {
  const [ada, alan] = [await claviger.session('owner'), await claviger.session('administrator')];
  const name = unique('Told');
  const key = await claviger.made({ name }, ada);
  const at = `${KEYS}/${key.id}`;
  expectSuccess(await alan.patch(at, { access: 'read_write', description: 'Nightly' }));
  const rotated = expectSuccess(await ada.post(`${at}/rotate`, { grace_seconds: HOUR }));
  expectSuccess(await alan.patch(at, { active: false }));
  expectSuccess(await claviger.holderOf('admin').patch(at, { active: true, name: `${name}, renamed` }));
  expectSuccess(await ada.post(`${at}/revoke`, { reason: 'Pasted into a chat' }));
  const living = await historyOf(claviger.owner, key.id);
  const gone = await alan.delete(at);
  expectSuccess(gone);

  const answer = await claviger.owner.get(`${PATH}?target_type=api_key&target_id=${key.id}`);
  const history = expectSuccess(answer);
  expect(answer.json).toMatchObject({ page: null, num_records: null, num_pages: null, per_page: 100, next_after: null });
  expect(history.slice(1)).toEqual(living);
  expect(history.map((record: any) => [record.action, record.actor.name, record.target.name])).toEqual([
    ['api_key.deleted', 'Alan Admin', `${name}, renamed`],
    ['api_key.revoked', 'Ada Owner', `${name}, renamed`],
    ['api_key.updated', 'Terraform', `${name}, renamed`],
    ['api_key.updated', 'Alan Admin', name],
    ['api_key.rotated', 'Ada Owner', name],
    ['api_key.updated', 'Alan Admin', name],
    ['api_key.created', 'Ada Owner', name],
  ]);
  const [deleted, revoked, enabled, disabled, turned, edited, created] = history;
  expect(created).toEqual({
    id: expect.any(Number), organization_id: 1, at: key.created_at, actor: { ...key.created_by, name: 'Ada Owner' }, action: 'api_key.created',
    target: { type: 'api_key', id: key.id, name }, changes: [],
    details: { role: 'integration', access: 'read_only', scopes: [], active: true, expires_at: null, hint: key.hint, source: 'minted' },
    ip: created.ip, request_id: expect.any(String),
  });
  expect(edited.changes).toEqual([
    { field: 'access', before: 'read_only', after: 'read_write' }, { field: 'description', before: '', after: 'Nightly' },
  ]);
  expect(turned.changes).toEqual([{ field: 'hint', before: key.hint, after: rotated.hint }]);
  expect(turned.details).toEqual({ grace_seconds: HOUR, old_secret_ends_at: rotated.secrets[1].ends_at });
  expect(Date.parse(turned.details.old_secret_ends_at)).toBe(Date.parse(turned.at) + HOUR * 1000);
  expect(disabled.changes).toEqual([{ field: 'active', before: true, after: false }]);
  expect(enabled.actor).toMatchObject({ type: 'key' });
  expect(enabled.changes).toEqual([
    { field: 'active', before: false, after: true }, { field: 'name', before: name, after: `${name}, renamed` },
  ]);
  expect(revoked.details).toEqual({ reason: 'Pasted into a chat' });
  expect(deleted.details).toEqual({ hint: rotated.hint, kind: 'service' });
  expect(deleted.request_id).toBe(gone.headers['x-request-id']);
  for (const secret of [key.api_key, rotated.api_key]) {
    expect(answer.text).not.toContain(secret.slice(8, 28));
    expect(answer.text).not.toContain(sha256(secret));
  }
});

test('a rotation says when the old secret really ends: at once, or with the key', async ({ claviger, unique }) => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  const key = await claviger.made({ name: unique('Ends'), expires_at: soon });
  expectSuccess(await claviger.owner.post(`${KEYS}/${key.id}/rotate`, {}));
  expectSuccess(await claviger.owner.post(`${KEYS}/${key.id}/rotate`, { grace_seconds: 0 }));
  const [last, first] = await historyOf(claviger.owner, key.id);
  expect([first.details.old_secret_ends_at, last.details.old_secret_ends_at]).toEqual([key.expires_at, last.at]);
});

test('what is done to many is in the history of each, as if it came alone', async ({ claviger, unique }) => {
  const keys = [await claviger.made({ name: unique('One') }), await claviger.made({ name: unique('Other') })];
  const bulk = async (action: string, more: object = {}) =>
    expectSuccess(await claviger.owner.post(`${KEYS}/bulk`, { ids: keys.map((key) => key.id), action, ...more }));
  const rotated = await bulk('rotate', { grace_seconds: HOUR });
  await bulk('revoke', { reason: 'Contract ended' });
  await bulk('delete');
  for (const [index, key] of keys.entries()) {
    const [deleted, revoked, turned] = await historyOf(claviger.owner, key.id);
    const { hint, secrets } = rotated.api_keys[index];
    expect(deleted).toMatchObject({ action: 'api_key.deleted', details: { bulk: 2, hint, kind: 'service' } });
    expect(revoked).toMatchObject({ action: 'api_key.revoked', details: { bulk: 2, reason: 'Contract ended' } });
    expect(turned).toMatchObject({ action: 'api_key.rotated', details: { bulk: 2, old_secret_ends_at: secrets[1].ends_at } });
  }
});

test('it is read to its end with a cursor, whatever comes meanwhile', async ({ claviger, unique }) => {
  const key = await claviger.made({ name: unique('Walked') });
  const rename = async (number: number) => expectSuccess(await claviger.owner.patch(`${KEYS}/${key.id}`, { description: `${number}` }));
  for (let number = 0; number < 6; number += 1) {
    await rename(number);
  }
  const whole = await historyOf(claviger.owner, key.id);
  expect(whole.map((record) => record.id)).toEqual(whole.map((record) => record.id).toSorted((a, b) => b - a));
  for (const perPage of [1, 3, 7]) {
    const walked: any[] = [];
    let after = '';
    do {
      const answer = await claviger.owner.get(`${PATH}?target_type=api_key&target_id=${key.id}&per_page=${perPage}&after=${after}`);
      walked.push(...expectSuccess(answer));
      expect(answer.json).toMatchObject({ page: null, per_page: perPage, num_records: null, num_pages: null });
      after = answer.json.next_after ?? '';
      await rename(100 + walked.length);
    } while (after);
    expect(walked.slice(-whole.length), `${perPage} at a time`).toEqual(whole);
    expect(new Set(walked.map((record) => record.id)).size).toBe(walked.length);
  }
});

test('filters by target, actor, action and time leave exactly what fits', async ({ claviger, unique }) => {
  const alan = await claviger.session('administrator');
  const { user } = expectSuccess(await alan.get('/api/v2/session'));
  const key = await claviger.made({ name: unique('Filtered') });
  expectSuccess(await alan.patch(`${KEYS}/${key.id}`, { active: false }));
  expectSuccess(await alan.post(`${KEYS}/${key.id}/revoke`, {}));
  const all = await of(claviger.owner, 'per_page=1000');
  const since = all[1].at;
  for (const [query, fits] of [
    ['target_type=api_key', (record: any) => record.target.type === 'api_key'],
    ['target_type=user', (record: any) => record.target.type === 'user'],
    [`target_type=api_key&target_id=${key.id}`, (record: any) => record.target.type === 'api_key' && record.target.id === key.id],
    [`target_type=user&target_id=${key.id}`, (record: any) => record.target.type === 'user' && record.target.id === key.id],
    ['actor_type=system', (record: any) => record.actor.type === 'system'],
    [`actor_type=user&actor_id=${user.id}`, (record: any) => record.actor.type === 'user' && record.actor.id === user.id],
    [`actor_type=key&actor_id=${user.id}`, (record: any) => record.actor.type === 'key' && record.actor.id === user.id],
    ['action=api_key.revoked', (record: any) => record.action === 'api_key.revoked'],
    [`action=api_key.updated&actor_type=user&actor_id=${user.id}&target_type=api_key&target_id=${key.id}`,
      (record: any) => record.action === 'api_key.updated' && record.target.id === key.id],
    [`since=${since}`, (record: any) => record.at >= since],
    [`until=${since}`, (record: any) => record.at < since],
    [`since=${since}&until=${since}`, () => false],
  ] as const) {
    // Other tests write into the same log meanwhile: newer records than those that were read do not count.
    const found = (await of(claviger.owner, `${query}&per_page=1000`)).filter((record) => record.id <= all[0].id);
    expect(found.map((record) => record.id), query).toEqual(all.filter(fits).map((record) => record.id));
  }
  expect(await of(claviger.owner, 'action=api_key.frobnicated')).toEqual([]);
  expect(await historyOf(claviger.owner, 9_999_999)).toEqual([]);
});

test('of another organization’s log nothing is told, and its own is whole', async ({ claviger, unique }) => {
  const mine = await claviger.made({ name: unique('Mine') });
  const theirs = await claviger.made({ name: unique('Theirs') }, claviger.foreignAdmin);
  for (const stranger of [claviger.foreignAdmin, await claviger.session('foreignOwner')]) {
    for (const id of [mine.id, 9_999_999]) {
      const answer = await stranger.get(`${PATH}?target_type=api_key&target_id=${id}`);
      expect(expectSuccess(answer)).toEqual([]);
    }
    for (const record of await of(stranger, 'per_page=1000')) {
      expect(record.organization_id).toBe(2);
    }
    for (const path of ['/api/v2/organizations/1/audit_log', '/ga/api/v2/organization/1/audit_log', '/api/v2/organizations/9999/audit_log']) {
      expectRefusal(await stranger.get(path), 404, 'not_found');
    }
  }
  // A system administrator names the organization.
  expect(await historyOf(claviger.owner, theirs.id)).toEqual([]);
  for (const path of ['/api/v2/organizations/2/audit_log', '/api/v2/organization/2/audit_log', '/ga/api/v2/organizations/2/audit_log']) {
    const [record] = await historyOf(claviger.owner, theirs.id, path);
    expect(record).toMatchObject({ organization_id: 2, target: { id: theirs.id } });
  }
  expectRefusal(await claviger.owner.get('/api/v2/organizations/9999/audit_log'), 404, 'not_found');
  expectSuccess(await claviger.foreignAdmin.delete(`${KEYS}/${theirs.id}`));
});

test('the log of an organization that is gone is there for system administrators, and for nobody else', async ({ claviger, unique }) => {
  const { id, name } = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: unique('Gone') }), 201);
  expectSuccess(await claviger.owner.patch(`/api/v2/organizations/${id}`, { plan: 'trial' }));
  const path = `/api/v2/organizations/${id}/audit_log`;
  const before = expectSuccess(await claviger.owner.get(path));
  expect(before.length).toBeGreaterThan(0);
  expectSuccess(await claviger.owner.sendJson('DELETE', `/api/v2/organizations/${id}`, { name }));
  const after = expectSuccess(await claviger.owner.get(path));
  expect(after.slice(-before.length)).toEqual(before);
  expect(after.every((record: any) => record.organization_id === id)).toBe(true);
  expect(expectSuccess(await claviger.owner.get(`${path}/verify`))).toMatchObject({ organization_id: id, unsealed: [] });
  for (const other of [claviger.holderOf('admin'), await claviger.session('administrator'), claviger.foreignAdmin]) {
    expectRefusal(await other.get(path), 404, 'not_found');
    expectRefusal(await other.get(`${path}/verify`), 404, 'not_found');
  }
  expectRefusal(await claviger.owner.get(`/api/v2/organizations/${id}/api_keys`), 404, 'not_found');
  const [deletion] = await of(claviger.owner, `target_type=organization&target_id=${id}&action=organization.deleted`);
  expect(deletion).toMatchObject({ organization_id: 1, target: { name } });
});

test('what only system administrators see stays so in the log, also when it is gone', async ({ claviger, unique }) => {
  const hidden = [];
  for (const role of ['system_admin', 'verifier']) {
    const key = await claviger.made({ name: unique(`Hidden ${role}`), role });
    expectSuccess(await claviger.owner.patch(`${KEYS}/${key.id}`, { description: 'Still hidden' }));
    expectSuccess(await claviger.owner.post(`${KEYS}/${key.id}/revoke`, {}));
    expectSuccess(await claviger.owner.delete(`${KEYS}/${key.id}`));
    hidden.push(key.id);
  }
  const tenant = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: unique('Tenant') }), 201);
  const weakened = await claviger.made({ name: unique('Weakened'), role: 'verifier' });
  expectSuccess(await claviger.owner.patch(`${KEYS}/${weakened.id}`, { role: 'integration' }));
  expectSuccess(await claviger.owner.patch(`${KEYS}/${weakened.id}`, { description: 'Seen' }));
  for (const below of [claviger.holderOf('admin'), claviger.readOnlyAdmin, await claviger.session('administrator')]) {
    for (const id of hidden) {
      expect(await historyOf(below, id)).toEqual([]);
    }
    expect(await of(below, `target_type=organization&target_id=${tenant.id}`)).toEqual([]);
    expect((await historyOf(below, weakened.id)).map((record) => record.changes[0].field)).toEqual(['description']);
    const text = JSON.stringify(await of(below, 'per_page=1000'));
    expect(text).not.toMatch(/Hidden (system_admin|verifier)/);
    expect(text).not.toContain(tenant.name);
  }
  for (const id of hidden) {
    expect(await historyOf(claviger.owner, id)).toHaveLength(4);
  }
  expect(await historyOf(claviger.owner, weakened.id)).toHaveLength(3);
  expect(await of(claviger.owner, `target_type=organization&target_id=${tenant.id}`)).toHaveLength(1);
});

test('a member reads about their own keys only, and not where an administrator works from', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  const own = await claviger.made({ name: unique('My own'), access: 'read_write' }, member);
  const others = await claviger.made({ name: unique('Not mine') });
  const from = { 'cf-connecting-ip': '203.0.113.9' };
  expectSuccess(await member.patch(`${KEYS}/${own.id}`, { description: 'Mine' }, from));
  expectSuccess(await claviger.owner.patch(`${KEYS}/${own.id}`, { active: false }, from));
  const history = await historyOf(member, own.id);
  const whole = await historyOf(claviger.owner, own.id);
  expect(history.map((record) => record.action)).toEqual(['api_key.updated', 'api_key.updated', 'api_key.created']);
  expect(whole.every((record) => record.ip !== null), 'there is something to hide').toBe(true);
  expect(history).toEqual([{ ...whole[0], ip: null }, whole[1], whole[2]]);
  expect(await historyOf(member, others.id)).toEqual([]);
  expect(await of(member, 'target_type=user')).toEqual([]);
  const { user } = expectSuccess(await member.get('/api/v2/session'));
  const mine = claviger.database.rows('SELECT id FROM api_keys WHERE user_id = ?', user.id).map((row) => row.id);
  for (const query of ['', 'action=api_key.created', 'actor_type=user', 'target_type=api_key']) {
    const all = await of(member, `${query}&per_page=1000`);
    expect(all.length).toBeGreaterThan(0);
    for (const record of all) {
      expect([record.target.type, mine.includes(record.target.id)]).toEqual(['api_key', true]);
    }
  }
  expectSuccess(await claviger.owner.delete(`${KEYS}/${own.id}`));
  expect(await historyOf(member, own.id)).toEqual([]);
});

test('each filter among 100,000 records reads what fits and no others', async () => {
  const secret = { value: '' };
  const from = stateWith('audit', (database) => {
    const { id, secret: made } = organizationWithAdmin(database, 'Much has happened');
    manyAuditRecords(database, id, 100_000);
    secret.value = made;
  });
  const claviger = await Claviger.start('audit', { from });
  const admin = bearer(claviger.origin, secret.value);
  const rowsRead = async (query: string): Promise<[number, number]> => {
    const answer = await admin.get(`${PATH}?${query}`);
    const records = expectSuccess(answer).length;
    const line = () => claviger.worker.logged().split('\n').find((one) => one.includes(`"request_id":"${answer.headers['x-request-id']}"`));
    await expect.poll(line).toBeDefined();
    return [records, Number(/"rows_read":(\d+)/.exec(line()!)?.[1])];
  };
  const minute = (number: number) => new Date(number * 60_000).toISOString();
  // The caller's own key and organization are read with every request.
  const [none, least] = await rowsRead('target_type=api_key&target_id=9999999');
  expect(none).toBe(0);
  for (const [query, expected] of [
    ['target_type=api_key&target_id=77', 20], ['target_type=api_key&target_id=77&per_page=5', 5],
    ['actor_type=user&actor_id=3&per_page=50', 50], ['per_page=50', 50], ['per_page=50&after=50000', 50],
    ['action=api_key.updated&per_page=50', 50], ['action=api_key.frobnicated', 0], ['target_type=user', 0],
    ['target_type=api_key&per_page=50', 50], ['actor_type=key&per_page=50', 50], ['actor_type=system', 0],
    [`until=${minute(50_000)}&per_page=50`, 50], [`since=${minute(99_951)}`, 50], [`since=${minute(50_001)}&until=${minute(50_051)}`, 50],
    [`actor_type=user&actor_id=3&until=${minute(50_000)}&per_page=50`, 50], [`until=${minute(1)}`, 0], ['since=2020-01-01T00:00:00Z', 0],
  ] as const) {
    const [records, read] = await rowsRead(query);
    expect(records, query).toBe(expected);
    expect(read, query).toBeGreaterThanOrEqual(expected);
    expect(read - least, query).toBeLessThanOrEqual(3 * (expected + 1) + AROUND);
  }
  // And that it is measured at all.
  expect((await rowsRead('actor_type=user&actor_id=3&action=api_key.frobnicated'))[1]).toBeGreaterThan(19_999);
  await claviger.worker.kill('SIGTERM');
});
