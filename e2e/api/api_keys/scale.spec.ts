import { bearer, type Answer, type Client } from '../../support/client';
import { expectSuccess } from '../../support/expectations';
import { Claviger, expect, test as base } from '../../support/fixtures';
import { manyKeys, organizationWithAdmin, stateWith } from '../../support/many_keys';
import { sha256 } from '../../support/secrets';

const PATH = '/api/v2/api_keys';
const FEW = 100;
const MANY = 5_000;
/** Keys that are imported or changed at once: more than one statement takes. */
const BATCH = 100;
const MOST_ROWS_OF_A_KEY = 60;

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

/** The rows that D1 read for a request, as the Worker's log says. */
async function rowsReadFor(claviger: Claviger, answer: Answer): Promise<number> {
  const id = `"request_id":"${answer.headers['x-request-id']}"`;
  const line = () => claviger.worker.logged().split('\n').find((line) => line.includes(id));
  await expect.poll(line).toBeDefined();
  return Number(/"rows_read":(\d+)/.exec(line()!)?.[1]);
}

async function read(claviger: Claviger, client: Client, query: string): Promise<Read> {
  const answer = await client.get(`${PATH}?${query}`);
  const keys = expectSuccess(answer) as Key[];
  return { keys, next: answer.json.next_after ?? '', rowsRead: await rowsReadFor(claviger, answer) };
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
    const all = Object.values<number>(counts).reduce((sum, count) => sum + count, 0);
    expect(await rowsReadFor(claviger, answer)).toBeLessThanOrEqual(all + 20);
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

// The last one: it leaves a key that was pending with a secret.
test('making, importing, changing and ending keys reads what is done, and nothing of what is there', async ({ scale: { claviger, few, many } }) => {
  const read: Record<string, number>[] = [];
  for (const client of [few, many]) {
    const rows: Record<string, number> = {};
    const step = async (what: string, answer: Answer, refusal?: string): Promise<any> => {
      expect(answer.json.error_code, `${what}: ${answer.text}`).toBe(refusal ?? null);
      rows[what] = await rowsReadFor(claviger, answer);
      return answer.json.data;
    };
    const { organization: { id: organization } } = expectSuccess(await client.get('/api/v2/whoami'));
    const settings = `/api/v2/organizations/${organization}`;
    const foreign = Array.from({ length: BATCH }, (_, index) => ({ sha256: sha256(`${organization} ${index}`), name: `Customer ${index}` }));

    const made = await step('create', await client.post(PATH, { name: 'One more' }));
    const one = await step('import one', await client.post(`${PATH}/import`, { api_keys: [{ sha256: sha256(`${organization}`), name: 'Alone' }] }));
    const batch = await step('import', await client.post(`${PATH}/import`, { api_keys: foreign }, { 'idempotency-key': 'import' }));
    await step('import again', await client.post(`${PATH}/import`, { api_keys: foreign }), 'already_imported');
    await step('look up', await client.post(`${PATH}/lookup`, { sha256: foreign[0]!.sha256 }));
    const { live_keys } = expectSuccess(await client.get(settings));
    expectSuccess(await claviger.owner.patch(settings, { key_limit: live_keys }));
    await step('create beyond the limit', await client.post(PATH, { name: 'Too many' }), 'key_limit');
    const beyond = foreign.map((key) => ({ ...key, sha256: sha256(`beyond ${key.sha256}`) }));
    await step('import beyond the limit', await client.post(`${PATH}/import`, { api_keys: beyond }), 'key_limit');
    expectSuccess(await claviger.owner.patch(settings, { key_limit: 1_000_000 }));

    const pending = (await everything(client, 'status=pending'))[0]!;
    await step('mint', await client.post(`${PATH}/${pending.id}/mint`, {}));
    await step('change', await client.patch(`${PATH}/${made.id}`, { name: 'Renamed', expires_at: '2099-01-01T00:00:00Z' }));
    await step('rotate', await client.post(`${PATH}/${made.id}/rotate`, {}));
    await step('show', await client.get(`${PATH}/${made.id}`));
    await step('revoke', await client.post(`${PATH}/${made.id}/revoke`, {}));
    await step('delete', await client.delete(`${PATH}/${made.id}`));
    const ids = batch.api_keys.map((key: { id: number }) => key.id);
    for (const action of ['disable', 'enable', 'rotate', 'revoke', 'delete']) {
      await step(`bulk ${action}`, await client.post(`${PATH}/bulk`, { ids, action }));
    }
    expectSuccess(await client.delete(`${PATH}/${one.api_keys[0].id}`));
    read.push(rows);
  }
  const [least, most] = read as [Record<string, number>, Record<string, number>];
  for (const [what, rows] of Object.entries(most)) {
    expect.soft(rows, `${what}: ${least[what]} rows of ${FEW} keys`).toBeLessThanOrEqual(1.2 * least[what]! + 10);
    const keys = /^(bulk|import( again| beyond.*)?$)/.test(what) ? BATCH : 1;
    expect.soft(rows, `${what}: of each key`).toBeLessThanOrEqual(MOST_ROWS_OF_A_KEY * keys + 150);
  }
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
