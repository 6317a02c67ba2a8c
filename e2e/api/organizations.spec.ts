import { bearer, tokenOf, type Client } from '../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test } from '../support/fixtures';
import { answering, Receiver } from '../support/receiver';
import { mintSecret, sha256 } from '../support/secrets';
import { expectTrueCounters, trailOf } from '../support/trail';

const PATH = '/api/v2/organizations';
const WRONG: [string, object, string][] = [
  ['an empty name', { name: ' ' }, 'name'],
  ['a name too long', { name: 'x'.repeat(101) }, 'name'],
  ['an unknown plan', { plan: 'gold' }, 'plan'],
  ['null as plan', { plan: null }, 'plan'],
  ['a limit below zero', { key_limit: -1 }, 'key_limit'],
  ['half a key', { key_limit: 1.5 }, 'key_limit'],
  ['more keys than there can be', { key_limit: 1_000_001 }, 'key_limit'],
  ['a prefix in capitals', { key_prefix: 'ACME' }, 'key_prefix'],
  ['a prefix of one letter', { key_prefix: 'a' }, 'key_prefix'],
  ['a prefix of 13', { key_prefix: 'a'.repeat(13) }, 'key_prefix'],
  ['a prefix with an underscore', { key_prefix: 'a_b' }, 'key_prefix'],
  ['text as strict', { strict: 'yes' }, 'strict'],
  ['a lifetime of no days', { maximum_key_lifetime_days: 0 }, 'maximum_key_lifetime_days'],
  ['a lifetime of 101 years', { default_key_lifetime_days: 36_865 }, 'default_key_lifetime_days'],
  ['an unknown field', { colour: 'red' }, 'colour'],
];
for (const [what, change, field] of WRONG) {
  test(`${what} is refused by name, of a new one and of one that is there`, async ({ claviger }) => {
    const create = () => claviger.owner.post(PATH, { name: 'New', ...change });
    expectFieldRefusal(await nothingChanges(claviger.database, create), 'invalid_request', field, /./);
    for (const send of ['put', 'patch'] as const) {
      const answer = await nothingChanges(claviger.database, () => claviger.owner[send](`${PATH}/2`, { organization: change }));
      expectFieldRefusal(answer, 'invalid_request', field, /./);
    }
  });
}

test('a name is needed, and must hold no secret', async ({ claviger }) => {
  expectFieldRefusal(await claviger.owner.post(PATH, {}), 'invalid_request', 'name', /required/);
  const answer = await nothingChanges(claviger.database, () => claviger.owner.post(PATH, { name: `We are ${mintSecret()}` }));
  expectFieldRefusal(answer, 'contains_secret', 'name', /API key/);
});

test('a new organization has its defaults, its own log, and a link for its first owner', async ({ claviger, unique }) => {
  const name = unique('Newcomers');
  const [answer, trail] = await trailOf(claviger.database, () => claviger.owner.post(PATH, { organization: { name } }));
  const made = expectSuccess(answer, 201);
  const { invite, ...organization } = made;
  expect(organization).toEqual({
    id: expect.any(Number), name, plan: 'paid', key_limit: 25, live_keys: 0, key_prefix: null, strict: false,
    default_key_lifetime_days: null, maximum_key_lifetime_days: null, leak_policy: 'flag', created_at: expect.any(String), updated_at: organization.created_at, version: 1,
  });
  expect(invite.link).toMatch(new RegExp(`^${claviger.origin}/invite#token=[\\w-]{43}$`));
  expect((Date.parse(invite.ends_at) - Date.now()) / 3_600_000).toBeCloseTo(72, 1);
  // In its own log, and in that of the system organization, which outlives it.
  expect(trail.audit.map((record) => record.organization_id)).toEqual([organization.id, 1]);
  for (const record of trail.audit) {
    expect(record).toMatchObject({ action: 'organization.created', target_id: organization.id, target_name: name, actor_type: 'key' });
  }
  expect(claviger.database.rows('SELECT role FROM invites WHERE hash = ?', sha256(tokenOf(invite.link)))).toEqual([{ role: 'owner' }]);
  const shown = await claviger.owner.get(`${PATH}/${organization.id}`);
  expect(expectSuccess(shown)).toEqual({ ...organization, num_users: 0 });
  expect(shown.text).not.toContain('invite');
  expect((await claviger.owner.get('/api/v2/organization/' + organization.id)).json).toEqual(shown.json);
});

test('everything of it can be said when it is made, and put back whole', async ({ claviger, unique }) => {
  const all = {
    name: unique('Particular'), plan: 'trial', key_limit: 3, key_prefix: 'acme', strict: true, default_key_lifetime_days: 90, maximum_key_lifetime_days: 365,
  };
  const { invite: _, ...organization } = expectSuccess(await claviger.owner.post(PATH, all), 201);
  expect(organization).toMatchObject(all);
  const answer = await nothingChanges(claviger.database, () => claviger.owner.put(`${PATH}/${organization.id}`, organization));
  expect(expectSuccess(answer)).toEqual(organization);
  const [changed, trail] = await trailOf(claviger.database, () =>
    claviger.owner.put(`${PATH}/${organization.id}`, { organization: { ...organization, key_prefix: null, key_limit: 4 } }));
  expect(expectSuccess(changed)).toMatchObject({ ...all, key_prefix: null, key_limit: 4 });
  expect(trail.audit.map((record) => [record.action, record.organization_id, record.changes])).toEqual([
    ['organization.updated', organization.id, { key_prefix: ['acme', null], key_limit: [3, 4] }],
  ]);
  expect(trail.feed).toEqual([]);
  const cleared = { default_key_lifetime_days: null, maximum_key_lifetime_days: null };
  expect(expectSuccess(await claviger.owner.patch(`${PATH}/${organization.id}`, cleared))).toMatchObject(cleared);
});

test('a lifetime that is proposed and would be refused is refused itself, whichever of the two is changed', async ({ claviger, unique }) => {
  const [proposed, longest] = ['default_key_lifetime_days', 'maximum_key_lifetime_days'] as const;
  const both = () => claviger.owner.post(PATH, { name: unique('Impatient'), [proposed]: 91, [longest]: 90 });
  expectFieldRefusal(await nothingChanges(claviger.database, both), 'invalid_request', proposed, /maximum key lifetime of 90 days/);
  const { id } = expectSuccess(await claviger.owner.post(PATH, { name: unique('Patient'), [proposed]: 60, [longest]: 90 }), 201);
  for (const send of ['put', 'patch'] as const) {
    for (const [change, field, message] of [
      [{ [proposed]: 91 }, proposed, /maximum key lifetime of 90 days/],
      [{ [longest]: 59 }, longest, /default key lifetime of 60 days/],
      [{ [proposed]: 31, [longest]: 30 }, proposed, /maximum key lifetime of 30 days/],
    ] as const) {
      const answer = await nothingChanges(claviger.database, () => claviger.owner[send](`${PATH}/${id}`, change));
      expectFieldRefusal(answer, 'invalid_request', field, message);
    }
  }
  expectSuccess(await claviger.owner.patch(`${PATH}/${id}`, { [proposed]: 90 }));
  expectSuccess(await claviger.owner.put(`${PATH}/${id}`, { [proposed]: null, [longest]: 1 }));
});

test('plan and strictness alter answers, so the isolates are told', async ({ claviger, unique }) => {
  const { id } = expectSuccess(await claviger.owner.post(PATH, { name: unique('Told') }), 201);
  for (const change of [{ plan: 'trial' }, { plan: 'paid' }, { strict: true }]) {
    const [, trail] = await trailOf(claviger.database, () => claviger.owner.patch(`${PATH}/${id}`, change));
    expect(trail.feed, JSON.stringify(change)).toEqual([{ organization_id: id, key_hash: null }]);
  }
  const [, trail] = await trailOf(claviger.database, () => claviger.owner.patch(`${PATH}/${id}`, { name: unique('Renamed') }));
  expect(trail.feed).toEqual([]);
});

test('a trial keeps its keys, and has them back when it pays', async ({ claviger, unique }) => {
  const { id } = expectSuccess(await claviger.owner.post(PATH, { name: unique('Wavering') }), 201);
  const keys = `${PATH}/${id}/api_keys`;
  const admin = expectSuccess(await claviger.owner.post(keys, { name: 'A', role: 'organization_admin', access: 'read_write' }), 201);
  const client = bearer(claviger.origin, admin.api_key);
  expectSuccess(await client.get('/api/v2/whoami'));
  expectSuccess(await claviger.owner.patch(`${PATH}/${id}`, { plan: 'trial' }));
  expectRefusal(await client.get('/api/v2/whoami'), 403, 'api_access_disabled');
  expect((await claviger.verifier.post('/v1/verify', { key: admin.api_key, max_age_ms: 0 })).json.code).toBe('API_ACCESS_DISABLED');
  const more = () => claviger.owner.post(keys, { name: 'B' });
  expectRefusal(await nothingChanges(claviger.database, more), 403, 'api_access_disabled');
  expectSuccess(await claviger.owner.patch(`${PATH}/${id}`, { plan: 'paid' }));
  expectSuccess(await client.get('/api/v2/whoami'));
  expectSuccess(await more(), 201);
});

test('a limit below what there is takes nothing away, and lets nothing in', async ({ claviger, unique }) => {
  const { id } = expectSuccess(await claviger.owner.post(PATH, { name: unique('Shrunk') }), 201);
  const keys = `${PATH}/${id}/api_keys`;
  const made = [];
  for (const name of ['A', 'B', 'C']) {
    made.push(expectSuccess(await claviger.owner.post(keys, { name }), 201));
  }
  expect(expectSuccess(await claviger.owner.patch(`${PATH}/${id}`, { key_limit: 2 }))).toMatchObject({ key_limit: 2, live_keys: 3 });
  const more = () => claviger.owner.post(keys, { name: 'D' });
  expectRefusal(await nothingChanges(claviger.database, more), 409, 'key_limit');
  expectSuccess(await claviger.owner.delete(`/api/v2/api_keys/${made[0].id}`));
  expectRefusal(await nothingChanges(claviger.database, more), 409, 'key_limit');
  expectSuccess(await claviger.owner.post(`/api/v2/api_keys/${made[1].id}/revoke`, {}));
  // Already revoked, it does not make room twice.
  expectSuccess(await claviger.owner.delete(`/api/v2/api_keys/${made[1].id}`));
  expectSuccess(await more(), 201);
  expect(expectSuccess(await claviger.owner.get(`${PATH}/${id}`)).live_keys).toBe(2);
  expectTrueCounters(claviger.database);
});

test('an administrator edits their own, but neither plan nor limit', async ({ claviger, unique }) => {
  const own = expectSuccess(await claviger.foreignAdmin.get(`${PATH}/2`));
  for (const change of [{ plan: 'trial' }, { key_limit: 26 }, { ...own, key_limit: 1000 }, { name: 'Both', plan: 'trial' }]) {
    const answer = await nothingChanges(claviger.database, () => claviger.foreignAdmin.put(`${PATH}/2`, change));
    expectRefusal(answer, 403, 'forbidden', /system administrator/);
  }
  const name = unique('Other Ltd');
  expect(expectSuccess(await claviger.foreignAdmin.put(`${PATH}/2`, { ...own, name, strict: true }))).toMatchObject({ name, strict: true });
  expectSuccess(await claviger.foreignAdmin.patch(`${PATH}/2`, { name: own.name, strict: false }));
  for (const send of [
    () => claviger.foreignAdmin.patch(`${PATH}/1`, { name: 'Taken' }),
    () => claviger.foreignAdmin.get(`${PATH}/1`),
    () => claviger.foreignAdmin.get(`${PATH}/999999`),
    () => claviger.owner.get(`${PATH}/999999`),
    () => claviger.owner.patch(`${PATH}/999999`, { name: 'x' }),
  ]) {
    expectRefusal(await nothingChanges(claviger.database, send), 404, 'not_found');
  }
});

test('the list is of all for a system administrator, and of one’s own for others', async ({ claviger, unique }) => {
  const name = unique('Listed HERE');
  const { id } = expectSuccess(await claviger.owner.post(PATH, { name }), 201);
  const all = await claviger.owner.get(`${PATH}?per_page=1000`);
  expect(expectSuccess(all).map((one: any) => one.id)).toEqual(claviger.database.rows('SELECT id FROM organizations ORDER BY id').map((row) => row.id));
  expect(all.json.num_records).toBe(all.json.data.length);
  const second = await claviger.owner.get(`${PATH}?per_page=1&page=1`);
  expect(expectSuccess(second).map((one: any) => one.id)).toEqual([2]);
  expect(second.json).toMatchObject({ page: 1, per_page: 1, num_pages: all.json.num_records });
  expect(expectSuccess(await claviger.owner.get(`${PATH}?name_contains=${encodeURIComponent(name.toLowerCase())}`)).map((one: any) => one.id)).toEqual([id]);
  for (const holder of ['foreignAdmin', 'foreignOwner'] as const) {
    const own = await claviger.holderOf(holder).get(PATH);
    expect(expectSuccess(own).map((one: any) => one.id)).toEqual([2]);
    expect(own.json.num_records).toBe(1);
  }
  expect(expectSuccess(await claviger.foreignAdmin.get(`${PATH}?name_contains=acme`))).toEqual([]);
  for (const query of ['per_page=0', 'page=-1']) {
    expectFieldRefusal(await claviger.owner.get(`${PATH}?${query}`), 'invalid_parameter', query.split('=')[0]!, /./);
  }
});

test('the list is in the order that is asked for, both ways, with ties broken by id', async ({ claviger, unique }) => {
  const name = unique('Ordered');
  const made = [
    { name: `${name} b`, plan: 'trial', key_limit: 3, key_prefix: 'zz', maximum_key_lifetime_days: 30 },
    { name: `${name} A`, key_limit: 3, strict: true, default_key_lifetime_days: 7 },
    { name: `${name} c`, key_limit: 2, key_prefix: 'aa' },
    { name: `${name} a`, key_limit: 30, default_key_lifetime_days: 60 },
  ];
  const ids: number[] = [];
  for (const attributes of made) {
    ids.push(expectSuccess(await claviger.owner.post(PATH, attributes), 201).id);
  }
  const key = await claviger.owner.post(`${PATH}/${ids[1]}/api_keys`, { name: 'One' });
  expectSuccess(key, 201);
  const places = async (order: string, more = ''): Promise<number[]> => {
    const answer = await claviger.owner.get(`${PATH}?name_contains=${encodeURIComponent(name)}&order_by=${order}${more}`);
    return expectSuccess(answer).map(({ id }: { id: number }) => ids.indexOf(id));
  };
  for (const [field, upwards, downwards] of [
    ['id', [0, 1, 2, 3], [3, 2, 1, 0]],
    ['name', [1, 3, 0, 2], [2, 0, 3, 1]],
    ['plan', [1, 2, 3, 0], [0, 3, 2, 1]],
    ['key_limit', [2, 0, 1, 3], [3, 1, 0, 2]],
    ['live_keys', [0, 2, 3, 1], [1, 3, 2, 0]],
    // What is none comes last both ways.
    ['key_prefix', [2, 0, 1, 3], [0, 2, 3, 1]],
    ['strict', [0, 2, 3, 1], [1, 3, 2, 0]],
    ['default_key_lifetime_days', [1, 3, 0, 2], [3, 1, 2, 0]],
    ['maximum_key_lifetime_days', [0, 1, 2, 3], [0, 3, 2, 1]],
    ['created_at', [0, 1, 2, 3], [3, 2, 1, 0]],
    ['updated_at', [0, 1, 2, 3], [3, 2, 1, 0]],
  ] as const) {
    expect(await places(field), field).toEqual(upwards);
    expect(await places(`-${field}`), `-${field}`).toEqual(downwards);
    const pages = [await places(field, '&per_page=3'), await places(field, '&per_page=3&page=1')];
    expect(pages.flat(), `${field}, in pages`).toEqual(upwards);
  }
  expect(await places(''), 'nothing said').toEqual([0, 1, 2, 3]);
  for (const order of ['colour', '--id', '-', 'NAME', 'id;', 'id,name', 'version', 'usage_36h']) {
    expectFieldRefusal(await claviger.owner.get(`${PATH}?order_by=${encodeURIComponent(order)}`), 'invalid_parameter', 'order_by', /one of id, name, plan/);
  }
});

test.describe('deleting', () => {
  const remove = (client: Client, id: number, body: unknown) =>
    client.send({ method: 'DELETE', path: `${PATH}/${id}`, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

  test('needs its typed name, and takes everything with it except its log', async ({ claviger, unique }) => {
    const name = unique('Doomed');
    const { id, invite } = expectSuccess(await claviger.owner.post(PATH, { name }), 201);
    const owner = expectSuccess(await claviger.anonymous.post('/api/v2/invites/accept', { token: tokenOf(invite.link), name: 'Dora', email: 'dora@example.com' }), 201);
    const session = await claviger.anonymous.post('/api/v2/session', { api_key: owner.api_key });
    expectSuccess(session, 201);
    const keys = `${PATH}/${id}/api_keys`;
    const service = expectSuccess(await bearer(claviger.origin, owner.api_key).post(keys, { name: 'S' }, { 'idempotency-key': 'doomed' }), 201);
    const receiver = await Receiver.start(answering.with(500));
    const hooked = bearer(claviger.origin, owner.api_key);
    expectSuccess(await hooked.post('/api/v2/webhooks', { url: receiver.url, events: ['*'] }), 201);
    expectSuccess(await hooked.patch(`/api/v2/api_keys/${service.id}`, { name: 'Told' }));
    await expect.poll(() => claviger.database.rows('SELECT 1 FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id JOIN webhooks w ON w.id = d.webhook_id WHERE w.organization_id = ?', id).length).toBeGreaterThan(0);
    await claviger.worker.runSchedule();
    await receiver.stop();
    for (const body of [{}, { name: '' }, { name: name.toLowerCase() }, { name: `${name}x` }, { organization: { name: 'Doomed' } }]) {
      const answer = await nothingChanges(claviger.database, () => remove(claviger.owner, id, body));
      expectFieldRefusal(answer, 'invalid_request', 'name', /./);
    }
    const before = claviger.database.rows('SELECT id FROM audit_log WHERE organization_id = ?', id).length;
    const [answer, trail] = await trailOf(claviger.database, () => remove(claviger.owner, id, { name }));
    expect(expectSuccess(answer)).toBeNull();
    expect(trail.audit.map((record) => [record.action, record.organization_id, record.target_name])).toEqual([
      ['organization.deleted', id, name], ['organization.deleted', 1, name],
    ]);
    expect(trail.feed).toContainEqual({ organization_id: id, key_hash: null });
    // Its log stays, with the seals that prove it, and the feed that tells isolates.
    const staying = ['audit_heads', 'audit_log', 'audit_seals', 'audit_unsigned', 'key_changes'];
    const tables = claviger.database.rows("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'organization_id' WHERE m.type = 'table'");
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables.map((table) => String(table.name)).filter((table) => !staying.includes(table))) {
      expect(claviger.database.rows(`SELECT 1 FROM ${table} WHERE organization_id = ?`, id), table).toEqual([]);
    }
    expect(claviger.database.rows('SELECT 1 FROM audit_seals WHERE organization_id = ?', id).length).toBeGreaterThan(0);
    // Nor is anything left of what belonged to these: deliveries, attempts, notices.
    expect(claviger.database.rows('PRAGMA foreign_key_check')).toEqual([]);
    expect(claviger.database.rows('SELECT 1 FROM secrets WHERE key_id IN (?, ?)', owner.id, service.id)).toEqual([]);
    expect(claviger.database.rows('SELECT 1 FROM sessions WHERE user_id = ?', owner.user_id)).toEqual([]);
    expect(claviger.database.rows('SELECT id FROM audit_log WHERE organization_id = ?', id)).toHaveLength(before + 1);
    expectRefusal(await bearer(claviger.origin, service.api_key).get('/api/v2/whoami'), 401, 'invalid_key');
    expect((await claviger.verifier.post('/v1/verify', { key: service.api_key, max_age_ms: 0 })).json.code).toBe('NOT_FOUND');
    expectRefusal(await claviger.owner.get(`${PATH}/${id}`), 404, 'not_found');
    expectRefusal(await nothingChanges(claviger.database, () => remove(claviger.owner, id, { name })), 404, 'not_found');
    expectTrueCounters(claviger.database);
  });

  test('is not for the system organization, nor for others than system administrators', async ({ claviger }) => {
    const { name } = expectSuccess(await claviger.owner.get(`${PATH}/1`));
    expectRefusal(await nothingChanges(claviger.database, () => remove(claviger.owner, 1, { name })), 409, 'system_organization');
    for (const [holder, id, status, code] of [
      ['foreignAdmin', 2, 403, 'forbidden'], ['foreignOwner', 2, 403, 'forbidden'], ['admin', 2, 404, 'not_found'], ['foreignAdmin', 1, 404, 'not_found'],
    ] as const) {
      const attempt = () => remove(claviger.holderOf(holder), id, { name: 'Other Ltd' });
      expectRefusal(await nothingChanges(claviger.database, attempt), status, code);
    }
  });
});
