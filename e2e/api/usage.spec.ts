import type { Client } from '../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { sha256 } from '../support/secrets';
import { seeding } from '../support/seed';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const KEYS = '/api/v2/api_keys';
/** Counts are written up to 10 s behind the answers. */
const WRITTEN = { timeout: 20_000 };

type Bucket = { at: string; total: number; outcomes: Record<string, number> };
type Usage = { range: string; bucket_seconds: number; from: string; to: string; buckets: Bucket[]; totals: Record<string, number>; valid_after_revoke: number };

const usageOf = async (client: Client, path: string): Promise<Usage> => expectSuccess(await client.get(path));
const sum = (numbers: number[]): number => numbers.reduce((one, other) => one + other, 0);

async function verify(verifier: Client, key: string, times = 1, wishes = {}): Promise<string[]> {
  const codes = [];
  for (let time = 0; time < times; time += 1) {
    codes.push((await verifier.post('/v1/verify', { key, ...wishes })).json.code);
  }
  return codes;
}

for (const range of ['1y', '24', '24H', '7d,30d', ' 7d']) {
  test(`the range “${range}” is refused by name, of keys and organizations`, async ({ claviger }) => {
    for (const path of [`${KEYS}/1/usage`, '/api/v2/usage', '/api/v2/organizations/1/usage', '/api/v2/organization/1/usage']) {
      const answer = await claviger.owner.get(`${path}?range=${encodeURIComponent(range)}`);
      expectFieldRefusal(answer, 'invalid_parameter', 'range', /24h, 7d or 30d/);
    }
  });
}

test('lists include usage and nothing else', async ({ claviger }) => {
  for (const path of [KEYS, '/api/v2/organizations/1/api_keys', '/api/v2/organizations']) {
    for (const include of ['secrets', 'usage,secrets', 'Usage']) {
      expectFieldRefusal(await claviger.owner.get(`${path}?include=${include}`), 'invalid_parameter', 'include', /usage/);
    }
    for (const row of expectSuccess(await claviger.owner.get(`${path}?include=`))) {
      expect(row).not.toHaveProperty('usage_36h');
    }
  }
});

test('who cannot see a key does not learn how often it is used', async ({ claviger }) => {
  const foreign = expectSuccess(await claviger.foreignAdmin.get('/api/v2/whoami'));
  for (const id of [foreign.id, 999_999, 'x', '0']) {
    expectRefusal(await claviger.holderOf('administrator').get(`${KEYS}/${id}/usage`), 404, 'not_found');
  }
  expectRefusal(await claviger.foreignAdmin.get('/api/v2/organizations/1/usage'), 404, 'not_found');
  expectRefusal(await claviger.owner.get('/api/v2/organizations/999999/usage'), 404, 'not_found');
});

test('a member reads about their own keys at the console, and not about all of them', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  // The first one: other tests have made as many as a person may have.
  const [own] = expectSuccess(await member.get(KEYS));
  expect((await usageOf(member, `${KEYS}/${own.id}/usage`)).buckets).toHaveLength(24);
  const other = await claviger.made({ name: unique('Not mine') });
  expectRefusal(await member.get(`${KEYS}/${other.id}/usage`), 404, 'not_found');
  expectRefusal(await member.get('/api/v2/usage'), 403, 'forbidden');
  const listed = expectSuccess(await member.get(`${KEYS}?include=usage`));
  expect(listed.map((key: { user_id: number }) => key.user_id)).toEqual(listed.map(() => own.user_id));
});

for (const [range, buckets, seconds] of [['24h', 24, 3_600], ['7d', 168, 3_600], ['30d', 30, 86_400], ['', 24, 3_600]] as const) {
  test(`what was never used has all buckets of ${range || 'the default range'}, and nothing in them`, async ({ claviger, unique }) => {
    const { id } = await claviger.made({ name: unique('Unused') });
    const usage = await usageOf(claviger.owner, `${KEYS}/${id}/usage?range=${range}`);
    const width = seconds * 1_000;
    expect(usage).toMatchObject({ range: range || '24h', bucket_seconds: seconds, totals: {}, valid_after_revoke: 0 });
    expect(usage.buckets).toHaveLength(buckets);
    for (const [index, bucket] of usage.buckets.entries()) {
      expect(bucket).toEqual({ at: new Date(Date.parse(usage.from) + index * width).toISOString(), total: 0, outcomes: {} });
      expect(Date.parse(bucket.at) % width).toBe(0);
    }
    const last = Date.parse(usage.buckets.at(-1)!.at);
    expect(Date.parse(usage.to)).toBe(last + width);
    expect(last).toBeLessThanOrEqual(Date.now());
    expect(last + width).toBeGreaterThan(Date.now() - 60_000);
  });
}

test('a key’s uses are counted by what they came to, one by one and in batches', async ({ claviger, unique }) => {
  const key = await claviger.made({ name: unique('Counted'), scopes: ['a.read'] });
  await verify(claviger.verifier, key.api_key, 3);
  await verify(claviger.verifier, key.api_key, 2, { access: 'read_write' });
  await claviger.verifier.post('/v1/verify/batch', { requests: [{ key: key.api_key }, { key: key.api_key, scopes: ['b.read'] }] });
  await claviger.holderOf('integration').with({ authorization: `Bearer ${key.api_key}` }).get('/api/v2/whoami');
  const wanted = { CALL: 1, INSUFFICIENT_ACCESS: 2, INSUFFICIENT_SCOPE: 1, VALID: 4 };
  for (const range of ['24h', '7d', '30d']) {
    const read = () => usageOf(claviger.owner, `${KEYS}/${key.id}/usage?range=${range}`);
    await expect.poll(async () => (await read()).totals, WRITTEN).toEqual(wanted);
    const { buckets } = await read();
    // Two, if the hour or the day went by meanwhile.
    expect(sum(buckets.slice(-2).map(({ total }) => total))).toBe(8);
    for (const { total, outcomes } of buckets) {
      expect(total).toBe(sum(Object.values(outcomes)));
    }
  }
  const row = expectSuccess(await claviger.owner.get(`${KEYS}?include=usage&name=${encodeURIComponent(key.name)}`))[0];
  expect(row.usage_36h).toHaveLength(36);
  expect(sum(row.usage_36h.slice(-2))).toBe(8);
  expect(sum(row.usage_36h)).toBe(8);
  // It can be sent back whole, as it was listed.
  const back = { ...row, description: 'Sent back' };
  expect(expectSuccess(await claviger.owner.put(`${KEYS}/${key.id}`, back)).description).toBe('Sent back');
});

test('last_used_at is right to the minute within 15 s', async ({ claviger, unique }) => {
  const key = await claviger.made({ name: unique('Used') });
  const before = Date.now();
  expect(await verify(claviger.verifier, key.api_key)).toEqual(['VALID']);
  const after = Date.now();
  const used = async () => Date.parse(expectSuccess(await claviger.owner.get(`${KEYS}/${key.id}`)).last_used_at ?? '1970-01-01');
  await expect.poll(used, { timeout: 15_000 }).toBeGreaterThanOrEqual(Math.floor(before / 60_000) * 60_000);
  expect(await used()).toBeLessThanOrEqual(after);
});

test.describe('two organizations', () => {
  let claviger: Claviger;
  test.beforeAll(async () => {
    claviger = await Claviger.start('usage');
  });
  test.afterAll(() => claviger.worker.kill());

  const totals = async (organization: number) => (await usageOf(claviger.owner, `/api/v2/organizations/${organization}/usage`)).totals;

  test('each has its own counts: of its keys, and of what its verifiers asked about in vain', async () => {
    const foreign = claviger.holderOf('foreignVerifier');
    expect(await verify(claviger.verifier, claviger.secrets.integration, 3)).toEqual(['VALID', 'VALID', 'VALID']);
    expect(await verify(foreign, claviger.secrets.foreignIntegration, 2)).toEqual(['VALID', 'VALID']);
    // The system organization's verifier asks about all: what counts is whose key it is.
    expect(await verify(claviger.verifier, claviger.secrets.foreignIntegration)).toEqual(['VALID']);
    expect(await verify(foreign, claviger.secrets.integration, 2)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    await expect.poll(() => totals(1), WRITTEN).toEqual({ VALID: 3 });
    await expect.poll(() => totals(2), WRITTEN).toEqual({ NOT_FOUND: 2, VALID: 3 });
    expect(await usageOf(claviger.foreignAdmin, '/api/v2/usage')).toEqual(await usageOf(claviger.owner, '/api/v2/organization/2/usage'));
    // Calls of Claviger itself, of which there were many, are no verifications.
    expect(await totals(1)).toEqual({ VALID: 3 });
    expect(await totals(3)).toEqual({});
    const listed = expectSuccess(await claviger.owner.get('/api/v2/organizations?include=usage'));
    const sums = listed.map(({ id, usage_36h }: { id: number; usage_36h: number[] }) => [id, usage_36h.length, sum(usage_36h)]);
    expect(sums).toEqual([[1, 36, 3], [2, 36, 5], [3, 36, 0], [4, 36, 0]]);
  });

  test('what goes with a key is gone, and the organization’s count stays', async () => {
    const before = (await totals(1)).VALID ?? 0;
    const key = await claviger.made({ name: 'Goes' });
    await verify(claviger.verifier, key.api_key, 2);
    await expect.poll(async () => (await totals(1)).VALID, WRITTEN).toBe(before + 2);
    expectSuccess(await claviger.owner.delete(`${KEYS}/${key.id}`));
    expect(claviger.database.rows('SELECT * FROM usage_hourly WHERE key_id = ?', key.id)).toEqual([]);
    expect((await totals(1)).VALID).toBe(before + 2);
  });

  test('what was accepted after a revoke is told', async () => {
    const key = await claviger.made({ name: 'Ends' });
    expect(await verify(claviger.verifier, key.api_key, 2)).toEqual(['VALID', 'VALID']);
    const last = Date.now();
    // Acceptances are told apart by a tenth of a second.
    await expect.poll(() => Date.now()).toBeGreaterThan(last + 100);
    expectSuccess(await claviger.owner.post(`${KEYS}/${key.id}/revoke`, {}));
    let accepted = 0;
    await expect
      .poll(async () => {
        const [code] = await verify(claviger.verifier, key.api_key);
        accepted += code === 'VALID' ? 1 : 0;
        return code;
      })
      .toBe('REVOKED');
    expect(accepted, 'answered from memory').toBeGreaterThan(0);
    const read = () => usageOf(claviger.owner, `${KEYS}/${key.id}/usage`);
    await expect.poll(async () => (await read()).valid_after_revoke, WRITTEN).toBe(accepted);
    const usage = await read();
    // They are not counted twice.
    expect(usage.totals).toEqual({ REVOKED: expect.any(Number), VALID: 2 + accepted });
    expect((await usageOf(claviger.owner, '/api/v2/usage')).valid_after_revoke).toBe(accepted);
    expect((await usageOf(claviger.foreignAdmin, '/api/v2/usage')).valid_after_revoke).toBe(0);
    const listed = expectSuccess(await claviger.owner.get(`${KEYS}?include=usage&name=ends`));
    expect(sum(listed[0].usage_36h)).toBe(sum(Object.values(usage.totals)));
  });

  test('nothing is accepted after a revoke by who asks the database', async () => {
    const key = await claviger.made({ name: 'Ends at once' });
    expect(await verify(claviger.verifier, key.api_key, 2)).toEqual(['VALID', 'VALID']);
    expectSuccess(await claviger.owner.post(`${KEYS}/${key.id}/revoke`, {}));
    expect(await verify(claviger.verifier, key.api_key, 2, { max_age_ms: 0 })).toEqual(['REVOKED', 'REVOKED']);
    const read = () => usageOf(claviger.owner, `${KEYS}/${key.id}/usage`);
    await expect.poll(async () => (await read()).totals, WRITTEN).toEqual({ REVOKED: 2, VALID: 2 });
    expect((await read()).valid_after_revoke).toBe(0);
  });
});

test('older hours are in their buckets, and what is older than the range in none', async () => {
  const claviger = await Claviger.start('usage-hours');
  const now = Date.now();
  const hour = Math.floor(now / HOUR);
  const rows = [[0, 'VALID', 5], [3, 'VALID', 7], [3, 'REVOKED', 2], [23, 'CALL', 1], [24, 'VALID', 10], [167, 'VALID', 20], [168, 'VALID', 40], [35, 'VALID', 3], [36, 'VALID', 100]] as const;
  await claviger.worker.kill('SIGTERM');
  const id = Number(claviger.database.row('SELECT key_id FROM secrets WHERE hash = ?', sha256(claviger.secrets.integration)).key_id);
  seeding(claviger.worker.state, (_, database) => {
    for (const [ago, outcome, n] of rows) {
      database.prepare('INSERT INTO usage_hourly (key_id, hour, outcome, n) VALUES (?, ?, ?, ?)').run(id, hour - ago, outcome, n);
    }
  });
  await claviger.worker.restart();
  const counted = (usage: Usage) => usage.buckets.filter(({ total }) => total > 0).map(({ at, outcomes }) => [(now - (now % HOUR) - Date.parse(at)) / HOUR, outcomes]);
  const ask = (range: string) => usageOf(claviger.owner, `${KEYS}/${id}/usage?range=${range}`);
  expect(counted(await ask('24h'))).toEqual([[23, { CALL: 1 }], [3, { REVOKED: 2, VALID: 7 }], [0, { VALID: 5 }]]);
  expect((await ask('7d')).totals).toEqual({ CALL: 1, REVOKED: 2, VALID: 5 + 7 + 10 + 20 + 3 + 100 });
  const month = await ask('30d');
  expect(month.totals).toEqual({ CALL: 1, REVOKED: 2, VALID: 5 + 7 + 10 + 20 + 40 + 3 + 100 });
  expect(month.buckets.map(({ at }) => Date.parse(at) % DAY)).toEqual(month.buckets.map(() => 0));
  const listed: { id: number; usage_36h: number[] }[] = expectSuccess(await claviger.owner.get(`${KEYS}?include=usage&per_page=1000`));
  const row = listed.find((key) => key.id === id)!;
  expect([sum(row.usage_36h), row.usage_36h[35], row.usage_36h[32], row.usage_36h[0]]).toEqual([5 + 9 + 1 + 10 + 3, 5, 9, 3]);
  await claviger.worker.kill();
});
