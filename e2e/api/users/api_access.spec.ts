import type { Answer } from '../../support/client';
import { bearer, signedIn, tokenOf } from '../../support/client';
import { crews, type Crew, type Person } from '../../support/crew';
import { expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { SECRET, sha256 } from '../../support/secrets';
import { trailOf } from '../../support/trail';

let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('users-access', 20));
});
test.afterAll(() => claviger.worker.kill());

const access = ({ id }: Person): string => `/api/v2/users/${id}/api_access`;
const keyOf = ({ id }: Person): string => `/api/v2/users/${id}/api_key`;
const verdict = async (secret: string): Promise<string> => (await claviger.verifier.post('/v1/verify', { key: secret, max_age_ms: 0 })).json.code;
const refused = async (status: number, code: string, attempt: () => Promise<Answer>): Promise<void> =>
  expectRefusal(await nothingChanges(claviger.database, attempt), status, code);

test('nobody touches a person of a higher role, a member nobody but themself, a read-only key nobody', async () => {
  const { owner, administrator, colleague, member, second } = next();
  const session = await member.signIn();
  const { api_key } = await claviger.made({ name: 'Reads', access: 'read_only', kind: 'personal' }, owner.client);
  for (const [client, person, status, code] of [
    [administrator.client, owner, 403, 'forbidden'], [session, second, 404, 'not_found'], [session, owner, 404, 'not_found'],
    [member.client, member, 403, 'forbidden'], [bearer(claviger.origin, api_key), member, 403, 'read_only'],
  ] as const) {
    for (const attempt of [
      () => client.post(access(person), {}), () => client.delete(access(person)), () => client.delete(keyOf(person)),
    ]) {
      await refused(status, code, attempt);
    }
  }
  // Among those who are no weaker.
  expectSuccess(await administrator.client.delete(access(colleague)));
  await refused(400, 'invalid_request', () => owner.client.post(access(member), { enabled: true }));
});

test('switched off, keys are kept and do not work, and the person still signs in; switched on, they work again', async () => {
  const { administrator, member } = next();
  const session = await member.signIn();
  expect(await verdict(member.secret)).toBe('VALID');
  const [answer, trail] = await trailOf(claviger.database, () => administrator.client.delete(access(member)));
  const by = { type: 'key', id: administrator.key, name: `${administrator.name} at work of ${administrator.name}` };
  expect(expectSuccess(answer)).toMatchObject({ api_access: false, live_keys: 2, version: 2, api_access_ended: { how: 'off', at: expect.any(String), by } });
  expect(trail.audit).toMatchObject([{ action: 'user.updated', target_id: member.id, changes: { api_access: [true, false] }, details: { how: 'off' } }]);
  expect(trail.feed).toEqual([{ organization_id: expect.any(Number), key_hash: sha256(member.secret) }]);
  expect(await verdict(member.secret)).toBe('API_ACCESS_DISABLED');
  expectRefusal(await member.client.get('/api/v2/whoami'), 403, 'api_access_disabled');
  expect(expectSuccess(await session.get(`/api/v2/users/${member.id}`)).api_access_ended.by).toEqual(by);
  expectSuccess(await (await member.signIn()).get('/api/v2/session'));
  // Once more says nothing new.
  expectSuccess(await nothingChanges(claviger.database, () => administrator.client.delete(access(member))));
  const { user, key } = expectSuccess(await administrator.client.post(access(member), {}));
  expect([user.api_access, user.api_access_ended, key], 'its secret is not for others').toEqual([true, null, null]);
  expect(await verdict(member.secret)).toBe('VALID');
  expectSuccess(await nothingChanges(claviger.database, () => administrator.client.post(access(member), {})));
});

test('the first time a person switches it on they see the secret of their default key, once', async () => {
  const { member, owner } = next();
  const session = await member.signIn();
  expectSuccess(await session.delete(access(member)));
  expect(expectSuccess(await session.get(keyOf(member)))).toMatchObject({ id: member.defaultKey, status: 'pending', hint: null, api_key: null });
  const [answer, trail] = await trailOf(claviger.database, () => session.post(access(member), {}, { 'idempotency-key': 'on' }));
  const { user, key } = expectSuccess(answer);
  expect(user).toMatchObject({ api_access: true, api_access_ended: null });
  expect(key).toMatchObject({ id: member.defaultKey, status: 'active', name: 'Auto-Generated API Key (Created By System)', system_generated: true });
  expect(key.api_key).toMatch(SECRET);
  expect(trail.audit.map((record) => record.action).toSorted()).toEqual(['api_key.minted', 'user.updated']);
  expect(trail.feed.map((row) => row.key_hash)).toContain(sha256(key.api_key));
  expect(await verdict(key.api_key)).toBe('VALID');
  expectRefusal(await nothingChanges(claviger.database, () => session.post(access(member), {}, { 'idempotency-key': 'on' })), 409, 'already_created');
  const again = await nothingChanges(claviger.database, () => session.post(access(member), {}));
  expect(expectSuccess(again).key).toBeNull();
  for (const client of [session, owner.client]) {
    const shown = await client.get(keyOf(member));
    expect(expectSuccess(shown)).toMatchObject({ api_key: null, hint: key.hint });
    expect(shown.text).not.toContain(key.api_key.slice(8, 28));
  }
});

test('who signed in with a key that ends does not get a default key that does not, if they manage', async () => {
  const { administrator } = next();
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const { api_key } = await claviger.made({ name: 'Ends', kind: 'personal', access: 'read_write', expires_at: soon }, administrator.client);
  const session = await signedIn(claviger.origin, api_key);
  const answer = await nothingChanges(claviger.database, () => session.post(access(administrator), {}));
  expectRefusal(answer, 403, 'too_strong');
  expect(answer.json.errors[0].field).toBe('expires_at');
});

test('regenerating replaces the secret of one’s own default key at once', async () => {
  const { member, administrator } = next();
  const session = await member.signIn();
  await refused(409, 'no_secret', () => session.post(keyOf(member), {}));
  const { key } = expectSuccess(await session.post(access(member), {}));
  for (const client of [administrator.client, claviger.owner]) {
    await refused(403, 'forbidden', () => client.post(keyOf(member), {}));
  }
  const [answer, trail] = await trailOf(claviger.database, () => session.post(keyOf(member), {}));
  const regenerated = expectSuccess(answer);
  expect(regenerated).toMatchObject({ id: member.defaultKey, status: 'active' });
  expect(regenerated.api_key).not.toBe(key.api_key);
  expect(trail.audit).toMatchObject([{ action: 'api_key.rotated', actor_id: member.id, details: { grace_seconds: 0 } }]);
  expect(await verdict(key.api_key)).toBe('REVOKED');
  expect(await verdict(regenerated.api_key)).toBe('VALID');
  expect(await verdict(member.secret), 'other keys go on').toBe('VALID');
});

test('a default key that is deleted or revoked is made anew, pending, and any other is not', async () => {
  const { member, owner, second } = next();
  const session = await member.signIn();
  const pending = async (person: Person) => claviger.database.rows(
    'SELECT id, name, role, has_secret FROM api_keys WHERE user_id = ? AND system_generated = 1 AND revoked_at IS NULL', person.id);
  let last = member.defaultKey;
  for (const end of [
    (id: number) => session.delete(`/api/v2/api_keys/${id}`), (id: number) => session.post(`/api/v2/api_keys/${id}/revoke`, {}),
    (id: number) => owner.client.post('/api/v2/api_keys/bulk', { ids: [id], action: 'revoke' }),
    (id: number) => owner.client.post('/api/v2/api_keys/bulk', { ids: [id], action: 'delete' }),
  ]) {
    const { key } = expectSuccess(await session.post(access(member), {}));
    expect(key.id).toBe(last);
    const [answer, trail] = await trailOf(claviger.database, () => end(key.id));
    expectSuccess(answer);
    expect(trail.audit.map(({ action }) => action)[1]).toBe('api_key.created');
    expect(trail.audit[1]).toMatchObject({ actor_type: 'system', details: { pending: true } });
    const [made, ...more] = await pending(member);
    expect([made!.name, made!.role, made!.has_secret, more]).toEqual(['Auto-Generated API Key (Created By System)', 'integration', 0, []]);
    expect(Number(made!.id)).toBeGreaterThan(last);
    expect(await verdict(key.api_key)).toMatch(/^(REVOKED|NOT_FOUND)$/);
    last = Number(made!.id);
  }
  expectSuccess(await owner.client.delete(`/api/v2/api_keys/${second.key}`));
  expect((await pending(second)).map(({ id }) => id)).toEqual([second.defaultKey]);
});

test('people have further keys of their own up to their limit, which an administrator sets and they do not', async () => {
  const { member, administrator } = next();
  const session = await member.signIn();
  const make = () => session.post('/api/v2/api_keys', { name: 'Another' });
  for (let count = 2; count < 5; count += 1) {
    expectSuccess(await make(), 201);
  }
  await refused(409, 'key_limit', make);
  expectSuccess(await administrator.client.patch(`/api/v2/users/${member.id}`, { personal_key_limit: 6 }));
  expectSuccess(await make(), 201);
  await refused(409, 'key_limit', make);
  // What the system owes them it makes all the same.
  expectSuccess(await session.delete(`/api/v2/api_keys/${member.defaultKey}`));
  expect(expectSuccess(await session.get(`/api/v2/users/${member.id}`)).live_keys).toBe(6);
});

test('clearing ends every key and switches off; the person sees who did it and when, and comes back', async () => {
  const { administrator, member } = next();
  const session = await member.signIn();
  const { key } = expectSuccess(await session.post(access(member), {}));
  const from = await administrator.signIn();
  const [answer, trail] = await trailOf(claviger.database, () => from.delete(keyOf(member)));
  const by = { type: 'user', id: administrator.id, name: administrator.name };
  const { user, revoked } = expectSuccess(answer);
  expect([revoked, user.live_keys]).toEqual([2, 1]);
  expect(user).toMatchObject({ api_access: false, api_access_ended: { how: 'cleared', at: expect.any(String), by } });
  expect(trail.audit.map(({ action }) => action)).toEqual(['api_key.revoked', 'api_key.revoked', 'api_key.created', 'user.updated']);
  expect(trail.feed.map((row) => row.key_hash)).toEqual(expect.arrayContaining([sha256(member.secret), sha256(key.api_key)]));
  for (const secret of [member.secret, key.api_key]) {
    expect(await verdict(secret)).toBe('REVOKED');
    expectRefusal(await claviger.anonymous.post('/api/v2/session', { api_key: secret }), 401, 'key_revoked');
  }
  expectRefusal(await session.get('/api/v2/session'), 401, 'session_ended');
  expect(expectSuccess(await from.get(`/api/v2/api_keys/${member.key}`))).toMatchObject({ status: 'revoked', revoked_by: by });
  // Nothing is left to end, and it is said again who did it last.
  expect(expectSuccess(await from.delete(keyOf(member))).revoked).toBe(0);

  const link = tokenOf(expectSuccess(await from.post(`/api/v2/users/${member.id}/sign_in_link`, {}), 201).link);
  const let_in = expectSuccess(await claviger.anonymous.post('/api/v2/sign_in_links/accept', { token: link }), 201);
  const back = await signedIn(claviger.origin, let_in.api_key);
  expect(expectSuccess(await back.get(`/api/v2/users/${member.id}`)).api_access_ended).toMatchObject({ how: 'cleared', by });
  expect(await verdict(let_in.api_key), 'off is off').toBe('API_ACCESS_DISABLED');
  const on = expectSuccess(await back.post(access(member), {}));
  expect(on.user).toMatchObject({ api_access: true, api_access_ended: null });
  expect(on.key.id).not.toBe(member.defaultKey);
  expect(await verdict(on.key.api_key)).toBe('VALID');
});

test('who clears their own keys is out with them, unless it is the last way in of an owner', async () => {
  const { owner, other, member } = next();
  const session = await member.signIn();
  expectSuccess(await session.delete(keyOf(member)));
  expectRefusal(await session.get('/api/v2/session'), 401, 'session_ended');
  expectSuccess(await other.client.delete(keyOf(other)));
  for (const client of [owner.client, claviger.owner]) {
    await refused(409, 'last_credential', () => client.delete(keyOf(owner)));
  }
  // Off is no loss: they sign in all the same.
  expectSuccess(await owner.client.delete(access(owner)));
  expectSuccess(await (await owner.signIn()).get('/api/v2/session'));
});
