import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { Answer, Client } from '../../support/client';
import { databaseFile } from '../../support/database';
import { expectRefusal, expectSuccess, expectVerifyRefusal } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { twoIsolates, withoutLedgers } from '../../support/isolates';

const PATH = '/v1/verify';
const KEYS = '/api/v2/api_keys';
const ISOLATES = ['A', 'B'] as const;
const RATE = { limit: 1_000, window_seconds: 3_600 };

const asking = (claviger: Claviger, isolate: string): Client => claviger.verifier.with({ 'x-isolate': isolate });
const ask = async (claviger: Claviger, isolate: string, key: string, wishes: object = {}): Promise<any> => {
  const answer = await asking(claviger, isolate).post(PATH, { key, ...wishes });
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
};

test.describe('two isolates', () => {
  let claviger: Claviger;
  test.beforeAll(async () => {
    claviger = await twoIsolates('meter');
  });
  test.afterAll(() => claviger.worker.kill());

  test('share one limit, and lend each other nothing beyond it', async () => {
    test.setTimeout(120_000);
    const made = await claviger.made({ name: 'Shared rate', rate_limit: RATE });
    const asks = Array(50).fill({ key: made.api_key });
    // A cold isolate would look up all fifty of each at once, which its budget for misses does not allow.
    for (const isolate of ISOLATES) {
      expect((await ask(claviger, isolate, made.api_key, { access: 'read_write' })).code).toBe('INSUFFICIENT_ACCESS');
    }
    const valid = { A: 0, B: 0 };
    let turns = 0;
    await Promise.all(ISOLATES.flatMap((isolate) => Array.from({ length: 10 }, async () => {
      for (; turns < 80; turns += 1) {
        const answer = await asking(claviger, isolate).post(`${PATH}/batch`, { requests: asks });
        expect(answer.status, answer.text).toBe(200);
        valid[isolate] += answer.json.results.filter((one: { code: string }) => one.code === 'VALID').length;
      }
    })));
    expect(valid.A + valid.B).toBeLessThanOrEqual(1_000);
    expect(valid.A + valid.B, 'and most of it is used').toBeGreaterThan(900);
    expect(Math.min(valid.A, valid.B), 'by both').toBeGreaterThan(0);
  });

  test('share credits, each of which is sold once', async () => {
    const made = await claviger.made({ name: 'Shared credits', credits: { remaining: 20 } });
    const all = await Promise.all(Array.from({ length: 50 }, (_, n) => ask(claviger, ISOLATES[n % 2]!, made.api_key)));
    const sold = all.filter(({ valid }) => valid).map(({ credits }) => credits.remaining);
    expect(sold.sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test('see an edit within 5 s, and an old one never undoes it', async () => {
    const made = await claviger.made({ name: 'Edited', credits: { remaining: 100 } });
    for (const isolate of ISOLATES) {
      expect((await ask(claviger, isolate, made.api_key, { cost: 50 })).code).toBe('VALID');
    }
    expectSuccess(await claviger.owner.patch(`${KEYS}/${made.id}`, { credits: { remaining: 7 } }));
    // A reads the database, B may still bring what it has in memory: the ledger goes by the newest it was told.
    expect((await ask(claviger, 'A', made.api_key, { max_age_ms: 0 })).credits.remaining).toBe(6);
    expect((await ask(claviger, 'B', made.api_key)).credits.remaining).toBe(5);
    expect((await ask(claviger, 'B', made.api_key, { max_age_ms: 0 })).credits.remaining).toBe(4);
  });

  test('what was used is known after a restart', async () => {
    const made = await claviger.made({ name: 'Outlives', credits: { remaining: 5 }, rate_limit: { limit: 4, window_seconds: 3_600 } });
    expect((await ask(claviger, 'B', made.api_key, { cost: 3 })).code).toBe('VALID');
    await claviger.worker.restart();
    expect(await ask(claviger, 'A', made.api_key)).toMatchObject({ code: 'VALID', rate_limit: { remaining: 0 }, credits: { remaining: 1 } });
    expect((await ask(claviger, 'A', made.api_key)).code).toBe('RATE_LIMITED');
  });
});

test('credits are filled again at the first use after midnight', async () => {
  const claviger = await Claviger.start('refill');
  const made = await claviger.made({ name: 'Daily', credits: { remaining: 2, refill_amount: 10, refill_interval: 'daily' } });
  const ask = async (wishes: object = {}): Promise<any> => (await claviger.verifier.post(PATH, { key: made.api_key, ...wishes })).json;
  expect((await ask({ cost: 2 })).code).toBe('VALID');
  expect((await ask()).code).toBe('CREDITS_EXHAUSTED');
  await claviger.worker.kill('SIGTERM');
  // Nobody can wait for midnight: the ledger's last refill becomes one of the day before.
  const folder = join(claviger.worker.state, 'v3/do/claviger-Meter');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')) {
    const ledger = new DatabaseSync(join(folder, file));
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    ledger.prepare("UPDATE ledger SET ledger = json_set(ledger, '$.refilled_at', ?)").run(yesterday);
    ledger.close();
  }
  await claviger.worker.restart();
  expect(await ask({ cost: 4 })).toMatchObject({ code: 'VALID', credits: { remaining: 6 } });
  expect(await ask({ cost: 7 })).toMatchObject({ code: 'CREDITS_EXHAUSTED', credits: { remaining: 6 } });
  await claviger.worker.kill();
});

test('a ledger ends with its key, some minutes after that was deleted', async () => {
  const claviger = await Claviger.start('ledgers');
  const folder = join(claviger.worker.state, 'v3/do/claviger-Meter');
  /** Of all ledgers, once nothing serves them, what they have stored. */
  const stored = (): string[] =>
    readdirSync(folder).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite').flatMap((file) => {
      const ledger = new DatabaseSync(join(folder, file));
      const tables = ledger.prepare("SELECT name FROM sqlite_master WHERE name = 'ledger'").all().length;
      const rows = tables ? ledger.prepare('SELECT ledger FROM ledger').all().map((row) => String(row.ledger)) : [];
      ledger.close();
      return rows;
    });
  const gone = await claviger.made({ name: 'Deleted', credits: { remaining: 77 } });
  const kept = await claviger.made({ name: 'Kept', credits: { remaining: 88 } });
  const unmetered = await claviger.made({ name: 'Without limits' });
  for (const { api_key } of [gone, kept]) {
    expect((await claviger.verifier.post(PATH, { key: api_key })).json.code).toBe('VALID');
  }
  for (const { id } of [gone, unmetered]) {
    expectSuccess(await claviger.owner.delete(`${KEYS}/${id}`));
  }
  const left = () => claviger.database.rows('SELECT key_id, ended_at IS NOT NULL AS ended FROM ledgers ORDER BY key_id');
  expect(left()).toEqual([{ key_id: gone.id, ended: 1 }, { key_id: kept.id, ended: 0 }]);
  await claviger.worker.runSchedule();
  expect(left(), 'somebody may still use it from memory').toHaveLength(2);
  await claviger.worker.kill('SIGTERM');
  expect(stored()).toHaveLength(2);
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  database.exec('UPDATE ledgers SET ended_at = ended_at - 600000');
  database.close();
  await claviger.worker.restart();
  await claviger.worker.runSchedule();
  await expect.poll(left).toEqual([{ key_id: kept.id, ended: 0 }]);
  expect((await claviger.verifier.post(PATH, { key: kept.api_key })).json).toMatchObject({ code: 'VALID', credits: { remaining: 86 } });
  await claviger.worker.kill('SIGTERM');
  expect(stored().map((text) => /86/.test(text))).toEqual([true]);
});

test.describe('when no ledger answers', () => {
  let claviger: Claviger;
  test.beforeAll(async () => {
    claviger = await withoutLedgers('no-ledgers');
  });
  test.afterAll(() => claviger.worker.kill());

  const auth = (isolate: string, key: string): Promise<Answer> =>
    claviger.anonymous.send({ path: '/v1/auth', headers: { 'x-isolate': isolate, 'x-verifier-key': claviger.secrets.verifier, authorization: `Bearer ${key}` } });

  test('nobody knows what is left of credits, so nothing is sold', async () => {
    const made = await claviger.made({ name: 'Credits', credits: { remaining: 5 }, rate_limit: RATE });
    for (const isolate of ISOLATES) {
      const answer = await asking(claviger, isolate).post(PATH, { key: made.api_key });
      expectVerifyRefusal(answer, 503, 'unavailable');
      expect(answer.headers['retry-after']).toBe('5');
      expectVerifyRefusal(await auth(isolate, made.api_key), 503, 'unavailable');
      const batch = await asking(claviger, isolate).post(`${PATH}/batch`, { requests: [{ key: made.api_key }, { key: claviger.secrets.integration }] });
      expect(batch.json.results[0]).toEqual({ valid: false, code: 'UNAVAILABLE', key: null, as_of: null, age_ms: null, degraded: true });
      expect(batch.json.results[1].code).toBe('VALID');
    }
  });

  test('a rate lets through what nobody counted, and says so; or nothing, where it was told to', async () => {
    const made = await claviger.made({ name: 'Rate', rate_limit: RATE });
    expect(await ask(claviger, 'A', made.api_key)).toMatchObject({ code: 'VALID', rate_limit: { limit: 1_000, remaining: null, reset_ms: null } });
    const passed = await auth('A', made.api_key);
    expect(passed.status).toBe(200);
    expect(passed.headers['ratelimit-policy']).toBe('"default";q=1000;w=3600');
    expect(passed.headers).not.toHaveProperty('ratelimit');
    expectVerifyRefusal(await asking(claviger, 'B').post(PATH, { key: made.api_key }), 503, 'unavailable');
    // What stands against a key by itself needs no ledger.
    expect((await ask(claviger, 'B', made.api_key, { access: 'read_write' })).code).toBe('INSUFFICIENT_ACCESS');
  });

  test('who waits for one that says nothing waits for a second', async () => {
    const made = await claviger.made({ name: 'Silent', rate_limit: { limit: 7, window_seconds: 60 } });
    const began = Date.now();
    expect(await ask(claviger, 'A', made.api_key)).toMatchObject({ code: 'VALID', rate_limit: { remaining: null } });
    expect(Date.now() - began).toBeGreaterThanOrEqual(950);
    expect(Date.now() - began).toBeLessThan(3_000);
    const again = Date.now();
    for (let round = 0; round < 5; round += 1) {
      expect(await ask(claviger, 'A', made.api_key)).toMatchObject({ code: 'VALID', rate_limit: { remaining: null } });
    }
    expect(Date.now() - again, 'and then nobody for a while').toBeLessThan(1_000);
  });

  test('a key shows the credits that were set, and takes no other number; all else can be changed', async () => {
    const made = await claviger.made({ name: 'Shown', credits: { remaining: 5 } });
    const path = `${KEYS}/${made.id}`;
    expect(expectSuccess(await claviger.owner.get(path)).credits.remaining).toBe(5);
    expectRefusal(await claviger.owner.patch(path, { credits: { remaining: 6 } }), 503, 'unavailable');
    const { api_key: _, ...whole } = made;
    expect(expectSuccess(await claviger.owner.put(path, { ...whole, name: 'Renamed' }))).toMatchObject({ name: 'Renamed', credits: { remaining: 5 } });
    expect(expectSuccess(await claviger.owner.patch(path, { credits: null })).credits).toBeNull();
  });
});
