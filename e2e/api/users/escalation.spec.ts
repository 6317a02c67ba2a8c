import type { Answer, Client } from '../../support/client';
import { signedIn, tokenOf } from '../../support/client';
import { crews, type Crew } from '../../support/crew';
import { expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { newSetupToken } from '../../support/worker';

let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('users-escalation', 10));
});
test.afterAll(() => claviger.worker.kill());

const refused = async (code: string, attempt: () => Promise<Answer>): Promise<void> =>
  expectRefusal(await nothingChanges(claviger.database, attempt), 403, code);
/** An administrator, by key and at the console. */
const administrators = async ({ administrator }: Crew): Promise<Client[]> => [administrator.client, await administrator.signIn()];

test.describe('an administrator does not become an owner', () => {
  test('by a role change, of themself or of another account', async () => {
    const crew = next();
    for (const client of await administrators(crew)) {
      const own = await nothingChanges(claviger.database, () => client.patch(`/api/v2/users/${crew.administrator.id}`, { role: 'owner' }));
      expectRefusal(own, 409, 'own_account');
      for (const { id } of [crew.colleague, crew.member]) {
        await refused('forbidden', () => client.patch(`/api/v2/users/${id}`, { role: 'owner' }));
        await refused('forbidden', () => client.put(`/api/v2/users/${id}`, { user: { role: 'owner', active: true } }));
      }
    }
  });

  test('by an invitation', async () => {
    const crew = next();
    for (const client of await administrators(crew)) {
      await refused('forbidden', () => client.post('/api/v2/invites', { role: 'owner' }));
      await refused('forbidden', () => client.post('/api/v2/invites', { invite: { role: 'owner' } }));
      await refused('forbidden', () => client.post(`/api/v2/organizations/${crew.id}/invites`, { role: 'owner' }));
      const token = tokenOf(expectSuccess(await client.post('/api/v2/invites', { role: 'administrator' }), 201).link);
      const answer = await nothingChanges(claviger.database, () => claviger.anonymous.post('/api/v2/invites/accept', { token, name: 'X', email: 'x@example.com', role: 'owner' }));
      expectRefusal(answer, 400, 'invalid_request');
    }
  });

  test('by a sign-in link, also one that was made before its person rose', async () => {
    const crew = next();
    for (const client of await administrators(crew)) {
      await refused('forbidden', () => client.post(`/api/v2/users/${crew.owner.id}/sign_in_link`, {}));
    }
    const { link } = expectSuccess(await crew.administrator.client.post(`/api/v2/users/${crew.colleague.id}/sign_in_link`, {}), 201);
    expectSuccess(await crew.owner.client.patch(`/api/v2/users/${crew.colleague.id}`, { role: 'owner' }));
    await refused('link_closed', () => claviger.anonymous.post('/api/v2/sign_in_links/accept', { token: tokenOf(link) }));
  });

  test('by rotating, minting, regenerating or changing an owner’s key, nor a member’s', async () => {
    const crew = next();
    for (const client of await administrators(crew)) {
      for (const { id, key, defaultKey } of [crew.owner, crew.member]) {
        await refused('forbidden', () => client.post(`/api/v2/api_keys/${key}/rotate`, {}));
        await refused('forbidden', () => client.post(`/api/v2/api_keys/${defaultKey}/mint`, {}));
        await refused('forbidden', () => client.post('/api/v2/api_keys/bulk', { ids: [key], action: 'rotate' }));
        await refused('forbidden', () => client.patch(`/api/v2/api_keys/${key}`, { scopes: ['*'] }));
        await refused('forbidden', () => client.post(`/api/v2/users/${id}/api_key`, {}));
      }
      await refused('forbidden', () => client.delete(`/api/v2/users/${crew.owner.id}/api_key`));
      const on = expectSuccess(await client.post(`/api/v2/users/${crew.member.id}/api_access`, {}));
      expect(on.key, 'a member’s secret is not theirs to see').toBeNull();
    }
  });

  test('by taking over the address with which an owner recovers', async () => {
    const crew = next();
    for (const client of await administrators(crew)) {
      await refused('forbidden', () => client.patch(`/api/v2/users/${crew.owner.id}`, { email: 'mine@example.com' }));
    }
  });

  test('by a verifier of the system organization, which sees all tenants', async () => {
    const { id } = await claviger.made({ name: 'Sees all', role: 'verifier' });
    for (const client of [claviger.holderOf('administrator'), await claviger.session('administrator'), claviger.holderOf('admin')]) {
      await refused('too_strong', () => client.post('/api/v2/api_keys', { name: 'Sees all too', role: 'verifier' }));
      expectRefusal(await nothingChanges(claviger.database, () => client.post(`/api/v2/api_keys/${id}/rotate`, {})), 404, 'not_found');
      await refused('forbidden', () => client.post('/api/v2/invites', { role: 'owner' }));
      await refused('forbidden', () => client.patch('/api/v2/users/1', { name: 'Mine' }));
      await refused('forbidden', () => client.post('/api/v2/users/1/sign_in_link', {}));
      expectRefusal(await nothingChanges(claviger.database, () => client.get('/api/v2/users/1/api_key')), 404, 'not_found');
    }
  });
});

test('a member does not become an administrator by any of it', async () => {
  const crew = next();
  const session = await crew.member.signIn();
  const own = `/api/v2/users/${crew.member.id}`;
  for (const [status, code, attempt] of [
    [409, 'own_account', () => session.patch(own, { role: 'administrator' })],
    [403, 'forbidden', () => session.post('/api/v2/invites', {})], [403, 'forbidden', () => session.post('/api/v2/invites', { role: 'administrator' })],
    [403, 'forbidden', () => session.post(`${own}/sign_in_link`, {})], [403, 'forbidden', () => session.get('/api/v2/invites')],
    [404, 'not_found', () => session.post(`/api/v2/users/${crew.administrator.id}/api_key`, {})],
    [404, 'not_found', () => session.get(`/api/v2/users/${crew.administrator.id}/api_key`)],
    [404, 'not_found', () => session.delete(`/api/v2/users/${crew.second.id}`)], [409, 'own_account', () => session.delete(own)],
  ] as const) {
    expectRefusal(await nothingChanges(claviger.database, attempt), status, code);
  }
});

test('who was demoted keeps nothing of it: session, key and link are a member’s at once', async () => {
  const crew = next();
  const session = await crew.administrator.signIn();
  const link = tokenOf(expectSuccess(await session.post('/api/v2/invites', { role: 'administrator' }), 201).link);
  expectSuccess(await crew.owner.client.patch(`/api/v2/users/${crew.administrator.id}`, { role: 'member' }));
  await refused('forbidden', () => session.patch(`/api/v2/users/${crew.administrator.id}`, { personal_key_limit: 1_000 }));
  await refused('forbidden', () => session.post('/api/v2/invites', {}));
  await refused('forbidden', () => crew.administrator.client.get('/api/v2/users'));
  await refused('invite_closed', () => claviger.anonymous.post('/api/v2/invites/accept', { token: link, name: 'X', email: 'x@example.com' }));
});

test('nobody is locked out: neither by the last credential, nor by losing it', async () => {
  const crew = next();
  // Of a tenant: the last way in stays, and who lost it is let in by whoever administers all.
  expectSuccess(await crew.owner.client.delete(`/api/v2/users/${crew.other.id}`));
  for (const attempt of [
    () => crew.owner.client.delete(`/api/v2/api_keys/${crew.owner.key}`), () => crew.owner.client.delete(`/api/v2/users/${crew.owner.id}/api_key`),
  ]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'last_credential');
  }
  const { link } = expectSuccess(await claviger.owner.post(`/api/v2/users/${crew.owner.id}/sign_in_link`, {}), 201);
  const back = expectSuccess(await claviger.anonymous.post('/api/v2/sign_in_links/accept', { token: tokenOf(link) }), 201);
  expectSuccess(await (await signedIn(claviger.origin, back.api_key)).get('/api/v2/users'));
  // Of the system organization, where nobody is above: a changed setup token.
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.delete('/api/v2/users/1/api_key')), 409, 'last_credential');
  const token = newSetupToken();
  await claviger.worker.restart({ SETUP_TOKEN: token, LOCAL: '1' });
  const recovered = expectSuccess(await claviger.anonymous.post('/api/v2/setup', { token, email: 'ada@example.com' }), 201);
  const owner = await signedIn(claviger.origin, recovered.api_key);
  expect(expectSuccess(await owner.get('/api/v2/session')).user.role).toBe('owner');
  expect(expectSuccess(await owner.get('/api/v2/users?role=owner'))).toHaveLength(1);
});
