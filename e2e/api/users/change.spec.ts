import type { Answer } from '../../support/client';
import { crews, type Crew, type Person } from '../../support/crew';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { mintSecret, sha256 } from '../../support/secrets';
import { trailOf } from '../../support/trail';

const PATH = '/api/v2/users';

let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('users-change', 24));
});
test.afterAll(() => claviger.worker.kill());

const at = ({ id }: Person): string => `${PATH}/${id}`;
const refused = async (status: number, code: string, attempt: () => Promise<Answer>): Promise<Answer> => {
  const answer = await nothingChanges(claviger.database, attempt);
  expectRefusal(answer, status, code);
  return answer;
};
/** What verification says of a secret, as it is now. */
const verdict = async (secret: string): Promise<string> => (await claviger.verifier.post('/v1/verify', { key: secret, max_age_ms: 0 })).json.code;

test('every field that does not fit is named, and nothing is done', async () => {
  const { owner, member } = next();
  for (const [body, code, field] of [
    [{ name: ' ' }, 'invalid_request', 'name'], [{ name: null }, 'invalid_request', 'name'], [{ name: 'x'.repeat(101) }, 'invalid_request', 'name'],
    [{ email: 'x' }, 'invalid_request', 'email'], [{ role: 'root' }, 'invalid_request', 'role'], [{ role: null }, 'invalid_request', 'role'],
    [{ active: 0 }, 'invalid_request', 'active'], [{ personal_key_limit: -1 }, 'invalid_request', 'personal_key_limit'],
    [{ personal_key_limit: 1001 }, 'invalid_request', 'personal_key_limit'], [{ admin: true }, 'invalid_request', 'admin'],
    [{ name: mintSecret() }, 'contains_secret', 'name'], [{ email: owner.email.toUpperCase() }, 'invalid_request', 'email'],
  ] as const) {
    const answer = await nothingChanges(claviger.database, () => owner.client.patch(at(member), body));
    expectFieldRefusal(answer, code, field, /./);
  }
});

test('names may be of any script and full of markup, and hide nothing', async () => {
  const { member } = next();
  const session = await member.signIn();
  for (const name of ['<img src=x onerror=alert(1)>', "'); DROP TABLE users; --", '{{7*7}}', '=HYPERLINK("x")', 'مريم', '👩‍👩‍👧 Ada', 'می‌خواهم']) {
    expect(expectSuccess(await session.patch(at(member), { name })).name).toBe(name);
    expect(expectSuccess(await session.get('/api/v2/session')).user.name).toBe(name);
  }
  for (const name of ['a\u202Eb', 'a\u200Bb', '\u2066a', '\uFEFF', 'a\nb', 'a\u0000b', '\u200D', '\u{E0041}x', '\u00AD']) {
    const answer = await nothingChanges(claviger.database, () => session.patch(at(member), { name }));
    expectFieldRefusal(answer, 'invalid_request', 'name', /./);
  }
});

test('a member changes their own name and address, and nothing that gives them more', async () => {
  const { member, second } = next();
  const session = await member.signIn();
  const [answer, trail] = await trailOf(claviger.database, () => session.patch(at(member), { name: 'Mia', email: 'Mia@Example.com' }));
  expect(expectSuccess(answer)).toMatchObject({ name: 'Mia', email: 'mia@example.com', version: 2 });
  expect(trail.audit).toMatchObject([{ action: 'user.updated', actor_id: member.id, target_id: member.id, changes: { name: [member.name, 'Mia'] } }]);
  expect(trail.feed, 'no answer of verification changes').toEqual([]);
  for (const body of [{ role: 'administrator' }, { role: 'owner' }, { active: false }]) {
    await refused(409, 'own_account', () => session.patch(at(member), body));
  }
  await refused(403, 'forbidden', () => session.patch(at(member), { personal_key_limit: 100 }));
  await refused(404, 'not_found', () => session.patch(at(second), { name: 'Hers' }));
  await refused(404, 'not_found', () => session.patch(at(second), { role: 'owner' }));
  await refused(403, 'forbidden', () => member.client.patch(at(member), { name: 'By key' }));
});

test('an administrator makes nobody an owner, themself neither, and touches no owner', async () => {
  const { owner, administrator, colleague, member } = next();
  for (const client of [administrator.client, await administrator.signIn()]) {
    for (const person of [member, colleague]) {
      await refused(403, 'forbidden', () => client.patch(at(person), { role: 'owner' }));
    }
    await refused(409, 'own_account', () => client.patch(at(administrator), { role: 'owner' }));
    for (const body of [{ name: 'X' }, { email: 'x@example.com' }, { role: 'member' }, { role: 'administrator' }, { active: false }, { personal_key_limit: 0 }]) {
      await refused(403, 'forbidden', () => client.patch(at(owner), body));
    }
    await refused(403, 'forbidden', () => client.delete(at(owner)));
  }
  const service = (await claviger.owner.post(`/api/v2/organizations/${expectSuccess(await owner.client.get(at(owner))).organization_id}/api_keys`,
    { name: 'Terraform', role: 'organization_admin', access: 'read_write' })).json.data;
  const terraform = owner.client.with({ authorization: `Bearer ${service.api_key}` });
  await refused(403, 'forbidden', () => terraform.patch(at(member), { role: 'owner' }));
  await refused(403, 'forbidden', () => terraform.patch(at(owner), { name: 'X' }));
  expectSuccess(await terraform.patch(at(member), { role: 'administrator' }));
});

test('acting on oneself locks nobody out', async () => {
  const { owner, administrator } = next();
  for (const person of [owner, administrator]) {
    for (const client of [person.client, await person.signIn()]) {
      await refused(409, 'own_account', () => client.patch(at(person), { role: 'member' }));
      await refused(409, 'own_account', () => client.patch(at(person), { active: false }));
      await refused(409, 'own_account', () => client.delete(at(person)));
    }
  }
});

test('the last active owner is neither demoted, deactivated nor removed', async () => {
  const { id, owner, other } = next();
  expectSuccess(await owner.client.patch(at(other), { active: false }));
  // By who may do anything, for the owner cannot do it to themself.
  for (const attempt of [
    () => claviger.owner.patch(at(owner), { role: 'administrator' }), () => claviger.owner.patch(at(owner), { active: false }),
    () => claviger.owner.patch(at(owner), { role: 'member', active: false }), () => claviger.owner.delete(at(owner)),
  ]) {
    await refused(409, 'last_owner', attempt);
  }
  expectSuccess(await claviger.owner.delete(at(other)));
  await refused(409, 'last_owner', () => claviger.owner.delete(at(owner)));
  // With the whole organization they go.
  expectSuccess(await claviger.owner.send({
    method: 'DELETE', path: `/api/v2/organizations/${id}`, headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: expectSuccess(await claviger.owner.get(`/api/v2/organizations/${id}`)).name }),
  }));
});

test('two owners who demote each other at once leave one', async () => {
  const { owner, other } = next();
  const [first, second] = await Promise.all([
    owner.client.patch(at(other), { role: 'member' }), other.client.patch(at(owner), { role: 'member' }),
  ]);
  const { n } = claviger.database.row("SELECT count(*) AS n FROM users WHERE id IN (?, ?) AND role = 'owner' AND active = 1", owner.id, other.id);
  expect(n, `${first.text} ${second.text}`).toBe(1);
});

test('an owner whose keys are the last that let an owner in stays, until another one has as good a key', async () => {
  const { owner, other } = next();
  // The other one is an owner in name only.
  expectSuccess(await other.client.patch(`/api/v2/api_keys/${other.key}`, { access: 'read_only' }));
  for (const attempt of [
    () => claviger.owner.patch(at(owner), { role: 'member' }), () => claviger.owner.patch(at(owner), { active: false }), () => claviger.owner.delete(at(owner)),
  ]) {
    await refused(409, 'last_credential', attempt);
  }
  const { link } = expectSuccess(await claviger.owner.post(`${at(other)}/sign_in_link`, {}), 201);
  expectSuccess(await claviger.anonymous.post('/api/v2/sign_in_links/accept', { token: link.split('#token=')[1] }), 201);
  expectSuccess(await claviger.owner.delete(at(owner)));
});

test('a promotion makes a person’s keys stronger, a demotion weaker, at once and on the record', async () => {
  const { owner, member } = next();
  const keys = '/api/v2/api_keys';
  const [answer, trail] = await trailOf(claviger.database, () => owner.client.patch(at(member), { role: 'administrator' }));
  expect(expectSuccess(answer)).toMatchObject({ role: 'administrator', version: 2 });
  expect(trail.audit.map((record) => [record.action, record.target_id, record.changes.role])).toEqual([
    ['api_key.updated', member.key, ['integration', 'organization_admin']], ['api_key.updated', member.defaultKey, ['integration', 'organization_admin']],
    ['user.updated', member.id, ['member', 'administrator']],
  ]);
  expect(trail.feed.map((row) => row.key_hash)).toContain(sha256(member.secret));
  const key = expectSuccess(await owner.client.get(`${keys}/${member.key}`));
  expect(key).toMatchObject({ role: 'organization_admin', version: 2 });
  expectSuccess(await member.client.get(keys));
  const session = await member.signIn();
  expectSuccess(await session.get('/api/v2/users?per_page=1000'));
  expectSuccess(await owner.client.patch(at(member), { role: 'member' }));
  expectRefusal(await member.client.get(keys), 403, 'forbidden');
  expect(expectSuccess(await session.get('/api/v2/session'))).toMatchObject({ role: 'integration', user: { role: 'member' } });
  expect(expectSuccess(await session.get('/api/v2/users'))).toHaveLength(1);
});

test('deactivating ends sessions and keys at once; reactivating brings the keys back, and no session', async () => {
  const { owner, member } = next();
  const session = await member.signIn();
  expect(await verdict(member.secret)).toBe('VALID');
  const [answer, trail] = await trailOf(claviger.database, () => owner.client.patch(at(member), { active: false }));
  expect(expectSuccess(answer)).toMatchObject({ active: false, live_keys: 2 });
  expect(trail.audit).toMatchObject([{ action: 'user.updated', changes: { active: [true, false] } }]);
  expect(trail.feed).toEqual([{ organization_id: expect.any(Number), key_hash: sha256(member.secret) }]);
  expect(await verdict(member.secret)).toBe('DISABLED');
  expectRefusal(await session.get('/api/v2/session'), 401, 'session_ended');
  await refused(401, 'session_ended', () => session.patch(at(member), { name: 'Too late' }));
  await refused(401, 'key_disabled', () => claviger.anonymous.post('/api/v2/session', { api_key: member.secret }));
  expect(claviger.database.rows('SELECT 1 FROM sessions WHERE user_id = ?', member.id)).toEqual([]);
  expectSuccess(await owner.client.patch(at(member), { active: true }));
  expect(await verdict(member.secret)).toBe('VALID');
  expectRefusal(await session.get('/api/v2/session'), 401, 'session_ended');
  expectSuccess(await (await member.signIn()).get('/api/v2/session'));
});

test('the memory of an isolate knows of a deactivation, of API access and of a removal as soon as of a revoke', async () => {
  const { owner, member, second } = next();
  const remembered = async (secret: string) => (await claviger.verifier.post('/v1/verify', { key: secret })).json.code;
  for (const [person, change, code] of [
    [member, () => owner.client.patch(at(member), { active: false }), 'DISABLED'], [member, () => owner.client.patch(at(member), { active: true }), 'VALID'],
    [member, () => owner.client.delete(`${at(member)}/api_access`), 'API_ACCESS_DISABLED'],
    [second, () => owner.client.delete(at(second)), 'NOT_FOUND'],
  ] as const) {
    await remembered(person.secret);
    expectSuccess(await change());
    await expect.poll(() => remembered(person.secret), { timeout: 6_000, message: code }).toBe(code);
  }
});

test('removing takes keys and sessions along, and leaves the record of each', async () => {
  const { owner, member } = next();
  const session = await member.signIn();
  const [answer, trail] = await trailOf(claviger.database, () => owner.client.delete(at(member)));
  expect(expectSuccess(answer)).toBeNull();
  expect(trail.audit.map((record) => [record.action, record.target_id])).toEqual([
    ['api_key.deleted', member.key], ['api_key.deleted', member.defaultKey], ['user.deleted', member.id],
  ]);
  expect(trail.feed.map((row) => row.key_hash)).toContain(sha256(member.secret));
  expect(await verdict(member.secret)).toBe('NOT_FOUND');
  expectRefusal(await session.get('/api/v2/session'), 401, 'session_ended');
  expectRefusal(await member.client.get('/api/v2/whoami'), 401, 'invalid_key');
  for (const table of ['api_keys', 'sessions', 'sign_in_links']) {
    expect(claviger.database.rows(`SELECT 1 FROM ${table} WHERE user_id = ?`, member.id), table).toEqual([]);
  }
  await refused(404, 'not_found', () => owner.client.delete(at(member)));
  // The address is free again.
  expectSuccess(await owner.client.post('/api/v2/invites', { email: member.email }), 201);
});

test('a version that is another one by now is a conflict; without one the last write wins', async () => {
  const { owner, member } = next();
  const read = expectSuccess(await owner.client.get(at(member)));
  expectSuccess(await owner.client.patch(at(member), { name: 'First' }, { 'if-match': '"1"' }));
  await refused(409, 'conflict', () => owner.client.put(at(member), { ...read, name: 'Second' }));
  await refused(409, 'conflict', () => owner.client.patch(at(member), { name: 'Second' }, { 'if-match': '"1"' }));
  await refused(409, 'conflict', () => owner.client.delete(at(member), { 'if-match': '"1"' }));
  const now = expectSuccess(await owner.client.get(at(member)));
  const put = await nothingChanges(claviger.database, () => owner.client.put(at(member), { user: now }));
  expect(expectSuccess(put)).toEqual(now);
  expect(put.headers.etag).toBe('"2"');
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => owner.client.patch(at(member), { name: `Name ${index}` })));
  for (const answer of answers) {
    expect(['200', '409 conflict'], answer.text).toContain(`${answer.status}${answer.json.error_code ? ` ${answer.json.error_code}` : ''}`);
  }
});

test('a credential that ends, or is bound to addresses, makes nobody who manages for ever', async () => {
  const { owner, administrator, member, second } = next();
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  for (const [attributes, field] of [[{ expires_at: soon }, 'expires_at'], [{ allowed_ips: ['127.0.0.0/8', '::/0'] }, 'allowed_ips'], [{ scopes: ['a.*'] }, 'scopes']] as const) {
    const { api_key } = await claviger.made({ name: 'Bounded', kind: 'personal', access: 'read_write', ...attributes }, owner.client);
    const client = owner.client.with({ authorization: `Bearer ${api_key}` });
    for (const attempt of [
      () => client.patch(at(member), { role: 'administrator' }), () => client.post('/api/v2/invites', { role: 'administrator' }),
      () => client.post(`${at(administrator)}/sign_in_link`, {}),
    ]) {
      const answer = await refused(403, 'too_strong', attempt);
      expect(answer.json.errors[0].field).toBe(field);
    }
    expectSuccess(await client.post('/api/v2/invites', { role: 'member' }), 201);
    expectSuccess(await client.patch(at(second), { name: `By ${field}` }));
  }
});
