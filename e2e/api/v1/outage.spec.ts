import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { bearer } from '../../support/client';
import { expectRefusal, expectSuccess, expectVerifyRefusal } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { copies, runSchedule } from '../../support/isolates';
import { asking, lab, suffer } from '../../support/lab';
import { ROOT } from '../../support/paths';
import { mintSecret, sha256 } from '../../support/secrets';

const KEYS = '/api/v2/api_keys';
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

let claviger: Claviger;
test.beforeAll(async () => {
  claviger = await lab('outage');
});
test.beforeEach(async () => {
  for (const isolate of ['A', 'B'] as const) {
    await suffer(claviger, isolate, {});
  }
});
test.afterAll(() => claviger?.worker.kill());

const ask = (key: string, wishes: object = {}, isolate: 'A' | 'B' = 'A') => asking(claviger, isolate).post('/v1/verify', { key, ...wishes });
const copyOf = async (secret: string) => (await copies(claviger))[`key/${sha256(secret)}`];

test('the lab is in its own build and in nothing that is served', async () => {
  const wasm = (build: string) => readFileSync(join(ROOT, 'worker', build, 'index_bg.wasm')).includes('claviger-lab');
  expect([wasm('build-lab'), wasm('build')]).toEqual([true, false]);
});

test('without D1 memory serves for 30 s, marked beyond 5 s, then KV, always marked', async () => {
  const { integration } = claviger.secrets;
  await runSchedule(claviger);
  expect((await ask(integration, { max_age_ms: 0 })).json).toMatchObject({ code: 'VALID', degraded: false });
  await suffer(claviger, 'A', { database: 'gone' });
  expect((await ask(integration)).json).toMatchObject({ code: 'VALID', degraded: false });

  await suffer(claviger, 'A', { database: 'gone', clock: 10 * SECOND });
  const old = (await ask(integration)).json;
  expect(old).toMatchObject({ code: 'VALID', degraded: true });
  expect(old.age_ms).toBeGreaterThanOrEqual(9 * SECOND);
  expect(old.age_ms).toBeLessThanOrEqual(30 * SECOND);

  await suffer(claviger, 'A', { database: 'gone', clock: 45 * SECOND });
  expect((await ask(integration)).json).toMatchObject({ code: 'VALID', degraded: true, age_ms: null, as_of: null, key: { id: expect.any(Number) } });
  expect((await ask(claviger.secrets.scoped, { scopes: ['x.y'] })).json).toMatchObject({ code: 'INSUFFICIENT_SCOPE', degraded: true });
});

test('an isolate that begins in an outage answers from KV', async () => {
  await runSchedule(claviger);
  await suffer(claviger, 'B', { database: 'gone' });
  const answer = (await ask(claviger.secrets.integration, {}, 'B')).json;
  expect(answer).toMatchObject({ code: 'VALID', degraded: true, age_ms: null });
});

test('the header that a verifier names counts from KV too', async () => {
  const header = 'x-client-address';
  const named = await claviger.made({ name: 'Names it', role: 'verifier', client_ip_header: header });
  const bound = await claviger.made({ name: 'Bound', allowed_ips: ['203.0.113.0/24'] });
  await expect.poll(async () => [await copyOf(named.api_key), await copyOf(bound.api_key)]).not.toContain(undefined);
  await suffer(claviger, 'B', { database: 'gone', clock: 60 * SECOND });
  const asker = bearer(claviger.origin, named.api_key).with({ 'x-isolate': 'B' });
  const from = async (headers: Record<string, string>) => (await asker.post('/v1/verify', { key: bound.api_key }, headers)).json;
  expect(await from({ [header]: '203.0.113.4' })).toMatchObject({ code: 'VALID', degraded: true, age_ms: null });
  expect(await from({ [header]: '198.51.100.4' })).toMatchObject({ code: 'IP_NOT_ALLOWED', degraded: true });
  expect(await from({ 'x-forwarded-for': '203.0.113.4' })).toMatchObject({ code: 'IP_NOT_ALLOWED', degraded: true });
});

test('an imported key answers from KV, to its own organization’s verifier', async () => {
  // What is older than a minute is copied by the schedule: the verifier is.
  await suffer(claviger, 'A', { clock: 70 * SECOND });
  await runSchedule(claviger);
  await suffer(claviger, 'A', {});
  const foreign = `old-system-${mintSecret().slice(-40)}`;
  const items = { api_keys: [{ name: 'Moved', sha256: sha256(foreign) }] };
  expectSuccess(await claviger.foreignAdmin.post(`${KEYS}/import`, items), 201);
  const verifier = claviger.holderOf('foreignVerifier').with({ 'x-isolate': 'B' });
  await suffer(claviger, 'B', { database: 'gone', clock: 120 * SECOND });
  await expect.poll(async () => (await verifier.post('/v1/verify', { key: foreign })).json).toMatchObject({ code: 'VALID', degraded: true, age_ms: null });
  expect((await ask(foreign, {}, 'B')).json.code, 'the system’s own sees it as nothing of its own').not.toBe('VALID');
});

test('what nobody knows is 503 with Retry-After and never NOT_FOUND; so is who wants it fresh', async () => {
  await ask(claviger.secrets.integration, { max_age_ms: 0 });
  for (const luck of [{ database: 'gone' }, { database: 'gone', kv: 'gone' }] as const) {
    await suffer(claviger, 'A', luck);
    for (const answer of [await ask(mintSecret()), await ask(claviger.secrets.integration, { max_age_ms: 0 })]) {
      expectVerifyRefusal(answer, 503, 'unavailable');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    const batch = await asking(claviger, 'A').post('/v1/verify/batch', { requests: [{ key: mintSecret() }, { key: claviger.secrets.integration }] });
    expect(batch.json.results.map(({ code }: { code: string }) => code)).toEqual(['UNAVAILABLE', 'VALID']);
    // A text that is no secret needs nobody.
    expect((await ask('clv_nothing')).json.code).toBe('NOT_FOUND');
  }
});

test('a strict organization’s keys are 503 without D1, whoever remembers them', async () => {
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/2', { strict: true }));
  const verifier = claviger.holderOf('foreignVerifier');
  const body = { key: claviger.secrets.foreignIntegration };
  expect((await verifier.post('/v1/verify', body)).json.code).toBe('VALID');
  await runSchedule(claviger);
  await suffer(claviger, 'A', { database: 'gone' });
  expectVerifyRefusal(await verifier.post('/v1/verify', body), 503, 'unavailable');
  expectVerifyRefusal(await ask(body.key), 503, 'unavailable');
  await suffer(claviger, 'A', { database: 'gone', clock: 60 * SECOND });
  expectVerifyRefusal(await verifier.post('/v1/verify', body), 503, 'unavailable');
  await suffer(claviger, 'A', {});
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/2', { strict: false }));
});

test('a D1 that stalls is waited for once and not for long, and all is well again without a restart', async () => {
  const { integration } = claviger.secrets;
  await runSchedule(claviger);
  await ask(integration, { max_age_ms: 0 });
  await suffer(claviger, 'A', { database: { slow: 20 * SECOND }, clock: 10 * SECOND });
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = Date.now();
    expect((await ask(integration)).json).toMatchObject({ code: 'VALID', degraded: true });
    times.push(Date.now() - before);
  }
  expect(Math.max(...times)).toBeLessThan(2_500);
  expect(times.toSorted((one, other) => one - other)[2], 'most do not wait').toBeLessThan(500);
  await suffer(claviger, 'A', { clock: 10 * SECOND });
  await expect.poll(async () => (await ask(integration)).json.degraded).toBe(false);
  expect((await ask(mintSecret())).json.code).toBe('NOT_FOUND');
});

test('/healthz tells, and the management API says that the database does not answer', async () => {
  expect((await claviger.anonymous.get('/healthz')).json).toMatchObject({ status: 'ok', database: 'ok' });
  await suffer(claviger, 'A', { database: 'gone' });
  const health = await claviger.anonymous.get('/healthz');
  expect(health.status).toBe(503);
  expect(health.json).toMatchObject({ status: 'degraded', database: 'unavailable', version: expect.any(String) });
  expect(health.headers['retry-after']).toBe('5');
  const answer = await claviger.owner.get(KEYS);
  expectRefusal(answer, 503, 'unavailable');
  expect(answer.headers['retry-after']).toBe('5');
});

test('each live key has a copy without its secret, which follows what happens to it', async () => {
  const made = await claviger.made({ name: 'Copied', scopes: ['a.b'] });
  await expect.poll(() => copyOf(made.api_key)).toMatchObject({ key_id: made.id, name: 'Copied', scopes: ['a.b'] });
  expect(JSON.stringify(await copies(claviger))).not.toContain(made.api_key.slice(8, 28));
  expectSuccess(await claviger.owner.patch(`${KEYS}/${made.id}`, { scopes: ['c.d'] }));
  await expect.poll(async () => (await copyOf(made.api_key))?.scopes).toEqual(['c.d']);
  expectSuccess(await claviger.owner.post(`${KEYS}/${made.id}/revoke`, {}));
  await expect.poll(() => copyOf(made.api_key)).toBeUndefined();
});

test('what KV missed is made good by the schedule, a minute later', async () => {
  await suffer(claviger, 'A', { kv: 'gone' });
  const made = await claviger.made({ name: 'Missed' });
  await suffer(claviger, 'A', {});
  expect(await copyOf(made.api_key)).toBeUndefined();
  await suffer(claviger, 'A', { clock: 70 * SECOND });
  await expect.poll(async () => {
    await runSchedule(claviger);
    return copyOf(made.api_key);
  }).toMatchObject({ key_id: made.id });
  expect((await copies(claviger))['organization/1']).toEqual({ strict: false, api_access: true });
});

test('keys from before the feed’s first row are copied one after the other', async () => {
  await expect.poll(async () => {
    await runSchedule(claviger);
    return copyOf(claviger.secrets.foreignIntegration);
  }).toMatchObject({ organization_id: 2 });
  for (const holder of ['integration', 'verifier', 'scoped', 'member', 'trialIntegration'] as const) {
    expect(await copyOf(claviger.secrets[holder]), holder).toBeDefined();
  }
  expect(await copyOf(claviger.secrets.revokedAndAllElse)).toBeUndefined();
});

test('a session ends after 12 idle hours, and after 7 days whatever it did', async () => {
  const idle = await claviger.session('owner', 'fresh');
  await suffer(claviger, 'A', { clock: 12 * HOUR - 60 * SECOND });
  expectSuccess(await idle.get('/api/v2/session'));
  await suffer(claviger, 'A', { clock: 25 * HOUR });
  expectRefusal(await idle.get('/api/v2/session'), 401, 'session_ended');

  await suffer(claviger, 'A', {});
  const busy = await claviger.session('owner', 'fresh');
  for (let hours = 10; hours < 7 * 24; hours += 10) {
    await suffer(claviger, 'A', { clock: hours * HOUR });
    expectSuccess(await busy.get('/api/v2/session'));
  }
  await suffer(claviger, 'A', { clock: 7 * 24 * HOUR });
  expectRefusal(await busy.get('/api/v2/session'), 401, 'session_ended');
});
