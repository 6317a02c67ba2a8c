import type { Client } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, withoutUse } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';

const PATH = '/api/v2/api_keys';
/** As the refusal of an unknown one names them. */
const FIELDS = [
  'id', 'name', 'role', 'active', 'access', 'kind', 'description', 'api_key', 'hint', 'status', 'user_id', 'user_name', 'created_by',
  'created_at', 'updated_at', 'expires_at', 'last_used_at', 'rotated_at', 'revoked_at', 'revoked_by', 'revoke_reason', 'system_generated',
  'source', 'client_ip_header', 'version', 'organization_id',
];

let claviger: Claviger;
let admin: Client;
let every: any[];

test.beforeAll(async () => {
  claviger = await Claviger.start('cursor');
  admin = claviger.foreignAdmin;
  // Ties in every field, nulls in those that can be null.
  for (let index = 0; index < 11; index += 1) {
    const key = await claviger.made({
      name: `Key ${index % 3}`, description: `${index % 2}`, access: index % 2 ? 'read_only' : 'read_write', active: index % 4 > 0,
      ...(index % 5 ? {} : { role: 'verifier', client_ip_header: `x-client-${index}` }), ...(index % 3 ? {} : { expires_at: `209${index % 2}-01-01T00:00:00Z` }),
    }, admin);
    if (index % 4 === 1) {
      expectSuccess(await admin.post(`${PATH}/${key.id}/rotate`, {}));
    }
    if (index % 5 === 1) {
      expectSuccess(await admin.post(`${PATH}/${key.id}/revoke`, index % 2 ? { reason: `Reason ${index % 3}` } : {}));
    }
  }
  every = expectSuccess(await admin.get(PATH));
  expect(every.length).toBeGreaterThan(14);
});
test.afterAll(() => claviger.worker.kill());

/** Follows the cursor to its end, with so many rows at a time. */
async function walked(query: string, perPage: number): Promise<any[]> {
  const rows: any[] = [];
  let after: string | null = '';
  for (let page = 0; after !== null && page < 100; page += 1) {
    const answer = await admin.get(`${PATH}?${query}&per_page=${perPage}&after=${after}`);
    rows.push(...expectSuccess(answer));
    expect(answer.json).toMatchObject({ page: null, per_page: perPage, num_records: null, num_pages: null });
    after = answer.json.next_after;
    expect(answer.json.data.length).toBeLessThanOrEqual(perPage);
    expect(answer.json.data.length === perPage || after === null).toBe(true);
  }
  return rows;
}

const valueOf = (key: any, field: string): any => {
  const value = field === 'api_key' ? key.hint : field.endsWith('_by') ? key[field]?.name ?? null : key[field];
  return typeof value === 'boolean' ? Number(value) : typeof value === 'string' && field.endsWith('name') ? value.toLowerCase() : value;
};

test('every attribute of a key that is one value is an order', () => {
  const structured = ['secrets', 'scopes', 'allowed_ips', 'rate_limit', 'credits', 'leak', 'metadata'];
  expect([...FIELDS, ...structured].toSorted()).toEqual(Object.keys(every[0]).toSorted());
});

test('the fields that a list can be ordered by are these', async () => {
  const answer = await admin.get(`${PATH}?order_by=colour`);
  expectFieldRefusal(answer, 'invalid_parameter', 'order_by', new RegExp(`one of ${FIELDS.join(', ')},`));
});

for (const field of FIELDS) {
  for (const order of [field, `-${field}`]) {
    test(`order_by=${order}: sorted, ties by id, nulls last; the cursor and the pages give the same`, async () => {
      const sorted = expectSuccess(await admin.get(`${PATH}?order_by=${order}`));
      expect(sorted.map((key: any) => key.id).toSorted()).toEqual(every.map((key) => key.id).toSorted());
      const sign = order === field ? 1 : -1;
      for (const [index, key] of sorted.slice(1).entries()) {
        const [a, b] = [valueOf(sorted[index], field), valueOf(key, field)];
        const rank = a === b ? 0 : a === null ? 1 : b === null ? -1 : sign * (a < b ? -1 : 1);
        expect(rank, `${JSON.stringify(a)} before ${JSON.stringify(b)}`).toBeLessThanOrEqual(0);
        if (rank === 0) {
          expect(Math.sign(key.id - sorted[index].id), 'ties').toBe(sign);
        }
      }
      for (const perPage of [3, every.length]) {
        expect(withoutUse(await walked(`order_by=${order}`, perPage)), `${perPage} at a time`).toEqual(withoutUse(sorted));
      }
      const paged = [];
      for (let page = 0; page * 4 < every.length; page += 1) {
        paged.push(...expectSuccess(await admin.get(`${PATH}?order_by=${order}&per_page=4&page=${page}`)));
      }
      expect(withoutUse(paged)).toEqual(withoutUse(sorted));
    });
  }
}

test('filters hold behind a cursor', async () => {
  const expected = every.filter((key) => key.access === 'read_write' && key.name.startsWith('Key'));
  expect(expected.length).toBeGreaterThan(3);
  expect(await walked('access=read_write&name_contains=KEY', 2)).toEqual(expected);
});

test('rows that are made or removed meanwhile neither repeat nor hide others', async () => {
  const first = await admin.get(`${PATH}?order_by=name&per_page=5&after=`);
  const seen = expectSuccess(first).map((key: any) => key.id);
  const before = await claviger.made({ name: 'AAA first of all' }, admin);
  const behind = await claviger.made({ name: 'zzz last of all' }, admin);
  expectSuccess(await admin.delete(`${PATH}/${seen.at(-1)}`));
  const rest = expectSuccess(await admin.get(`${PATH}?order_by=name&after=${first.json.next_after}`)).map((key: any) => key.id);
  expect(rest).toContain(behind.id);
  expect(rest).not.toContain(before.id);
  expect(new Set([...seen, ...rest]).size).toBe(seen.length + rest.length);
  expect([...seen, ...rest].length).toBe(every.length + 1);
  every = expectSuccess(await admin.get(PATH));
});

test('a cursor of another order, a changed one, and no cursor at all are refused by name', async () => {
  const { json } = await admin.get(`${PATH}?order_by=name&per_page=1&after=`);
  const forged = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const [order, after] of [
    ['id', json.next_after], ['-name', json.next_after], ['name', json.next_after.slice(0, -3)], ['name', 'x'], ['name', '1'],
    ['name', forged(['name', false, { a: 1 }, 5])], ['name', forged(['name', false, 'x', -1])], ['name', forged(['name', false, 'x', '1 OR 1=1'])],
    ['name', forged(['name', false, 1.5, 1])], ['name', forged([])], ['name', forged(null)],
  ]) {
    expectFieldRefusal(await admin.get(`${PATH}?order_by=${order}&after=${encodeURIComponent(after)}`), 'invalid_parameter', 'after', /next_after/);
  }
  // A value of one's own choice is only a place in one's own list.
  const text = forged(['name', false, "'; DROP TABLE api_keys; --", 1]);
  expectSuccess(await admin.get(`${PATH}?order_by=name&after=${text}`));
});

test('a cursor of another organization is a place in one’s own list', async () => {
  await claviger.made({ name: 'Key 0' });
  const { json } = await claviger.owner.get(`${PATH}?order_by=name&per_page=1&after=`);
  const answer = await admin.get(`${PATH}?order_by=name&after=${json.next_after}`);
  for (const key of expectSuccess(answer)) {
    expect(key.organization_id).toBe(2);
  }
  expectRefusal(await admin.get(`/api/v2/organizations/1/api_keys?order_by=name&after=${json.next_after}`), 404, 'not_found');
});
