import { bearer, type Client } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { mintSecret, sha256 } from '../../support/secrets';
import { trailOf } from '../../support/trail';
import { newSetupToken } from '../../support/worker';

const PATH = '/api/v2/api_keys';
const FULL = {
  description: 'A note', access: 'read_write', scopes: ['a.b'], expires_at: '2090-01-01T00:00:00.000Z', allowed_ips: ['10.0.0.0/8'],
  rate_limit: { limit: 10, window_seconds: 60 }, credits: { remaining: 5, refill_amount: 5, refill_interval: 'daily' },
  metadata: { team: 'billing' },
};
const EMPTY = { description: '', scopes: [], expires_at: null, allowed_ips: [], rate_limit: null, credits: null, metadata: {} };

for (const [what, change, field, message] of [
  ['null as name', { name: null }, 'name', /null/],
  ['an empty name', { name: ' ' }, 'name', /empty/],
  ['an unknown role', { role: 'root' }, 'role', /one of/],
  ['null as role', { role: null }, 'role', /null/],
  ['null as access', { access: null }, 'access', /null/],
  ['text as active', { active: 'yes' }, 'active', /true or false/],
  ['null as active', { active: null }, 'active', /null/],
  ['a time that is past', { expires_at: '2020-01-01T00:00:00Z' }, 'expires_at', /future/],
  ['a date as expiry', { expires_at: '2090-01-01' }, 'expires_at', /time such as/],
  ['text as scopes', { scopes: 'a.b' }, 'scopes', /list/],
  ['a scope with a space', { scopes: ['a b'] }, 'scopes', /scope/],
  ['an address inside a range', { allowed_ips: ['10.0.0.1/8'] }, 'allowed_ips', /range/],
  ['51 ranges', { allowed_ips: Array(51).fill('10.0.0.0/8') }, 'allowed_ips', /50/],
  ['a limit of none', { rate_limit: { limit: 0, window_seconds: 60 } }, 'rate_limit', /whole numbers/],
  ['a limit without a window', { rate_limit: { limit: 1 } }, 'rate_limit', /window/],
  ['credits below zero', { credits: { remaining: -1 } }, 'credits', /./],
  ['credits filled again with nothing', { credits: { remaining: 1, refill_interval: 'daily' } }, 'credits', /./],
  ['a list as metadata', { metadata: [] }, 'metadata', /object/],
  ['metadata of more than 4 KB', { metadata: { a: 'x'.repeat(4096) } }, 'metadata', /4096/],
  ['text as version', { version: '1' }, 'version', /version/],
  ['an unknown field', { colour: 'red' }, 'colour', /Unknown/],
] as const) {
  test(`${what} is refused by name`, async ({ claviger, unique }) => {
    const { id } = await claviger.made({ name: unique('Refused') });
    for (const send of ['put', 'patch'] as const) {
      for (const body of [change, { api_key: change }]) {
        const answer = await nothingChanges(claviger.database, () => claviger.owner[send](`${PATH}/${id}`, body));
        expectFieldRefusal(answer, 'invalid_request', field, message);
      }
    }
  });
}

test('a secret in any text of a change is refused and not repeated', async ({ claviger, unique }) => {
  const { id } = await claviger.made({ name: unique('Told') });
  const secret = mintSecret();
  for (const change of [{ name: secret }, { description: `it is ${secret}` }, { metadata: { key: secret } }, { [secret]: 1 }, { scopes: [secret] }]) {
    const answer = await nothingChanges(claviger.database, () => claviger.owner.patch(`${PATH}/${id}`, change));
    expectRefusal(answer, 400, 'contains_secret');
    expect(answer.text).not.toContain(secret.slice(8, 28));
  }
});

test('what was read can be put back whole, and then nothing happens', async ({ claviger, unique }) => {
  const { id } = await claviger.made({ name: unique('Put back'), ...FULL });
  const read = await claviger.owner.get(`${PATH}/${id}`);
  const key = expectSuccess(read);
  for (const body of [key, { api_key: key }]) {
    const answer = await nothingChanges(claviger.database, () => claviger.owner.put(`${PATH}/${id}`, body));
    expect(expectSuccess(answer)).toEqual(key);
    expect(answer.headers.etag).toBe(read.headers.etag);
  }
});

test('of a whole body only the field that differs is changed, and recorded with what it was', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('One field'), ...FULL });
  const key = expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`));
  const put = () => claviger.owner.put(`${PATH}/${made.id}`, { ...key, description: 'Another' });
  const [answer, trail] = await trailOf(claviger.database, put);
  const after = expectSuccess(answer);
  expect(after).toEqual({ ...key, description: 'Another', version: key.version + 1, updated_at: after.updated_at });
  expect(Date.parse(after.updated_at)).toBeGreaterThanOrEqual(Date.parse(key.updated_at));
  expect(answer.headers.etag).toBe(`"${after.version}"`);
  expect(trail.audit).toHaveLength(1);
  expect(trail.audit[0]).toMatchObject({
    action: 'api_key.updated', target_type: 'api_key', target_id: made.id, actor_type: 'key', organization_id: 1,
    changes: { description: ['A note', 'Another'] },
  });
  expect(Object.keys(trail.audit[0]!.changes)).toEqual(['description']);
  expect(expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`))).toEqual(after);
});

/** Whether the answer about a secret can be another one afterwards. */
const CHANGES: [Record<string, unknown>, boolean][] = [
  [{ name: 'Renamed' }, true],
  [{ description: 'Only a note' }, false],
  [{ role: 'organization_admin' }, true],
  [{ access: 'read_only' }, true],
  [{ scopes: ['c.d'] }, true],
  [{ active: false }, true],
  [{ expires_at: '2091-01-01T00:00:00.000Z' }, true],
  [{ allowed_ips: ['192.0.2.0/24', '2001:db8::/32'] }, true],
  [{ rate_limit: { limit: 1, window_seconds: 1 } }, true],
  [{ credits: { remaining: 1, refill_amount: null, refill_interval: null } }, true],
  [{ metadata: { other: [1, { a: null }] } }, true],
];
for (const [change, altersAnswers] of CHANGES) {
  const [[field, value] = ['', undefined]] = Object.entries(change);
  test(`changing ${field} alone changes that, and ${altersAnswers ? 'tells' : 'does not tell'} the isolates`, async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Fed'), ...FULL });
    const [answer, trail] = await trailOf(claviger.database, () => claviger.owner.patch(`${PATH}/${made.id}`, change));
    const after = expectSuccess(answer);
    const status = field === 'active' ? 'disabled' : 'active';
    expect(after).toEqual({ ...made, ...change, api_key: null, status, version: made.version + 1, updated_at: after.updated_at });
    expect(trail.feed).toEqual(altersAnswers ? [{ organization_id: 1, key_hash: sha256(made.api_key) }] : []);
    expect(trail.audit.map((record) => record.changes)).toEqual([{ [field]: [made[field], value] }]);
    expect(trail.audit[0]!.target_name).toBe(after.name);
  });
}

test('an explicit null clears what can be empty', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Cleared'), ...FULL });
  const nulls = Object.fromEntries(Object.keys(EMPTY).map((field) => [field, null]));
  const after = expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, nulls));
  expect(after).toEqual({ ...made, ...EMPTY, api_key: null, version: made.version + 1, updated_at: after.updated_at });
});

test('an empty change is none', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Kept'), ...FULL });
  for (const body of [{}, { api_key: {} }, { api_key: null }, { id: 7, organization_id: 2, status: 'revoked', hint: 'x' }]) {
    const answer = await nothingChanges(claviger.database, () => claviger.owner.put(`${PATH}/${made.id}`, body));
    expect(expectSuccess(answer)).toEqual({ ...made, api_key: null });
  }
});

test('who has seen an older version is told so, by header and by body', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Contended') });
  const { version } = expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { description: 'first' }));
  const late = (body: object, match?: string) => () =>
    claviger.owner.patch(`${PATH}/${made.id}`, { description: 'second', ...body }, match ? { 'if-match': match } : {});
  const stale = made.version;
  for (const attempt of [
    late({}, `"${stale}"`), late({}, `W/"${stale}"`), late({ version: stale }), late({ version: version + 1 }), late({}, '"0"'),
    late({ version }, `"${stale}"`), late({ version: stale }, `"${version}"`), late({ version: stale }, '*'),
  ]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'conflict', /changed/);
  }
  const unread = await nothingChanges(claviger.database, late({}, 'latest'));
  expectFieldRefusal(unread, 'invalid_parameter', 'If-Match', /ETag/);
  expect(unread.json.error_message).toBe('A header does not fit.');
  expectSuccess(await late({ version }, `"${version}"`)());
  expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { description: 'third' }, { 'if-match': '*' }));
  expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { description: 'last write wins' }));
});

test('of twenty who edit the same version one is heard', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Raced') });
  const edit = (_: unknown, index: number) => claviger.owner.patch(`${PATH}/${made.id}`, { description: `by ${index}`, version: made.version });
  const [answers, trail] = await trailOf(claviger.database, () => Promise.all(Array.from({ length: 20 }, edit)));
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(19).fill(409)]);
  expect(trail.audit).toHaveLength(1);
  expect(expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`)).version).toBe(made.version + 1);
});

test('a revoked key is not changed any more, also not by its whole body', async ({ claviger, unique }) => {
  const { id } = await claviger.made({ name: unique('Ended') });
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${id}/revoke`, {}));
  for (const change of [{ name: 'Other' }, { active: false }, { expires_at: '2090-01-01T00:00:00Z' }, { ...key, access: 'read_write' }]) {
    const answer = await nothingChanges(claviger.database, () => claviger.owner.put(`${PATH}/${id}`, change));
    expectRefusal(answer, 409, 'already_revoked');
  }
  expect(expectSuccess(await nothingChanges(claviger.database, () => claviger.owner.put(`${PATH}/${id}`, key)))).toEqual(key);
});

test('an expired key lives again with a later expiry, and its old expiry can be sent back', async ({ claviger, unique }) => {
  const expires_at = new Date(Date.now() + 1_000).toISOString();
  const made = await claviger.made({ name: unique('Brief'), expires_at });
  await expect.poll(async () => expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`)).status).toBe('expired');
  const key = expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`));
  expect(expectSuccess(await claviger.owner.put(`${PATH}/${made.id}`, { ...key, description: 'Still expired' })).status).toBe('expired');
  const prolonged = expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { expires_at: '2090-01-01T00:00:00Z' }));
  expect(prolonged).toMatchObject({ status: 'active', expires_at: '2090-01-01T00:00:00.000Z' });
  expectSuccess(await bearer(claviger.origin, made.api_key).get('/api/v2/whoami'));
});

test.describe('a personal key', () => {
  test('is edited by its person, at the console', async ({ claviger, unique }) => {
    const member = await claviger.session('member');
    const made = await claviger.made({ name: unique('Mine') }, member);
    const after = expectSuccess(await member.patch(`${PATH}/${made.id}`, { name: unique('Still mine'), access: 'read_write', active: false }));
    expect(after).toMatchObject({ access: 'read_write', active: false, kind: 'personal' });
    expect(expectSuccess(await member.patch(`${PATH}/${made.id}`, { active: true })).status).toBe('active');
    const role = () => member.patch(`${PATH}/${made.id}`, { role: 'organization_admin' });
    expectFieldRefusal(await nothingChanges(claviger.database, role), 'invalid_request', 'role', /follows its person/);
    expectSuccess(await member.delete(`${PATH}/${made.id}`));
  });

  test('and no other is, by a member', async ({ claviger, unique }) => {
    const member = await claviger.session('member');
    const service = await claviger.made({ name: unique('Not theirs') });
    const administrator = await claviger.session('administrator');
    const [alan] = expectSuccess(await administrator.get(`${PATH}?kind=personal&name=Alan%20at%20work`));
    for (const { id } of [service, alan]) {
      const edit = () => member.patch(`${PATH}/${id}`, { name: 'Taken over' });
      expectRefusal(await nothingChanges(claviger.database, edit), 404, 'not_found');
    }
  });

  test('is switched off by others of no lower role, and not on again', async ({ claviger, unique }) => {
    const member = await claviger.session('member');
    const made = await claviger.made({ name: unique('Hers') }, member);
    for (const other of [claviger.holderOf('admin'), await claviger.session('administrator'), claviger.owner]) {
      for (const change of [{ name: 'Taken over' }, { active: false, name: 'Both' }, { expires_at: '2090-01-01T00:00:00Z' }, { access: 'read_write' }]) {
        const edit = () => other.patch(`${PATH}/${made.id}`, change);
        expectRefusal(await nothingChanges(claviger.database, edit), 403, 'forbidden');
      }
      expect(expectSuccess(await other.patch(`${PATH}/${made.id}`, { active: false })).status).toBe('disabled');
      const on = () => other.patch(`${PATH}/${made.id}`, { active: true });
      expectRefusal(await nothingChanges(claviger.database, on), 403, 'forbidden');
      expectSuccess(await member.patch(`${PATH}/${made.id}`, { active: true }));
    }
    expectSuccess(await claviger.owner.delete(`${PATH}/${made.id}`));
  });

  test('of somebody with a higher role is not for a key that manages', async ({ claviger }) => {
    const { id } = expectSuccess(await claviger.holderOf('foreignOwner').get('/api/v2/whoami'));
    for (const attempt of [
      () => claviger.foreignAdmin.patch(`${PATH}/${id}`, { active: false }),
      () => claviger.foreignAdmin.patch(`${PATH}/${id}`, { name: 'Taken over' }),
      () => claviger.foreignAdmin.post(`${PATH}/${id}/revoke`, {}),
      () => claviger.foreignAdmin.delete(`${PATH}/${id}`),
      () => claviger.foreignAdmin.post(`${PATH}/${id}/rotate`, {}),
    ]) {
      expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'forbidden');
    }
  });
});

test('the last credential of the last owner stays, by whatever way it would end', async ({ claviger }) => {
  const tenant = expectSuccess(await claviger.holderOf('foreignOwner').get('/api/v2/whoami'));
  const own = expectSuccess(await claviger.owner.get('/api/v2/whoami'));
  for (const { id } of [own, tenant]) {
    const attempts: Record<string, () => ReturnType<Client['get']>> = {
      revoke: () => claviger.owner.post(`${PATH}/${id}/revoke`, {}),
      delete: () => claviger.owner.delete(`${PATH}/${id}`),
      disable: () => claviger.owner.patch(`${PATH}/${id}`, { active: false }),
      'bulk disable': () => claviger.owner.post(`${PATH}/bulk`, { ids: [id], action: 'disable' }),
      'bulk revoke': () => claviger.owner.post(`${PATH}/bulk`, { ids: [id], action: 'revoke' }),
      'bulk delete': () => claviger.owner.post(`${PATH}/bulk`, { ids: [id], action: 'delete' }),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      const answer = await nothingChanges(claviger.database, attempt);
      expect(`${what}: ${answer.json.error_code}`).toBe(`${what}: last_credential`);
      expectRefusal(answer, 409, 'last_credential', /last/);
    }
  }
  const readOnly = () => claviger.owner.patch(`${PATH}/${own.id}`, { access: 'read_only' });
  expectRefusal(await nothingChanges(claviger.database, readOnly), 409, 'last_credential');
});

test('the last credential goes when there is another one, which then stays', async () => {
  const claviger = await Claviger.start('last-credential');
  const { id } = expectSuccess(await claviger.owner.get('/api/v2/whoami'));
  const ends = () => claviger.owner.patch(`${PATH}/${id}`, { expires_at: '2090-01-01T00:00:00Z' });
  expectRefusal(await nothingChanges(claviger.database, ends), 409, 'last_credential');
  const token = newSetupToken();
  await claviger.worker.restart({ SETUP_TOKEN: token, LOCAL: '1' });
  const recovery = expectSuccess(await claviger.anonymous.post('/api/v2/setup', { token, email: 'ada@example.com' }), 201);
  const second = bearer(claviger.origin, recovery.api_key);
  const both = () => second.post(`${PATH}/bulk`, { ids: [id, recovery.id], action: 'revoke' });
  expectRefusal(await nothingChanges(claviger.database, both), 409, 'last_credential');
  expectSuccess(await ends());
  expectSuccess(await second.patch(`${PATH}/${id}`, { access: 'read_only' }));
  for (const attempt of [
    () => second.patch(`${PATH}/${recovery.id}`, { active: false }),
    () => second.patch(`${PATH}/${recovery.id}`, { access: 'read_only' }),
    () => second.post(`${PATH}/${recovery.id}/revoke`, {}),
    () => second.delete(`${PATH}/${recovery.id}`),
  ]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'last_credential');
  }
  expectSuccess(await second.delete(`${PATH}/${id}`));
  const rotated = expectSuccess(await second.post(`${PATH}/${recovery.id}/rotate`, { grace_seconds: 0 }));
  expectSuccess(await bearer(claviger.origin, rotated.api_key).get('/api/v2/whoami'));
  await claviger.worker.kill();
});

test.describe('nobody makes a key stronger than their own', () => {
  test('by role', async ({ claviger, unique }) => {
    const ours = await claviger.made({ name: unique('Ours') });
    const theirs = await claviger.made({ name: unique('Theirs') }, claviger.foreignAdmin);
    for (const [client, id, role] of [
      [claviger.holderOf('admin'), ours.id, 'system_admin'],
      [claviger.holderOf('admin'), ours.id, 'verifier'],
      [claviger.foreignAdmin, theirs.id, 'system_admin'],
      [claviger.owner, theirs.id, 'system_admin'],
    ] as const) {
      const answer = await nothingChanges(claviger.database, () => client.patch(`${PATH}/${id}`, { role }));
      expectRefusal(answer, 403, 'too_strong');
      expect(answer.json.errors[0].field).toBe('role');
    }
    expectSuccess(await claviger.foreignAdmin.patch(`${PATH}/${theirs.id}`, { role: 'verifier' }));
    expectSuccess(await claviger.owner.patch(`${PATH}/${ours.id}`, { role: 'system_admin' }));
    expectRefusal(await claviger.holderOf('admin').get(`${PATH}/${ours.id}`), 404, 'not_found');
    await claviger.foreignAdmin.delete(`${PATH}/${theirs.id}`);
  });

  test('by expiry, scopes and addresses; nor by switching on or rotating', async ({ claviger, unique }) => {
    const bound = { scopes: ['a.*'], allowed_ips: ['127.0.0.0/8', '::1'], expires_at: '2080-01-01T00:00:00Z' };
    const maker = await claviger.made({ name: unique('Bound'), role: 'organization_admin', access: 'read_write', ...bound });
    const client = bearer(claviger.origin, maker.api_key);
    const within = { scopes: ['a.b'], allowed_ips: ['127.0.0.1'], expires_at: '2079-01-01T00:00:00Z' };
    const key = await claviger.made({ name: unique('Within'), ...within }, client);
    const wide = await claviger.made({ name: unique('Wide'), active: false });
    const refused = async (field: string, attempt: () => ReturnType<Client['get']>) => {
      const answer = await nothingChanges(claviger.database, attempt);
      expectRefusal(answer, 403, 'too_strong');
      expect(answer.json.errors[0].field).toBe(field);
    };
    const edit = (id: number, change: object) => () => client.patch(`${PATH}/${id}`, change);
    await refused('expires_at', edit(key.id, { expires_at: '2081-01-01T00:00:00Z' }));
    await refused('expires_at', edit(key.id, { expires_at: null }));
    await refused('scopes', edit(key.id, { scopes: ['b.c'] }));
    await refused('scopes', edit(key.id, { role: 'organization_admin', scopes: null }));
    await refused('allowed_ips', edit(key.id, { allowed_ips: null }));
    await refused('allowed_ips', edit(key.id, { allowed_ips: ['127.0.0.1', '10.0.0.0/8'] }));
    await refused('expires_at', edit(wide.id, { active: true }));
    await refused('expires_at', () => client.post(`${PATH}/bulk`, { ids: [wide.id], action: 'enable' }));
    await refused('allowed_ips', () => client.post(`${PATH}/${wide.id}/rotate`, {}));
    await refused('allowed_ips', () => client.post(`${PATH}/bulk`, { ids: [wide.id], action: 'rotate' }));
    const scoped = await claviger.made({ name: unique('Scoped'), ...within, scopes: ['b.c'] });
    await refused('scopes', () => client.post(`${PATH}/${scoped.id}/rotate`, {}));
    expectSuccess(await edit(key.id, { name: unique('Renamed'), expires_at: '2080-01-01T00:00:00Z', scopes: ['a.b', 'a.c'] })());
    // One that is stronger already can be weakened, and renamed; it gains nothing.
    await refused('expires_at', edit(wide.id, { scopes: ['a.b'] }));
    expectSuccess(await edit(wide.id, { name: unique('Still wide'), allowed_ips: ['127.0.0.1'] })());
    expectSuccess(await client.post(`${PATH}/${key.id}/rotate`, {}));
  });
});

test('a longest lifetime binds what is made and what is prolonged, and leaves what there is', async ({ claviger, unique }) => {
  const { id: organization } = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: unique('Careful') }), 201);
  const keys = `/api/v2/organizations/${organization}/api_keys`;
  const old = expectSuccess(await claviger.owner.post(keys, { name: 'For ever' }), 201);
  expectSuccess(await claviger.owner.patch(`/api/v2/organizations/${organization}`, { maximum_key_lifetime_days: 30 }));
  const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString();
  for (const expires_at of [undefined, null, days(31), '2090-01-01T00:00:00Z']) {
    const create = () => claviger.owner.post(keys, { name: 'Too long', expires_at });
    expectFieldRefusal(await nothingChanges(claviger.database, create), 'invalid_request', 'expires_at', /30 days/);
    const bring = () => claviger.owner.post(`${keys}/import`, { api_keys: [{ name: 'A', sha256: sha256('x'), expires_at }] });
    expectFieldRefusal(await nothingChanges(claviger.database, bring), 'invalid_request', 'api_keys[0].expires_at', /30 days/);
  }
  const made = expectSuccess(await claviger.owner.post(keys, { name: 'Short', expires_at: days(29) }), 201);
  for (const expires_at of [null, days(31)]) {
    const edit = () => claviger.owner.patch(`${PATH}/${made.id}`, { expires_at });
    expectFieldRefusal(await nothingChanges(claviger.database, edit), 'invalid_request', 'expires_at', /30 days/);
  }
  expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { expires_at: days(30), name: 'Longest' }));
  expect(expectSuccess(await claviger.owner.put(`${PATH}/${old.id}`, { ...old, api_key: null, name: 'Still for ever' })).expires_at).toBeNull();
  expectSuccess(await claviger.owner.patch(`${PATH}/${old.id}`, { expires_at: days(1) }));
});
