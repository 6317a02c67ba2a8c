import { bearer, type Client } from '../../support/client';
import { expectSuccess } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { Tenant } from '../../support/organizations';
import { mintSecret, sha256 } from '../../support/secrets';

const PATH = '/v1/verify';
const KEYS = '/api/v2/api_keys';
/** The promise: no VALID for a request that came more than this after the revoke committed. */
const S = 5_000;

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

async function ask(client: Client, key: string, wishes: object = {}): Promise<any> {
  const answer = await client.post(PATH, { key, ...wishes });
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

/** The lines of verifications: each says how many rows D1 read for it. One that was answered from memory leaves none. */
function lines(claviger: Claviger): { request_id: string; rows_read: number }[] {
  const lines = claviger.worker.logged().split('\n').filter((line) => line.includes(`"route":"${PATH}"`));
  return lines.map((line) => JSON.parse(/\{.*\}/.exec(line)?.[0] ?? '{}'));
}

/** The rows that D1 read for each of the verifications that `act` asks for, but for those answered from memory. */
async function rowsReadBy(claviger: Claviger, act: () => Promise<unknown>): Promise<number[]> {
  // The log comes later than the answer: the mark's own line, and not the next one.
  const mark = async () => {
    const answer = await claviger.verifier.post(PATH, { key: claviger.secrets.integration, max_age_ms: 0 });
    const place = () => lines(claviger).findIndex(({ request_id }) => request_id === answer.headers['x-request-id']);
    await expect.poll(place).toBeGreaterThanOrEqual(0);
    return place();
  };
  const from = await mark();
  await act();
  const to = await mark();
  return lines(claviger).slice(from + 1, to).map((line) => line.rows_read);
}

test('what was asked before is answered without the database, and says how old it is', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Hot') });
  expect(await rowsReadBy(claviger, () => ask(claviger.verifier, made.api_key, { max_age_ms: 0 }))).toEqual([expect.any(Number)]);
  await sleep(20);
  const before = Date.now();
  let answer: any;
  const rows = await rowsReadBy(claviger, async () => {
    answer = await ask(claviger.verifier, made.api_key);
  });
  expect(rows, 'no query at all').toEqual([]);
  expect(answer).toMatchObject({ code: 'VALID', degraded: false });
  expect(answer.age_ms).toBeLessThanOrEqual(S);
  expect(Math.abs(Date.parse(answer.as_of) + answer.age_ms - before)).toBeLessThan(5_000);
});

test('a revoked key stops within 5 s, and at once for who asks for no older answer', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Ends') });
  expect((await ask(claviger.verifier, made.api_key)).code).toBe('VALID');
  expectSuccess(await claviger.owner.post(`${KEYS}/${made.id}/revoke`, {}));
  const committed = Date.now();
  const seen: [number, string][] = [];
  while (Date.now() < committed + S + 1_000) {
    const sent = Date.now();
    seen.push([sent - committed, (await ask(claviger.verifier, made.api_key)).code]);
    await sleep(100);
  }
  const last = seen.findLastIndex(([, code]) => code === 'VALID');
  // Memory did answer, or there would be nothing to bound.
  expect(last).toBeGreaterThanOrEqual(0);
  expect(seen[last]![0]).toBeLessThanOrEqual(S);
  expect(new Set(seen.slice(last + 1).map(([, code]) => code))).toEqual(new Set(['REVOKED']));
  const other = await claviger.made({ name: unique('Ends at once') });
  expect((await ask(claviger.verifier, other.api_key)).code).toBe('VALID');
  expectSuccess(await claviger.owner.post(`${KEYS}/${other.id}/revoke`, {}));
  expect((await ask(claviger.verifier, other.api_key, { max_age_ms: 0 })).code).toBe('REVOKED');
  expect((await ask(claviger.verifier, other.api_key)).code, 'and for all who ask after that').toBe('REVOKED');
});

test('a strict organization’s key stops at once', async ({ claviger }) => {
  const verifier = claviger.holderOf('foreignVerifier');
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/2', { strict: true }));
  const made = await claviger.made({ name: `Strict ${Math.random()}` }, claviger.foreignAdmin);
  expect((await ask(verifier, made.api_key, { max_age_ms: 0 })).code).toBe('VALID');
  const rows = await rowsReadBy(claviger, async () => {
    for (let round = 0; round < 3; round += 1) {
      expect((await ask(verifier, made.api_key)).code).toBe('VALID');
    }
  });
  expect(rows.map((count) => count > 0), 'each reads the database').toEqual([true, true, true]);
  expectSuccess(await claviger.foreignAdmin.post(`${KEYS}/${made.id}/revoke`, {}));
  expect((await ask(verifier, made.api_key)).code).toBe('REVOKED');
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/2', { strict: false }));
});

test('a key just minted is accepted at once, and one just imported within 5 s though it was asked about before', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('New') });
  expect((await ask(claviger.verifier, made.api_key)).code).toBe('VALID');
  const foreign = `old-system-${mintSecret().slice(-40)}`;
  expect((await ask(claviger.verifier, foreign)).code).toBe('NOT_FOUND');
  expectSuccess(await claviger.owner.post(`${KEYS}/import`, { api_keys: [{ name: unique('Moved'), sha256: sha256(foreign) }] }), 201);
  const imported = Date.now();
  expect((await ask(claviger.verifier, foreign, { max_age_ms: 0 })).code).toBe('VALID');
  await expect.poll(async () => (await ask(claviger.verifier, foreign)).code).toBe('VALID');
  expect(Date.now() - imported).toBeLessThanOrEqual(S);
});

test('foreign texts are looked up only where keys were imported, and the first import counts at once', async ({ claviger, unique }) => {
  const tenant = await Tenant.make(claviger, { name: unique('Imports') });
  const verifier = bearer(claviger.origin, (await tenant.key('Verifier', { role: 'verifier' })).api_key);
  const foreign = () => `old-system-${mintSecret().slice(-40)}`;
  const moved = foreign();
  expect((await ask(verifier, moved, { max_age_ms: 0 })).code).toBe('NOT_FOUND');
  expect(await rowsReadBy(claviger, async () => expect((await ask(verifier, foreign())).code).toBe('NOT_FOUND'))).toEqual([]);
  expectSuccess(await claviger.owner.post(`${tenant.path}/api_keys/import`, { api_keys: [{ name: 'Moved', sha256: sha256(moved) }] }), 201);
  expect((await ask(verifier, moved, { max_age_ms: 0 })).code).toBe('VALID');
  await expect.poll(async () => (await ask(verifier, moved)).code).toBe('VALID');
  expect(await rowsReadBy(claviger, async () => expect((await ask(verifier, foreign())).code).toBe('NOT_FOUND'))).toEqual([expect.any(Number)]);
});

test('an edit shows within 5 s too: scopes, addresses, the end of a grace', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Edited'), scopes: ['a.b'] });
  expect((await ask(claviger.verifier, made.api_key, { scopes: ['a.b'] })).code).toBe('VALID');
  expectSuccess(await claviger.owner.patch(`${KEYS}/${made.id}`, { scopes: ['c.d'] }));
  await expect.poll(async () => (await ask(claviger.verifier, made.api_key, { scopes: ['a.b'] })).code).toBe('INSUFFICIENT_SCOPE');
  // The end of a grace is in the record: no sync is needed to see it pass.
  const rotated = expectSuccess(await claviger.owner.post(`${KEYS}/${made.id}/rotate`, { grace_seconds: 2 }));
  const end = Date.parse(rotated.secrets[1].ends_at);
  expect((await ask(claviger.verifier, made.api_key, { max_age_ms: 0 })).code).toBe('VALID');
  await sleep(end - Date.now() + 10);
  expect((await ask(claviger.verifier, made.api_key)).code).toBe('REVOKED');
});

test('a hundred requests at once on an isolate that has not asked for long all answer', async ({ claviger }) => {
  await ask(claviger.verifier, claviger.secrets.integration);
  await sleep(S + 500);
  const answers = await Promise.all(Array.from({ length: 100 }, () => claviger.verifier.post(PATH, { key: claviger.secrets.integration })));
  expect(answers.map(({ status, json }) => `${status} ${json?.code}`)).toEqual(Array(100).fill('200 VALID'));
});

test('unknown keys without end are refused in time and cost the others nothing', async ({ claviger }) => {
  await ask(claviger.verifier, claviger.secrets.integration, { max_age_ms: 0 });
  const codes = new Map<string, number>();
  const ip = '198.51.100.77';
  for (let round = 0; round < 15; round += 1) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => claviger.verifier.post(PATH, { key: mintSecret(), ip })));
    for (const { status, json, headers } of answers) {
      const what = `${status} ${json?.code ?? json?.error}`;
      codes.set(what, (codes.get(what) ?? 0) + 1);
      expect(status === 503).toBe(headers['retry-after'] !== undefined);
    }
  }
  expect([...codes.keys()].sort()).toEqual(['200 NOT_FOUND', '503 unavailable']);
  // 200 at once and as many each minute.
  expect(codes.get('200 NOT_FOUND')).toBeGreaterThanOrEqual(200);
  expect(codes.get('200 NOT_FOUND')).toBeLessThanOrEqual(260);
  // A key that exists is found, known or not, and so is what others ask about.
  expect((await ask(claviger.verifier, claviger.secrets.integration, { ip })).code).toBe('VALID');
  expect((await ask(claviger.verifier, mintSecret(), { ip: '198.51.100.78' })).code).toBe('NOT_FOUND');
});
