import { randomBytes } from 'node:crypto';

import { signedIn, type Answer, type Client } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { stateWith } from '../../support/many_keys';
import { recordSecret, sha256 } from '../../support/secrets';
import { Seeder } from '../../support/seed';

const USERS = '/api/v2/users';
const HOUR = 3_600_000;
type Caller = { user: number; token: string };
type Signed = Caller & { secret: string; passkey: number };

let claviger: Claviger;
const callers: Caller[] = [];
const ended: Signed[] = [];
let promoted: Signed;
let [target, crowded] = [0, 0];
test.beforeAll(async () => {
  const from = stateWith('meanwhile', (database) => {
    const insert = new Seeder(database);
    target = insert.user(1, 'Tess Target', 'member', { api_access: 1 });
    insert.session(target, insert.key('Tess at work', { user: target }));
    insert.passkey(target);
    // Administrators whose sessions were last seen so long ago that their next request notes it: between who they are judged as
    // and what they change, and the database demotes them just then.
    const arrive = (index: number, userAgent: string): Signed => {
      const user = insert.user(1, `Adam Meanwhile${index}`, 'administrator', { api_access: 1 });
      const secret = insert.key(`Key ${index}`, { user, role: 'organization_admin', access: 'read_write' });
      const token = recordSecret('session', randomBytes(32).toString('base64url'));
      const seen = Date.now() - HOUR;
      database
        .prepare('INSERT INTO sessions (hash, user_id, secret_hash, created_at, last_seen_at, ends_at, user_agent, verified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(sha256(token), user, sha256(secret), seen, seen, Date.now() + HOUR, userAgent, Date.now());
      return { user, token, secret, passkey: 0 };
    };
    for (let index = 0; index < 8; index += 1) {
      callers.push(arrive(index, 'demoted meanwhile'));
    }
    for (let index = 8; index < 11; index += 1) {
      const caller = arrive(index, 'deactivated meanwhile');
      ended.push({ ...caller, passkey: insert.passkey(caller.user) });
    }
    database.exec(`CREATE TRIGGER ended_meanwhile AFTER UPDATE OF last_seen_at ON sessions WHEN OLD.user_agent = 'deactivated meanwhile'
      BEGIN UPDATE users SET active = 0, version = version + 1 WHERE id = NEW.user_id; END`);
    database.exec(`CREATE TRIGGER meanwhile AFTER UPDATE OF last_seen_at ON sessions WHEN OLD.user_agent = 'demoted meanwhile'
      BEGIN
        UPDATE users SET role = 'member', version = version + 1 WHERE id = NEW.user_id;
        UPDATE api_keys SET role = 'integration', version = version + 1 WHERE user_id = NEW.user_id;
      END`);
    promoted = arrive(11, 'promoted meanwhile');
    database.exec(`CREATE TRIGGER promoted_meanwhile AFTER UPDATE OF last_seen_at ON sessions WHEN OLD.user_agent = 'promoted meanwhile'
      BEGIN
        UPDATE api_keys SET revoked_at = 1, version = version + 1 WHERE user_id = NEW.user_id;
        DELETE FROM sessions WHERE user_id = NEW.user_id;
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

const withCookie = (token: string): Client =>
  claviger.anonymous.with({ cookie: `claviger-${claviger.worker.port}=${token}`, 'sec-fetch-site': 'same-origin', origin: claviger.origin });
const demoted = (): { user: number; client: Client } => {
  const { user, token } = callers.shift()!;
  return { user, client: withCookie(token) };
};

const CHANGES: [string, (client: Client) => Promise<Answer>, 'role'?][] = [
  ['changes nobody', (client) => client.patch(`${USERS}/${target}`, { name: 'Changed' })],
  ['removes nobody', (client) => client.delete(`${USERS}/${target}`)],
  ['ends nobody’s API access', (client) => client.delete(`${USERS}/${target}/api_access`)],
  ['clears nobody’s keys', (client) => client.delete(`${USERS}/${target}/api_key`)],
  ['removes nobody’s passkeys', (client) => client.delete(`${USERS}/${target}/passkeys`), 'role'],
  ['signs nobody out', (client) => client.delete(`${USERS}/${target}/sessions`), 'role'],
];
for (const [what, change, denied] of CHANGES) {
  test(`who is demoted while their request is under way ${what}`, async () => {
    const facts = () => claviger.database.rows(
      'SELECT u.*, k.revoked_at, k.id AS key, p.id AS passkey, e.id AS session FROM users u JOIN api_keys k ON k.user_id = u.id '
        + 'LEFT JOIN passkeys p ON p.user_id = u.id LEFT JOIN sessions e ON e.user_id = u.id WHERE u.id = ?', target,
    );
    const before = facts();
    expect(before.length).toBeGreaterThan(0);
    const { client } = demoted();
    // Judged anew they are a member, to whom others are not there, and who ends nobody's ways in.
    denied ? expectRefusal(await change(client), 403, 'forbidden') : expectRefusal(await change(client), 404, 'not_found');
    expect(facts()).toEqual(before);
  });
}

test('who is deactivated while their request is under way neither renames nor removes a passkey', async () => {
  for (const change of [
    (client: Client, id: number) => client.put(`/api/v2/passkeys/${id}`, { name: 'Late' }), (client: Client, id: number) => client.delete(`/api/v2/passkeys/${id}`),
  ]) {
    const { token, passkey } = ended.shift()!;
    expectRefusal(await change(withCookie(token), passkey), 401, 'session_ended');
    expect(claviger.database.rows('SELECT name FROM passkeys WHERE id = ?', passkey)).toEqual([{ name: 'Key ring' }]);
  }
});

test('a passkey from before its host was kept is asked for wherever the console is, until it is removed', async () => {
  const { user, secret } = ended[0]!;
  const session = await signedIn(claviger.origin, secret);
  const origin = `http://console.localhost:${claviger.worker.port}`;
  for (const client of [session, session.with({ host: new URL(origin).host, origin })]) {
    expect(expectSuccess(await client.get('/api/v2/passkeys'))).toMatchObject([{ host: null, usable: true, origin: null }]);
    expectRefusal(await client.post('/api/v2/passkeys/options', {}), 403, 'step_up_required');
  }
  expectSuccess(await claviger.owner.delete(`${USERS}/${user}/passkeys`));
  expectSuccess(await session.post('/api/v2/passkeys/options', {}));
});

test('a personal key that is made while its person is demoted is not stronger than they are', async () => {
  const { user, client } = demoted();
  expectRefusal(await client.post('/api/v2/api_keys', { name: 'Late', kind: 'personal', access: 'read_write' }), 409, 'conflict');
  expect(claviger.database.rows("SELECT id FROM api_keys WHERE user_id = ? AND role = 'organization_admin'", user)).toEqual([]);
});

test('no key is made by who came with what ends just then', async () => {
  const { user, token } = promoted;
  expectRefusal(await withCookie(token).post('/api/v2/api_keys', { name: 'Kept', kind: 'personal', access: 'read_write' }), 409, 'conflict');
  expect(claviger.database.rows('SELECT name FROM api_keys WHERE user_id = ? AND revoked_at IS NULL AND has_secret = 1', user)).toEqual([]);
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
