import { randomBytes } from 'node:crypto';

import type { Answer, Client } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { stateWith } from '../../support/many_keys';
import { recordSecret, sha256 } from '../../support/secrets';
import { Seeder } from '../../support/seed';

const USERS = '/api/v2/users';
const HOUR = 3_600_000;
type Caller = { user: number; token: string };

let claviger: Claviger;
const callers: Caller[] = [];
let [target, crowded] = [0, 0];
test.beforeAll(async () => {
  const from = stateWith('meanwhile', (database) => {
    const insert = new Seeder(database);
    target = insert.user(1, 'Tess Target', 'member', { api_access: 1 });
    insert.key('Tess at work', { user: target });
    // Administrators whose sessions were last seen so long ago that their next request notes it: between who they are judged as
    // and what they change, and the database demotes them just then.
    for (let index = 0; index < 6; index += 1) {
      const user = insert.user(1, `Adam Meanwhile${index}`, 'administrator', { api_access: 1 });
      const secret = insert.key(`Key ${index}`, { user, role: 'organization_admin', access: 'read_write' });
      const token = recordSecret('session', randomBytes(32).toString('base64url'));
      const seen = Date.now() - HOUR;
      database
        .prepare('INSERT INTO sessions (hash, user_id, secret_hash, created_at, last_seen_at, ends_at, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(sha256(token), user, sha256(secret), seen, seen, Date.now() + HOUR, 'demoted meanwhile');
      callers.push({ user, token });
    }
    database.exec(`CREATE TRIGGER meanwhile AFTER UPDATE OF last_seen_at ON sessions WHEN OLD.user_agent = 'demoted meanwhile'
      BEGIN
        UPDATE users SET role = 'member', version = version + 1 WHERE id = NEW.user_id;
        UPDATE api_keys SET role = 'integration', version = version + 1 WHERE user_id = NEW.user_id;
      END`);
    crowded = insert.organization('Crowded', 'paid');
    const invite = database.prepare("INSERT INTO invites (hash, organization_id, role, created_at, ends_at) VALUES (?, ?, 'member', ?, ?)");
    for (let index = 0; index < 104; index += 1) {
      // Five of them are over.
      invite.run(sha256(`invite ${index}`), crowded, Date.now(), Date.now() + (index < 5 ? -1 : HOUR));
    }
  });
  claviger = await Claviger.start('meanwhile', { from });
});
test.afterAll(() => claviger.worker.kill());

const demoted = (): { user: number; client: Client } => {
  const { user, token } = callers.shift()!;
  const cookie = `claviger-${claviger.worker.port}=${token}`;
  return { user, client: claviger.anonymous.with({ cookie, 'sec-fetch-site': 'same-origin', origin: claviger.origin }) };
};

const CHANGES: [string, (client: Client) => Promise<Answer>][] = [
  ['changes nobody', (client) => client.patch(`${USERS}/${target}`, { name: 'Changed' })],
  ['removes nobody', (client) => client.delete(`${USERS}/${target}`)],
  ['ends nobody’s API access', (client) => client.delete(`${USERS}/${target}/api_access`)],
  ['clears nobody’s keys', (client) => client.delete(`${USERS}/${target}/api_key`)],
];
for (const [what, change] of CHANGES) {
  test(`who is demoted while their request is under way ${what}`, async () => {
    const facts = () => claviger.database.rows('SELECT u.*, k.revoked_at, k.id AS key FROM users u JOIN api_keys k ON k.user_id = u.id WHERE u.id = ?', target);
    const before = facts();
    expect(before.length).toBeGreaterThan(0);
    const { client } = demoted();
    // Judged anew they are a member, to whom others are not there.
    expectRefusal(await change(client), 404, 'not_found');
    expect(facts()).toEqual(before);
  });
}

test('a personal key that is made while its person is demoted is not stronger than they are', async () => {
  const { user, client } = demoted();
  expectRefusal(await client.post('/api/v2/api_keys', { name: 'Late', kind: 'personal', access: 'read_write' }), 409, 'conflict');
  expect(claviger.database.rows("SELECT id FROM api_keys WHERE user_id = ? AND role = 'organization_admin'", user)).toEqual([]);
});

test('no statement makes a personal key stronger than its person', () => {
  const outcomes: [string, string, string][] = [];
  stateWith('stronger', (database) => {
    const insert = new Seeder(database);
    const attempt = (person: string, role: string, how: string, run: () => unknown) => {
      database.exec('SAVEPOINT attempt');
      try {
        run();
        outcomes.push([person, `${role} ${how}`, 'done']);
      } catch (error) {
        outcomes.push([person, `${role} ${how}`, String(error).replace(/^Error: /, '')]);
      }
      database.exec('ROLLBACK TO attempt');
    };
    for (const person of ['member', 'administrator', 'owner']) {
      const user = insert.user(1, `Some ${person}`, person, { api_access: 1 });
      insert.key('Weak', { user });
      for (const role of ['integration', 'organization_admin', 'system_admin']) {
        attempt(person, role, 'made', () => insert.key('New', { user, role }));
        attempt(person, role, 'changed', () => database.prepare('UPDATE api_keys SET role = ? WHERE user_id = ?').run(role, user));
      }
    }
  });
  const most: Record<string, string[]> = {
    member: ['integration'], administrator: ['integration', 'organization_admin'], owner: ['integration', 'organization_admin', 'system_admin'],
  };
  const wanted = (person: string, role: string) => (most[person]!.includes(role.split(' ')[0]!) ? 'done' : 'refused:conflict');
  expect(outcomes).toEqual(outcomes.map(([person, role]) => [person, role, wanted(person, role)]));
  expect(outcomes).toHaveLength(18);
});

test('links that end with who made them are on the record, once each; those that were over are no news', async () => {
  const key = await claviger.made({ name: 'Invites people', role: 'organization_admin', access: 'read_write' });
  const inviter = claviger.anonymous.with({ authorization: `Bearer ${key.api_key}` });
  expectSuccess(await inviter.post('/api/v2/invites', { name: 'Eve Expected', email: 'eve@example.com', role: 'member' }), 201);
  expectSuccess(await inviter.post(`${USERS}/${target}/sign_in_link`, {}), 201);
  expectSuccess(await claviger.owner.post(`/api/v2/api_keys/${key.id}/revoke`, {}));
  const records = (action: string) => claviger.owner.get(`/api/v2/audit_log?action=${action}&actor_type=system`).then((answer) => expectSuccess(answer));
  const ended = { ended_with: 'maker', made_by: 'Invites people' };
  expect(await records('invite.deleted')).toMatchObject([{ target: { type: 'user', id: null, name: 'Eve Expected' }, details: { ...ended, role: 'member', email: 'eve@example.com' } }]);
  expect(await records('sign_in_link.deleted')).toMatchObject([{ target: { type: 'user', id: target, name: 'Tess Target' }, details: ended }]);
  // One that ends since its person is another one now.
  expectSuccess(await claviger.owner.post(`${USERS}/${target}/sign_in_link`, {}), 201);
  for (const active of [false, true]) {
    expectSuccess(await claviger.owner.patch(`${USERS}/${target}`, { active }));
  }
  expect(await records('sign_in_link.deleted')).toMatchObject([{ target: { id: target }, details: { ended_with: 'person' } }, { details: ended }]);
  // Withdrawn and used ones have a record of their own already, and no second one.
  const { id } = expectSuccess(await claviger.owner.post('/api/v2/invites', {}), 201);
  expectSuccess(await claviger.owner.delete(`/api/v2/invites/${id}`));
  expect(await records('invite.deleted')).toHaveLength(1);
});

test('an organization has a hundred invitations that can be used, and no more', async () => {
  const path = `/api/v2/organizations/${crowded}/invites`;
  const { id } = expectSuccess(await claviger.owner.post(path, {}), 201);
  const more = () => claviger.owner.post(path, {});
  expectRefusal(await nothingChanges(claviger.database, more), 409, 'invite_limit', /100 invitations/);
  expectSuccess(await claviger.owner.post('/api/v2/invites', {}), 201);
  expectSuccess(await claviger.owner.delete(`/api/v2/invites/${id}`));
  expectSuccess(await more(), 201);
});

test('one’s own address is changed so many times a minute, since each attempt tells whether somebody has it', async () => {
  const member = await claviger.session('member');
  const { id } = expectSuccess(await member.get('/api/v2/session')).user;
  const attempt = () => member.patch(`${USERS}/${id}`, { email: 'ada@example.com' });
  let answer = await attempt();
  expectFieldRefusal(answer, 'invalid_request', 'email', /has this address/);
  for (let count = 1; count < 130 && answer.status === 400; count += 1) {
    answer = await attempt();
  }
  expectRefusal(answer, 429, 'too_many_attempts', /wait/i);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  // Nothing else waits, nor anybody else.
  expectSuccess(await member.patch(`${USERS}/${id}`, { name: 'Max Member' }));
  expectSuccess(await claviger.owner.patch(`${USERS}/${target}`, { email: 'tess.moved@example.com' }));
});
