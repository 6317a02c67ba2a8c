import type { Answer, Client } from '../../support/client';
import { expectCommonHeaders, expectVerifyRefusal } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';

const PATH = '/v1/introspect';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const introspect = (client: Client, form: Record<string, string> | string, headers: Record<string, string> = {}): Promise<Answer> =>
  client.send({ method: 'POST', path: PATH, body: new URLSearchParams(form).toString(), headers: { ...FORM, ...headers } });
const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

test('a good key is active, in the words of RFC 7662', async ({ claviger, unique }) => {
  const name = unique('Introspected');
  const made = await claviger.made({ name, scopes: ['a.read', 'b.*'], expires_at: '2090-01-01T00:00:00Z' });
  const answer = await introspect(claviger.verifier, { token: made.api_key, token_type_hint: 'access_token' });
  expect(answer.status, answer.text).toBe(200);
  expectCommonHeaders(answer);
  expect(answer.json).toEqual({
    active: true, scope: 'a.read b.*', client_id: String(made.id), token_type: 'Bearer', exp: Date.parse('2090-01-01T00:00:00Z') / 1000,
    sub: `key:${made.id}`, name, organization_id: 1, role: 'integration', access: 'read_only',
  });
  const bare = await introspect(claviger.verifier, { token: claviger.secrets.member });
  expect(bare.json).toMatchObject({ active: true, sub: expect.stringMatching(/^user:\d+$/) });
  expect(bare.json).not.toHaveProperty('scope');
  expect(bare.json).not.toHaveProperty('exp');
});

test('a secret in its grace ends with the grace', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Grace'), expires_at: '2090-01-01T00:00:00Z' });
  const rotated = (await claviger.owner.post(`/api/v2/api_keys/${made.id}/rotate`, { grace_seconds: 3600 })).json.data;
  const answer = await introspect(claviger.verifier, { token: made.api_key, max_age_ms: '0' });
  expect(answer.json.exp).toBe(Math.floor(Date.parse(rotated.secrets[1].ends_at) / 1000));
});

test('of a key of another organization, or presented from elsewhere, it says nothing but that it is not active', async ({ claviger, unique }) => {
  const bound = await claviger.made({ name: unique('Bound'), allowed_ips: ['203.0.113.0/24'] });
  expect((await introspect(claviger.verifier, { token: bound.api_key })).text).toBe('{"active":false}');
  expect((await introspect(claviger.verifier, { token: bound.api_key, ip: '203.0.113.7' })).json.active).toBe(true);
  expect((await introspect(claviger.holderOf('foreignVerifier'), { token: claviger.secrets.integration })).text).toBe('{"active":false}');
});

test('the client may come with Basic, as OAuth libraries do', async ({ claviger }) => {
  const { secrets, anonymous } = claviger;
  const ask = (authorization: string) => introspect(anonymous, { token: secrets.integration }, { authorization });
  expect((await ask(basic('gateway', secrets.verifier))).json.active).toBe(true);
  expect((await ask(basic('', secrets.verifier))).json.active).toBe(true);
  for (const bad of [basic('gateway', 'wrong'), basic(secrets.verifier, ''), 'Basic !!!', 'Basic', 'Digest x', `Basic ${secrets.verifier}`]) {
    expectVerifyRefusal(await ask(bad), 401, 'invalid_key');
  }
  expectVerifyRefusal(await ask(basic('x', secrets.integration)), 403, 'not_a_verifier');
  expectVerifyRefusal(await introspect(anonymous, { token: secrets.integration }), 401, 'authentication_required');
});

test('another method is 405', async ({ claviger }) => {
  expectVerifyRefusal(await claviger.verifier.get(PATH), 405, 'method_not_allowed');
});
