import { DatabaseSync } from 'node:sqlite';

import type { Answer, Client } from '../../support/client';
import { bearer, signedIn, tokenOf } from '../../support/client';
import { crews, type Crew, type Person } from '../../support/crew';
import { databaseFile } from '../../support/database';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { SECRET, sha256 } from '../../support/secrets';
import { trailOf } from '../../support/trail';

const [ACCEPT, LOOKUP] = ['/api/v2/sign_in_links/accept', '/api/v2/sign_in_links/lookup'];

let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('users-links', 14));
});
test.afterAll(() => claviger.worker.kill());

const path = ({ id }: Person): string => `/api/v2/users/${id}/sign_in_link`;
const linked = async (by: Client, person: Person): Promise<string> => tokenOf(expectSuccess(await by.post(path(person), {}), 201).link);
const refused = async (status: number, code: string, attempt: () => Promise<Answer>): Promise<void> =>
  expectRefusal(await nothingChanges(claviger.database, attempt), status, code);
const closed = async (token: string): Promise<void> => {
  for (const door of [LOOKUP, ACCEPT]) {
    await refused(403, 'link_closed', () => claviger.anonymous.post(door, { token }));
  }
};

test('what is no link opens nothing, an invitation neither', async () => {
  const { owner, member } = next();
  const token = await linked(owner.client, member);
  const invite = tokenOf(expectSuccess(await owner.client.post('/api/v2/invites', {}), 201).link);
  for (const other of ['x', '', `${token}x`, sha256(token), invite, claviger.worker.setupToken]) {
    await closed(other);
  }
  for (const body of [{}, { token: 7 }, { token: null }]) {
    expectFieldRefusal(await nothingChanges(claviger.database, () => claviger.anonymous.post(ACCEPT, body)), 'invalid_request', 'token', /./);
  }
  await refused(400, 'invalid_request', () => claviger.anonymous.post(ACCEPT, { token, role: 'owner' }));
  await refused(403, 'cross_site_request', () => claviger.anonymous.post(ACCEPT, { token }, { 'sec-fetch-site': 'cross-site' }));
  await refused(403, 'invite_closed', () => claviger.anonymous.post('/api/v2/invites/accept', { token, name: 'X', email: 'x@example.com' }));
});

test('it is for a person of no higher role than who makes it', async () => {
  const crew = next();
  const { owner, other, administrator, colleague, member } = crew;
  for (const client of [administrator.client, await administrator.signIn()]) {
    await refused(403, 'forbidden', () => client.post(path(owner), {}));
    await linked(client, colleague);
  }
  for (const client of [member.client, await member.signIn()]) {
    for (const person of [owner, administrator, crew.second, member]) {
      await refused(403, 'forbidden', () => client.post(path(person), {}));
    }
  }
  await linked(owner.client, other);
  await refused(403, 'forbidden', () => administrator.client.delete(path(other)));
  await linked(claviger.owner, owner);
  await refused(400, 'invalid_request', () => owner.client.post(path(member), { role: 'owner' }));
});

test('who lost every key comes in again with a new one, once, and is on the record', async () => {
  const { owner, administrator, member } = next();
  expectSuccess(await owner.client.delete(`/api/v2/api_keys/${member.key}`));
  expectRefusal(await claviger.anonymous.post('/api/v2/session', { api_key: member.secret }), 401, 'invalid_key');
  const [made, making] = await trailOf(claviger.database, () => administrator.client.post(path(member), {}));
  const { link, ends_at } = expectSuccess(made, 201);
  expect(link).toMatch(new RegExp(`^${claviger.origin}/sign-in-link#token=[\\w-]{43}$`));
  expect((Date.parse(ends_at) - Date.now()) / 3_600_000).toBeCloseTo(72, 1);
  expect(making.audit).toMatchObject([{ action: 'sign_in_link.created', target_id: member.id, target_name: member.name }]);
  const token = tokenOf(link);
  const look = await nothingChanges(claviger.database, () => claviger.anonymous.post(LOOKUP, { token }));
  expect(expectSuccess(look)).toEqual({ organization: expect.stringMatching(/^Crew/), name: member.name, removes_passkeys: false, ends_at });
  const answers = await Promise.all([1, 2].map(() => claviger.anonymous.post(ACCEPT, { token })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403]);
  const key = answers.find(({ status }) => status === 201)!.json.data;
  expect(key).toMatchObject({
    name: 'Sign-in key', kind: 'personal', user_id: member.id, role: 'integration', access: 'read_write', expires_at: null, system_generated: false,
    created_by: { type: 'system' },
  });
  expect(key.api_key).toMatch(SECRET);
  const log = expectSuccess(await owner.client.get(`/api/v2/audit_log?target_type=user&target_id=${member.id}`));
  expect(log[0]).toMatchObject({ action: 'sign_in_link.used', details: { created_by: { name: `${administrator.name} at work of ${administrator.name}` } } });
  const session = await signedIn(claviger.origin, key.api_key);
  expect(expectSuccess(await session.get('/api/v2/session')).user).toMatchObject({ id: member.id, role: 'member' });
  await closed(token);
});

test('keys that they have stay, and a full hand of keys is no obstacle', async () => {
  const { owner, member } = next();
  expectSuccess(await owner.client.patch(`/api/v2/users/${member.id}`, { personal_key_limit: 2 }));
  const session = await member.signIn();
  await refused(409, 'key_limit', () => session.post('/api/v2/api_keys', { name: 'Third' }));
  const key = expectSuccess(await claviger.anonymous.post(ACCEPT, { token: await linked(owner.client, member) }), 201);
  for (const secret of [member.secret, key.api_key]) {
    expectSuccess(await bearer(claviger.origin, secret).get('/api/v2/whoami'));
  }
});

test('a new link voids the old one, and it can be withdrawn', async () => {
  const { owner, administrator, member } = next();
  const old = await linked(owner.client, member);
  const token = await linked(administrator.client, member);
  await closed(old);
  expectSuccess(await claviger.anonymous.post(LOOKUP, { token }));
  expectSuccess(await owner.client.delete(path(member)));
  await closed(token);
  await refused(404, 'not_found', () => owner.client.delete(path(member)));
});

test('a link made for a member does not let in the owner that they became, nor anybody deactivated', async () => {
  const { owner, administrator, member, second } = next();
  const token = await linked(administrator.client, member);
  expectSuccess(await owner.client.patch(`/api/v2/users/${member.id}`, { role: 'owner' }));
  await closed(token);
  const other = await linked(administrator.client, second);
  expectSuccess(await owner.client.patch(`/api/v2/users/${second.id}`, { active: false }));
  await closed(other);
  await refused(409, 'deactivated', () => owner.client.post(path(second), {}));
  expectSuccess(await owner.client.patch(`/api/v2/users/${second.id}`, { active: true }));
  await closed(other);
});

test('a link ends after its time, and is swept away', async () => {
  const { owner, member } = next();
  const token = await linked(owner.client, member);
  await claviger.worker.kill('SIGTERM');
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  database.prepare('UPDATE sign_in_links SET ends_at = ? WHERE user_id = ?').run(Date.now() - 1, member.id);
  database.close();
  await claviger.worker.restart();
  await closed(token);
  await refused(404, 'not_found', () => owner.client.delete(path(member)));
  await claviger.worker.runSchedule();
  await expect.poll(() => claviger.database.rows('SELECT 1 FROM sign_in_links WHERE user_id = ?', member.id)).toEqual([]);
});

test('an owner of a tenant who lost every key is let in by a system administrator', async () => {
  const { owner, other } = next();
  expectSuccess(await claviger.owner.delete(`/api/v2/users/${other.id}`));
  const key = expectSuccess(await claviger.anonymous.post(ACCEPT, { token: await linked(claviger.owner, owner) }), 201);
  expect(expectSuccess(await (await signedIn(claviger.origin, key.api_key)).get('/api/v2/session')).user).toMatchObject({ id: owner.id, role: 'owner' });
});

test('the same request again does not tell the link again', async () => {
  const { owner, member } = next();
  const once = () => owner.client.post(path(member), {}, { 'idempotency-key': 'link-once' });
  expectSuccess(await once(), 201);
  const again = await nothingChanges(claviger.database, once);
  expectRefusal(again, 409, 'already_created');
  expect(again.json.errors).toEqual([{ field: 'user_id', message: `It was then: ${member.id}.` }]);
});
