import { Authenticator } from '../../support/authenticator';
import { signedIn, tokenOf, type Answer, type Client } from '../../support/client';
import { crews, type Crew, type Person } from '../../support/crew';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { asked, enter, entered, register, stepUp } from '../../support/passkeys';
import { trailOf } from '../../support/trail';

const KEYS = '/api/v2/api_keys';
const PASSKEYS = '/api/v2/passkeys';
const LINKS = '/api/v2/sign_in_links';
let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  // A Worker of its own: attempts at signing in are counted.
  ({ claviger, next } = await crews('ways-in', 12));
});
test.afterAll(() => claviger.worker.kill());

const of = ({ id }: { id: number }, what: string): string => `/api/v2/users/${id}/${what}`;
/** The same browser with the console at another of the Worker's names. */
const movedTo = (client: Client, host: string): Client => {
  const { port } = new URL(client.origin);
  return client.with({ host: `${host}:${port}`, origin: `http://${host}:${port}` });
};
const names = async (client: Client, path = PASSKEYS): Promise<string[]> => expectSuccess(await client.get(path)).map(({ name }: any) => name);
/** Whether this session is asked for a passkey before what matters. */
const isAsked = async (session: Client): Promise<boolean> => (await session.post(`${PASSKEYS}/options`, {})).json.error_code === 'step_up_required';
const passkeyRecords = (trail: { audit: any[] }): any[] => trail.audit.filter(({ action }) => action === 'passkey.deleted');

test('a sign-in link lets in who has lost their passkey, if it says so, once it is used', async () => {
  const { owner, administrator: alan, member: mia } = next();
  const [lost] = await register(await mia.signIn(), undefined, 'In the river');
  const inside = await entered(claviger.origin, lost);
  const link = async (by: Client, whom: Person, body: object) => by.post(of(whom, 'sign_in_link'), body);
  const accept = async (answer: Awaited<ReturnType<typeof link>>) => {
    const token = tokenOf(expectSuccess(answer, 201).link);
    const shown = expectSuccess(await claviger.anonymous.post(`${LINKS}/lookup`, { token }));
    return [shown, await trailOf(claviger.database, async () => expectSuccess(await claviger.anonymous.post(`${LINKS}/accept`, { token }), 201))] as const;
  };

  expectFieldRefusal(await link(alan.client, mia, { remove_passkeys: 'yes' }), 'invalid_request', 'remove_passkeys', /true or false/);
  // Nobody gets rid of an owner's, or of what they are asked for themselves.
  expectRefusal(await nothingChanges(claviger.database, () => link(alan.client, owner, { remove_passkeys: true })), 403, 'forbidden');
  expectRefusal(await nothingChanges(claviger.database, () => link(owner.client, owner, { remove_passkeys: true })), 409, 'own_account');

  // One that does not say so leaves them, and they are asked for.
  const [plain, [kept]] = await accept(await link(alan.client, mia, {}));
  expect(plain.removes_passkeys).toBe(false);
  expect(await isAsked(await signedIn(claviger.origin, kept.api_key))).toBe(true);

  const [made, told] = await trailOf(claviger.database, () => link(alan.client, mia, { remove_passkeys: true }));
  expect(told.audit).toMatchObject([{ action: 'sign_in_link.created', details: { remove_passkeys: true } }]);
  expect(await names(mia.client), 'until it is used').toEqual(['In the river']);
  const [shown, [key, trail]] = await accept(made);
  expect(shown.removes_passkeys).toBe(true);
  expect(passkeyRecords(trail)).toMatchObject([{ actor_type: 'system', target_id: mia.id, details: { passkey: 'In the river', sign_in_link: true, created_by: { id: alan.key } } }]);
  expect(await names(mia.client)).toEqual([]);
  expectRefusal(await inside.get('/api/v2/session'), 401, 'session_ended');
  expectRefusal(await enter(claviger.origin, lost), 403, 'passkey_refused');
  const again = await signedIn(claviger.origin, key.api_key);
  expect(await isAsked(again)).toBe(false);
  await register(again);
});

test('passkeys and sessions of a person are seen and ended by who manages them, and by nobody else', async () => {
  const { owner, administrator: alan, member: mia } = next();
  const session = await mia.signIn();
  const [authenticator, made] = await register(session, undefined, 'Laptop');
  await register(session, undefined, 'Phone');
  await register(await owner.signIn(), undefined, 'Of the owner');
  const inside = await entered(claviger.origin, authenticator);

  expect(expectSuccess(await alan.client.get(of(mia, 'passkeys')))[0]).toEqual({
    ...made, current: false, last_used_at: expect.any(String), origin: { way: 'key', name: 'Member Crew at work', hint: expect.stringContaining('clv_'), key_id: mia.key, key_ended: false },
  });
  expect(expectSuccess(await alan.client.get(of(mia, 'sessions')))).toMatchObject([{ current: false, passkey: { name: 'Laptop' } }, { current: false, key: { id: mia.key } }]);
  expect(await names(session, of(mia, 'passkeys')), 'one’s own').toEqual(['Laptop', 'Phone']);
  const stranger = next().owner;
  for (const what of ['passkeys', 'sessions']) {
    expectRefusal(await session.get(of(alan, what)), 404, 'not_found');
    expectRefusal(await stranger.client.get(of(mia, what)), 404, 'not_found');
    for (const [client, whom, status, code] of [
      [mia.client, alan, 403, 'forbidden'], [session, mia, 403, 'forbidden'], [alan.client, owner, 403, 'forbidden'],
      [stranger.client, mia, 404, 'not_found'], [alan.client, alan, 409, 'own_account'], [owner.client, owner, 409, 'own_account'],
    ] as const) {
      expectRefusal(await nothingChanges(claviger.database, () => client.delete(of(whom, what))), status, code);
    }
  }

  const [removed, trail] = await trailOf(claviger.database, () => alan.client.delete(of(mia, 'passkeys')));
  expect(expectSuccess(removed)).toEqual({ removed: 2 });
  expect(trail.audit).toMatchObject(['Laptop', 'Phone'].map((passkey) => ({ action: 'passkey.deleted', actor_id: alan.key, target_id: mia.id, details: { passkey, all: true } })));
  expectRefusal(await inside.get('/api/v2/session'), 401, 'session_ended');
  expect(await isAsked(session), 'the key’s session stays, and is asked for nothing').toBe(false);
  const [ended, log] = await trailOf(claviger.database, () => alan.client.delete(of(mia, 'sessions')));
  expect(expectSuccess(ended)).toEqual({ ended: 1 });
  expect(log.audit).toMatchObject([{ action: 'session.ended', actor_id: alan.key, target_id: mia.id, details: { all: true } }]);
  expectRefusal(await session.get('/api/v2/session'), 401, 'session_ended');
  // Asked for again there is nothing to do, and no record of it.
  for (const [what, done] of [['passkeys', { removed: 0 }], ['sessions', { ended: 0 }]] as const) {
    expect(expectSuccess(await nothingChanges(claviger.database, () => alan.client.delete(of(mia, what))))).toEqual(done);
  }
});

test('the last way in stays: of an owner whoever asks, and of everybody for themselves', async () => {
  const { owner, other, member: mia } = next();
  expectSuccess(await owner.client.delete(`/api/v2/users/${other.id}`));
  const [owners, made] = await register(await owner.signIn());
  expectSuccess(await owner.client.delete(`${KEYS}/${owner.key}`));
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.delete(of(owner, 'passkeys'))), 409, 'last_credential');
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.delete(of(owner, 'api_key'))), 409, 'last_credential');
  const inside = await entered(claviger.origin, owners);
  expectRefusal(await nothingChanges(claviger.database, () => inside.delete(`${PASSKEYS}/${made.id}`)), 409, 'last_credential', /passkey/);

  // A member's own as well: there is nobody to ask on a Sunday.
  const session = await mia.signIn();
  const [authenticator, only] = await register(session);
  const gone = await entered(claviger.origin, authenticator);
  expectSuccess(await gone.delete(`${KEYS}/${mia.key}`));
  expectRefusal(await nothingChanges(claviger.database, () => gone.delete(`${PASSKEYS}/${only.id}`)), 409, 'last_credential', /could not sign in/);
  const [, spare] = await register(gone);
  expectSuccess(await gone.delete(`${PASSKEYS}/${spare.id}`));
  const key = expectSuccess(await gone.post(KEYS, { name: 'To come in by', access: 'read_write' }), 201);
  const another = await signedIn(claviger.origin, key.api_key);
  expect((await stepUp(another, authenticator)).status).toBe(200);
  expectSuccess(await another.delete(`${PASSKEYS}/${only.id}`));
});

test('a passkey counts where it was made: elsewhere it is neither asked for nor a way in', async () => {
  const { owner, other } = next();
  expectSuccess(await owner.client.delete(`/api/v2/users/${other.id}`));
  const session = await owner.signIn();
  const [, old] = await register(session, undefined, 'Before');
  expect(old).toMatchObject({ host: 'localhost', usable: true });
  const fresh = await owner.signIn();
  expect(await isAsked(fresh)).toBe(true);
  const moved = movedTo(fresh, 'console.localhost');
  expect(await isAsked(moved)).toBe(false);
  expectRefusal(await moved.post('/api/v2/session/step_up/options', {}), 409, 'no_passkey');
  expect(expectSuccess(await moved.get(PASSKEYS))).toMatchObject([{ name: 'Before', host: 'localhost', usable: false }]);
  // Nobody is known by it there: an owner with nothing else would be locked out.
  expectRefusal(await nothingChanges(claviger.database, () => moved.delete(`${KEYS}/${owner.key}`)), 409, 'last_credential');
  const there = new Authenticator(moved.headers.origin!);
  const [, made] = await register(moved, there, 'Since');
  expect(made).toMatchObject({ host: 'console.localhost', usable: true });
  expect(await asked(moved, 'session/step_up')).toMatchObject({ rp_id: 'console.localhost', allow: [{ credential_id: there.credentialId }] });
  // One's own old one can go, and is no last credential there.
  expectSuccess(await moved.delete(`${PASSKEYS}/${old.id}`));
  expectSuccess(await moved.delete(`${KEYS}/${owner.key}`));
});

test('whoever ends another’s key ends the passkeys that were registered by way of it, unless they say otherwise', async () => {
  const stolen = async (person: Person): Promise<Authenticator> => {
    const session = await person.signIn();
    const [authenticator, { origin }] = await register(session, undefined, 'First');
    expect(origin).toMatchObject({ way: 'key', key_id: person.key, key_ended: false });
    return authenticator;
  };
  const again = async (person: Person, authenticator: Authenticator): Promise<void> => {
    // Of a passkey that was registered with a passkey it is told by which key it came about, too.
    const [, { origin }] = await register(await entered(claviger.origin, authenticator), undefined, 'Second');
    expect(origin).toEqual({ way: 'passkey', name: 'First', hint: null, key_id: person.key, key_ended: false });
  };
  const both = [{ details: { passkey: 'First' } }, { details: { passkey: 'Second' } }];

  const { administrator: alan, member: kept, second: still } = next();
  await again(kept, await stolen(kept));
  expectFieldRefusal(await alan.client.post(`${KEYS}/${kept.key}/revoke`, { passkeys: 'maybe' }), 'invalid_request', 'passkeys', /keep or remove/);
  expectFieldRefusal(await alan.client.delete(`${KEYS}/${kept.key}?passkeys=maybe`), 'invalid_parameter', 'passkeys', /keep or remove/);
  expectSuccess(await alan.client.post(`${KEYS}/${kept.key}/revoke`, { passkeys: 'keep' }));
  expect(expectSuccess(await alan.client.get(of(kept, 'passkeys')))).toMatchObject([{ origin: { key_ended: true } }, { origin: { key_ended: true } }]);

  const ends: ((alan: Person, person: Person) => Promise<Answer>)[] = [
    ({ client }, { key }) => client.post(`${KEYS}/${key}/revoke`, {}),
    ({ client }, { key }) => client.delete(`${KEYS}/${key}`),
    ({ client }, { key }) => client.post(`${KEYS}/bulk`, { ids: [key], action: 'revoke' }),
    ({ client }, person) => client.delete(of(person, 'api_key')),
  ];
  for (const [index, end] of ends.entries()) {
    const { administrator, member } = next();
    const authenticator = await stolen(member);
    if (index === 0) {
      await again(member, authenticator);
    }
    const [answer, trail] = await trailOf(claviger.database, () => end(administrator, member));
    const done = expectSuccess(answer);
    expect(passkeyRecords(trail), end.toString()).toMatchObject((index === 0 ? both : both.slice(0, 1)).map((record) => ({ ...record, actor_id: administrator.key, target_id: member.id })));
    expect(await names(administrator.client, of(member, 'passkeys')), end.toString()).toEqual([]);
    if (index === 3) {
      expect(done).toMatchObject({ revoked: 1, passkeys_removed: 1 });
    }
  }
  await stolen(still);
  expect(expectSuccess(await alan.client.delete(`${of(still, 'api_key')}?passkeys=keep`))).toMatchObject({ revoked: 1, passkeys_removed: 0 });
  expect(await names(alan.client, of(still, 'passkeys'))).toEqual(['First']);
});

test('with one’s own key passkeys go when one says so at the console, and a key that leaked takes none', async () => {
  const { owner, administrator: alan } = next();
  const session = await alan.signIn();
  const [authenticator] = await register(session);
  const path = `${KEYS}/${alan.key}`;
  for (const attempt of [
    () => alan.client.post(`${path}/revoke`, { passkeys: 'remove' }), () => alan.client.delete(`${path}?passkeys=remove`),
    () => alan.client.delete(`${of(alan, 'api_key')}?passkeys=remove`),
  ]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'forbidden');
  }
  // Nothing would be left to them.
  expectRefusal(await nothingChanges(claviger.database, () => session.delete(`${path}?passkeys=remove`)), 409, 'last_credential');
  const spare = expectSuccess(await session.post(KEYS, { name: 'Spare', kind: 'personal', access: 'read_write', role: 'organization_admin' }), 201);
  const inside = await entered(claviger.origin, authenticator);
  expectSuccess(await inside.post(`${path}/revoke`, { passkeys: 'remove' }));
  expectRefusal(await inside.get('/api/v2/session'), 401, 'session_ended');
  const again = await signedIn(claviger.origin, spare.api_key);
  expect(await names(again)).toEqual([]);

  // Whoever finds a secret ends its key, and must not end what is asked for beside it: that is told, and for people to decide.
  await register(again, undefined, 'Of a leaked key');
  expect((await claviger.anonymous.post('/v1/revoke', { keys: [spare.api_key] })).status).toBe(200);
  expect(expectSuccess(await owner.client.get(of(alan, 'passkeys')))).toMatchObject([{ name: 'Of a leaked key', origin: { key_id: spare.id, key_ended: true } }]);
});

test('of several uses with one count at the same moment one is good, and the others are on the record', async () => {
  const { member: mia, second } = next();
  const [authenticator] = await register(await mia.signIn());
  const sessions = await Promise.all(Array.from({ length: 4 }, () => mia.signIn()));
  const bodies = await Promise.all(sessions.map(async (session) => authenticator.used(await asked(session, 'session/step_up'), { count: 40 })));
  const [answers, trail] = await trailOf(claviger.database, () => Promise.all(sessions.map((session, index) => session.post('/api/v2/session/step_up', bodies[index]))));
  expect(answers.map(({ status, json }) => `${status} ${json.error_code}`).toSorted()).toEqual(['200 null', ...Array(3).fill('403 passkey_refused')]);
  const refused = trail.audit.filter(({ action }) => action === 'passkey.refused');
  expect(refused).toMatchObject(Array(3).fill({ target_id: mia.id, details: { sign_count: [40, 40] } }));

  // With one of one's own under another's handle neither.
  const session = await second.signIn();
  const [theirs] = await register(session);
  const used = theirs.used(await asked(session, 'session/step_up'));
  expectRefusal(await session.post('/api/v2/session/step_up', { ...used, user_handle: 'AAAA' }), 403, 'passkey_refused');
  const { user_handle: _, ...without } = theirs.used(await asked(session, 'session/step_up'));
  expectSuccess(await session.post('/api/v2/session/step_up', without));
});
