import { bearer } from '../support/client';
import { expectFieldRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';
import type { Request } from '../support/http';
import { mintSecret, sha256 } from '../support/secrets';
import { trailOf } from '../support/trail';

const PATH = '/api/v2/api_keys';
const HEADER = 'x-client-address';
const [INSIDE, OUTSIDE] = ['203.0.113.4', '198.51.100.4'];

for (const [what, name, message] of [
  ['an empty text', '', /header's name/],
  ['a name with a space', 'x client', /header's name/],
  ['a name with a colon', 'x-client:', /header's name/],
  ['a name with a line break', 'x-client\r\nx', /header's name/],
  ['a name with a letter that HTTP does not know', 'x-cliënt', /header's name/],
  ['two names', 'x-a, x-b', /header's name/],
  ['65 characters', 'x'.repeat(65), /64/],
  ['the header of credentials', 'Authorization', /something else/],
  ['the cookies', 'cookie', /something else/],
  ['the header of the client’s key', 'X-API-Key', /something else/],
  ['the header of the proxy’s key', 'x-verifier-key', /something else/],
  ['the host', 'host', /something else/],
  ['where Claviger’s own caller is', 'CF-Connecting-IP', /Cloudflare/],
  ['what Cloudflare writes too', 'x-real-ip', /Cloudflare/],
  ['a number', 7, /text/],
  ['a list', [HEADER], /text/],
] as const) {
  test(`${what} is no header for an address, of a new key and of one that is there`, async ({ claviger, unique }) => {
    const verifier = await claviger.made({ name: unique('Named'), role: 'verifier' });
    const create = () => claviger.owner.post(PATH, { name: unique('New'), role: 'verifier', client_ip_header: name });
    expectFieldRefusal(await nothingChanges(claviger.database, create), 'invalid_request', 'client_ip_header', message);
    for (const send of ['put', 'patch'] as const) {
      const change = () => claviger.owner[send](`${PATH}/${verifier.id}`, { api_key: { client_ip_header: name } });
      expectFieldRefusal(await nothingChanges(claviger.database, change), 'invalid_request', 'client_ip_header', message);
    }
  });
}

test('a secret in its place is refused and not repeated', async ({ claviger, unique }) => {
  const secret = mintSecret();
  const create = () => claviger.owner.post(PATH, { name: unique('Told'), role: 'verifier', client_ip_header: secret });
  const answer = await nothingChanges(claviger.database, create);
  expectFieldRefusal(answer, 'contains_secret', 'client_ip_header', /API key/);
  expect(answer.text).not.toContain(secret.slice(8, 28));
});

test('only keys that verify have one, and a key that has one goes on verifying', async ({ claviger, unique }) => {
  const refused = async (act: () => Promise<any>, field = 'client_ip_header') =>
    expectFieldRefusal(await nothingChanges(claviger.database, act), 'invalid_request', field, /verifier/);
  for (const role of ['integration', 'organization_admin', 'system_admin']) {
    await refused(() => claviger.owner.post(PATH, { name: 'x', role, client_ip_header: HEADER }));
  }
  const session = await claviger.session('member');
  await refused(() => session.post(PATH, { name: 'x', kind: 'personal', client_ip_header: HEADER }));
  const item = { sha256: sha256(`sk_${unique('x')}`), name: 'x', client_ip_header: HEADER };
  await refused(() => claviger.owner.post(`${PATH}/import`, { api_keys: [item] }), 'api_keys[0].client_ip_header');
  const { id } = await claviger.made({ name: unique('Integration'), client_ip_header: null });
  await refused(() => claviger.owner.patch(`${PATH}/${id}`, { client_ip_header: HEADER }));
  const verifier = await claviger.made({ name: unique('Verifier'), role: 'verifier', client_ip_header: HEADER });
  await refused(() => claviger.owner.patch(`${PATH}/${verifier.id}`, { role: 'integration' }));
  const changed = await claviger.owner.patch(`${PATH}/${verifier.id}`, { role: 'integration', client_ip_header: null });
  expect(expectSuccess(changed)).toMatchObject({ role: 'integration', client_ip_header: null });
});

test('it is none unless it is named, kept in lower case, in the log, and put back whole', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Verifier'), role: 'verifier' });
  expect(made.client_ip_header).toBeNull();
  const [answer, trail] = await trailOf(claviger.database, () => claviger.owner.patch(`${PATH}/${made.id}`, { client_ip_header: ' X-Client-Address ' }));
  expect(expectSuccess(answer)).toMatchObject({ client_ip_header: HEADER, version: made.version + 1 });
  expect(trail.audit.map(({ action, changes }) => [action, changes])).toEqual([['api_key.updated', { client_ip_header: [null, HEADER] }]]);
  expect(trail.feed, 'the isolates are told').toEqual([{ organization_id: 1, key_hash: sha256(made.api_key) }]);
  const read = expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`));
  expect(read.client_ip_header).toBe(HEADER);
  const back = await nothingChanges(claviger.database, () => claviger.owner.put(`${PATH}/${made.id}`, read));
  expect(expectSuccess(back)).toEqual(read);
  expect(expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { client_ip_header: null })).client_ip_header).toBeNull();
});

type Headers = NonNullable<Request['headers']>;
/** Whether the key is let in, asked about through one of the doors, with these headers beside what belongs there. */
type Door = (claviger: Claviger, asker: string, key: string, headers: Headers, ip?: string) => Promise<boolean>;
const DOORS: Record<string, Door> = {
  '/v1/verify': async (claviger, asker, key, headers, ip) => {
    const answer = await bearer(claviger.origin, asker).send({
      method: 'POST', path: '/v1/verify', body: JSON.stringify({ key, ip, max_age_ms: 0 }), headers: { 'content-type': 'application/json', ...headers },
    });
    expect(['VALID', 'IP_NOT_ALLOWED']).toContain(answer.json.code);
    return answer.json.valid;
  },
  '/v1/verify/batch': async (claviger, asker, key, headers, ip) => {
    const requests = [{ key, ip, max_age_ms: 0 }, { key: claviger.secrets.integration, ip: '192.0.2.9' }];
    const answer = await bearer(claviger.origin, asker).send({
      method: 'POST', path: '/v1/verify/batch', body: JSON.stringify({ requests }), headers: { 'content-type': 'application/json', ...headers },
    });
    const [asked, beside] = answer.json.results;
    expect(['VALID', 'IP_NOT_ALLOWED']).toContain(asked.code);
    expect(beside.code).toBe('VALID');
    return asked.valid;
  },
  '/v1/introspect': async (claviger, asker, key, headers, ip) => {
    const form = new URLSearchParams({ token: key, max_age_ms: '0', ...(ip ? { ip } : {}) });
    const answer = await bearer(claviger.origin, asker).send({
      method: 'POST', path: '/v1/introspect', body: form.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
    expect(answer.status, answer.text).toBe(200);
    return answer.json.active;
  },
  '/v1/auth': async (claviger, asker, key, headers, ip) => {
    const path = `/v1/auth?max_age_ms=0${ip ? `&ip=${ip}` : ''}`;
    const answer = await claviger.anonymous.send({ path, headers: { 'x-verifier-key': asker, 'x-api-key': key, ...headers } });
    expect([200, 403], answer.text).toContain(answer.status);
    return answer.status === 200;
  },
};

for (const [door, ask] of Object.entries(DOORS)) {
  test(`${door} goes by the one address in the header that the verifier's key names`, async ({ claviger, unique }) => {
    const named = await claviger.made({ name: unique('Names it'), role: 'verifier', client_ip_header: HEADER });
    const bound = await claviger.made({ name: unique('Bound'), allowed_ips: ['203.0.113.0/24', '2001:db8::/32'] });
    const free = await claviger.made({ name: unique('Free') });
    const lets = (headers: Headers, ip?: string) => ask(claviger, named.api_key, bound.api_key, headers, ip);

    for (const [what, value] of [
      ['none', undefined], ['an address elsewhere', OUTSIDE], ['nothing', ''], ['a word', 'localhost'], ['a port', `${INSIDE}:443`], ['brackets', '[2001:db8::7]'],
      ['a list', `${INSIDE}, ${OUTSIDE}`], ['a list that ends well', `${OUTSIDE}, ${INSIDE}`], ['a list of the same', `${INSIDE}, ${INSIDE}`], ['a range', '203.0.113.0/24'],
      ['what a client sent and what the proxy added', [INSIDE, OUTSIDE]], ['the same twice', [INSIDE, INSIDE]],
    ] as const) {
      expect(await lets(value === undefined ? {} : { [HEADER]: value as string | string[] }), what).toBe(false);
    }
    const others = { 'x-forwarded-for': INSIDE, 'x-real-ip': INSIDE, forwarded: `for=${INSIDE}`, 'x-client-ip': INSIDE, ip: INSIDE };
    expect(await lets(others), 'another header').toBe(false);
    for (const address of [INSIDE, ` ${INSIDE} `, '2001:db8::7', `::ffff:${INSIDE}`]) {
      expect(await lets({ [HEADER]: address }), address).toBe(true);
      expect(await lets({ 'X-Client-Address': address, ...others }), 'in any case').toBe(true);
    }
    expect(await lets({ [HEADER]: INSIDE }, OUTSIDE), 'what is stated comes first').toBe(false);
    expect(await lets({ [HEADER]: OUTSIDE }, INSIDE), 'what is stated comes first').toBe(true);

    expect(await ask(claviger, claviger.secrets.verifier, bound.api_key, { [HEADER]: INSIDE }), 'a verifier that names none').toBe(false);
    expect(await ask(claviger, named.api_key, free.api_key, { [HEADER]: 'nonsense' }), 'a key that works anywhere').toBe(true);

    expectSuccess(await claviger.owner.patch(`${PATH}/${named.id}`, { client_ip_header: 'x-forwarded-for' }));
    expect([await lets({ [HEADER]: INSIDE }), await lets({ 'x-forwarded-for': INSIDE })], 'another name, at once').toEqual([false, true]);
    expectSuccess(await claviger.owner.patch(`${PATH}/${named.id}`, { client_ip_header: null }));
    expect([await lets({ [HEADER]: INSIDE }), await lets({ 'x-forwarded-for': INSIDE })], 'none').toEqual([false, false]);
  });
}

test('who asks in vain from one address leaves the others their look-ups', async ({ claviger, unique }) => {
  const named = await claviger.made({ name: unique('Flooded'), role: 'verifier', client_ip_header: HEADER });
  const flood = async (ip: string, requests = 99): Promise<Set<string>> => {
    const asks = Array.from({ length: requests }, () => ({ key: mintSecret() }));
    const answer = await bearer(claviger.origin, named.api_key).post('/v1/verify/batch', { requests: asks }, { [HEADER]: ip });
    return new Set(answer.json.results.map(({ code }: { code: string }) => code));
  };
  // From now on the verifier's key is in memory, and its header known beforehand.
  await flood(OUTSIDE, 1);
  const seen: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    seen.push(...await flood(INSIDE));
  }
  expect(seen).toContain('UNAVAILABLE');
  expect([...await flood('192.0.2.77')]).toEqual(['NOT_FOUND']);
});
