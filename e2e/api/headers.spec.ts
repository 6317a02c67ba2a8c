import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expectRefusal } from '../support/expectations';
import { expect, test } from '../support/fixtures';
import { ROOT } from '../support/paths';

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
};

/** The directives of a policy, by name. */
function directives(policy: string | string[] | undefined): Record<string, string> {
  const pairs = String(policy).split(';').map((directive) => directive.trim().split(/\s+(.*)/s));
  return Object.fromEntries(pairs.filter(([name]) => name).map(([name, value]) => [name, value ?? '']));
}

for (const [method, path, status] of [
  ['GET', '/healthz', 200],
  ['GET', '/api/v2/setup', 200],
  ['GET', '/api/v2/whoami', 401],
  ['GET', '/api/v2/nope', 404],
  ['PATCH', '/api/v2/setup', 405],
  ['POST', '/v1/verify', 401],
  ['GET', '/v1/nope', 404],
] as const) {
  test(`${method} ${path} (${status}) has the security headers and may not be stored`, async ({ claviger }) => {
    const { headers, ...answer } = await claviger.anonymous.send({ method, path });
    expect(answer.status).toBe(status);
    expect(headers).toMatchObject({ ...SECURITY, 'cache-control': 'no-store', 'content-type': 'application/json' });
    expect(directives(headers['content-security-policy'])).toMatchObject({ 'default-src': "'none'", 'frame-ancestors': "'none'" });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{16}$/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
}

test('a verdict has what a server heeds, and not what only a browser does', async ({ claviger }) => {
  const { status, headers } = await claviger.verifier.post('/v1/verify', { key: claviger.secrets.integration });
  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
  expect(headers['x-request-id']).toMatch(/^[0-9a-f]{16}$/);
  expect(headers).not.toHaveProperty('content-security-policy');
});

test('no two requests have the same id', async ({ claviger }) => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => claviger.anonymous.get('/healthz')));
  expect(new Set(answers.map((answer) => answer.headers['x-request-id'])).size).toBe(10);
});

test('the console has the strict policy on every page', async ({ claviger }) => {
  for (const path of ['/', '/keys', '/setup', '/sign-in', '/no/such/page']) {
    const { status, headers } = await claviger.anonymous.get(path);
    expect(status, path).toBe(200);
    expect(headers['content-type'], path).toContain('text/html');
    expect(headers, path).toMatchObject(SECURITY);
    const policy = directives(headers['content-security-policy']);
    expect(policy, path).toMatchObject({ 'default-src': "'none'", 'frame-ancestors': "'none'", 'base-uri': "'none'" });
    expect(policy['script-src']?.split(' ').sort(), path).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(policy['style-src'], path).toBe("'self'");
    expect(JSON.stringify(policy), path).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|https?:|\*/);
  }
});

test('the page has no inline script, style or event handler', async ({ claviger }) => {
  const { text } = await claviger.anonymous.get('/');
  expect(text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/i);
  expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=/i);
});

test('every file of the console has the security headers, and hashed ones may be kept', async ({ claviger }) => {
  const files = readdirSync(join(ROOT, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('_'))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, 'dist').length));
  expect(files.some((file) => file.endsWith('.wasm'))).toBe(true);
  for (const file of files) {
    const { status, headers } = await claviger.anonymous.get(file.replace(/index\.html$/, ''));
    expect(status, file).toBe(200);
    expect(headers, file).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    // Trunk leaves out a digest's leading zeros.
    const hashed = /-[0-9a-f]{8,16}\.css$|^\/claviger-app-[0-9a-f]{16}\//.test(file);
    expect(/immutable/.test(headers['cache-control'] ?? ''), `${file}: ${headers['cache-control']}`).toBe(hashed);
  }
});

for (const path of ['/api', '/api/', '/api/v2', '/api/v2/nope', '/api/v3/api_keys', '/api/v2/api_keys/1/nope', '/api/index.html', '/ga/nope', '/ga/api/v3/x']) {
  test(`${path} is unknown: JSON, never the console`, async ({ claviger }) => {
    for (const client of [claviger.anonymous, claviger.owner]) {
      expectRefusal(await client.get(path), 404, 'not_found');
    }
  });
}

for (const [method, path, allowed] of [
  ['DELETE', '/api/v2/api_keys', ['GET', 'POST']],
  ['PATCH', '/api/v2/session', ['GET', 'POST', 'DELETE']],
  ['DELETE', '/api/v2/whoami', ['GET']],
  ['GET', '/api/v2/api_keys/1/revoke', ['POST']],
  ['POST', '/api/v2/api_keys/1', ['GET', 'DELETE']],
  ['OPTIONS', '/api/v2/api_keys', ['GET', 'POST']],
  ['PROPFIND', '/api/v2/setup', ['GET', 'POST']],
] as const) {
  test(`${method} ${path} is 405 and says what is allowed`, async ({ claviger }) => {
    const answer = await claviger.owner.send({ method, path, headers: { origin: 'https://evil.example' } });
    expectRefusal(answer, 405, 'method_not_allowed');
    const allow = answer.headers.allow?.split(',').map((word) => word.trim());
    expect(allow).toEqual(expect.arrayContaining([...allowed]));
    expect(allow).not.toContain(method);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
}

test('a foreign origin gets no CORS header even for what is public', async ({ claviger }) => {
  const { headers } = await claviger.anonymous.get('/api/v2/setup', { origin: 'https://evil.example' });
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});
