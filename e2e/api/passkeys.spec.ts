import { Authenticator, type Slip } from '../support/authenticator';
import { cookieOf, type Answer, type Client } from '../support/client';
import { crews, type Crew, type Person } from '../support/crew';
import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';
import * as passkeys from '../support/passkeys';
import { trailOf } from '../support/trail';

const PATH = '/api/v2/passkeys';

let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('passkeys', 11));
});
test.afterAll(() => claviger.worker.kill());

const { asked, register } = passkeys;
const browser = (): Client => passkeys.browser(claviger.origin);
const enter = (authenticator: Authenticator, slip?: Slip): Promise<Answer> => passkeys.enter(claviger.origin, authenticator, slip);
const entered = (authenticator: Authenticator): Promise<Client> => passkeys.entered(claviger.origin, authenticator);

test('a passkey is registered, listed, and lets its person in with all that they may, for every algorithm', async () => {
  const { administrator } = next();
  const session = await administrator.signIn();
  for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
    const [[authenticator, made], trail] = await trailOf(claviger.database, () => register(session, new Authenticator(claviger.origin, algorithm), `Mine ${algorithm}`));
    expect(made).toEqual({ id: expect.any(Number), name: `Mine ${algorithm}`, current: false, synced: true, host: 'localhost', usable: true, origin: expect.anything(), created_at: expect.any(String), last_used_at: null });
    expect(made.origin).toEqual({ way: 'key', name: 'Administrator Crew at work', hint: expect.stringMatching(/^clv_/), key_id: administrator.key, key_ended: false });
    expect(trail.audit).toMatchObject([{ action: 'passkey.created', actor_id: administrator.id, details: { passkey: `Mine ${algorithm}`, synced: true } }]);
    const answer = await enter(authenticator);
    expect(expectSuccess(answer, 201)).toMatchObject({ user: { id: administrator.id }, role: 'organization_admin', access: 'read_write', key: null });
    const inside = browser().with({ cookie: cookieOf(answer) });
    expectSuccess(await inside.post('/api/v2/api_keys', { name: `By ${algorithm}`, role: 'organization_admin', access: 'read_write' }), 201);
    expectSuccess(await inside.post('/api/v2/invites', { role: 'administrator' }), 201);
    expectRefusal(await inside.get('/api/v2/whoami'), 403, 'no_key');
    expect(expectSuccess(await inside.get(PATH)).filter(({ current }: any) => current)).toMatchObject([{ name: `Mine ${algorithm}`, last_used_at: expect.any(String) }]);
    expect(expectSuccess(await inside.get('/api/v2/sessions')).find((row: any) => row.current)).toMatchObject({ key: null, passkey: { id: made.id } });
  }
  // Read back by a key; what it is made of is told to nobody.
  const listed = await administrator.client.get(PATH);
  expect(expectSuccess(listed).map(({ name }: any) => name)).toEqual(['Mine ES256', 'Mine EdDSA', 'Mine RS256']);
  expect(listed.text).not.toMatch(/public|jwk|credential/);
  expect(expectSuccess(await next().administrator.client.get(PATH))).toEqual([]);
});

test('a challenge is answered once, and for what and where it was given out', async () => {
  const { owner, member } = next();
  const session = await owner.signIn();
  const [authenticator] = await register(session);
  const options = await asked(browser(), 'session/passkey');
  const body = authenticator.used(options);
  expectSuccess(await browser().post('/api/v2/session/passkey', body), 201);
  expectRefusal(await nothingChanges(claviger.database, () => browser().post('/api/v2/session/passkey', body)), 403, 'challenge_spent');
  // One attempt: what was refused is spent as well.
  const again = await asked(browser(), 'session/passkey');
  expectRefusal(await browser().post('/api/v2/session/passkey', authenticator.used(again, { origin: 'https://evil.example' })), 403, 'passkey_refused');
  expectRefusal(await browser().post('/api/v2/session/passkey', authenticator.used(again)), 403, 'challenge_spent');
  const another = await asked(session, 'session/step_up');
  expectRefusal(await browser().post('/api/v2/session/passkey', authenticator.used(another)), 403, 'challenge_spent');
  expectRefusal(await session.post(PATH, new Authenticator(claviger.origin).made(another)), 403, 'challenge_spent');
  const theirs = await member.signIn();
  expectRefusal(await theirs.post(PATH, new Authenticator(claviger.origin).made(await asked(session, 'passkeys'))), 403, 'challenge_spent');
  expectRefusal(await browser().post('/api/v2/session/passkey', authenticator.used({ challenge: 'AAAA' })), 403, 'challenge_spent');
});

test('what an authenticator or another site gets wrong is refused, with the reason', async () => {
  const { administrator } = next();
  const session = await administrator.signIn();
  const [authenticator] = await register(session, new Authenticator(claviger.origin, 'ES256', 5));
  const wrong: [Slip, RegExp][] = [
    [{ origin: 'https://evil.example' }, /another origin/],
    [{ origin: claviger.origin.replace(/\d+$/, '1') }, /another origin/],
    [{ type: 'webauthn.other' }, /another kind/],
    [{ crossOrigin: true }, /another site's page/],
    [{ rpId: 'evil.example' }, /another site/],
    [{ flags: 4 }, /anybody/],
    [{ flags: 1 }, /PIN/],
    [{ flags: 21 }, /synced/],
  ];
  for (const [slip, reason] of wrong) {
    // Used for stepping up: the same check, and attempts at signing in are counted.
    const again = authenticator.used(await asked(session, 'session/step_up'), slip);
    for (const answer of [await session.post('/api/v2/session/step_up', again), await session.post(PATH, new Authenticator(claviger.origin).made(await asked(session, 'passkeys'), slip))]) {
      expectRefusal(answer, 403, 'passkey_refused');
      expect(answer.json.errors[0].message).toMatch(reason);
    }
  }
  for (const slip of [{ flags: 5 }, { signature: 'MAYCAQECAQI' }, { signature: 'AAAA' }]) {
    const again = authenticator.used(await asked(session, 'session/step_up'), slip);
    expectRefusal(await session.post('/api/v2/session/step_up', again), 403, 'passkey_refused');
  }
  const unsigned = await enter(authenticator, { signature: 'MAYCAQECAQI' });
  expectRefusal(unsigned, 403, 'passkey_refused');
  expect(unsigned.headers['set-cookie']).toBeUndefined();
  const spoilt = new Authenticator(claviger.origin);
  spoilt.spoil();
  expectRefusal(await session.post(PATH, spoilt.made(await asked(session, 'passkeys'))), 403, 'passkey_refused');
  // A count that stands still is a copy, and on the record.
  const [answer, trail] = await trailOf(claviger.database, () => enter(authenticator, { count: 5 }));
  expectRefusal(answer, 403, 'passkey_refused');
  expect(trail.audit).toMatchObject([{ action: 'passkey.refused', target_id: administrator.id, details: { sign_count: [5, 5] } }]);
  await entered(authenticator);
});

test('nobody’s passkey and a deactivated or removed person’s are refused alike, and their sessions are over', async () => {
  const { owner, administrator, member } = next();
  const [[mine], [theirs]] = [await register(await administrator.signIn()), await register(await member.signIn())];
  const [first, second] = [await entered(mine), await entered(theirs)];
  expectSuccess(await owner.client.patch(`/api/v2/users/${administrator.id}`, { active: false }));
  expectSuccess(await owner.client.delete(`/api/v2/users/${member.id}`));
  for (const client of [first, second]) {
    expectRefusal(await client.get('/api/v2/session'), 401, 'session_ended');
  }
  const stranger = new Authenticator(claviger.origin);
  stranger.made({ challenge: 'AAAA', user_handle: 'AAAA' });
  for (const authenticator of [mine, theirs, stranger]) {
    const answer = await enter(authenticator);
    expectRefusal(answer, 403, 'passkey_refused');
    expect(answer.json.errors).toBeUndefined();
  }
  expectSuccess(await owner.client.patch(`/api/v2/users/${administrator.id}`, { active: true }));
  await entered(mine);
});

test('a key that is less than its person adds no passkey, and one that leaked neither adds nor removes any', async () => {
  const { owner } = next();
  const brief = await claviger.made({ name: 'Brief', kind: 'personal', access: 'read_write', expires_at: new Date(Date.now() + 3_600_000).toISOString() }, owner.client);
  const weak = await ({ ...owner, signIn: async () => browser().with({ cookie: cookieOf(await browser().post('/api/v2/session', { api_key: brief.api_key })) }) } as Person).signIn();
  expectRefusal(await nothingChanges(claviger.database, () => weak.post(`${PATH}/options`, {})), 403, 'too_strong');
  const [, made] = await register(await owner.signIn());
  for (const attempt of [() => owner.client.delete(`${PATH}/${made.id}`), () => owner.client.put(`${PATH}/${made.id}`, { name: 'X' })]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 404, 'not_found');
  }
});

test('passkeys are named and removed by their person alone, and take their sessions along; there are at most ten', async () => {
  const { member, second } = next();
  const session = await member.signIn();
  const [authenticator, made] = await register(session);
  expect(made.name).toBe('Passkey');
  const renamed = await session.put(`${PATH}/${made.id}`, { name: ' <b>Phone</b>\u202e' });
  expectRefusal(renamed, 400, 'invalid_request');
  expect(expectSuccess(await session.put(`${PATH}/${made.id}`, { name: '<b>Phone</b>' })).name).toBe('<b>Phone</b>');
  const theirs = await second.signIn();
  for (const attempt of [() => theirs.delete(`${PATH}/${made.id}`), () => theirs.put(`${PATH}/${made.id}`, { name: 'X' })]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 404, 'not_found');
  }
  expectRefusal(await session.post(PATH, authenticator.made(await asked(session, 'passkeys'))), 409, 'passkey_exists');
  for (let index = 1; index < 10; index += 1) {
    await register(session);
  }
  const eleventh = new Authenticator(claviger.origin).made(await asked(session, 'passkeys'));
  expectRefusal(await session.post(PATH, eleventh), 409, 'passkey_limit');
  const inside = await entered(authenticator);
  const [answer, trail] = await trailOf(claviger.database, () => session.delete(`${PATH}/${made.id}`));
  expect(expectSuccess(answer)).toBeNull();
  expect(trail.audit).toMatchObject([{ action: 'passkey.deleted', details: { passkey: '<b>Phone</b>' } }]);
  expectRefusal(await inside.get('/api/v2/session'), 401, 'session_ended');
  expectRefusal(await enter(authenticator), 403, 'passkey_refused');
});

test('a passkey counts as an owner’s last credential, both ways', async () => {
  const { owner, other } = next();
  expectSuccess(await owner.client.delete(`/api/v2/users/${other.id}`));
  const clear = () => owner.client.delete(`/api/v2/users/${owner.id}/api_key`);
  expectRefusal(await nothingChanges(claviger.database, clear), 409, 'last_credential');
  const [authenticator, made] = await register(await owner.signIn());
  expectSuccess(await owner.client.delete(`/api/v2/api_keys/${owner.key}`));
  const inside = await entered(authenticator);
  expectRefusal(await nothingChanges(claviger.database, () => inside.delete(`${PATH}/${made.id}`)), 409, 'last_credential', /passkey/);
  const [, spare] = await register(inside);
  expectSuccess(await inside.delete(`${PATH}/${spare.id}`));
  // A key that ends is not as good; one that does not is.
  const ends = await claviger.made({ name: 'Ends', kind: 'personal', access: 'read_write', expires_at: '2090-01-01T00:00:00.000Z' }, inside);
  expectRefusal(await inside.delete(`${PATH}/${made.id}`), 409, 'last_credential');
  expectSuccess(await inside.delete(`/api/v2/api_keys/${ends.id}`));
  await claviger.made({ name: 'Stays', kind: 'personal', access: 'read_write' }, inside);
  expectSuccess(await inside.delete(`${PATH}/${made.id}`));
});

test('another owner’s passkey lets an owner go, and one’s own does not', async () => {
  const { owner, other } = next();
  await register(await owner.signIn());
  const session = await other.signIn();
  await register(session);
  expectSuccess(await session.delete(`/api/v2/users/${other.id}/api_key`));
  // Other has nothing but a passkey now, and owner both.
  expectSuccess(await claviger.owner.delete(`/api/v2/users/${owner.id}`));
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.patch(`/api/v2/users/${other.id}`, { role: 'member' })), 409, 'last_owner');
});

test('an owner with nothing but a passkey does not go while the other’s only key ends some day', async () => {
  const { owner, other } = next();
  await register(await owner.signIn());
  expectSuccess(await other.client.patch(`/api/v2/api_keys/${other.key}`, { expires_at: '2090-01-01T00:00:00.000Z' }));
  expectSuccess(await owner.client.delete(`/api/v2/api_keys/${owner.key}`));
  for (const change of [{ role: 'member' }, { active: false }]) {
    expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.patch(`/api/v2/users/${owner.id}`, change)), 409, 'last_credential');
  }
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.delete(`/api/v2/users/${owner.id}`)), 409, 'last_credential');
  // Clearing keys leaves passkeys alone, the other's way in too.
  expectSuccess(await claviger.owner.delete(`/api/v2/users/${other.id}/api_key`));
});

test('links made in a session without a key end with the passkey that opened it, and with its person', async () => {
  const { owner, administrator } = next();
  const [authenticator, made] = await register(await administrator.signIn());
  const inside = await entered(authenticator);
  const link = async () => expectSuccess(await inside.post('/api/v2/invites', {}), 201).link.split('#token=')[1];
  const first = await link();
  expectSuccess(await claviger.anonymous.post('/api/v2/invites/lookup', { token: first }));
  expectSuccess(await inside.delete(`${PATH}/${made.id}`));
  expectRefusal(await claviger.anonymous.post('/api/v2/invites/lookup', { token: first }), 403, 'invite_closed');
  expectSuccess(await owner.client.get(PATH));
});

test('at an address there are no passkeys, and another site gets no challenge', async () => {
  const numbered = new (browser().constructor as typeof Client)(claviger.origin, { host: `127.0.0.1:${new URL(claviger.origin).port}` });
  expectRefusal(await numbered.post('/api/v2/session/passkey/options', {}), 409, 'passkeys_need_a_name');
  const foreign = browser().with({ 'sec-fetch-site': 'cross-site' });
  expectRefusal(await nothingChanges(claviger.database, () => foreign.post('/api/v2/session/passkey/options', {})), 403, 'cross_site_request');
});
