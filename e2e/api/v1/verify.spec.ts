import type { Client } from '../../support/client';
import { expectCommonHeaders, expectVerifyRefusal, nothingChanges } from '../../support/expectations';
import { expect, test, type Holder } from '../../support/fixtures';

const PATH = '/v1/verify';
// What is no good question is in table.spec.ts, which code or refusal comes first in order.spec.ts.

/** By the primary database, so that what was just changed shows. What memory does is freshness.spec.ts's. */
async function verified(client: Client, body: object): Promise<any> {
  const answer = await client.post(PATH, { max_age_ms: 0, ...body });
  expect(answer.status, answer.text).toBe(200);
  expectCommonHeaders(answer);
  expect(answer.json).toMatchObject({ valid: answer.json.code === 'VALID', degraded: false });
  expect(answer.json.age_ms).toBeGreaterThanOrEqual(0);
  expect(answer.json.age_ms).toBeLessThan(5_000);
  expect(Object.keys(answer.json).sort()).toEqual(['age_ms', 'as_of', 'code', 'degraded', 'key', 'valid']);
  return answer.json;
}

test('a good key is VALID, and the verifier learns what it is', async ({ claviger, unique }) => {
  const name = unique('Verified');
  const key = await claviger.made({ name, scopes: ['a.*'], metadata: { customer: 7 }, expires_at: '2090-01-01T00:00:00Z' });
  const before = Date.now();
  const answer = await verified(claviger.verifier, { key: key.api_key });
  expect(answer.code).toBe('VALID');
  expect(answer.key).toEqual({
    id: key.id, name, organization_id: 1, user_id: null, role: 'integration', access: 'read_only', scopes: ['a.*'],
    metadata: { customer: 7 }, expires_at: '2090-01-01T00:00:00.000Z',
  });
  expect(Math.abs(Date.parse(answer.as_of) - before)).toBeLessThan(60_000);
});

test('a key with scopes that cover what is asked is VALID, and INSUFFICIENT_SCOPE if one is missing', async ({ claviger }) => {
  const ask = async (...scopes: string[]) => (await verified(claviger.verifier, { key: claviger.secrets.scoped, access: 'read_write', scopes })).code;
  expect(await ask('invoices.read', 'reports.daily.read')).toBe('VALID');
  expect(await ask('invoices.read', 'invoices.write')).toBe('INSUFFICIENT_SCOPE');
});

test('revoking, switching off and deleting show in the next answer', async ({ claviger, unique }) => {
  const key = await claviger.made({ name: unique('Short life') });
  const code = async () => (await verified(claviger.verifier, { key: key.api_key })).code;
  expect(await code()).toBe('VALID');
  await claviger.owner.post(`/api/v2/api_keys/${key.id}/revoke`, {});
  expect(await code()).toBe('REVOKED');
  await claviger.owner.delete(`/api/v2/api_keys/${key.id}`);
  expect(await code()).toBe('NOT_FOUND');
  const off = await claviger.made({ name: unique('Off'), active: false });
  expect((await verified(claviger.verifier, { key: off.api_key })).code).toBe('DISABLED');
});

test('a verifier sees its own organization, one of the system organization sees all', async ({ claviger }) => {
  const ask = async (holder: Holder, key: Holder) =>
    verified(claviger.holderOf(holder), { key: claviger.secrets[key] });
  expect((await ask('foreignVerifier', 'foreignIntegration')).code).toBe('VALID');
  for (const key of ['integration', 'owner', 'revokedAndAllElse'] as const) {
    expect(await ask('foreignVerifier', key), key).toMatchObject({ code: 'NOT_FOUND', key: null });
  }
  expect((await ask('verifier', 'foreignIntegration')).key.organization_id).toBe(2);
});

test('only a verifier may ask', async ({ claviger }) => {
  for (const holder of ['owner', 'admin', 'readOnlyAdmin', 'integration', 'member', 'foreignAdmin'] as const) {
    const ask = () => claviger.holderOf(holder).post(PATH, { key: claviger.secrets.integration });
    expectVerifyRefusal(await nothingChanges(claviger.database, ask), 403, 'not_a_verifier');
  }
  const session = await claviger.session('owner');
  expectVerifyRefusal(await session.post(PATH, { key: 'x' }), 401, 'authentication_required');
});

test('another method is 405 with Allow, another path 404', async ({ claviger }) => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await claviger.verifier.send({ method, path: PATH });
    expectVerifyRefusal(answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toBe('POST');
  }
  for (const path of ['/v1', '/v1/', '/v1/verify/', '/v1/nope', '/v1/verify/batch/x', '/v1/auth/x']) {
    const answer = await claviger.verifier.send({ method: 'POST', path });
    expect(answer.status, path).toBe(404);
    expect(answer.headers['content-type'], path).toBe('application/json');
  }
});

test('a secret in the URL is refused', async ({ claviger }) => {
  const answer = await claviger.verifier.post(`${PATH}?key=${claviger.secrets.integration}`, { key: 'x' });
  expectVerifyRefusal(answer, 400, 'contains_secret');
});
