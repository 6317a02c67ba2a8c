import { expectSuccess } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { copies } from '../../support/isolates';
import { ISOLATES, lab, suffer, type Luck, type Mutant } from '../../support/lab';
import { SYSTEM, TENANT, witnessRevokes, type Cast } from '../../support/promise';

// Whether the test of the promise (isolates.spec.ts) could fail: with each of these mistakes in the loop around the freshness
// machine it does, and without them, under the same bad luck, it does not.

let claviger: Claviger;
test.beforeAll(async () => {
  claviger = await lab('mutants');
  for (const id of [1, 2]) {
    expectSuccess(await claviger.owner.patch(`/api/v2/organizations/${id}`, { key_limit: 200 }));
  }
});
test.afterAll(() => claviger?.worker.kill());

/** The isolate that changes keys does not reach KV, so that the copies stay as they were. */
const STALE_COPIES: Luck = { kv: 'gone' };

async function witness(cast: Cast, mutant?: Mutant) {
  for (const isolate of ISOLATES) {
    await suffer(claviger, isolate, {});
  }
  return witnessRevokes(claviger, cast, 4, async () => {
    await expect.poll(async () => Object.keys(await copies(claviger)).length).toBeGreaterThan(3);
    await suffer(claviger, 'A', { ...STALE_COPIES, mutant });
    await suffer(claviger, 'B', { mutant });
  });
}

for (const [name, cast] of [['system', SYSTEM], ['tenant', TENANT]] as const) {
  test(`without a mistake nothing is late (${name})`, async () => {
    test.setTimeout(90_000);
    const { late, asked } = await witness(cast);
    expect(late).toEqual([]);
    expect(asked).toEqual({ A: 4, B: 4 });
  });
}

for (const [mutant, cast] of [['sync_never_applied', SYSTEM], ['bookmark_dropped', TENANT], ['kv_asked_first', SYSTEM]] as const) {
  test(`${mutant}: a revoked key is VALID for too long, and it shows`, async () => {
    test.setTimeout(90_000);
    const { late } = await witness(cast, mutant);
    expect(late.length).toBeGreaterThan(0);
    expect(late[0]!.code).toBe('VALID');
  });
}
