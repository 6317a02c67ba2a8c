import { bearer, type Client } from '../../support/client';
import { expectSuccess, withoutUse } from '../../support/expectations';
import { Claviger, expect, test as base } from '../../support/fixtures';
import { organizationWithAdmin, stateWith } from '../../support/many_keys';

const PATH = '/api/v2/api_keys';
const STATUSES = ['pending', 'active', 'disabled', 'expired', 'revoked'];
const PAST = Date.parse('2026-01-01T00:00:00Z');
const FUTURE = Date.parse('2090-01-01T00:00:00Z');
/** `expires_at`, and what housekeeping has noted down: nothing, the same moment, or one that was replaced since. */
const TIMES = [[null, null], [null, 7], [PAST, null], [PAST, 7], [PAST, PAST], [FUTURE, null], [FUTURE, 7]] as const;
const NUMBER = TIMES.length * 8;

type Key = { id: number; status: string };
type World = { claviger: Claviger; admin: Client };

/** One key for each combination of what a status is derived from, some with the same name. */
const test = base.extend<{}, { world: World }>({
  world: [
    async ({}, use) => {
      let secret = '';
      const from = stateWith('statuses', (database) => {
        const admin = organizationWithAdmin(database, 'All states');
        secret = admin.secret;
        const key = database.prepare(
          `INSERT INTO api_keys (organization_id, kind, name, name_folded, role, access, active, expires_at, passed_expires_at, revoked_at,
           revoked_by_type, revoked_by_name, created_by_type, created_by_name, created_at, updated_at)
           VALUES (?, 'service', ?, ?, 'integration', 'read_only', ?, ?, ?, ?, ?, ?, 'system', 'Claviger', 1, 1)`,
        );
        const hash = database.prepare("INSERT INTO secrets (hash, key_id, hint, created_at) VALUES (printf('%064x', ?1), ?1, 'clv_…', 1)");
        for (let index = 0; index < NUMBER; index += 1) {
          const [expires, passed] = TIMES[index >> 3]!;
          const name = index % 3 === 0 ? 'same' : `key ${(index * 17) % NUMBER}`;
          const revoked = index & 1 ? [PAST, 'system', 'Claviger'] : [null, null, null];
          const id = key.run(admin.id, name, name, index & 2 ? 1 : 0, expires, passed, ...revoked).lastInsertRowid;
          if (index & 4) {
            hash.run(id);
          }
        }
      });
      const claviger = await Claviger.start('statuses', { from });
      await use({ claviger, admin: bearer(claviger.origin, secret) });
      await claviger.worker.kill('SIGTERM');
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});

async function everything(admin: Client, query: string): Promise<Key[]> {
  const keys: Key[] = [];
  let after = '';
  do {
    const answer = await admin.get(`${PATH}?${query}&after=${after}`);
    keys.push(...(expectSuccess(answer) as Key[]));
    after = answer.json.next_after ?? '';
  } while (after);
  return keys;
}

/** A list of some states is the list of all without the others: of each key the Worker says its state itself. */
async function everySelectionFits(admin: Client): Promise<void> {
  for (const order of ['id', '-id', 'name', '-name', '-expires_at']) {
    const all = await everything(admin, `order_by=${order}&per_page=1000`);
    expect(all).toHaveLength(NUMBER + 1);
    expect(new Set(all.map((key) => key.status)).size).toBe(STATUSES.length);
    for (let selection = 1; selection < 1 << STATUSES.length; selection += 1) {
      const words = STATUSES.filter((_, index) => selection & (1 << index));
      const expected = all.filter((key) => words.includes(key.status)).map((key) => key.id);
      const query = `order_by=${order}&status=${words.join(',')}`;
      expect((await everything(admin, `${query}&per_page=15`)).map((key) => key.id), query).toEqual(expected);
      const { json } = await admin.get(`${PATH}?${query}&page=1&per_page=4`);
      expect(json, query).toMatchObject({ num_records: expected.length });
      expect(json.data.map((key: Key) => key.id), query).toEqual(expected.slice(4, 8));
    }
  }
}

test('each selection of states has exactly the keys in them', async ({ world: { admin } }) => {
  test.slow();
  await everySelectionFits(admin);
});

test('a state named twice is asked for once', async ({ world: { admin } }) => {
  const once = await everything(admin, 'status=expired,pending&per_page=1000');
  expect(withoutUse(await everything(admin, 'status=pending,expired,expired,pending&per_page=1000'))).toEqual(withoutUse(once));
});

test('a state is the same beside other filters', async ({ world: { admin } }) => {
  for (const filter of ['name=same', 'name_contains=key', 'name_contains=ke', 'role=integration', 'kind=service', 'access=read_only']) {
    const all = await everything(admin, `${filter}&per_page=1000`);
    expect(all.length).toBeGreaterThan(5);
    for (const status of STATUSES) {
      const expected = all.filter((key) => key.status === status).map((key) => key.id);
      const found = await everything(admin, `${filter}&status=${status}&per_page=1000`);
      expect(found.map((key) => key.id), `${filter}, ${status}`).toEqual(expected);
    }
  }
});

test('housekeeping notes down what has expired, and changes no list', async ({ world: { claviger, admin } }) => {
  test.slow();
  const due = () => claviger.database.row('SELECT count(*) AS n FROM api_keys WHERE due_at <= ?', Date.now()).n;
  const before = await everything(admin, 'per_page=1000');
  expect(due()).not.toBe(0);
  await claviger.worker.runSchedule();
  await expect.poll(due).toBe(0);
  expect(withoutUse(await everything(admin, 'per_page=1000'))).toEqual(withoutUse(before));
  await everySelectionFits(admin);
});
