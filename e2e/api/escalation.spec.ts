import type { Answer, Client } from '../support/client';
import { bearer, signedIn } from '../support/client';
import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';

const PATH = '/api/v2/api_keys';
const HOUR = 3_600_000;
const soon = (): string => new Date(Date.now() + HOUR).toISOString();

/** Refused, for this field, and nothing was done. */
async function tooStrong(claviger: Claviger, field: string, attempt: () => Promise<Answer>): Promise<void> {
  const answer = await nothingChanges(claviger.database, attempt);
  expectRefusal(answer, 403, 'too_strong');
  expect(answer.json.errors[0].field, answer.text).toBe(field);
}

const contractor = async (claviger: Claviger, name: string): Promise<Client> => {
  const key = await claviger.made({ name, role: 'organization_admin', access: 'read_write', expires_at: soon() });
  return bearer(claviger.origin, key.api_key);
};

test('a member gives themself no scope, neither to a new key nor to one they have', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  const own = await claviger.made({ name: unique('Own') }, member);
  const off = await claviger.made({ name: unique('Off'), active: false }, member);
  for (const scopes of [['*'], ['billing.delete']]) {
    await tooStrong(claviger, 'scopes', () => member.post(PATH, { name: 'Grabs', scopes }));
    await tooStrong(claviger, 'scopes', () => member.patch(`${PATH}/${own.id}`, { scopes }));
    await tooStrong(claviger, 'scopes', () => member.put(`${PATH}/${off.id}`, { ...off, api_key: null, scopes, active: true }));
  }
  const { json } = await claviger.verifier.post('/v1/verify', { key: own.api_key, scopes: ['billing.delete'] });
  expect(json.code).toBe('INSUFFICIENT_SCOPE');
  for (const { id } of [own, off]) {
    expectSuccess(await member.delete(`${PATH}/${id}`));
  }
});

test('a credential of an hour gets no secret of a key that asks or manages for longer', async ({ claviger, unique }) => {
  const client = await contractor(claviger, unique('Contractor'));
  const admin = await claviger.made({ name: unique('Admin'), role: 'organization_admin', access: 'read_write' });
  const integration = await claviger.made({ name: unique('Integration') });
  await tooStrong(claviger, 'expires_at', () => client.post(`${PATH}/${admin.id}/rotate`, { grace_seconds: 604_800 }));
  await tooStrong(claviger, 'expires_at', () => client.post(`${PATH}/bulk`, { ids: [integration.id, admin.id], action: 'rotate' }));
  expectSuccess(await client.post(`${PATH}/${integration.id}/rotate`, {}));
});

test('a key that works for ever gains nothing by the hand of a credential of an hour', async ({ claviger, unique }) => {
  const client = await contractor(claviger, unique('Contractor'));
  const { id } = await claviger.made({ name: unique('For ever') });
  for (const change of [
    { role: 'organization_admin' }, { role: 'organization_admin', access: 'read_write' }, { access: 'read_write' }, { scopes: ['billing.read'] },
  ]) {
    await tooStrong(claviger, 'expires_at', () => client.patch(`${PATH}/${id}`, change));
  }
  expectSuccess(await client.patch(`${PATH}/${id}`, { name: unique('Renamed'), active: false }));
});

test('a secret in its grace makes and shows nothing that outlives it', async ({ claviger, unique }) => {
  const leaked = await claviger.made({ name: unique('Leaked'), role: 'organization_admin', access: 'read_write' });
  const rotated = expectSuccess(await claviger.owner.post(`${PATH}/${leaked.id}/rotate`, { grace_seconds: 900 }));
  const thief = bearer(claviger.origin, leaked.api_key);
  const before = expectSuccess(await thief.get('/api/v2/whoami'));
  expect(before).toMatchObject({ expires_at: null, old_secret_ends_at: rotated.secrets[1].ends_at });
  await tooStrong(claviger, 'expires_at', () => thief.post(PATH, { name: 'Stays', role: 'organization_admin', access: 'read_write' }));
  await tooStrong(claviger, 'expires_at', () => thief.post(`${PATH}/${leaked.id}/rotate`, { grace_seconds: 0 }));
  expectSuccess(await bearer(claviger.origin, rotated.api_key).get('/api/v2/whoami'));
  expectSuccess(await thief.post(PATH, { name: unique('Brief'), expires_at: rotated.secrets[1].ends_at }), 201);
});

test('nor at the console, signed in with a secret that was replaced', async ({ claviger, unique }) => {
  const administrator = await claviger.session('administrator');
  const mine = await claviger.made({ name: unique('Mine'), kind: 'personal', access: 'read_write' }, administrator);
  const old = await signedIn(claviger.origin, mine.api_key);
  expectSuccess(await administrator.post(`${PATH}/${mine.id}/rotate`, { grace_seconds: 900 }));
  await tooStrong(claviger, 'expires_at', () => old.post(`${PATH}/${mine.id}/rotate`, { grace_seconds: 0 }));
  await tooStrong(claviger, 'expires_at', () => old.post(PATH, { name: 'Stays' }));
  expectSuccess(await administrator.delete(`${PATH}/${mine.id}`));
});
