import type { Answer, Client } from '../../support/client';
import { expectCommonHeaders, expectRefusal, expectSuccess, expectVerifyRefusal, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { mintSecret, mistyped } from '../../support/secrets';

const PATH = '/v1/revoke';

let next = 0;
/** From an address of its own: reports are counted by it. */
const somebody = (claviger: Claviger): Client => claviger.anonymous.with({ 'cf-connecting-ip': `192.0.2.${(next += 1)}` });

async function codes(client: Client, keys: unknown[]): Promise<string[]> {
  const answer = await client.post(PATH, { keys });
  expect(answer.status, answer.text).toBe(200);
  expectCommonHeaders(answer);
  expect(Object.keys(answer.json)).toEqual(['results']);
  // Nothing but the code: not whose key it was.
  expect(answer.json.results.map((result: object) => Object.keys(result))).toEqual(keys.map(() => ['code']));
  return answer.json.results.map(({ code }: { code: string }) => code);
}
const seen = async (claviger: Claviger, key: string): Promise<string> =>
  (await claviger.verifier.post('/v1/verify', { key, max_age_ms: 0 })).json.code;

test('other people’s words and secrets that nobody has are NOT_FOUND, and forgotten', async ({ claviger }) => {
  const words = [
    'correct horse battery staple', 'sk_live_0123456789abcdefghij', 'clv_', ' ', mintSecret(), mistyped(claviger.secrets.integration),
    `key=${claviger.secrets.integration}`, claviger.secrets.integration.slice(0, -1), 'ключ', 'x'.repeat(512),
  ];
  const told = await nothingChanges(claviger.database, () => codes(somebody(claviger), words));
  expect(told).toEqual(words.map(() => 'NOT_FOUND'));
  expect(claviger.worker.logged()).not.toContain('correct horse');
  expect(await seen(claviger, claviger.secrets.integration)).toBe('VALID');
});

test('what is no list of 1 to 100 texts is refused by name, and nothing of it is done', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Stays') });
  const client = somebody(claviger);
  for (const [body, field] of [
    [{ keys: [...Array(100).fill('x'), made.api_key] }, 'keys'],
    [{ keys: [] }, 'keys'],
    [{}, 'keys'],
    [{ keys: made.api_key }, 'keys'],
    [{ keys: null }, 'keys'],
    [{ keys: [made.api_key, 7] }, 'keys[1]'],
    [{ keys: [made.api_key, ''] }, 'keys[1]'],
    [{ keys: [made.api_key, 'x'.repeat(513)] }, 'keys[1]'],
    [{ keys: [made.api_key, { key: 'x' }] }, 'keys[1]'],
    [{ keys: [made.api_key], reason: 'x' }, 'reason'],
  ] as const) {
    expectVerifyRefusal(await client.post(PATH, body), 400, 'invalid_request', field);
  }
  // Here a secret would be a name.
  const named = await client.post(PATH, { keys: [made.api_key], [made.api_key]: 1 });
  expectVerifyRefusal(named, 400, 'contains_secret', '');
  expect(named.text).not.toContain(made.api_key);
  const raw = (body: string, type = 'application/json'): Promise<Answer> =>
    client.send({ method: 'POST', path: PATH, body, headers: { 'content-type': type } });
  expectVerifyRefusal(await raw('[]'), 400, 'invalid_request', '');
  expectVerifyRefusal(await raw(`{"keys":["${made.api_key}"`), 400, 'invalid_json');
  expectVerifyRefusal(await raw(JSON.stringify({ keys: [made.api_key] }), 'text/plain'), 415, 'unsupported_media_type');
  expectVerifyRefusal(await raw(`{"keys":["${'x'.repeat(70_000)}"]}`), 413, 'body_too_large');
  expectVerifyRefusal(await client.get(PATH), 405, 'method_not_allowed');
  expectVerifyRefusal(await client.post(`${PATH}?key=${made.api_key}`, { keys: ['x'] }), 400, 'contains_secret');
  expect(await seen(claviger, made.api_key)).toBe('VALID');
});

test('the key that the request is made with is refused; sent without, it is ended like any other', async ({ claviger, unique }) => {
  const verifier = await claviger.made({ name: unique('A verifier’s own'), role: 'verifier' });
  const other = await claviger.made({ name: unique('Beside it') });
  const client = somebody(claviger);
  const keys = [other.api_key, verifier.api_key];
  const asking = client.with({ authorization: `Bearer ${verifier.api_key}` });
  await nothingChanges(claviger.database, async () => {
    expectVerifyRefusal(await asking.post(PATH, { keys }), 400, 'invalid_request', 'keys[1]');
  });
  expect(await codes(client, keys)).toEqual(['REVOKED', 'REVOKED']);
  expectVerifyRefusal(await asking.post('/v1/verify', { key: 'x', max_age_ms: 0 }), 401, 'key_revoked');
});

test('whoever holds secrets ends their keys at once, whosever they are, and each is answered in its place', async ({ claviger, unique }) => {
  const own = await claviger.made({ name: unique('Own') });
  const bound = await claviger.made({ name: unique('Bound'), allowed_ips: ['203.0.113.0/24'] });
  const off = await claviger.made({ name: unique('Off'), active: false });
  const foreign = expectSuccess(await claviger.foreignAdmin.post('/api/v2/api_keys', { name: unique('Foreign') }), 201);
  expect(await seen(claviger, own.api_key)).toBe('VALID');
  const keys = [own.api_key, 'nothing', foreign.api_key, ` ${own.api_key}\n`, bound.api_key, off.api_key, claviger.secrets.revokedAndAllElse, mintSecret()];
  const told = ['REVOKED', 'NOT_FOUND', 'REVOKED', 'REVOKED', 'REVOKED', 'REVOKED', 'REVOKED', 'NOT_FOUND'];
  const answer = await somebody(claviger).post(PATH, { keys });
  expect(answer.json.results.map(({ code }: any) => code)).toEqual(told);
  expect(await seen(claviger, own.api_key), 'the feed says so before the answer').toBe('REVOKED');
  for (const [client, key] of [[claviger.owner, own], [claviger.owner, bound], [claviger.owner, off], [claviger.foreignAdmin, foreign]] as const) {
    expect(expectSuccess(await client.get(`/api/v2/api_keys/${key.id}`))).toMatchObject({
      status: 'revoked', revoked_by: { type: 'system', id: null }, revoke_reason: 'Leaked: revoked by somebody who holds its secret.',
      leak: { source: 'possession', url: null, resolved_at: null }, version: 2,
    });
  }
  // Each organization's log has its own and no other's.
  const logged = async (client: Client, id: number): Promise<unknown[]> =>
    expectSuccess(await client.get(`/api/v2/audit_log?target_type=api_key&target_id=${id}`)).map(({ action, actor, ip, details }: any) => [action, actor.type, ip !== null, details.source]);
  const records = [['api_key.leaked', 'system', true, 'possession'], ['api_key.revoked', 'system', true, undefined]];
  expect((await logged(claviger.owner, own.id)).slice(0, 2)).toEqual(records);
  expect((await logged(claviger.foreignAdmin, foreign.id)).slice(0, 2)).toEqual(records);
  expect(await logged(claviger.foreignAdmin, own.id)).toEqual([]);
  // Again it is the same, and nothing is said twice.
  expect(await nothingChanges(claviger.database, () => codes(somebody(claviger), keys))).toEqual(told);
});

test('a secret that was replaced ends nothing and tells its owners once; in its grace it still ends the key', async ({ claviger, unique }) => {
  const path = (id: number): string => `/api/v2/api_keys/${id}`;
  const rotated = async (name: string, grace_seconds: number): Promise<any> => {
    const made = await claviger.made({ name: unique(name) });
    const { api_key } = expectSuccess(await claviger.owner.post(`${path(made.id)}/rotate`, { grace_seconds }));
    return { id: made.id, old: made.api_key, secret: api_key };
  };
  const retired = await rotated('Retired', 0);
  // What its holder is told is what they are told elsewhere: that it does not work.
  expect(await codes(somebody(claviger), [retired.old])).toEqual(['REVOKED']);
  expect(await seen(claviger, retired.secret)).toBe('VALID');
  const flagged = expectSuccess(await claviger.owner.get(path(retired.id)));
  expect(flagged).toMatchObject({ status: 'active', leak: { source: 'possession', resolved_at: null } });
  expect(await nothingChanges(claviger.database, () => codes(somebody(claviger), [retired.old]))).toEqual(['REVOKED']);

  const graced = await rotated('Graced', 3600);
  expect(await codes(somebody(claviger), [graced.old, graced.secret])).toEqual(['REVOKED', 'REVOKED']);
  expect(await seen(claviger, graced.secret)).toBe('REVOKED');
  expect(expectSuccess(await claviger.owner.get(path(graced.id)))).toMatchObject({ status: 'revoked', version: 3 });
});

test('an imported key is not found by its text: who sends it has not said whose it is', async ({ claviger, unique }) => {
  const text = `imported-${unique('x').replaceAll(' ', '-')}-0123456789`;
  const sha256 = (await import('../../support/secrets')).sha256(text);
  expectSuccess(await claviger.owner.post('/api/v2/api_keys/import', { api_keys: [{ name: unique('Imported'), sha256 }] }), 201);
  expect(await codes(somebody(claviger), [text])).toEqual(['NOT_FOUND']);
});

test('a report is dealt with by whoever may end the key, and by nobody else', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Dealt with') });
  const path = `/api/v2/api_keys/${made.id}/resolve_leak`;
  const quiet = expectSuccess(await nothingChanges(claviger.database, () => claviger.owner.post(path, {})));
  expect(quiet).toMatchObject({ id: made.id, leak: null, version: 1 });
  expect(await codes(somebody(claviger), [made.api_key])).toEqual(['REVOKED']);
  await nothingChanges(claviger.database, async () => {
    expectRefusal(await claviger.foreignAdmin.post(path, {}), 404, 'not_found');
    expectRefusal(await claviger.readOnlyAdmin.post(path, {}), 403, 'read_only');
    expectRefusal(await claviger.owner.post(path, { why: 'x' }), 400, 'invalid_request');
    expectRefusal(await claviger.owner.post(path, {}, { 'if-match': '"1"' }), 409, 'conflict');
  });
  const resolved = expectSuccess(await claviger.owner.post(path, {}));
  expect(resolved).toMatchObject({ version: 3, leak: { source: 'possession', resolved_at: expect.any(String) } });
  const [record] = expectSuccess(await claviger.owner.get(`/api/v2/audit_log?target_type=api_key&target_id=${made.id}`));
  expect(record).toMatchObject({ action: 'api_key.leak_resolved', changes: [{ field: 'leak' }] });
  // What was read comes back unharmed.
  expectSuccess(await nothingChanges(claviger.database, () => claviger.owner.put(`/api/v2/api_keys/${made.id}`, resolved)));
});

test('thirty reports a minute come from one network, and the thirty-first waits', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Waits') });
  const at = (address: string): Client => claviger.anonymous.with({ 'cf-connecting-ip': address });
  // Of a network of IPv6 whoever has it has every address. Counted is by minutes of the clock, of which enough has to be left.
  const left = 60_000 - (Date.now() % 60_000);
  await new Promise((go) => setTimeout(go, left < 10_000 ? left : 0));
  const answers = await Promise.all(Array.from({ length: 40 }, (_, number) => at(`2001:db8:0:7::${number}`).post(PATH, { keys: ['x'] })));
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused).toHaveLength(10);
  refused.forEach((answer) => {
    expectVerifyRefusal(answer, 429, 'too_many_attempts');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
  expectVerifyRefusal(await at('2001:db8::7:1:2:3:4').post(PATH, { keys: [made.api_key] }), 429, 'too_many_attempts');
  expect(await seen(claviger, made.api_key)).toBe('VALID');
  expect(await codes(at('2001:db8:0:8::1'), ['x'])).toEqual(['NOT_FOUND']);
});
