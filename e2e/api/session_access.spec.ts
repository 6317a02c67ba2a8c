import { cookieOf, type Answer, type Client } from '../support/client';
import { AccessTeam, newKey, TAG, TEAM } from '../support/access_team';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { stateWith } from '../support/many_keys';
import { sha256 } from '../support/secrets';
import { Seeder } from '../support/seed';

const PATH = '/api/v2/session/access';
/** By which the clocks may differ, in seconds. */
const LEEWAY = 30;
const ADA = 'ada@example.com';
const ALAN = 'alan.admin@example.com';
const MAX = 'max.member@example.com';
const LEFT = 'lea.left@example.com';
const PIA = 'pia.passkey@example.com';
const NAMELESS = 'an invitation that names no address';

let team: AccessTeam;
let claviger: Claviger;
test.beforeAll(async () => {
  team = await AccessTeam.start();
  // Max is in two organizations, Gone was removed from the first, Pia has a passkey; an invitation was made before all this.
  const from = stateWith('access', (database) => {
    database.exec("INSERT INTO users (organization_id, name, email, role, created_at, updated_at) VALUES (2, 'Max Elsewhere', 'max.member@example.com', 'member', 1, 1)");
    const insert = new Seeder(database);
    insert.user(2, 'Else Where', 'member', { api_access: 1 });
    insert.user(1, 'Nina New', 'member', { api_access: 1 });
    const pia = insert.user(1, 'Pia Passkey', 'administrator', { api_access: 1 });
    database.exec(`INSERT INTO passkeys (user_id, credential_id, algorithm, public_key, sign_count, backup_eligible, backed_up, transports, name, created_at)
      VALUES (${pia}, 'cGlh', -7, '{}', 0, 0, 0, '[]', 'Key ring', 1)`);
    database.prepare("INSERT INTO invites (hash, organization_id, role, created_at, ends_at) VALUES (?, 1, 'member', ?, ?)")
      .run(sha256(NAMELESS), Date.now(), Date.now() + 3_600_000);
    database.exec(`INSERT INTO audit_log (organization_id, at, actor_type, actor_name, action, target_type, target_id, target_name, details, request_id)
      VALUES (1, 1, 'user', 'Ada', 'user.updated', 'user', 999, 'Gone', '{"changes":{"email":["earlier@example.com","gone@example.com"]}}', 'seed'),
        (1, 2, 'user', 'Ada', 'user.deleted', 'user', 999, 'Gone', '{"email":"gone@example.com"}', 'seed')`);
  });
  claviger = await Claviger.start('access', { from, variables: team.variables() });
});
test.afterAll(async () => {
  await claviger.worker.kill();
  await team.stop();
});

let visitors = 0;
/** Somebody whom Access lets through to us, at an address of their own: attempts are counted. */
function visitor(assertion: string | undefined): Client {
  visitors += 1;
  return claviger.anonymous.with({ 'cf-connecting-ip': `203.0.113.${visitors % 250}`, 'cf-access-jwt-assertion': assertion });
}
const signIn = (assertion: string | undefined, body: object = {}): Promise<Answer> => visitor(assertion).post(PATH, body);
const refused = (assertion: string | undefined, body: object = {}): Promise<Answer> =>
  nothingChanges(claviger.database, () => signIn(assertion, body));
const console = (answer: Answer): Client =>
  claviger.anonymous.with({ cookie: cookieOf(answer), 'sec-fetch-site': 'same-origin', origin: claviger.origin });
const flawOf = (answer: Answer): string => {
  expectRefusal(answer, 401, 'invalid_assertion');
  expect(answer.json.errors).toHaveLength(1);
  expect(answer.json.errors[0].field).toBe('Cf-Access-Jwt-Assertion');
  return answer.json.errors[0].message;
};

test('where it is not configured there is nothing, and nothing hints at it', async ({ claviger }) => {
  const assertion = { 'cf-access-jwt-assertion': team.vouch(ADA) };
  expectRefusal(await nothingChanges(claviger.database, () => claviger.anonymous.post(PATH, {}, assertion)), 404, 'not_found');
  expectRefusal(await claviger.anonymous.get(PATH, assertion), 404, 'not_found');
  expect(expectSuccess(await claviger.anonymous.get('/api/v2/setup')).cloudflare_access).toBe(false);
  expect(team.asked).toBe(0);
});

test('what Access vouches for opens a session with all that its person may, on the record, for as long as it vouches', async () => {
  expect(expectSuccess(await claviger.anonymous.get('/api/v2/setup')).cloudflare_access).toBe(true);
  const exp = Math.floor(Date.now() / 1000) + 1800;
  const answer = await signIn(team.vouch('Ada@Example.COM', { claims: { exp } }));
  const session = expectSuccess(answer, 201);
  expect(session).toMatchObject({
    user: { id: 1, email: ADA, role: 'owner' }, role: 'system_admin', access: 'read_write', key: null,
  });
  expect(Date.parse(session.ends_at)).toBe((exp + LEEWAY) * 1000);
  expect(answer.headers['set-cookie']![0]).toMatch(/Max-Age=18(2\d|30)(;|$)/);
  const client = console(answer);
  expectSuccess(await client.post('/api/v2/api_keys', { name: 'Made by Access' }), 201);
  const [row] = expectSuccess(await client.get('/api/v2/sessions')).filter((row: any) => row.current);
  expect(row).toMatchObject({ cloudflare_access: true, key: null, passkey: null });
  const [record] = expectSuccess(await client.get('/api/v2/audit_log?action=session.created'));
  expect(record).toMatchObject({ actor: { type: 'user', id: 1 }, details: { cloudflare_access: true }, target: { type: 'user', id: 1 } });
  // The session counts from now on, with no assertion; a change needs what every change by cookie needs.
  expectRefusal(await claviger.anonymous.with({ cookie: cookieOf(answer) }).post('/api/v2/api_keys', { name: 'X' }), 403, 'cross_site_request');
  expectSuccess(await client.delete('/api/v2/session'));
  expectRefusal(await client.get('/api/v2/session'), 401, 'session_ended');
});

test('who is vouched for until a moment ago, by a clock that is late, is let in and not sent away at once', async () => {
  const now = Math.floor(Date.now() / 1000);
  const answer = await signIn(team.vouch(ADA, { claims: { exp: now - 10 } }));
  expect(Date.parse(expectSuccess(answer, 201).ends_at)).toBe((now - 10 + LEEWAY) * 1000);
  expectSuccess(await console(answer).get('/api/v2/session'));
});

test('who has a passkey is asked for it before what matters, however they came', async () => {
  const pia = console(await signIn(team.vouch(PIA)));
  const { id } = expectSuccess(await pia.get('/api/v2/session')).user;
  const attempts = [
    () => pia.post('/api/v2/api_keys', { name: 'Stepped over' }), () => pia.post('/api/v2/passkeys/options', {}),
    () => pia.patch(`/api/v2/users/${id}`, { email: 'pia.elsewhere@example.com' }),
  ];
  for (const attempt of attempts) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'step_up_required');
  }
});

test('it is no credential that an owner could be left with', async () => {
  const answer = await signIn(team.vouch(ADA));
  const [key] = claviger.database.rows('SELECT id FROM api_keys WHERE user_id = 1');
  const revoke = () => console(answer).post(`/api/v2/api_keys/${key!.id}/revoke`, {});
  expectRefusal(await nothingChanges(claviger.database, revoke), 409, 'last_credential');
});

test('nobody but the console exchanges an assertion, and nothing else is taken', async () => {
  const assertion = team.vouch(ADA);
  const elsewhere = () => visitor(assertion).post(PATH, {}, { 'sec-fetch-site': 'cross-site' });
  expectRefusal(await nothingChanges(claviger.database, elsewhere), 403, 'cross_site_request');
  expectFieldRefusal(await refused(assertion, { user: 1 }), 'invalid_request', 'user', /unknown|not known|no such/i);
  for (const organization_id of [0, -1, 'Acme', 1.5]) {
    expectFieldRefusal(await refused(assertion, { organization_id }), 'invalid_request', 'organization_id', /organization/);
  }
});

test('without an assertion nobody comes in, whatever else they say', async () => {
  for (const headers of [{}, { 'cf-access-authenticated-user-email': ADA }, { cookie: `CF_Authorization=${team.vouch(ADA)}` }]) {
    const attempt = () => visitor(undefined).post(PATH, {}, headers);
    expectRefusal(await nothingChanges(claviger.database, attempt), 401, 'authentication_required', /Cloudflare Access/);
  }
  // The header is no credential of its own.
  expectRefusal(await visitor(team.vouch(ADA)).get('/api/v2/api_keys'), 401, 'authentication_required');
});

test('every assertion that is not good is refused, and says why', async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = (claims: object, flaw: RegExp): [string, RegExp] => [team.vouch(ADA, { claims: claims as Record<string, unknown> }), flaw];
  const good = team.vouch(ADA);
  const [head, body, signature] = good.split('.') as [string, string, string];
  const other = Buffer.from(Buffer.from(body, 'base64url').toString().replace(ADA, ALAN)).toString('base64url');
  const none = Buffer.from(JSON.stringify({ alg: 'none', kid: 'first' })).toString('base64url');
  const corpus: [string, RegExp][] = [
    ['x', /not a signed token/], [`${head}.${body}`, /not a signed token/], [`${head}.${body}.`, /not a signed token/],
    [`${good}.${signature}`, /not a signed token/], [`${good}==`, /not a signed token/], [`${head}.e30.${signature}`, /another team/],
    ['A'.repeat(16_000), /not a signed token/],
    [`${none}.${body}.`, /RS256/], [`${none}.${body}.${signature}`, /RS256/], [team.vouchWithPublicKey(ADA), /RS256/],
    [team.vouch(ADA, { header: { alg: 'RS512' } }), /RS256/], [team.vouch(ADA, { header: { kid: undefined } }), /name the key/],
    [`${head}.${other}.${signature}`, /wrong signature/], [team.vouch(ADA, { by: newKey('first') }), /wrong signature/],
    [team.vouch(ADA, { by: newKey('nobodys') }), /your team does not have/],
    claims({ iss: 'https://evil.cloudflareaccess.com' }, /another team/), claims({ iss: `https://${TEAM}/` }, /another team/),
    claims({ aud: ['another'] }, /another application/), claims({ aud: undefined }, /another application/), claims({ aud: TAG.toUpperCase() }, /another application/),
    claims({ exp: now - 31 }, /expired/), claims({ nbf: now + 60 }, /not good yet/), claims({ iat: now + 60 }, /not good yet/),
    claims({ exp: undefined }, /not a signed token/), claims({ type: 'org' }, /not about a person/),
    [team.vouch(undefined, { claims: { common_name: 'service.access' } }), /not about a person/],
    [team.vouch('ada'), /e-mail/], [team.vouch('ad\u0430@example.com'.replace('@', '@\u212a')), /e-mail/],
  ];
  await nothingChanges(claviger.database, async () => {
    for (const [assertion, flaw] of corpus) {
      const answer = await signIn(assertion);
      expect(flawOf(answer), assertion.slice(0, 60)).toMatch(flaw);
      expect(answer.text).not.toContain(signature);
      expectRefusal(await visitor(assertion).get(PATH), 401, 'invalid_assertion');
    }
  });
  expect(claviger.worker.logged()).not.toContain(signature);
});

test('a new key of the team is found and one that it withdrew is not used; made-up names ask it once in ten seconds', async () => {
  expectSuccess(await signIn(team.vouch(ADA)), 201);
  const [old, asked] = [team.keys[0]!, team.asked];
  const flood = await Promise.all(Array.from({ length: 40 }, (_, index) => refusedQuietly(team.vouch(ADA, { by: { ...old, id: `made up ${index}` } }))));
  expect(new Set(flood)).toEqual(new Set([401]));
  expect(team.asked - asked).toBeLessThanOrEqual(1);
  team.keys = [newKey('second')];
  const deadline = Date.now() + 15_000;
  let answer = await signIn(team.vouch(ADA));
  while (answer.status !== 201 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    answer = await signIn(team.vouch(ADA));
  }
  expectSuccess(answer, 201);
  expect(flawOf(await refused(team.vouch(ADA, { by: old })))).toMatch(/does not have/);
  expect(team.asked - asked).toBeLessThanOrEqual(3);
});
const refusedQuietly = async (assertion: string): Promise<number> => (await signIn(assertion)).status;

test('who is deactivated or unknown is told whom to ask, and nothing is made', async () => {
  expectRefusal(await refused(team.vouch(LEFT)), 403, 'access_ended', /administrator/);
  expectRefusal(await refused(team.vouch('nobody@example.com')), 403, 'not_invited', /administrator/);
  expect(expectSuccess(await visitor(team.vouch(LEFT)).get(PATH))).toEqual({ email: LEFT, organizations: [] });
});

test('who is in several organizations says which one they mean', async () => {
  const assertion = team.vouch(MAX);
  expectRefusal(await refused(assertion), 409, 'choose_organization', /organization_id/);
  const { organizations } = expectSuccess(await visitor(assertion).get(PATH));
  expect(organizations).toEqual([{ id: 1, name: 'Acme', joins: false }, { id: 2, name: 'Other Ltd', joins: false }]);
  expect(expectSuccess(await signIn(assertion, { organization_id: 2 }), 201)).toMatchObject({ user: { name: 'Max Elsewhere' }, organization: { id: 2 } });
  expect(expectSuccess(await signIn(assertion, { organization_id: 1 }), 201)).toMatchObject({ user: { name: 'Max Member', role: 'member' }, role: 'integration' });
  expectRefusal(await refused(assertion, { organization_id: 3 }), 403, 'not_invited');
});

test('an address is a way in: no administrator gives an owner theirs, nobody claims one by a key, and sessions end with it', async () => {
  const alan = console(await signIn(team.vouch(ALAN)));
  const alanId = expectSuccess(await alan.get('/api/v2/session')).user.id;
  const change = (client: Client, id: number, email: string) => client.patch(`/api/v2/users/${id}`, { email });
  const stays = async (client: Client, id: number, code: string) =>
    expectRefusal(await nothingChanges(claviger.database, () => change(client, id, 'mine@evil.example')), 403, code);
  await stays(alan, 1, 'forbidden');
  // A key as Bearer that leaked must not let its thief in for ever.
  await stays(claviger.holderOf('administrator'), alanId, 'forbidden');
  const max = console(await signIn(team.vouch(MAX), { organization_id: 1 }));
  const maxId = expectSuccess(await max.get('/api/v2/session')).user.id;
  await stays(max, maxId, 'own_address');
  expectSuccess(await max.patch(`/api/v2/users/${maxId}`, { name: 'Max Member' }));
  // Whoever was let in by the address that somebody had goes with it.
  expectSuccess(await change(alan, maxId, 'max.moved@example.com'));
  expectRefusal(await max.get('/api/v2/session'), 401, 'session_ended');
  expectSuccess(await change(alan, maxId, MAX));
  expectRefusal(await max.get('/api/v2/session'), 401, 'session_ended');
});

test('a member arrives with the address that they were invited with, and nobody takes that of somebody who has not come yet', async () => {
  const invites = '/api/v2/invites';
  const invite = (body: object) => claviger.owner.post(invites, body);
  expectFieldRefusal(await nothingChanges(claviger.database, () => invite({ role: 'member' })), 'invalid_request', 'email', /Cloudflare Access/);
  const accept = (token: string, email: string) => visitor(undefined).post(`${invites}/accept`, { token, name: 'Mallory', email });
  const stays = async (token: string, email: string, message: RegExp) =>
    expectFieldRefusal(await nothingChanges(claviger.database, () => accept(token, email)), 'invalid_request', 'email', message);
  const tokenOf = (answer: Answer): string => expectSuccess(answer, 201).link.split('token=')[1];
  await stays(NAMELESS, 'boss@example.com', /names no address/);
  const member = tokenOf(await invite({ role: 'member', email: 'Mallory@Example.com' }));
  await stays(member, 'boss@example.com', /invited with/);
  expectSuccess(await accept(member, 'mallory@example.com'), 201);
  expect(expectSuccess(await signIn(team.vouch('mallory@example.com')), 201).user.name).toBe('Mallory');
  // Who may invite people may as well say who they are themselves.
  const administrator = tokenOf(await invite({ role: 'administrator' }));
  expectSuccess(await accept(administrator, 'ann.administrator@example.com'), 201);
});

test('an address that an administrator wrote is no way in to an owner’s account', async () => {
  const alan = console(await signIn(team.vouch(ALAN)));
  const { id } = claviger.database.row("SELECT id FROM users WHERE name = 'Nina New'");
  expectSuccess(await alan.patch(`/api/v2/users/${id}`, { email: 'alans.other@example.com' }));
  const promote = (more: object) => claviger.owner.patch(`/api/v2/users/${id}`, { role: 'owner', ...more });
  for (const more of [{}, { end_credentials: true }]) {
    expectFieldRefusal(await nothingChanges(claviger.database, () => promote(more)), 'invalid_request', 'email', /Cloudflare Access/);
  }
  const inside = console(await signIn(team.vouch('alans.other@example.com')));
  expectRefusal(await nothingChanges(claviger.database, () => promote({ email: 'nina.new@example.com' })), 409, 'credentials_must_end');
  expectSuccess(await promote({ email: 'nina.new@example.com', end_credentials: true }));
  expectRefusal(await inside.get('/api/v2/session'), 401, 'session_ended');
  expectRefusal(await refused(team.vouch('alans.other@example.com')), 403, 'not_invited');
  expect(expectSuccess(await signIn(team.vouch('nina.new@example.com')), 201).user.role).toBe('owner');
  expectSuccess(await claviger.owner.delete(`/api/v2/users/${id}`));
});

test('links that were made in a session of Access end with the address that opened it', async () => {
  const alan = console(await signIn(team.vouch(ALAN)));
  const { id } = expectSuccess(await alan.get('/api/v2/session')).user;
  const max = claviger.database.row('SELECT id FROM users WHERE organization_id = 1 AND email = ?', MAX).id;
  const tokenIn = (answer: Answer): string => expectSuccess(answer, 201).link.split('token=')[1];
  const invite = tokenIn(await alan.post('/api/v2/invites', { role: 'administrator' }));
  const link = tokenIn(await alan.post(`/api/v2/users/${max}/sign_in_link`, {}));
  const [byKey] = [tokenIn(await claviger.holderOf('administrator').post('/api/v2/invites', { role: 'administrator' }))];
  expectSuccess(await claviger.owner.patch(`/api/v2/users/${id}`, { email: 'not.alan@example.com' }));
  for (const [path, body, code] of [
    ['invites', { token: invite, name: 'Late', email: 'late@example.com' }, 'invite_closed'], ['sign_in_links', { token: link }, 'link_closed'],
  ] as const) {
    expectRefusal(await nothingChanges(claviger.database, () => visitor(undefined).post(`/api/v2/${path}/accept`, body)), 403, code);
  }
  expectSuccess(await visitor(undefined).post('/api/v2/invites/lookup', { token: byKey }));
  expectSuccess(await claviger.owner.patch(`/api/v2/users/${id}`, { email: ALAN }));
});

test('who is deactivated is out, and so is everybody when Access is configured no more', async () => {
  const alan = console(await signIn(team.vouch(ALAN)));
  const { id } = expectSuccess(await alan.get('/api/v2/session')).user;
  expectSuccess(await claviger.owner.patch(`/api/v2/users/${id}`, { active: false }));
  expectRefusal(await alan.get('/api/v2/session'), 401, 'session_ended');
  expectRefusal(await refused(team.vouch(ALAN)), 403, 'access_ended');
  expectSuccess(await claviger.owner.patch(`/api/v2/users/${id}`, { active: true }));
  const again = console(await signIn(team.vouch(ALAN)));
  expectSuccess(await again.get('/api/v2/session'));
  // Nor does anybody stay whom another team let in, or an application that is not trusted any more.
  for (const other of [{ ACCESS_AUD: 'other' }, { ACCESS_TEAM_DOMAIN: 'other.cloudflareaccess.com' }, { ACCESS_AUD: '' }]) {
    await claviger.worker.restart(team.variables(other));
    expectRefusal(await again.get('/api/v2/session'), 401, 'session_ended');
  }
  await claviger.worker.restart({ LOCAL: '1' });
  expectRefusal(await again.get('/api/v2/session'), 401, 'session_ended');
  expectRefusal(await refused(team.vouch(ALAN)), 404, 'not_found');
});

test('half a configuration lets nobody in, and the log says which half is missing', async () => {
  await claviger.worker.restart({ LOCAL: '1', ACCESS_TEAM_DOMAIN: TEAM });
  expectRefusal(await refused(team.vouch(ADA)), 500, 'internal');
  expect(claviger.worker.logged()).toContain('ACCESS_AUD');
  expect(expectSuccess(await claviger.anonymous.get('/api/v2/setup')).cloudflare_access).toBe(false);
});

test('a team that does not answer is 503 for who comes by it, and no request hangs', async () => {
  await claviger.worker.restart(team.variables());
  team.trouble = { status: 302 };
  expectRefusal(await refused(team.vouch(ADA)), 503, 'unavailable', /Cloudflare Access/);
  await claviger.worker.restart(team.variables());
  team.trouble = 'silence';
  const begun = Date.now();
  const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(team.vouch(ADA))));
  for (const answer of answers) {
    expectRefusal(answer, 503, 'unavailable');
    expect(answer.headers['retry-after']).toBe('10');
  }
  expect(Date.now() - begun).toBeLessThan(8_000);
  team.trouble = undefined;
  await claviger.worker.restart(team.variables());
  const asked = team.asked;
  const all = await Promise.all(Array.from({ length: 10 }, () => signIn(team.vouch(ADA))));
  expect(all.map(({ status }) => status)).toEqual(Array(10).fill(201));
  expect(team.asked - asked).toBe(1);
});

test('but on a developer’s machine the team’s own address is asked, and no other', async () => {
  // A name that leads nowhere (RFC 6761).
  const [domain, asked] = ['acme.invalid', team.asked];
  const { LOCAL: _, ...elsewhere } = team.variables({ ACCESS_TEAM_DOMAIN: domain });
  await claviger.worker.restart(elsewhere);
  expectRefusal(await refused(team.vouch(ADA, { claims: { iss: `https://${domain}` } })), 503, 'unavailable', /Cloudflare Access/);
  expect(team.asked).toBe(asked);
});

test('newcomers become members where that is configured, once, and not who was sent away', async () => {
  await claviger.worker.restart(team.variables({ ACCESS_PROVISION: '1' }));
  const answers = await Promise.all(Array.from({ length: 5 }, () => signIn(team.vouch('New.Comer@example.com'))));
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(201));
  const [first] = answers;
  const { user, role } = first!.json.data;
  expect(user).toEqual({ id: expect.any(Number), name: 'new.comer', email: 'new.comer@example.com', role: 'member' });
  expect(role).toBe('integration');
  expect(claviger.database.rows('SELECT id FROM users WHERE email = ?', 'new.comer@example.com')).toHaveLength(1);
  const made = expectSuccess(await claviger.owner.get(`/api/v2/audit_log?target_type=user&target_id=${user.id}&action=user.created`));
  expect(made).toHaveLength(1);
  expect(made[0]).toMatchObject({ actor: { type: 'system' }, details: { role: 'member', cloudflare_access: true } });
  const member = console(first!);

  // Any tenant can write a newcomer's address: nobody finds themself there unasked.
  const elsewhere = team.vouch('else.where@example.com');
  expectRefusal(await refused(elsewhere), 409, 'choose_organization', /organization_id/);
  expect(expectSuccess(await visitor(elsewhere).get(PATH)).organizations).toEqual([
    { id: 2, name: 'Other Ltd', joins: false }, { id: 1, name: 'Acme', joins: true },
  ]);
  expect(expectSuccess(await signIn(elsewhere, { organization_id: 2 }), 201).organization.id).toBe(2);
  expectRefusal(await refused(elsewhere), 409, 'choose_organization');
  expect(expectSuccess(await signIn(elsewhere, { organization_id: 1 }), 201)).toMatchObject({ organization: { id: 1 }, user: { role: 'member' } });
  expectRefusal(await refused(elsewhere), 409, 'choose_organization');
  expect(expectSuccess(await visitor(elsewhere).get(PATH)).organizations.map(({ joins }: any) => joins)).toEqual([false, false]);

  expect(expectSuccess(await member.get(`/api/v2/users/${user.id}/api_key`))).toMatchObject({ status: 'pending', system_generated: true, role: 'integration' });
  expectRefusal(await member.get('/api/v2/users/1'), 404, 'not_found');

  for (const address of ['gone@example.com', 'earlier@example.com']) {
    expectRefusal(await refused(team.vouch(address)), 403, 'access_ended');
  }
  expectRefusal(await refused(team.vouch(LEFT)), 403, 'access_ended');
  expect(expectSuccess(await signIn(team.vouch(ADA)), 201).user.id).toBe(1);
  await claviger.worker.restart(team.variables({ ACCESS_PROVISION: '4711' }));
  expectRefusal(await refused(team.vouch('late@example.com')), 500, 'internal');
  expect(claviger.worker.logged()).toContain('ACCESS_PROVISION names no organization');
});
