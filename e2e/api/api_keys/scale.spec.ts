import { bearer, type Client } from '../../support/client';
import { expectSuccess } from '../../support/expectations';
import { Claviger, expect, test as base } from '../../support/fixtures';
import { manyKeys, organizationWithAdmin, stateWith } from '../../support/many_keys';

const PATH = '/api/v2/api_keys';
const FEW = 100;
const MANY = 5_000;

type Scale = { claviger: Claviger; few: Client; many: Client };
const test = base.extend<{}, { scale: Scale }>({
  scale: [
    async ({}, use) => {
      const secrets: string[] = [];
      const from = stateWith('scale', (database) => {
        for (const count of [FEW, MANY]) {
          const { id, secret } = organizationWithAdmin(database, `${count} keys`);
          manyKeys(database, id, count);
          secrets.push(secret);
        }
      });
      const claviger = await Claviger.start('scale', { from });
      const [few, many] = secrets.map((secret) => bearer(claviger.origin, secret));
      await use({ claviger, few: few!, many: many! });
      await claviger.worker.kill('SIGTERM');
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

type Key = { id: number; name: string; status: string; access: string };
type Read = { keys: Key[]; next: string; rowsRead: number };

/** A list, and the rows that D1 read for the request, as the Worker's log says. */
async function read(claviger: Claviger, client: Client, query: string): Promise<Read> {
  const answer = await client.get(`${PATH}?${query}`);
  const keys = expectSuccess(answer) as Key[];
  const id = `"request_id":"${answer.headers['x-request-id']}"`;
  const line = () => claviger.worker.logged().split('\n').find((line) => line.includes(id));
  await expect.poll(line).toBeDefined();
  return { keys, next: answer.json.next_after ?? '', rowsRead: Number(/"rows_read":(\d+)/.exec(line()!)?.[1]) };
}

const ORDERS = ['id', '-id', 'name', '-name'];
const FILTERS = [
  '', 'status=active', 'status=revoked', 'status=expired', 'status=disabled', 'status=pending', 'status=disabled,pending',
  'status=active,revoked', 'status=pending,disabled,expired,revoked', 'access=read_only', 'access=read_write', 'role=integration',
  'role=verifier', 'kind=service', 'kind=personal', 'name=deployment', 'name=zebra+crossing',
];
const SEARCHES = ['dep', 'DEPLOYMENT', 'ing exp', 'zebra', 'bra cros', 'qqq', 'no such name'];

for (const query of [
  ...FILTERS.flatMap((filter) => ORDERS.map((order) => `${filter}&order_by=${order}`)),
  ...SEARCHES.flatMap((part) => ['id', '-id'].map((order) => `name_contains=${encodeURIComponent(part)}&order_by=${order}`)),
]) {
  test(`?${query} reads no more of ${MANY} keys than of ${FEW}`, async ({ scale: { claviger, few, many } }) => {
    let after = ['', ''];
    // The beginning, and behind it, where keys with the same name go on.
    for (const page of ['first', 'second']) {
      const answers = [];
      for (const [index, client] of [few, many].entries()) {
        answers.push(await read(claviger, client, `${query}&per_page=3&after=${after[index]}`));
      }
      const [least, most] = answers as [Read, Read];
      expect(most.keys.length, page).toBe(least.keys.length);
      expect(least.rowsRead, 'D1 says how much it read').toBeGreaterThanOrEqual(least.keys.length);
      expect(most.rowsRead, page).toBeLessThanOrEqual(2 * least.rowsRead);
      after = answers.map((answer) => answer.next);
      if (!after[0]) {
        break;
      }
    }
  });
}

test('what is not bounded reads more, so that the others are measured at all', async ({ scale: { claviger, many } }) => {
  for (const query of ['', 'name_contains=qq&after=', 'order_by=-updated_at&after=']) {
    expect((await read(claviger, many, `${query}&per_page=5`)).rowsRead, query).toBeGreaterThan(MANY);
  }
});

test('keys that deserve a look are counted to a thousand of each reason, and listed by no more hits than that', async ({ scale: { claviger, few, many } }) => {
  for (const client of [few, many]) {
    const answer = await client.get(`${PATH}/hygiene`);
    const { counted_to, ...counts } = expectSuccess(answer);
    expect(Math.max(...Object.values<number>(counts))).toBeLessThanOrEqual(counted_to);
    const id = `"request_id":"${answer.headers['x-request-id']}"`;
    const line = () => claviger.worker.logged().split('\n').find((line) => line.includes(id));
    await expect.poll(line).toBeDefined();
    const all = Object.values<number>(counts).reduce((sum, count) => sum + count, 0);
    expect(Number(/"rows_read":(\d+)/.exec(line()!)?.[1])).toBeLessThanOrEqual(all + 20);
  }
  const { never_expires, counted_to } = expectSuccess(await many.get(`${PATH}/hygiene`));
  expect(never_expires, 'more than are counted').toBe(counted_to);
  for (const order of ORDERS) {
    const { keys, rowsRead } = await read(claviger, many, `hygiene=never_expires&order_by=${order}&per_page=3&after=`);
    expect(keys).toHaveLength(3);
    // A thousand hits, each found, looked at and counted: as many of a hundred thousand keys.
    expect(rowsRead, order).toBeLessThan(7 * counted_to);
  }
});

test('a search is right however many hits it has, in every order', async ({ scale: { claviger, many } }) => {
  const all = (await everything(many, 'order_by=id')).map((key) => ({ ...key, folded: key.name.toLowerCase() }));
  expect(all).toHaveLength(MANY + 1);
  for (const part of [...SEARCHES, 'CI RUNNER 0', 'er', 'ci runner 00', '1']) {
    const hits = all.filter((key) => key.folded.includes(part.toLowerCase()));
    const byName = hits.toSorted((a, b) => (a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : a.id - b.id));
    for (const [order, expected] of [['id', hits], ['-id', hits.toReversed()], ['name', byName], ['-name', byName.toReversed()]] as const) {
      const found = await everything(many, `name_contains=${encodeURIComponent(part)}&order_by=${order}`);
      expect(found.map((key) => key.id), `${part} by ${order}`).toEqual(expected.map((key) => key.id));
    }
    const { json } = await many.get(`${PATH}?name_contains=${encodeURIComponent(part)}&order_by=-name&per_page=3`);
    expect(json, part).toMatchObject({ num_records: hits.length, data: byName.toReversed().slice(0, 3).map(({ id }) => ({ id })) });
  }
  expect(claviger.database.row('SELECT count(*) AS n FROM key_names').n).toBe(claviger.database.count('api_keys'));
});

/** All pages of a list. */
async function everything(client: Client, query: string): Promise<Key[]> {
  const keys: Key[] = [];
  let after = '';
  do {
    const answer = await client.get(`${PATH}?${query}&per_page=1000&after=${after}`);
    keys.push(...(expectSuccess(answer) as Key[]));
    after = answer.json.next_after ?? '';
  } while (after);
  return keys;
}
