import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';

const KEYS = '/api/v2/api_keys';

/** The owner's cookie, with these headers and no others. */
async function cookieWith(claviger: Claviger, headers: Record<string, string>) {
  const session = await claviger.session('owner');
  return claviger.anonymous.with({ cookie: session.headers.cookie, ...headers });
}

const FOREIGN: [string, Record<string, string>][] = [
  ['neither header', {}],
  ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
  ['Sec-Fetch-Site: none', { 'sec-fetch-site': 'none' }],
  ['a foreign Origin', { origin: 'https://evil.example' }],
  ['Origin: null', { origin: 'null' }],
];
for (const [what, headers] of FOREIGN) {
  test(`with the cookie and ${what} nothing changes`, async ({ claviger, unique }) => {
    const { id } = await claviger.made({ name: unique('Target') });
    const client = await cookieWith(claviger, headers);
    for (const write of [
      () => client.post(KEYS, { name: 'Forged' }),
      () => client.post(`${KEYS}/${id}/revoke`, {}),
      () => client.delete(`${KEYS}/${id}`),
      () => client.delete('/api/v2/session'),
    ]) {
      expectRefusal(await nothingChanges(claviger.database, write), 403, 'cross_site_request');
    }
  });
}

// Another scheme is too, but `wrangler dev` rewrites that before the Worker sees it: worker/src/auth/origin.rs tests it.
test('another port of the same host is another origin', async ({ claviger }) => {
  for (const origin of [`http://localhost:${claviger.worker.port + 1}`, 'http://localhost', 'http://localhost:8081']) {
    const client = await cookieWith(claviger, { origin });
    const write = () => client.post(KEYS, { name: 'Forged' });
    expectRefusal(await nothingChanges(claviger.database, write), 403, 'cross_site_request');
  }
});

test('a foreign Sec-Fetch-Site is not outweighed by a fitting Origin', async ({ claviger }) => {
  const client = await cookieWith(claviger, { 'sec-fetch-site': 'cross-site', origin: claviger.origin });
  const write = () => client.post(KEYS, { name: 'Forged' });
  expectRefusal(await nothingChanges(claviger.database, write), 403, 'cross_site_request');
});

for (const [what, headers] of [
  ['Sec-Fetch-Site: same-origin', () => ({ 'sec-fetch-site': 'same-origin' })],
  ['a matching Origin from a browser without Sec-Fetch-Site', (claviger: Claviger) => ({ origin: claviger.origin })],
  ['the origin of trunk on a developer’s machine', () => ({ origin: 'http://localhost:8080' })],
] as const) {
  test(`with the cookie and ${what} the console works`, async ({ claviger, unique }) => {
    const client = await cookieWith(claviger, headers(claviger));
    expectSuccess(await client.post(KEYS, { name: unique('Own') }), 201);
  });
}

test('reading needs neither header, and a key never does', async ({ claviger, unique }) => {
  expectSuccess(await (await cookieWith(claviger, {})).get(KEYS));
  const foreign = claviger.owner.with({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
  expectSuccess(await foreign.post(KEYS, { name: unique('By key') }), 201);
});

test('a form of another site cannot even sign somebody in', async ({ claviger }) => {
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
    const attempt = () => claviger.anonymous.post('/api/v2/session', { api_key: claviger.secrets.owner }, headers as Record<string, string>);
    expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'cross_site_request');
  }
});

test('the cookie with a body that is no JSON is refused', async ({ claviger }) => {
  const session = await claviger.session('owner');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const request = { method: 'POST', path: KEYS, body: '{"name":"x"}', headers: { 'content-type': type } };
    expectRefusal(await nothingChanges(claviger.database, () => session.send(request)), 415, 'unsupported_media_type');
  }
});

test('the cookie of another port or name is nobody', async ({ claviger }) => {
  const session = await claviger.session('owner');
  const token = session.headers.cookie?.split('=')[1];
  for (const name of ['__Host-claviger', 'claviger', `claviger-${claviger.worker.port + 1}`, `xclaviger-${claviger.worker.port}`]) {
    const answer = await claviger.anonymous.get('/api/v2/session', { cookie: `${name}=${token}` });
    expect(answer.status, name).toBe(401);
  }
});
