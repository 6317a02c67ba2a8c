import type { Client } from '../../support/client';
import { expectCommonHeaders, expectSuccess } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';
import { mintSecret, mistyped } from '../../support/secrets';

const PATH = '/v1/verify/batch';

async function results(client: Client, requests: object[]): Promise<any[]> {
  const answer = await client.post(PATH, { requests });
  expect(answer.status, answer.text).toBe(200);
  expectCommonHeaders(answer);
  expect(Object.keys(answer.json)).toEqual(['results']);
  return answer.json.results;
}

test('each is answered as if it had been asked alone, in its place', async ({ claviger, unique }) => {
  const { secrets } = claviger;
  const bound = await claviger.made({ name: unique('Bound'), allowed_ips: ['203.0.113.0/24'] });
  const asks = [
    { key: secrets.integration },
    { key: secrets.revokedAndAllElse },
    { key: mintSecret() },
    { key: secrets.integration, access: 'read_write' },
    { key: bound.api_key, ip: '203.0.113.9' },
    { key: bound.api_key },
    { key: 'nothing' },
    { key: mistyped(secrets.integration) },
    { key: secrets.foreignIntegration },
    { key: secrets.integration },
  ].map((ask) => ({ max_age_ms: 0, ...ask }));
  const together = await results(claviger.verifier, asks);
  expect(together.map(({ code }) => code)).toEqual([
    'VALID', 'REVOKED', 'NOT_FOUND', 'INSUFFICIENT_ACCESS', 'VALID', 'IP_NOT_ALLOWED', 'NOT_FOUND', 'NOT_FOUND', 'VALID', 'VALID',
  ]);
  for (const [place, ask] of asks.entries()) {
    const { as_of: _, age_ms: __, ...alone } = (await claviger.verifier.post('/v1/verify', ask)).json;
    expect(together[place]).toMatchObject(alone);
  }
  // Texts that can be no key need no look-up; the others are of one moment.
  expect(new Set(together.map(({ as_of }) => as_of)).size).toBe(1);
});

test('a hundred are answered, from memory too', async ({ claviger }) => {
  const asks = Array.from({ length: 100 }, (_, n) => ({ key: n % 2 ? claviger.secrets.integration : claviger.secrets.scoped }));
  for (let round = 0; round < 2; round += 1) {
    const all = await results(claviger.verifier, asks);
    expect(all.map(({ valid }) => valid)).toEqual(Array(100).fill(true));
  }
});

test('a verifier of another organization is told NOT_FOUND of all', async ({ claviger }) => {
  const { secrets } = claviger;
  const all = await results(claviger.holderOf('foreignVerifier'), [{ key: secrets.integration }, { key: secrets.foreignIntegration }, { key: secrets.owner }]);
  expect(all.map(({ code }) => code)).toEqual(['NOT_FOUND', 'VALID', 'NOT_FOUND']);
});

test('what could not be looked up is UNAVAILABLE, and the others are answered', async ({ claviger }) => {
  const ip = '198.51.100.99';
  const asks = () => [...Array.from({ length: 99 }, () => ({ key: mintSecret(), ip })), { key: claviger.secrets.integration, ip }];
  const codes: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const all = await results(claviger.verifier, asks());
    codes.push(...all.slice(0, 99).map(({ code }) => code));
    expect(all[99].code).toBe('VALID');
    for (const one of all.filter(({ code }) => code === 'UNAVAILABLE')) {
      expect(one).toEqual({ valid: false, code: 'UNAVAILABLE', key: null, as_of: null, age_ms: null, degraded: true });
    }
  }
  expect(new Set(codes)).toEqual(new Set(['NOT_FOUND', 'UNAVAILABLE']));
});

test('a batch is counted key by key', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Counted') });
  await results(claviger.verifier, [{ key: made.api_key }, { key: made.api_key, access: 'read_write' }, { key: made.api_key }]);
  await expect.poll(() => claviger.database.rows('SELECT outcome, n FROM usage_hourly WHERE key_id = ? ORDER BY outcome', made.id), { timeout: 20_000 })
    .toEqual([{ outcome: 'INSUFFICIENT_ACCESS', n: 1 }, { outcome: 'VALID', n: 2 }]);
  const read = expectSuccess(await claviger.owner.get(`/api/v2/api_keys/${made.id}`));
  expect(read.last_used_at).not.toBeNull();
});
