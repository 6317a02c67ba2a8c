import type { Answer } from '../../support/client';
import { expectVerifyRefusal, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { mintSecret } from '../../support/secrets';

/** As a proxy asks: its own key beside its client's headers, its wishes in the query. */
function forwarded(claviger: Claviger, query: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  const all = { 'x-verifier-key': claviger.secrets.verifier, ...headers };
  return claviger.anonymous.send({ method, path: `/v1/auth${query && `?${query}`}`, headers: all });
}
const bearing = (secret: string) => ({ authorization: `Bearer ${secret}` });

test('a good key is let in, and the service behind the proxy learns whose it is', async ({ claviger, unique }) => {
  const name = `${unique('Behind')} – Ærø 50%`;
  const made = await claviger.made({ name });
  for (const headers of [bearing(made.api_key), { 'x-api-key': made.api_key }, { ...bearing(made.api_key), 'x-api-key': made.api_key }]) {
    for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE']) {
      const answer = await forwarded(claviger, '', headers, method);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text).toBe('');
      expect(answer.headers).toMatchObject({ 'x-key-id': String(made.id), 'x-organization-id': '1', 'cache-control': 'no-store' });
      expect(decodeURIComponent(String(answer.headers['x-key-name']))).toBe(name);
    }
  }
});

test('wishes come from the query, with the challenge of RFC 6750 where they are not met', async ({ claviger, unique }) => {
  const { secrets } = claviger;
  const scoped = await claviger.made({ name: unique('Scoped'), scopes: ['orders.*'], allowed_ips: ['203.0.113.0/24'] });
  const status = async (query: string, secret = scoped.api_key) => (await forwarded(claviger, query, bearing(secret))).status;
  expect(await status('scope=orders.read&scope=orders.write&ip=203.0.113.4')).toBe(200);
  expect(await status('scope=orders.read+orders.write&ip=203.0.113.4')).toBe(200);
  const lacking = await forwarded(claviger, 'scope=orders.read+billing.read&ip=203.0.113.4', bearing(scoped.api_key));
  expectVerifyRefusal(lacking, 403, 'insufficient_scope');
  expect(lacking.headers['www-authenticate']).toBe('Bearer realm="claviger", error="insufficient_scope", scope="orders.read billing.read"');
  expectVerifyRefusal(await forwarded(claviger, 'access=read_write', bearing(secrets.integration)), 403, 'insufficient_access');
  for (const query of ['', 'ip=198.51.100.4']) {
    expectVerifyRefusal(await forwarded(claviger, query, bearing(scoped.api_key)), 403, 'ip_not_allowed');
  }
});

test('nothing that a client can send is a wish or an address', async ({ claviger, unique }) => {
  const bound = await claviger.made({ name: unique('Bound'), allowed_ips: ['203.0.113.0/24'] });
  const spoofed = {
    'x-forwarded-for': '203.0.113.4', 'x-real-ip': '203.0.113.4', forwarded: 'for=203.0.113.4', 'cf-connecting-ip': '203.0.113.4', ip: '203.0.113.4',
    'x-original-uri': '/?scope=a', scope: 'a.b', access: 'read_only', 'max-age': '60000',
  };
  expectVerifyRefusal(await forwarded(claviger, '', { ...spoofed, ...bearing(bound.api_key) }), 403, 'ip_not_allowed');
  expectVerifyRefusal(await forwarded(claviger, 'scope=x.y', { ...spoofed, ...bearing(claviger.secrets.integration) }), 403, 'insufficient_scope');
  // A body is nobody's wish either.
  const answer = await claviger.anonymous.send({
    method: 'POST', path: '/v1/auth?access=read_write', body: '{"access":"read_only"}',
    headers: { 'x-verifier-key': claviger.secrets.verifier, 'content-type': 'application/json', ...bearing(claviger.secrets.integration) },
  });
  expectVerifyRefusal(answer, 403, 'insufficient_access');
});

test('a proxy needs a verifier’s key of its own, and a verifier sees its own organization', async ({ claviger }) => {
  const { secrets } = claviger;
  const ask = (headers: Record<string, string>, key = secrets.integration) => forwarded(claviger, '', { ...bearing(key), ...headers });
  for (const holder of ['owner', 'admin', 'integration', 'member'] as const) {
    expectVerifyRefusal(await nothingChanges(claviger.database, () => ask({ 'x-verifier-key': secrets[holder] })), 403, 'not_a_verifier');
  }
  expectVerifyRefusal(await ask({ 'x-verifier-key': mintSecret() }), 401, 'invalid_key');
  expectVerifyRefusal(await ask({ 'x-verifier-key': 'x' }), 401, 'invalid_key');
  expectVerifyRefusal(await ask({ 'x-verifier-key': secrets.revokedAdmin }), 401, 'key_revoked');
  const none = await claviger.anonymous.send({ path: '/v1/auth', headers: bearing(secrets.verifier) });
  expectVerifyRefusal(none, 401, 'authentication_required');
  expectVerifyRefusal(await ask({ 'x-verifier-key': secrets.foreignVerifier }), 401, 'invalid_key');
  expect((await ask({ 'x-verifier-key': secrets.foreignVerifier }, secrets.foreignIntegration)).status).toBe(200);
  // Also as the client's key the verifier is just a key.
  expect((await ask({}, secrets.verifier)).status).toBe(200);
});
