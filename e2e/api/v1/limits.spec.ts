import type { Answer, Client } from '../../support/client';
import { expectSuccess, expectVerifyRefusal } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';

const PATH = '/v1/verify';
const KEYS = '/api/v2/api_keys';
const HOUR = 3_600;

/** As it is in the database now. */
async function verified(client: Client, key: string, wishes: object = {}): Promise<any> {
  const answer = await client.post(PATH, { key, max_age_ms: 0, ...wishes });
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

async function codes(claviger: Claviger, key: string, wishes: object[]): Promise<string[]> {
  const seen: string[] = [];
  for (const one of wishes) {
    seen.push((await verified(claviger.verifier, key, one)).code);
  }
  return seen;
}

const forwarded = (claviger: Claviger, key: string, query = ''): Promise<Answer> =>
  claviger.anonymous.send({ path: `/v1/auth?max_age_ms=0${query}`, headers: { 'x-verifier-key': claviger.secrets.verifier, authorization: `Bearer ${key}` } });

const read = async (claviger: Claviger, id: number): Promise<any> => expectSuccess(await claviger.owner.get(`${KEYS}/${id}`));

/** What of the key's credits is left, in a way that is no use and tells nobody. */
const left = async (claviger: Claviger, key: string): Promise<number> =>
  expectSuccess(await claviger.anonymous.with({ authorization: `Bearer ${key}` }).get('/api/v2/whoami')).credits.remaining;

function counted(results: { code: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of results) {
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

/** Runs all of it over so many connections. */
async function over<T>(connections: number, times: number, work: (turn: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let turn = 0;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (turn < times) {
      turn += 1;
      results.push(await work(turn));
    }
  }));
  return results;
}

const inBatch = async (client: Client, asks: object[]): Promise<any[]> => {
  const answer = await client.post(`${PATH}/batch`, { requests: asks });
  expect(answer.status, answer.text).toBe(200);
  return answer.json.results;
};

test('10,000 verifications over 50 connections against a limit of 1,000 are 1,000 times VALID at most', async ({ claviger, unique }) => {
  test.setTimeout(120_000);
  const made = await claviger.made({ name: unique('Exact'), rate_limit: { limit: 1_000, window_seconds: HOUR } });
  const asks = Array(100).fill({ key: made.api_key });
  const { VALID, RATE_LIMITED, ...others } = counted((await over(50, 100, () => inBatch(claviger.verifier, asks))).flat());
  expect(others).toEqual({});
  expect(VALID! + RATE_LIMITED!).toBe(10_000);
  expect(VALID).toBeLessThanOrEqual(1_000);
  // What was lent is used, and not wasted.
  expect(VALID).toBeGreaterThan(950);
  expect((await verified(claviger.verifier, made.api_key)).code).toBe('RATE_LIMITED');
});

test('a small limit is exact, one by one over many connections', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Small'), rate_limit: { limit: 30, window_seconds: HOUR } });
  const all = await over(50, 200, () => verified(claviger.verifier, made.api_key));
  expect(counted(all)).toEqual({ VALID: 30, RATE_LIMITED: 170 });
});

test('credits are never oversold by one', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Credits'), credits: { remaining: 60 } });
  const all = await over(50, 150, () => verified(claviger.verifier, made.api_key));
  expect(counted(all)).toEqual({ VALID: 60, CREDITS_EXHAUSTED: 90 });
  const numbers = all.filter(({ valid }) => valid).map(({ credits }) => credits.remaining);
  expect(numbers.sort((one, other) => one - other), 'each credit was sold once').toEqual(Array.from({ length: 60 }, (_, n) => n));
  expect(await left(claviger, made.api_key)).toBe(0);
});

test('the answer says what is left, for keys that have limits and only where it came to them', async ({ claviger, unique }) => {
  const both = await claviger.made({
    name: unique('Both'), rate_limit: { limit: 5, window_seconds: 60 }, credits: { remaining: 9, refill_amount: 9, refill_interval: 'monthly' },
  });
  const first = await verified(claviger.verifier, both.api_key);
  expect(first).toMatchObject({ code: 'VALID', rate_limit: { limit: 5, remaining: 4 }, credits: { remaining: 8 } });
  expect(first.rate_limit.reset_ms).toBeGreaterThan(0);
  expect(first.rate_limit.reset_ms).toBeLessThanOrEqual(60_000);
  expect(Object.keys(first.rate_limit)).toEqual(['limit', 'remaining', 'reset_ms']);
  for (const [key, wishes] of [[claviger.secrets.integration, {}], [both.api_key, { access: 'read_write' }], [claviger.secrets.revokedAndAllElse, {}]] as const) {
    const answer = await verified(claviger.verifier, key, wishes);
    expect(answer).not.toHaveProperty('rate_limit');
    expect(answer).not.toHaveProperty('credits');
  }
});

test('the order is: whatever else stands against it, the rate, the credits; what is refused spends nothing', async ({ claviger, unique }) => {
  const made = await claviger.made({
    name: unique('Order'), scopes: ['a.b'], allowed_ips: ['203.0.113.0/24'], rate_limit: { limit: 4, window_seconds: HOUR }, credits: { remaining: 6 },
  });
  const ip = '203.0.113.9';
  const seen = await codes(claviger, made.api_key, [
    { cost: 9 },
    { cost: 9, ip, access: 'read_write' },
    { cost: 9, ip, scopes: ['x.y'] },
    { cost: 9, ip },
    { cost: 5, ip },
    { cost: 4, ip },
    { cost: 1, ip },
  ]);
  expect(seen).toEqual(['IP_NOT_ALLOWED', 'INSUFFICIENT_ACCESS', 'INSUFFICIENT_SCOPE', 'RATE_LIMITED', 'RATE_LIMITED', 'VALID', 'RATE_LIMITED']);
  expect((await read(claviger, made.id)).credits.remaining).toBe(2);
  const poor = await claviger.made({ name: unique('Poor'), rate_limit: { limit: 4, window_seconds: HOUR }, credits: { remaining: 2 } });
  expect(await codes(claviger, poor.api_key, [{ cost: 3 }, { cost: 4 }, { cost: 2 }, {}])).toEqual(['CREDITS_EXHAUSTED', 'CREDITS_EXHAUSTED', 'VALID', 'CREDITS_EXHAUSTED']);
  const answer = await verified(claviger.verifier, poor.api_key);
  expect(answer, 'who has no credits spends no rate').toMatchObject({ rate_limit: { remaining: 2 }, credits: { remaining: 0 } });
});

test('a cost is taken at once or not at all', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Cost'), rate_limit: { limit: 10, window_seconds: HOUR } });
  expect(await codes(claviger, made.api_key, [{ cost: 11 }, { cost: 6 }, { cost: 5 }, { cost: 4 }, {}]))
    .toEqual(['RATE_LIMITED', 'VALID', 'RATE_LIMITED', 'VALID', 'RATE_LIMITED']);
});

test('in a batch each pays, in the order of the questions', async ({ claviger, unique }) => {
  const rate = await claviger.made({ name: unique('Rate'), rate_limit: { limit: 3, window_seconds: HOUR } });
  const poor = await claviger.made({ name: unique('Poor'), credits: { remaining: 3 } });
  const ask = (key: string, cost?: number) => ({ key, cost, max_age_ms: 0 });
  const all = await inBatch(claviger.verifier, [
    ask(rate.api_key, 2), ask(poor.api_key), ask(claviger.secrets.integration), ask(rate.api_key, 2), ask(poor.api_key, 3), ask(rate.api_key), ask(poor.api_key, 2),
  ]);
  expect(all.map(({ code }) => code)).toEqual(['VALID', 'VALID', 'VALID', 'RATE_LIMITED', 'CREDITS_EXHAUSTED', 'VALID', 'VALID']);
  expect(all.map(({ rate_limit }) => rate_limit?.remaining)).toEqual([1, undefined, undefined, 1, undefined, 0, undefined]);
  expect(all.map(({ credits }) => credits?.remaining)).toEqual([undefined, 2, undefined, undefined, 2, undefined, 0]);
});

test('after what the answer says a limited key is good again', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Soon'), rate_limit: { limit: 2, window_seconds: 1 } });
  let last: any;
  await expect(async () => {
    last = await verified(claviger.verifier, made.api_key, { cost: 2 });
    expect(last.code).toBe('RATE_LIMITED');
  }).toPass();
  expect(last.rate_limit.reset_ms).toBeGreaterThan(0);
  expect(last.rate_limit.reset_ms).toBeLessThanOrEqual(2_000);
  await new Promise((resolve) => setTimeout(resolve, last.rate_limit.reset_ms));
  expect((await verified(claviger.verifier, made.api_key, { cost: 2 })).code).toBe('VALID');
});

test('a proxy learns the rate from headers, and passes 429 on', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Behind a proxy'), rate_limit: { limit: 3, window_seconds: HOUR } });
  const good = await forwarded(claviger, made.api_key, '&cost=2');
  expect(good.status).toBe(200);
  expect(good.headers['ratelimit-policy']).toBe('"default";q=3;w=3600');
  expect(good.headers.ratelimit).toMatch(/^"default";r=1;t=(3600|3[0-5]\d\d)$/);
  expect(good.headers).not.toHaveProperty('retry-after');
  const limited = await forwarded(claviger, made.api_key, '&cost=2');
  expectVerifyRefusal(limited, 429, 'rate_limited');
  expect(limited.headers['ratelimit-policy']).toBe('"default";q=3;w=3600');
  expect(limited.headers.ratelimit).toMatch(/^"default";r=1;t=\d+$/);
  // Of the two that were used one has to be forgotten: that is so in the middle of the next window.
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(HOUR);
  expect(Number(limited.headers['retry-after'])).toBeLessThanOrEqual(2 * HOUR);
  expect(limited.headers).not.toHaveProperty('www-authenticate');

  const poor = await claviger.made({ name: unique('Poor behind a proxy'), credits: { remaining: 0, refill_amount: 5, refill_interval: 'daily' } });
  const exhausted = await forwarded(claviger, poor.api_key);
  expectVerifyRefusal(exhausted, 429, 'credits_exhausted');
  const midnight = new Date(new Date().setUTCHours(24, 0, 0, 0)).getTime() - Date.now();
  expect(Math.abs(Number(exhausted.headers['retry-after']) - midnight / 1_000)).toBeLessThan(60);
  expect(exhausted.headers).not.toHaveProperty('ratelimit');
  for (const [key, query] of [[claviger.secrets.integration, ''], [made.api_key, '&access=read_write']] as const) {
    const answer = await forwarded(claviger, key, query);
    expect(answer.headers).not.toHaveProperty('ratelimit');
    expect(answer.headers).not.toHaveProperty('ratelimit-policy');
  }
});

test('introspection and a key’s own calls spend nothing', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Introspected'), rate_limit: { limit: 1, window_seconds: HOUR }, credits: { remaining: 1 } });
  for (let n = 0; n < 3; n += 1) {
    const answer = await claviger.verifier.send({
      method: 'POST', path: '/v1/introspect', body: `token=${made.api_key}&max_age_ms=0`, headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.json.active).toBe(true);
    expect(await left(claviger, made.api_key)).toBe(1);
  }
  expect(await codes(claviger, made.api_key, [{}, {}])).toEqual(['VALID', 'RATE_LIMITED']);
});

test('each key has limits of its own, also in another organization, and all its secrets share them', async ({ claviger, unique }) => {
  const attributes = { rate_limit: { limit: 2, window_seconds: HOUR } };
  const mine = await claviger.made({ name: unique('Mine'), ...attributes });
  const other = await claviger.made({ name: unique('Other'), ...attributes });
  const foreign = await claviger.made({ name: unique('Foreign'), ...attributes }, claviger.foreignAdmin);
  for (const key of [mine, other, foreign]) {
    expect(await codes(claviger, key.api_key, [{}])).toEqual(['VALID']);
  }
  const rotated = expectSuccess(await claviger.owner.post(`${KEYS}/${mine.id}/rotate`, {}));
  expect(await codes(claviger, rotated.api_key, [{}, {}])).toEqual(['VALID', 'RATE_LIMITED']);
  expect(await codes(claviger, mine.api_key, [{}])).toEqual(['RATE_LIMITED']);
  expect((await verified(claviger.holderOf('foreignVerifier'), foreign.api_key)).code).toBe('VALID');
  expect((await verified(claviger.holderOf('foreignVerifier'), mine.api_key)).code).toBe('NOT_FOUND');
});

test('a key that has ended is told so, whatever it has left', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Ends'), credits: { remaining: 1 }, rate_limit: { limit: 1_000, window_seconds: HOUR } });
  expect(await codes(claviger, made.api_key, [{}, {}])).toEqual(['VALID', 'CREDITS_EXHAUSTED']);
  expectSuccess(await claviger.owner.post(`${KEYS}/${made.id}/revoke`, {}));
  expect(await codes(claviger, made.api_key, [{}])).toEqual(['REVOKED']);
  expectSuccess(await claviger.owner.delete(`${KEYS}/${made.id}`));
  expect(await codes(claviger, made.api_key, [{}])).toEqual(['NOT_FOUND']);
  const lent = await claviger.made({ name: unique('Lent'), rate_limit: { limit: 1_000, window_seconds: HOUR } });
  expect(await codes(claviger, lent.api_key, [{}, {}])).toEqual(['VALID', 'VALID']);
  expectSuccess(await claviger.owner.post(`${KEYS}/${lent.id}/revoke`, {}));
  expect(await codes(claviger, lent.api_key, [{}])).toEqual(['REVOKED']);
});

test('a change of the rate counts from the next question on, and keeps what was counted', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Rate edited'), rate_limit: { limit: 1_000, window_seconds: HOUR } });
  expect(await codes(claviger, made.api_key, [{ cost: 20 }, { cost: 20 }])).toEqual(['VALID', 'VALID']);
  const change = async (rate_limit: object | null) => expectSuccess(await claviger.owner.patch(`${KEYS}/${made.id}`, { rate_limit }));
  await change({ limit: 30, window_seconds: HOUR });
  expect(await codes(claviger, made.api_key, [{}]), 'not even what was lent').toEqual(['RATE_LIMITED']);
  await change({ limit: 100_000, window_seconds: HOUR });
  const answer = await verified(claviger.verifier, made.api_key);
  expect(answer, 'nor what was refused').toMatchObject({ code: 'VALID', rate_limit: { limit: 100_000 } });
  expect(answer.rate_limit.remaining).toBeLessThan(100_000 - 40);
  await change(null);
  expect(await verified(claviger.verifier, made.api_key)).not.toHaveProperty('rate_limit');
});

test('credits that are set are set once, also to the number that they were set to before', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Credits edited'), credits: { remaining: 3 } });
  const path = `${KEYS}/${made.id}`;
  expect(await codes(claviger, made.api_key, [{ cost: 3 }, {}])).toEqual(['VALID', 'CREDITS_EXHAUSTED']);
  for (const remaining of [5, 5, 3]) {
    const changed = expectSuccess(await claviger.owner.patch(path, { credits: { remaining } }));
    expect(changed.credits.remaining).toBe(remaining);
    expect(await codes(claviger, made.api_key, [{ cost: remaining }, {}])).toEqual(['VALID', 'CREDITS_EXHAUSTED']);
  }
  const log = expectSuccess(await claviger.owner.get(`/api/v2/audit_log?target_type=api_key&target_id=${made.id}&action=api_key.updated`));
  const sets = log.map(({ changes }: any) => changes.map(({ before, after }: any) => [before.remaining, after.remaining])).flat();
  expect(sets, 'from what was left, and not from what was set').toEqual([[0, 3], [0, 5], [0, 5]]);
  expect(claviger.database.row('SELECT version FROM api_keys WHERE id = ?', made.id).version).toBe(4);
});

test('another rate, refill or name leaves what is left of the credits', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Kept'), credits: { remaining: 50 } });
  const path = `${KEYS}/${made.id}`;
  expect(await codes(claviger, made.api_key, [{ cost: 10 }])).toEqual(['VALID']);
  expect(expectSuccess(await claviger.owner.patch(path, { rate_limit: { limit: 100, window_seconds: HOUR } })).credits.remaining).toBe(40);
  expect(expectSuccess(await claviger.owner.patch(path, { name: unique('Kept, renamed') })).credits.remaining).toBe(40);
  const refill = { refill_amount: 7, refill_interval: 'monthly' };
  expect(expectSuccess(await claviger.owner.patch(path, { credits: { remaining: 40, ...refill } })).credits).toEqual({ remaining: 40, ...refill });
  expect(await codes(claviger, made.api_key, [{ cost: 41 }, { cost: 40 }, {}])).toEqual(['CREDITS_EXHAUSTED', 'VALID', 'CREDITS_EXHAUSTED']);
});

test('a key that was read can be sent back whole, however much of it was used meanwhile', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Round trip'), credits: { remaining: 50 } });
  const path = `${KEYS}/${made.id}`;
  const use = () => codes(claviger, made.api_key, [{ cost: 10 }]);
  await use();
  // As it was made, as it was read, as the change was answered.
  const { api_key: _, ...whole } = made;
  let seen = expectSuccess(await claviger.owner.put(path, { ...whole, description: 'a' }));
  expect(seen.credits.remaining).toBe(40);
  await use();
  seen = expectSuccess(await claviger.owner.put(path, { ...seen, description: 'b' }));
  expect(seen.credits.remaining).toBe(30);
  seen = await read(claviger, made.id);
  expect(seen.credits.remaining).toBe(30);
  await use();
  seen = expectSuccess(await claviger.owner.put(path, { ...seen, description: 'c' }));
  expect(seen).toMatchObject({ description: 'c', credits: { remaining: 20 } });
  // Nothing changes at all.
  const version = (await read(claviger, made.id)).version;
  expect(expectSuccess(await claviger.owner.put(path, seen)).version).toBe(version);
  expect(await left(claviger, made.api_key)).toBe(20);
  // Who has read it can set another number, and who has not any.
  expect(expectSuccess(await claviger.owner.put(path, { ...seen, credits: { ...seen.credits, remaining: 33 } })).credits.remaining).toBe(33);
  await use();
  expect(expectSuccess(await claviger.owner.patch(path, { credits: { remaining: 33 } })).credits.remaining).toBe(33);
  expect(await left(claviger, made.api_key)).toBe(33);
});

test('what is left is shown on the key itself and to who holds it; a list shows what was set', async ({ claviger, unique }) => {
  const name = unique('Shown');
  const made = await claviger.made({ name, credits: { remaining: 8, refill_amount: 8, refill_interval: 'daily' } });
  await codes(claviger, made.api_key, [{ cost: 3 }]);
  const credits = { remaining: 5, refill_amount: 8, refill_interval: 'daily' };
  expect((await read(claviger, made.id)).credits).toEqual(credits);
  expect(expectSuccess(await claviger.anonymous.with({ authorization: `Bearer ${made.api_key}` }).get('/api/v2/whoami')).credits).toEqual(credits);
  const [listed] = expectSuccess(await claviger.owner.get(`${KEYS}?name=${encodeURIComponent(name)}`));
  expect(listed.credits.remaining).toBe(8);
});

test('uses that were refused are counted as what they are', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Counted'), rate_limit: { limit: 2, window_seconds: HOUR }, credits: { remaining: 1 } });
  expect(await codes(claviger, made.api_key, [{}, {}, { cost: 3 }])).toEqual(['VALID', 'CREDITS_EXHAUSTED', 'RATE_LIMITED']);
  await expect.poll(() => claviger.database.rows("SELECT outcome, n FROM usage_hourly WHERE key_id = ? AND outcome <> 'CALL' ORDER BY outcome", made.id), { timeout: 20_000 })
    .toEqual([{ outcome: 'CREDITS_EXHAUSTED', n: 1 }, { outcome: 'RATE_LIMITED', n: 1 }, { outcome: 'VALID', n: 1 }]);
});
