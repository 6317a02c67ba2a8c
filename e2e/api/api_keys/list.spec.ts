import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { mintSecret } from '../../support/secrets';

const PATH = '/api/v2/api_keys';

const names = async (claviger: Claviger, query: string): Promise<string[]> =>
  expectSuccess(await claviger.owner.get(`${PATH}?${query}`)).map((key: { name: string }) => key.name);

test('a list has its page numbers, and every key its attributes', async ({ claviger, unique }) => {
  const name = unique('Listed');
  await claviger.made({ name, metadata: { team: 'billing' } });
  const answer = await claviger.owner.get(`${PATH}?name=${encodeURIComponent(name)}`);
  const [key] = expectSuccess(answer);
  expect(answer.json).toMatchObject({ page: 0, per_page: 100, num_records: 1, num_pages: 1 });
  expect(Object.keys(key).sort()).toEqual([
    'access', 'active', 'allowed_ips', 'api_key', 'client_ip_header', 'created_at', 'created_by', 'credits', 'description', 'expires_at', 'hint',
    'id', 'kind', 'last_used_at', 'leak', 'metadata', 'name', 'organization_id', 'rate_limit', 'revoke_reason', 'revoked_at', 'revoked_by', 'role',
    'rotated_at', 'scopes', 'secrets', 'source', 'status', 'system_generated', 'updated_at', 'user_id', 'user_name', 'version',
  ]);
  expect(key).toMatchObject({ api_key: null, metadata: { team: 'billing' }, created_by: { type: 'key', name: expect.any(String) } });
});

test('pages are cut from the whole', async ({ claviger, unique }) => {
  const name = unique('Paged');
  for (const letter of ['a', 'b', 'c', 'd', 'e']) {
    await claviger.made({ name: `${name} ${letter}` });
  }
  const query = `name_contains=${encodeURIComponent(name)}&order_by=name&per_page=2`;
  expect(await names(claviger, `${query}&page=1`)).toEqual([`${name} c`, `${name} d`]);
  expect(await names(claviger, `${query}&page=2`)).toEqual([`${name} e`]);
  expect(await names(claviger, `${query}&page=3`)).toEqual([]);
  const { json } = await claviger.owner.get(query.replace(/^/, `${PATH}?`));
  expect(json).toMatchObject({ page: 0, per_page: 2, num_records: 5, num_pages: 3 });
});

test('names are found exactly or in part, without regard to case, in any script', async ({ claviger, unique }) => {
  const name = unique('ÜBERSICHT Σίγμα 100%_');
  await claviger.made({ name });
  const folded = encodeURIComponent(name.toLowerCase());
  expect(await names(claviger, `name=${folded}`)).toEqual([name]);
  expect(await names(claviger, `name=${encodeURIComponent(name.slice(0, 5))}`)).toEqual([]);
  expect(await names(claviger, `name_contains=${encodeURIComponent(name.slice(2).toUpperCase())}`)).toEqual([name]);
  const wildcard = encodeURIComponent(name.replace('100%_', '%'));
  expect(await names(claviger, `name_contains=${wildcard}`), 'no character is a wildcard').toEqual([]);
});

test('a key is found by its hint, and by no part of one', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Hinted') });
  const byHint = (hint: string) => names(claviger, `hint=${encodeURIComponent(hint)}`);
  expect(await byHint(made.hint)).toEqual([made.name]);
  for (const part of [made.hint.slice(0, -1), made.hint.toLowerCase(), '%']) {
    expect(await byHint(part), part).toEqual([]);
  }
});

test('a personal key names its person', async ({ claviger }) => {
  const keys = expectSuccess(await claviger.owner.get(`${PATH}?kind=personal`));
  expect(keys.length).toBeGreaterThan(1);
  expect(keys.map((key: { user_name: string | null }) => key.user_name)).not.toContain(null);
  const [service] = expectSuccess(await claviger.owner.get(`${PATH}?kind=service&per_page=1`));
  expect(service).toMatchObject({ user_id: null, user_name: null });
});

test('order can be turned round', async ({ claviger, unique }) => {
  const name = unique('Ordered');
  const first = await claviger.made({ name: `${name} B`, expires_at: '2090-01-01T00:00:00Z' });
  const second = await claviger.made({ name: `${name} a`, expires_at: '2080-01-01T00:00:00Z', access: 'read_write' });
  for (const field of ['id', 'name', 'created_at', 'updated_at', 'expires_at', 'access', 'role']) {
    const query = `name_contains=${encodeURIComponent(name)}&order_by=`;
    const ascending = await names(claviger, query + field);
    expect((await names(claviger, `${query}-${field}`)).toSorted(), field).toEqual(ascending.toSorted());
    if (field === 'name' || field === 'expires_at') {
      expect(ascending, field).toEqual([second.name, first.name]);
      expect(await names(claviger, `${query}-${field}`), field).toEqual([first.name, second.name]);
    }
    if (field === 'id') {
      expect(ascending).toEqual([first.name, second.name]);
    }
  }
});

test('states can be asked for, one or several', async ({ claviger }) => {
  const states = async (query: string): Promise<string[]> => [
    ...new Set<string>(expectSuccess(await claviger.owner.get(`${PATH}?${query}`)).map((key: { status: string }) => key.status)),
  ];
  for (const state of ['active', 'disabled', 'expired', 'revoked']) {
    expect(await states(`status=${state}`), state).toEqual([state]);
  }
  expect((await states('status=expired,revoked')).sort()).toEqual(['expired', 'revoked']);
  expect(await states('status=pending')).toEqual([]);
});

for (const [query, field] of [
  ['status=gone', 'status'],
  ['status=active,gone', 'status'],
  ['order_by=secret', 'order_by'],
  ['order_by=--id', 'order_by'],
  ['page=-1', 'page'],
  ['page=x', 'page'],
  ['page=99999999999999999999', 'page'],
  ['per_page=0', 'per_page'],
  ['per_page=1001', 'per_page'],
  ['per_page=ten', 'per_page'],
] as const) {
  test(`?${query} is refused by name`, async ({ claviger }) => {
    expectFieldRefusal(await claviger.owner.get(`${PATH}?${query}`), 'invalid_parameter', field, /./);
  });
}

test('the largest page is 1000, and unknown parameters mean nothing', async ({ claviger }) => {
  expectSuccess(await claviger.owner.get(`${PATH}?per_page=1000&utm_source=mail`));
});

test('SQL in a parameter is a text like any other', async ({ claviger }) => {
  for (const text of ["' OR 1=1 --", '"; DROP TABLE api_keys; --', '%', '\\', '\u0000']) {
    const query = `name=${encodeURIComponent(text)}`;
    const answer = await nothingChanges(claviger.database, () => claviger.owner.get(`${PATH}?${query}`));
    expect(expectSuccess(answer), text).toEqual([]);
  }
});

test('a secret in the query is refused, whatever the parameter is called', async ({ claviger }) => {
  const secret = mintSecret();
  for (const query of [`name=${secret}`, `name_contains=x${secret}`, `q=${secret}`, `${secret}=1`, `name=%63lv_${secret.slice(4)}`]) {
    const answer = await nothingChanges(claviger.database, () => claviger.owner.get(`${PATH}?${query}`));
    expectRefusal(answer, 400, 'contains_secret', /URL/);
    expect(answer.text).not.toContain(secret.slice(10, 30));
  }
});

test('no list holds a secret, a hash or another organization', async ({ claviger }) => {
  for (const [holder, organization] of [['foreignAdmin', 2], ['admin', 1], ['readOnlyAdmin', 1], ['owner', 1]] as const) {
    const answer = await claviger.holderOf(holder).get(`${PATH}?per_page=1000`);
    const organizations = new Set(expectSuccess(answer).map((key: { organization_id: number }) => key.organization_id));
    expect([...organizations], holder).toEqual([organization]);
    for (const secret of Object.values(claviger.secrets)) {
      expect(answer.text).not.toContain(secret.slice(8, 28));
    }
    expect(answer.text).not.toMatch(/[0-9a-f]{64}/);
  }
});

test('integrations, verifiers and members by key see no list', async ({ claviger }) => {
  for (const holder of ['integration', 'verifier', 'member'] as const) {
    expectRefusal(await claviger.holderOf(holder).get(PATH), 403, 'forbidden');
  }
});

test('a member at the console sees their own keys and no others', async ({ claviger }) => {
  const member = await claviger.session('member');
  const keys = expectSuccess(await member.get(`${PATH}?per_page=1000`));
  const whoami = expectSuccess(await claviger.holderOf('member').get('/api/v2/whoami'));
  expect(keys.length).toBeGreaterThan(0);
  expect([...new Set(keys.map((key: { user_id: number }) => key.user_id))]).toEqual([whoami.user_id]);
});
