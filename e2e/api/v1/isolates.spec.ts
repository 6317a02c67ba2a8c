import type { Client } from '../../support/client';
import { expectSuccess } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { runSql, twoIsolates } from '../../support/isolates';

const KEYS = '/api/v2/api_keys';
/** The promise: no VALID for a request that came more than this after the revoke committed. */
const S = 5_000;
const ISOLATES = ['A', 'B'] as const;

let claviger: Claviger;
test.beforeAll(async () => {
  claviger = await twoIsolates('isolates');
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/1', { key_limit: 200 }));
});
test.afterAll(() => claviger.worker.kill());

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
const asking = (isolate: string): Client => claviger.verifier.with({ 'x-isolate': isolate });
const codeOf = async (isolate: string, key: string): Promise<string> => (await asking(isolate).post('/v1/verify', { key })).json.code;

test('two isolates see fifty revokes under load, each within 5 s', async () => {
  test.setTimeout(120_000);
  const keys: { id: number; api_key: string }[] = [];
  for (let n = 0; n < 50; n += 1) {
    keys.push(await claviger.made({ name: `Ends under load ${n}` }));
  }
  const seen: { key: number; isolate: string; sent: number; code: string }[] = [];
  const committed = new Map<number, number>();
  let done = false;
  const load = ISOLATES.flatMap((isolate) => [0, 25].map(async (start) => {
    for (let turn = start; !done; turn += 1) {
      const key = keys[turn % keys.length]!;
      const sent = Date.now();
      seen.push({ key: key.id, isolate, sent, code: await codeOf(isolate, key.api_key) });
    }
  }));
  await sleep(1_000);
  for (const { id } of keys) {
    expectSuccess(await claviger.owner.post(`${KEYS}/${id}/revoke`, {}));
    committed.set(id, Date.now());
    await sleep(50);
  }
  await sleep(S + 3_000);
  done = true;
  await Promise.all(load);
  const late = seen.filter(({ key, sent }) => sent > committed.get(key)! + S);
  expect(late.filter(({ code }) => code !== 'REVOKED')).toEqual([]);
  // It says something only if each was asked about, after its time, of both.
  for (const isolate of ISOLATES) {
    expect(new Set(late.filter((one) => one.isolate === isolate).map(({ key }) => key)).size, isolate).toBe(keys.length);
    const window = seen.filter(({ key, sent, code, ...one }) => one.isolate === isolate && code === 'VALID' && sent > committed.get(key)!);
    expect(window.length, `${isolate} answered from memory`).toBeGreaterThan(0);
  }
});

test('a revoke by plain SQL is honoured too, by both', async () => {
  const made = await claviger.made({ name: 'Ends by SQL' });
  for (const isolate of ISOLATES) {
    expect(await codeOf(isolate, made.api_key)).toBe('VALID');
  }
  await runSql(claviger, `UPDATE api_keys SET revoked_at = ${Date.now()} WHERE id = ${made.id}`);
  const committed = Date.now();
  await sleep(S - (Date.now() - committed));
  for (const isolate of ISOLATES) {
    expect(await codeOf(isolate, made.api_key), isolate).toBe('REVOKED');
  }
});

test('what one isolate minted the other accepts at once', async () => {
  await codeOf('B', claviger.secrets.integration);
  const made = await claviger.made({ name: 'Minted by A' }, claviger.owner.with({ 'x-isolate': 'A' }));
  expect(await codeOf('B', made.api_key)).toBe('VALID');
});

test('an organization’s plan counts for all its keys in both isolates', async () => {
  const ask = (isolate: string) => codeOf(isolate, claviger.secrets.foreignIntegration);
  for (const isolate of ISOLATES) {
    expect(await ask(isolate)).toBe('VALID');
  }
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/2', { plan: 'trial' }));
  const committed = Date.now();
  for (const isolate of ISOLATES) {
    await expect.poll(() => ask(isolate)).toBe('API_ACCESS_DISABLED');
  }
  expect(Date.now() - committed).toBeLessThanOrEqual(S + 500);
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/2', { plan: 'paid' }));
});
