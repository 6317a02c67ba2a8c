import { DatabaseSync } from 'node:sqlite';

import type { Answer } from '../../support/client';
import { signedIn, tokenOf } from '../../support/client';
import { crews, type Crew } from '../../support/crew';
import { databaseFile } from '../../support/database';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { mintSecret, sha256 } from '../../support/secrets';
import { trailOf } from '../../support/trail';

const PATH = '/api/v2/invites';
const [ACCEPT, LOOKUP] = [`${PATH}/accept`, `${PATH}/lookup`];

let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('users-invites', 16));
});
test.afterAll(() => claviger.worker.kill());

const refused = async (status: number, code: string, attempt: () => Promise<Answer>): Promise<void> =>
  expectRefusal(await nothingChanges(claviger.database, attempt), status, code);
const accept = (token: string, email = 'nina@example.com', name = 'Nina') => claviger.anonymous.post(ACCEPT, { token, name, email });
const closed = async (token: string): Promise<void> => {
  await refused(403, 'invite_closed', () => claviger.anonymous.post(LOOKUP, { token }));
  await refused(403, 'invite_closed', () => accept(token, 'late@example.com'));
};

test('every field that does not fit is named; nobody is invited who is there already', async () => {
  const { owner, member } = next();
  expectSuccess(await owner.client.patch(`/api/v2/users/${member.id}`, { active: false }));
  for (const [body, code, field] of [
    [{ role: 'root' }, 'invalid_request', 'role'], [{ email: 'x' }, 'invalid_request', 'email'], [{ name: '\u202Egnp' }, 'invalid_request', 'name'],
    [{ name: 'a\u200Bb' }, 'invalid_request', 'name'], [{ name: mintSecret() }, 'contains_secret', 'name'], [{ token: 'x' }, 'invalid_request', 'token'],
    [{ email: owner.email.toUpperCase() }, 'invalid_request', 'email'], [{ email: member.email }, 'invalid_request', 'email'],
  ] as const) {
    expectFieldRefusal(await nothingChanges(claviger.database, () => owner.client.post(PATH, body)), code, field, /./);
  }
});

test('nobody invites to a role above their own', async () => {
  const { administrator, owner, id } = next();
  const service = (await claviger.owner.post(`/api/v2/organizations/${id}/api_keys`, { name: 'CI', role: 'organization_admin', access: 'read_write' })).json.data;
  for (const client of [administrator.client, await administrator.signIn(), owner.client.with({ authorization: `Bearer ${service.api_key}` })]) {
    await refused(403, 'forbidden', () => client.post(PATH, { role: 'owner' }));
    await refused(403, 'forbidden', () => client.post(`/api/v2/organizations/${id}/invites`, { role: 'owner' }));
    expectSuccess(await client.post(PATH, { role: 'administrator' }), 201);
  }
  // Nor does one withdraw it.
  const { id: invite } = expectSuccess(await owner.client.post(PATH, { role: 'owner' }), 201);
  await refused(403, 'forbidden', () => administrator.client.delete(`${PATH}/${invite}`));
  expectSuccess(await owner.client.delete(`${PATH}/${invite}`));
});

test('an invitation is listed without its link, proposes a name, and makes its person once', async () => {
  const { owner, id } = next();
  const proposed = { name: '<b>Nina</b>', email: 'Nina@Example.com' };
  const [answer, trail] = await trailOf(claviger.database, () => owner.client.post(PATH, { invite: { role: 'administrator', ...proposed } }));
  const { link, ...invite } = expectSuccess(answer, 201);
  expect(invite).toEqual({
    id: expect.any(Number), organization_id: id, role: 'administrator', name: '<b>Nina</b>', email: 'nina@example.com',
    created_by: expect.objectContaining({ name: `${owner.name} at work of ${owner.name}` }), created_at: expect.any(String), ends_at: expect.any(String),
  });
  expect((Date.parse(invite.ends_at) - Date.parse(invite.created_at)) / 3_600_000).toBeCloseTo(72);
  expect(link).toMatch(new RegExp(`^${claviger.origin}/invite#token=[\\w-]{43}$`));
  expect(trail.audit).toMatchObject([{ action: 'invite.created', target_type: 'user', target_id: null, target_name: '<b>Nina</b>' }]);
  const token = tokenOf(link);
  expect(claviger.database.rows('SELECT id FROM invites WHERE hash = ?', sha256(token))).toHaveLength(1);
  const listed = await owner.client.get(PATH);
  expect(expectSuccess(listed)).toEqual([invite]);
  expect(listed.text).not.toContain(token);
  expect(expectSuccess(await claviger.anonymous.post(LOOKUP, { token }))).toMatchObject({ role: 'administrator', name: '<b>Nina</b>', email: 'nina@example.com' });
  // Two at once: one comes in.
  const answers = await Promise.all([accept(token, 'nina@example.com'), accept(token, 'nora@example.com')]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403]);
  const key = answers.find(({ status }) => status === 201)!.json.data;
  expect(key).toMatchObject({ role: 'organization_admin', kind: 'personal', system_generated: true, status: 'active' });
  const session = await signedIn(claviger.origin, key.api_key);
  expect(expectSuccess(await session.get('/api/v2/session'))).toMatchObject({ user: { role: 'administrator', name: 'Nina' } });
  const [joined] = expectSuccess(await owner.client.get('/api/v2/audit_log?action=user.created'));
  expect(joined.details).toMatchObject({ role: 'administrator', invited_by: { type: 'key', name: `${owner.name} at work of ${owner.name}` } });
  expect(expectSuccess(await owner.client.get(PATH))).toEqual([]);
  await closed(token);
  expect(expectSuccess(await owner.client.get(`/api/v2/users?name=nina`))).toHaveLength(1);
});

test('an address that was taken meanwhile is refused, and the invitation is still good', async () => {
  const { owner, member } = next();
  const token = tokenOf(expectSuccess(await owner.client.post(PATH, { email: 'vera@example.com' }), 201).link);
  expectFieldRefusal(await nothingChanges(claviger.database, () => accept(token, member.email.toUpperCase())), 'invalid_request', 'email', /already/);
  expectSuccess(await accept(token), 201);
});

test('an invitation that was withdrawn, is over, or another organization’s, opens nothing', async () => {
  const [crew, stranger] = [next(), next()];
  const [gone, late] = [expectSuccess(await crew.owner.client.post(PATH, {}), 201), expectSuccess(await crew.owner.client.post(PATH, {}), 201)];
  await refused(404, 'not_found', () => stranger.owner.client.delete(`${PATH}/${gone.id}`));
  const [answer, trail] = await trailOf(claviger.database, () => crew.owner.client.delete(`${PATH}/${gone.id}`));
  expectSuccess(answer);
  expect(trail.audit.map(({ action }) => action)).toEqual(['invite.deleted']);
  await refused(404, 'not_found', () => crew.owner.client.delete(`${PATH}/${gone.id}`));
  await claviger.worker.kill('SIGTERM');
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  database.prepare('UPDATE invites SET ends_at = ? WHERE id = ?').run(Date.now() - 1, late.id);
  database.close();
  await claviger.worker.restart();
  for (const { link } of [gone, late]) {
    await closed(tokenOf(link));
  }
  expect(expectSuccess(await crew.owner.client.get(PATH))).toEqual([]);
  await refused(404, 'not_found', () => crew.owner.client.delete(`${PATH}/${late.id}`));
  await claviger.worker.runSchedule();
  await expect.poll(() => claviger.database.rows('SELECT 1 FROM invites WHERE id = ?', late.id)).toEqual([]);
});

test('invitations end with who made them: demoted, deactivated, removed, or their key revoked or deleted', async () => {
  for (const end of [
    ({ owner, administrator }: Crew) => owner.client.patch(`/api/v2/users/${administrator.id}`, { role: 'member' }),
    ({ owner, administrator }: Crew) => owner.client.patch(`/api/v2/users/${administrator.id}`, { active: false }),
    ({ owner, administrator }: Crew) => owner.client.delete(`/api/v2/users/${administrator.id}`),
    ({ owner, administrator }: Crew) => owner.client.post(`/api/v2/api_keys/${administrator.key}/revoke`, {}),
    ({ owner, administrator }: Crew) => owner.client.delete(`/api/v2/api_keys/${administrator.key}`),
    ({ owner, administrator }: Crew) => owner.client.delete(`/api/v2/users/${administrator.id}/api_key`),
  ]) {
    const crew = next();
    const session = await crew.administrator.signIn();
    const token = tokenOf(expectSuccess(await session.post(PATH, { role: 'administrator' }), 201).link);
    const link = tokenOf(expectSuccess(await session.post(`/api/v2/users/${crew.member.id}/sign_in_link`, {}), 201).link);
    const own = tokenOf(expectSuccess(await crew.owner.client.post(PATH, {}), 201).link);
    expectSuccess(await claviger.anonymous.post(LOOKUP, { token }));
    expectSuccess(await end(crew));
    await closed(token);
    await refused(403, 'link_closed', () => claviger.anonymous.post('/api/v2/sign_in_links/accept', { token: link }));
    expectSuccess(await claviger.anonymous.post(LOOKUP, { token: own }));
  }
});

test('the same request again makes no second invitation, and does not tell the link again', async () => {
  const { owner } = next();
  const once = () => owner.client.post(PATH, { name: 'Once' }, { 'idempotency-key': 'invite-once' });
  const { id } = expectSuccess(await once(), 201);
  const again = await nothingChanges(claviger.database, once);
  expectRefusal(again, 409, 'already_created');
  expect(again.json.errors).toEqual([{ field: 'invite_id', message: `It was then: ${id}.` }]);
});
