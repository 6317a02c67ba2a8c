import { expectSuccess } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { runSql, twoIsolates } from '../../support/isolates';
import { asking, ISOLATES, sleep, type Isolate } from '../../support/lab';
import { S, SYSTEM, TENANT, witnessRevokes } from '../../support/promise';

let claviger: Claviger;
test.beforeAll(async () => {
  claviger = await twoIsolates('isolates');
  for (const id of [1, 2]) {
    expectSuccess(await claviger.owner.patch(`/api/v2/organizations/${id}`, { key_limit: 200 }));
  }
});
test.afterAll(() => claviger?.worker.kill());

const codeOf = async (isolate: Isolate, key: string): Promise<string> => (await asking(claviger, isolate).post('/v1/verify', { key })).json.code;

for (const [whose, cast, count] of [['the system organization', SYSTEM, 50], ['a tenant', TENANT, 20]] as const) {
  test(`two isolates see ${count} revokes of ${whose} under load, each within 5 s`, async () => {
    test.setTimeout(120_000);
    const { late, window, asked } = await witnessRevokes(claviger, cast, count);
    expect(late).toEqual([]);
    // It says something only if each was asked about, after its time, of both, and if memory answered before.
    expect(asked).toEqual({ A: count, B: count });
    expect(new Set(window.map(({ isolate }) => isolate))).toEqual(new Set(ISOLATES));
  });
}

test('a revoke by plain SQL is honoured too, by both', async () => {
  const made = await claviger.made({ name: 'Ends by SQL' });
  for (const isolate of ISOLATES) {
    expect(await codeOf(isolate, made.api_key)).toBe('VALID');
  }
  await runSql(claviger, `UPDATE api_keys SET revoked_at = ${Date.now()} WHERE id = ${made.id}`);
  await sleep(S);
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
  const ask = (isolate: Isolate) => codeOf(isolate, claviger.secrets.foreignIntegration);
  for (const isolate of ISOLATES) {
    expect(await ask(isolate)).toBe('VALID');
  }
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/2', { plan: 'trial' }));
  await sleep(S);
  for (const isolate of ISOLATES) {
    expect(await ask(isolate)).toBe('API_ACCESS_DISABLED');
  }
  expectSuccess(await claviger.owner.patch('/api/v2/organizations/2', { plan: 'paid' }));
});
