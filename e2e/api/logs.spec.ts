import type { Client } from '../support/client';
import { Claviger, expect, test } from '../support/fixtures';
import { mintSecret, unrecordedSecret } from '../support/secrets';

type Line = Record<string, unknown>;

/** The JSON lines of the log; wrangler's own are among them. */
function lines(claviger: Claviger): Line[] {
  return claviger.worker.logged().split('\n').flatMap((line) => {
    const start = line.indexOf('{');
    try {
      return start < 0 ? [] : [JSON.parse(line.slice(start).replace(/\u001b\[\d+m/g, '')) as Line];
    } catch {
      return [];
    }
  });
}

async function lineOf(claviger: Claviger, id: string | string[] | undefined): Promise<Line> {
  const find = () => lines(claviger).find((line) => line.request_id === id);
  await expect.poll(find, { message: `a line for request ${id}` }).toBeDefined();
  return find()!;
}

test('every request leaves one line: which route, how it went, how long, for whom', async ({ claviger }) => {
  const requests: [Client, string, string, object, object?][] = [
    [claviger.owner, 'GET', '/api/v2/api_keys', { route: '/api/v2/api_keys', status: 200, key_id: 1, user_id: 1, organization_id: 1 }],
    [claviger.owner, 'GET', '/api/v2/api_keys/999999', { route: '/api/v2/api_keys/{id}', status: 404, key_id: 1 }],
    [claviger.anonymous, 'GET', '/api/v2/whoami', { route: '/api/v2/whoami', status: 401, key_id: null }],
    [claviger.anonymous, 'GET', '/api/v2/nope', { status: 404 }],
    [claviger.verifier, 'POST', '/v1/verify', { route: '/v1/verify', status: 400 }],
    [claviger.anonymous, 'POST', '/v1/revoke', { route: '/v1/revoke', status: 200, key_id: null }, { keys: ['other people’s words'] }],
    [claviger.anonymous, 'GET', '/healthz', { route: '/healthz', status: 200 }],
  ];
  for (const [client, method, path, expected, body] of requests) {
    const answer = await (body === undefined ? client.send({ method, path }) : client.post(path, body));
    const line = await lineOf(claviger, answer.headers['x-request-id']);
    expect(line, path).toMatchObject({ method, ...expected, ms: expect.any(Number) });
    expect(lines(claviger).filter((other) => other.request_id === line.request_id), path).toHaveLength(1);
  }
});

test('no query string, body, header or secret gets into the log', async ({ claviger }) => {
  const secret = mintSecret();
  const inPath = unrecordedSecret();
  const attempts = [
    claviger.owner.get('/api/v2/api_keys?name=SearchedForThis'),
    claviger.owner.get(`/api/v2/api_keys?name=${secret}`),
    claviger.owner.get(`/api/v2/api_keys/${inPath}`),
    claviger.owner.get(`/api/v2/${inPath}`),
    claviger.owner.get(`/v1/${inPath}`),
    claviger.owner.post('/api/v2/api_keys', { name: secret, description: 'WrittenInABody' }),
    claviger.owner.send({ method: 'POST', path: '/api/v2/api_keys', body: `{"name": ${secret}`, headers: { 'content-type': 'application/json' } }),
    claviger.anonymous.get('/api/v2/whoami', { authorization: `Bearer ${secret}` }),
    claviger.anonymous.get('/api/v2/whoami', { authorization: `Bearer ${secret}x` }),
    claviger.verifier.post('/v1/verify', { key: secret }),
    claviger.anonymous.post('/api/v2/session', { api_key: secret }),
    claviger.anonymous.get('/api/v2/session', { cookie: `claviger-${claviger.worker.port}=SentAsACookie` }),
  ];
  const answers = await Promise.all(attempts);
  const last = await claviger.anonymous.get('/healthz');
  await lineOf(claviger, last.headers['x-request-id']);
  const log = claviger.worker.logged();
  for (const text of ['SearchedForThis', 'WrittenInABody', 'SentAsACookie', secret.slice(4, 24), secret.slice(-20), '?']) {
    expect(log.includes(text), `the log contains ${text.slice(0, 4)}…`).toBe(false);
  }
  // `wrangler dev` itself prints the path of each request; what is deployed has no such lines.
  const ours = log.split('\n').filter((line) => !line.includes('[wrangler:info]')).join('\n');
  expect(ours.includes(inPath.slice(4, 24)), 'a path is in the log').toBe(false);
  for (const answer of answers) {
    expect(answer.text).not.toContain(secret.slice(4, 24));
    expect(answer.status).not.toBe(500);
  }
});
