import { Authenticator } from '../support/authenticator';
import { bearer, type Client } from '../support/client';
import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';
import { lab, suffer } from '../support/lab';
import { endpoints } from '../support/routes';
import { sha256 } from '../support/secrets';

const MINUTE = 60_000;
/** Changes and questions that are not asked for a passkey, and why. Whatever is not here is asked. */
const UNASKED = new Set([
  // Questions.
  'POST /api_keys/lookup', 'POST /organization/{organization_id}/api_keys/lookup', 'POST /organizations/{organization_id}/api_keys/lookup',
  'POST /session/step_up', 'POST /session/step_up/options',
  // Settings and labels; what a key or a person may do is asked for once it is known what changes.
  'PUT /organization/{organization_id}', 'PATCH /organization/{organization_id}', 'PUT /organizations/{organization_id}', 'PATCH /organizations/{organization_id}',
  'PUT /api_keys/{id}', 'PATCH /api_keys/{id}', 'PUT /users/{id}', 'PATCH /users/{id}',
  // They have things told that are no secrets, and let nobody in. That a webhook's secret is replaced is asked for.
  'POST /webhooks', 'POST /organization/{organization_id}/webhooks', 'POST /organizations/{organization_id}/webhooks', 'POST /users/{id}/webhooks',
  'PUT /webhooks/{id}', 'PATCH /webhooks/{id}', 'DELETE /webhooks/{id}', 'POST /webhooks/{id}/test', 'POST /webhooks/{id}/replay',
  'POST /deliveries/{id}/replay',
  // They take away and give nothing.
  'DELETE /session', 'DELETE /sessions', 'DELETE /sessions/{id}',
  // They carry no credential, or bring one of their own.
  'POST /setup', 'POST /session', 'POST /session/access', 'POST /session/passkey', 'POST /session/passkey/options', 'POST /invites/lookup', 'POST /invites/accept',
  'POST /sign_in_links/lookup', 'POST /sign_in_links/accept',
]);

let claviger: Claviger;
let authenticator: Authenticator;
let passkey: number;
let session: Client;

const at = (clock: number): Promise<void> => suffer(claviger, 'A', { clock });
const stepUp = async (client: Client): Promise<void> => {
  const options = expectSuccess(await client.post('/api/v2/session/step_up/options', {}));
  expectSuccess(await client.post('/api/v2/session/step_up', authenticator.used(options)));
};
const asks = (client: Client) => client.post('/api/v2/invites', {});

test.beforeAll(async () => {
  claviger = await lab('step-up');
  authenticator = new Authenticator(claviger.origin);
  session = await claviger.session('owner');
  expectSuccess(await asks(session), 201);
  const options = expectSuccess(await session.post('/api/v2/passkeys/options', {}));
  passkey = expectSuccess(await session.post('/api/v2/passkeys', authenticator.made(options)), 201).id;
});
test.afterAll(() => claviger.worker.kill());

test('every change is asked for a passkey, unless it is on a list with a reason', async () => {
  const { id } = await claviger.made({ name: 'Asked about' });
  const user = expectSuccess(await claviger.owner.get('/api/v2/users?role=member')).at(0).id;
  const invite = expectSuccess(await claviger.owner.post('/api/v2/invites', {}), 201).id;
  await at(16 * MINUTE);
  const changes = endpoints().filter((endpoint) => !/^(GET|ANY)| \/v1\//.test(endpoint));
  expect([...UNASKED].filter((endpoint) => !changes.includes(endpoint))).toEqual([]);
  const ids: Record<string, number> = { users: user, invites: invite, passkeys: passkey, api_keys: id };
  for (const endpoint of changes.filter((endpoint) => !UNASKED.has(endpoint))) {
    const [method = '', pattern = ''] = endpoint.split(' ');
    const path = `/api/v2${pattern.replace('{id}', `${ids[pattern.split('/')[1]!]}`).replace('{organization_id}', '1')}`;
    const answer = await nothingChanges(claviger.database, () => session.sendJson(method, path, {}));
    expect(`${endpoint}: ${answer.status} ${answer.json?.error_code}`).toBe(`${endpoint}: 403 step_up_required`);
  }
  const text = (name: string) => ({ name });
  for (const [path, plain, matters] of [
    [`/api/v2/api_keys/${id}`, text('Labelled'), [{ active: false }, { role: 'organization_admin' }, { access: 'read_write' }, { scopes: ['a.b'] }, { expires_at: '2090-01-01T00:00:00Z' }]],
    [`/api/v2/users/${user}`, text('Renamed'), [{ role: 'administrator' }, { active: false }, { email: 'new@example.com' }, { personal_key_limit: 9 }]],
  ] as const) {
    expectSuccess(await session.patch(path, plain));
    for (const change of matters) {
      expectRefusal(await nothingChanges(claviger.database, () => session.patch(path, change)), 403, 'step_up_required');
    }
  }
  expectSuccess(await session.post('/api/v2/api_keys/lookup', { sha256: sha256(claviger.secrets.verifier) }));
  expectSuccess(await session.patch('/api/v2/organizations/1', text('Renamed too')));
  // A key as Bearer is not concerned: no browser holds it.
  expectSuccess(await claviger.owner.post('/api/v2/invites', {}), 201);
  await at(0);
});

test('a passkey is asked for 15 minutes after it was used, and the session goes on afterwards', async () => {
  await stepUp(session);
  for (const [minutes, asked] of [[0, false], [14, false], [16, true], [300, true]] as const) {
    await at(minutes * MINUTE);
    const answer = await asks(session);
    asked ? expectRefusal(answer, 403, 'step_up_required', /passkey/) : expectSuccess(answer, 201);
    expect((await session.get('/api/v2/session')).status).toBe(200);
  }
  await stepUp(session);
  expectSuccess(await asks(session), 201);
  await at(0);
});

test('a session that a key opens is asked at once when its person has a passkey, and one that a passkey opens is not', async () => {
  const fresh = await claviger.session('owner', 'fresh');
  expectRefusal(await nothingChanges(claviger.database, () => asks(fresh)), 403, 'step_up_required');
  expectRefusal(await fresh.post('/api/v2/passkeys/options', {}), 403, 'step_up_required');
  expectRefusal(await fresh.delete(`/api/v2/passkeys/${passkey}`), 403, 'step_up_required');
  await stepUp(fresh);
  expectSuccess(await asks(fresh), 201);
  const member = await claviger.session('member', 'fresh');
  expectSuccess(await member.post('/api/v2/api_keys', { name: 'Mine' }), 201);
});

test('nobody steps up with another person’s passkey, an answer of before, or nothing', async () => {
  const fresh = await claviger.session('owner', 'fresh');
  const member = await claviger.session('member', 'fresh');
  expectRefusal(await member.post('/api/v2/session/step_up/options', {}), 409, 'no_passkey');
  const options = expectSuccess(await fresh.post('/api/v2/session/step_up/options', {}));
  const used = authenticator.used(options);
  expectRefusal(await nothingChanges(claviger.database, () => member.post('/api/v2/session/step_up', used)), 403, 'challenge_spent');
  expectSuccess(await fresh.post('/api/v2/session/step_up', used));
  expectRefusal(await fresh.post('/api/v2/session/step_up', used), 403, 'challenge_spent');

  const theirs = new Authenticator(claviger.origin);
  const registering = expectSuccess(await member.post('/api/v2/passkeys/options', {}));
  expectSuccess(await member.post('/api/v2/passkeys', theirs.made(registering)), 201);
  const again = await claviger.session('owner', 'fresh');
  const mine = expectSuccess(await again.post('/api/v2/session/step_up/options', {}));
  expect(mine.allow).toEqual([{ credential_id: authenticator.credentialId, transports: ['internal'] }]);
  expectRefusal(await again.post('/api/v2/session/step_up', theirs.used(mine)), 403, 'passkey_refused');
  expectRefusal(await asks(again), 403, 'step_up_required');
  for (const client of [claviger.owner, bearer(claviger.origin, claviger.secrets.member)]) {
    expectRefusal(await nothingChanges(claviger.database, () => client.post('/api/v2/session/step_up/options', {})), 403, 'forbidden');
  }
});

test('a challenge is good for five minutes', async () => {
  const late = expectSuccess(await session.post('/api/v2/session/step_up/options', {}));
  await at(5 * MINUTE);
  expectRefusal(await session.post('/api/v2/session/step_up', authenticator.used(late)), 403, 'challenge_spent');
  await stepUp(session);
  await at(0);
});
