import type { Client } from '../../support/client';
import { expectCommonHeaders, expectVerifyRefusal, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger, type Holder } from '../../support/fixtures';
import { mintSecret, mistyped } from '../../support/secrets';

const PATH = '/v1/verify';

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

/** Each is wrong in every respect that comes later, so the order shows too. */
const LADDER: [string, Holder, object, string][] = [
  ['a revoked key that has also expired and is off', 'revokedAndAllElse', { access: 'read_write', scopes: ['x.y'] }, 'REVOKED'],
  ['a secret that was replaced', 'replacedSecret', { access: 'read_write', scopes: ['x.y'] }, 'REVOKED'],
  ['an expired key that is also off', 'expiredAndDisabled', { access: 'read_write', scopes: ['x.y'] }, 'EXPIRED'],
  ['a key of a trial that is also off', 'disabledInTrial', { access: 'read_write', scopes: ['x.y'] }, 'DISABLED'],
  ['the key of a person who has left', 'personLeft', { access: 'read_write', scopes: ['x.y'] }, 'DISABLED'],
  ['a key of a trial', 'trialIntegration', { access: 'read_write', scopes: ['x.y'] }, 'API_ACCESS_DISABLED'],
  ['the key of a person without API access', 'personWithoutApi', { access: 'read_write', scopes: ['x.y'] }, 'API_ACCESS_DISABLED'],
  ['a key that may only read, asked to write', 'integration', { access: 'read_write', scopes: ['x.y'] }, 'INSUFFICIENT_ACCESS'],
  ['a key without the scope', 'scoped', { access: 'read_write', scopes: ['invoices.read', 'invoices.write'] }, 'INSUFFICIENT_SCOPE'],
  ['a key with a scope that covers it', 'scoped', { access: 'read_write', scopes: ['invoices.read', 'reports.daily.read'] }, 'VALID'],
];
for (const [what, holder, wishes, code] of LADDER) {
  test(`${what} is ${code}`, async ({ claviger }) => {
    const answer = await verified(claviger.verifier, { key: claviger.secrets[holder], ...wishes });
    expect(answer.code).toBe(code);
    expect(answer.key === null).toBe(holder === 'replacedSecret');
  });
}

test('what nobody has is NOT_FOUND, well-formed or not', async ({ claviger }) => {
  for (const key of [mintSecret(), mistyped(claviger.secrets.integration), 'clv_', 'x', '🗝️', 'x'.repeat(512)]) {
    expect(await verified(claviger.verifier, { key })).toMatchObject({ code: 'NOT_FOUND', key: null });
  }
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

test('an asker without a good key is told so, and nothing of the key in question', async ({ claviger }) => {
  const ask = (client: Client) => client.post(PATH, { key: claviger.secrets.integration });
  expectVerifyRefusal(await ask(claviger.anonymous), 401, 'authentication_required');
  for (const [secret, code] of [
    [mintSecret(), 'invalid_key'],
    [mistyped(claviger.secrets.verifier), 'invalid_key'],
    [claviger.secrets.revokedAdmin, 'key_revoked'],
    [claviger.secrets.expiredAdmin, 'key_expired'],
    [claviger.secrets.disabledAdmin, 'key_disabled'],
  ] as const) {
    expectVerifyRefusal(await ask(claviger.anonymous.with({ authorization: `Bearer ${secret}` })), 401, code);
  }
});

const REFUSED: [string, (claviger: Claviger) => object, string][] = [
  ['no key', () => ({}), 'key'],
  ['an empty key', () => ({ key: '' }), 'key'],
  ['a number as key', () => ({ key: 7 }), 'key'],
  ['a key of 513 bytes', () => ({ key: 'x'.repeat(513) }), 'key'],
  ['an unknown access', ({ secrets }) => ({ key: secrets.integration, access: 'all' }), 'access'],
  ['a text as scopes', ({ secrets }) => ({ key: secrets.integration, scopes: 'a.b' }), 'scopes'],
  ['a scope with a space', ({ secrets }) => ({ key: secrets.integration, scopes: ['a b'] }), 'scopes'],
  ['a negative age', ({ secrets }) => ({ key: secrets.integration, max_age_ms: -1 }), 'max_age_ms'],
  ['half a millisecond', ({ secrets }) => ({ key: secrets.integration, max_age_ms: 0.5 }), 'max_age_ms'],
  ['an unknown field', ({ secrets }) => ({ key: secrets.integration, scope: 'a.b' }), 'scope'],
];
for (const [what, body, field] of REFUSED) {
  test(`${what} is refused by name`, async ({ claviger }) => {
    const ask = () => claviger.verifier.post(PATH, body(claviger));
    const answer = await nothingChanges(claviger.database, ask);
    expectVerifyRefusal(answer, 400, 'invalid_request', field);
    expect(answer.text).not.toContain(claviger.secrets.integration.slice(8, 28));
  });
}

test('broken JSON, another content type and a large body are refused', async ({ claviger }) => {
  const send = (body: string, type = 'application/json') =>
    claviger.verifier.send({ method: 'POST', path: PATH, body, headers: { 'content-type': type } });
  expect([(await send('{"key":')).status, (await send('[]')).status]).toEqual([400, 400]);
  expectVerifyRefusal(await send('key=x', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type');
  expectVerifyRefusal(await send(`{"key":"${'x'.repeat(70_000)}"}`), 413, 'body_too_large');
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
