import type { Client } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { SECRET, sha256 } from '../../support/secrets';
import { expectTrueCounters, trailOf } from '../../support/trail';

const PATH = '/api/v2/api_keys';
const ACTIONS = ['disable', 'enable', 'rotate', 'revoke', 'delete'] as const;

const bulk = (client: Client, ids: number[], action: string, rest: object = {}) => client.post(`${PATH}/bulk`, { ids, action, ...rest });
const some = async (claviger: Claviger, name: string, count = 3, by?: Client): Promise<any[]> => {
  const keys = [];
  for (let index = 0; index < count; index += 1) {
    keys.push(await claviger.made({ name: `${name} ${index}` }, by));
  }
  return keys;
};
const idsOf = (keys: { id: number }[]): number[] => keys.map((key) => key.id);

for (const [what, body, field] of [
  ['no ids', { action: 'disable' }, 'ids'],
  ['an empty list', { ids: [], action: 'disable' }, 'ids'],
  ['1,001 ids', { ids: Array.from({ length: 1001 }, (_, index) => index + 1), action: 'disable' }, 'ids'],
  ['an id that is text', { ids: ['1'], action: 'disable' }, 'ids'],
  ['an id of zero', { ids: [0], action: 'disable' }, 'ids'],
  ['half an id', { ids: [1.5], action: 'disable' }, 'ids'],
  ['no action', { ids: [1] }, 'action'],
  ['an unknown action', { ids: [1], action: 'copy' }, 'action'],
  ['mint', { ids: [1], action: 'mint' }, 'action'],
  ['a grace too long', { ids: [1], action: 'rotate', grace_seconds: 604_801 }, 'grace_seconds'],
  ['a reason too long', { ids: [1], action: 'revoke', reason: 'x'.repeat(501) }, 'reason'],
  ['a grace without a rotation', { ids: [1], action: 'enable', grace_seconds: 600 }, 'grace_seconds'],
  ['a reason without a revocation', { ids: [1], action: 'delete', reason: 'Old' }, 'reason'],
  ['an unknown field', { ids: [1], action: 'disable', force: true }, 'force'],
] as const) {
  test(`${what} is refused by name`, async ({ claviger }) => {
    const answer = await nothingChanges(claviger.database, () => claviger.owner.post(`${PATH}/bulk`, body));
    expectFieldRefusal(answer, 'invalid_request', field, /./);
  });
}

test('an id beyond what JSON carries exactly finds nothing', async ({ claviger }) => {
  for (const id of ['9223372036854775807', '9007199254740993', '1e300']) {
    const send = () => claviger.owner.send({
      method: 'POST', path: `${PATH}/bulk`, body: `{"ids":[${id}],"action":"delete"}`, headers: { 'content-type': 'application/json' },
    });
    const answer = await nothingChanges(claviger.database, send);
    expect([400, 404], answer.text).toContain(answer.status);
  }
});

for (const action of ACTIONS) {
  test(`${action} does all or nothing, and names the keys that are not there`, async ({ claviger, unique }) => {
    const keys = await some(claviger, unique('Kept'));
    const foreign = await claviger.made({ name: unique('Foreign') }, claviger.foreignAdmin);
    const admin = claviger.holderOf('admin');
    for (const missing of [foreign.id, 999_999]) {
      const answer = await nothingChanges(claviger.database, () => bulk(admin, [...idsOf(keys), missing], action));
      expectRefusal(answer, 404, 'not_found');
      expect(answer.json.errors).toEqual([{ field: 'ids', message: `There are no such keys: ${missing}.` }]);
    }
    const mixed = await nothingChanges(claviger.database, () => bulk(claviger.owner, [...idsOf(keys), foreign.id], action));
    expectFieldRefusal(mixed, 'invalid_request', 'ids', /one organization/);
    expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${foreign.id}`));
  });

  test(`${action} is not for who only reads, or manages nothing`, async ({ claviger, unique }) => {
    const ids = idsOf(await some(claviger, unique('Guarded'), 2));
    for (const [client, status, code] of [
      [claviger.anonymous, 401, 'authentication_required'],
      [claviger.integration, 403, 'forbidden'],
      [claviger.verifier, 403, 'forbidden'],
      [claviger.readOnlyAdmin, 403, 'read_only'],
      [await claviger.session('member'), 404, 'not_found'],
      [claviger.foreignAdmin, 404, 'not_found'],
    ] as const) {
      expectRefusal(await nothingChanges(claviger.database, () => bulk(client, ids, action)), status, code);
    }
  });
}

test('disabling and enabling changes those that are not so already', async ({ claviger, unique }) => {
  const keys = await some(claviger, unique('Switched'));
  const [first, second, third] = keys;
  expectSuccess(await claviger.owner.patch(`${PATH}/${second.id}`, { active: false }));
  const [answer, trail] = await trailOf(claviger.database, () => bulk(claviger.owner, [third.id, first.id, second.id, first.id], 'disable'));
  const done = expectSuccess(answer);
  expect(done).toMatchObject({ action: 'disable', changed: 2 });
  // No whole keys: a thousand of them would be too much to remember for a replay.
  expect(done.api_keys).toEqual([
    { id: first.id, status: 'disabled', version: 2 }, { id: third.id, status: 'disabled', version: 2 },
  ]);
  expect(trail.audit.map((record) => [record.action, record.target_id, record.target_name, record.changes, record.details.bulk])).toEqual([
    ['api_key.updated', first.id, first.name, { active: [true, false] }, 3], ['api_key.updated', third.id, third.name, { active: [true, false] }, 3],
  ]);
  expect(trail.feed.map((row) => row.key_hash).sort()).toEqual([first, third].map((key) => sha256(key.api_key)).sort());
  const again = await nothingChanges(claviger.database, () => bulk(claviger.owner, idsOf(keys), 'disable'));
  expect(expectSuccess(again)).toEqual({ action: 'disable', changed: 0, api_keys: [] });
  expect(expectSuccess(await bulk(claviger.owner, idsOf(keys), 'enable')).changed).toBe(3);
});

test('rotating reveals each new secret once, with its key', async ({ claviger, unique }) => {
  const keys = await some(claviger, unique('Turned'));
  const done = expectSuccess(await bulk(claviger.owner, idsOf(keys), 'rotate', { grace_seconds: 0 }));
  expect(done.changed).toBe(3);
  for (const [index, key] of done.api_keys.entries()) {
    expect(key.api_key).toMatch(SECRET);
    expect(key.id).toBe(keys[index].id);
    const { json } = await claviger.verifier.post('/v1/verify', { key: key.api_key, max_age_ms: 0 });
    expect(json).toMatchObject({ code: 'VALID', key: { id: key.id } });
    expect((await claviger.verifier.post('/v1/verify', { key: keys[index].api_key, max_age_ms: 0 })).json.code).toBe('REVOKED');
  }
});

test('one that cannot be rotated keeps all from being rotated, and is named', async ({ claviger, unique }) => {
  const keys = await some(claviger, unique('Blocked'));
  await claviger.owner.post(`${PATH}/${keys[1].id}/revoke`, {});
  const answer = await nothingChanges(claviger.database, () => bulk(claviger.owner, idsOf(keys), 'rotate'));
  expectRefusal(answer, 409, 'already_revoked');
  expect(answer.json.errors[0]).toEqual({ field: 'ids', message: expect.stringContaining(`Key ${keys[1].id} `) });
  for (const action of ['disable', 'enable']) {
    const on = await nothingChanges(claviger.database, () => bulk(claviger.owner, [keys[1].id], action));
    expect(on.status, on.text).toBe(action === 'enable' ? 200 : 409);
  }
});

test('revoking leaves alone what is revoked, and says why of the others', async ({ claviger, unique }) => {
  const keys = await some(claviger, unique('Ended'));
  expectSuccess(await claviger.owner.post(`${PATH}/${keys[0].id}/revoke`, { reason: 'Before' }));
  const [answer, trail] = await trailOf(claviger.database, () => bulk(claviger.owner, idsOf(keys), 'revoke', { reason: 'Spring clean' }));
  const ended = keys.slice(1);
  expect(expectSuccess(answer).api_keys).toEqual(ended.map((key) => ({ id: key.id, status: 'revoked', version: 2 })));
  for (const { id } of ended) {
    expect(expectSuccess(await claviger.owner.get(`${PATH}/${id}`)).revoke_reason).toBe('Spring clean');
  }
  expect(trail.audit).toHaveLength(2);
  expect(expectSuccess(await claviger.owner.get(`${PATH}/${keys[0].id}`)).revoke_reason).toBe('Before');
  expectTrueCounters(claviger.database);
});

test('deleting removes the records, and the audit log names them', async ({ claviger, unique }) => {
  const keys = await some(claviger, unique('Removed'));
  const [answer, trail] = await trailOf(claviger.database, () => bulk(claviger.owner, idsOf(keys), 'delete'));
  expect(expectSuccess(answer)).toMatchObject({ action: 'delete', changed: 3 });
  expect(trail.audit.map((record) => [record.action, record.target_id, record.target_name])).toEqual(
    keys.map((key) => ['api_key.deleted', key.id, key.name]),
  );
  expect(trail.feed.map((row) => row.key_hash).sort()).toEqual(keys.map((key) => sha256(key.api_key)).sort());
  for (const key of keys) {
    expectRefusal(await claviger.owner.get(`${PATH}/${key.id}`), 404, 'not_found');
  }
  expectTrueCounters(claviger.database);
});

test('a member does so with their own keys', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  const keys = await some(claviger, unique('Own'), 2, member);
  const service = await claviger.made({ name: unique('Service') });
  const both = () => bulk(member, [...idsOf(keys), service.id], 'disable');
  expectRefusal(await nothingChanges(claviger.database, both), 404, 'not_found');
  for (const action of ACTIONS) {
    expect(expectSuccess(await bulk(member, idsOf(keys), action)).changed, action).toBe(2);
  }
});

test('among others’ personal keys one of a higher role keeps all from being ended', async ({ claviger, unique }) => {
  const olga = expectSuccess(await claviger.holderOf('foreignOwner').get('/api/v2/whoami')).id;
  const own = await claviger.made({ name: unique('Service') }, claviger.foreignAdmin);
  for (const action of ['disable', 'rotate', 'revoke', 'delete']) {
    const answer = await nothingChanges(claviger.database, () => bulk(claviger.foreignAdmin, [own.id, olga], action));
    expectRefusal(answer, 403, 'forbidden');
    expect(answer.json.errors[0].message).toContain(`Key ${olga} `);
  }
  expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${own.id}`));
});
