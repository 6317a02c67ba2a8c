import { crews, type Crew } from '../../support/crew';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';

const PATH = '/api/v2/users';

let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('users-list', 7));
});
test.afterAll(() => claviger.worker.kill());

test('a parameter that does not fit is named', async () => {
  const { owner } = next();
  for (const [query, field] of [
    ['role=king', 'role'], ['active=1', 'active'], ['api_access=yes', 'api_access'], ['order_by=secret', 'order_by'], ['order_by=id;', 'order_by'],
    ['page=-1', 'page'], ['per_page=0', 'per_page'], ['per_page=1001', 'per_page'],
    ['after=x', 'after'], ['after=0', 'after'], ['after=-1', 'after'], ['after=1e3', 'after'], ['after=&order_by=name', 'after'], ['after=1&order_by=-email', 'after'],
  ]) {
    const answer = await nothingChanges(claviger.database, () => owner.client.get(`${PATH}?${query}`));
    expectFieldRefusal(answer, 'invalid_parameter', field!, /./);
  }
});

test('people of another organization are not there', async () => {
  const [crew, stranger] = [next(), next()];
  for (const client of [stranger.owner.client, await stranger.owner.signIn(), stranger.administrator.client]) {
    expectRefusal(await client.get(`${PATH}/${crew.member.id}`), 404, 'not_found');
    expectRefusal(await client.get(`/api/v2/organizations/${crew.id}/users`), 404, 'not_found');
    const listed = await client.get(`${PATH}?name_contains=crew&per_page=1000`);
    expect(expectSuccess(listed).every((user: any) => user.organization_id === stranger.id)).toBe(true);
    expect(listed.json.num_records).toBe(6);
  }
});

test('a cursor goes through everybody in either direction, counts nothing, and leaves who others are', async () => {
  const { owner, member, id } = next();
  for (const way of ['id', '-id']) {
    const seen: number[] = [];
    let after: string | null = '';
    for (let parts = 0; after !== null && parts < 5; parts += 1) {
      const { json }: any = await owner.client.get(`${PATH}?order_by=${way}&per_page=4&after=${after}`);
      expect([json.page, json.num_records, json.num_pages]).toEqual([null, null, null]);
      seen.push(...json.data.map((user: any) => user.id));
      expect(json.data.every((user: any) => user.organization_id === id)).toBe(true);
      after = json.next_after;
    }
    expect(seen).toHaveLength(6);
    expect(seen).toEqual(seen.toSorted((a, b) => (way === 'id' ? a - b : b - a)));
  }
  // Who joins while one reads moves nobody to another page.
  const [first] = expectSuccess(await owner.client.get(`${PATH}?after=&per_page=1&role=member`));
  expect(first.id).toBe(member.id);
  const own = (await (await member.signIn()).get(`${PATH}?after=`)).json;
  expect([own.data.map((user: any) => user.id), own.next_after]).toEqual([[member.id], null]);
});

test('a member finds themself, and nobody else', async () => {
  const { member, owner } = next();
  const session = await member.signIn();
  expect(expectSuccess(await session.get(PATH)).map((user: any) => user.id)).toEqual([member.id]);
  expect(expectSuccess(await session.get(`${PATH}/${member.id}`)).name).toBe(member.name);
  expectRefusal(await session.get(`${PATH}/${owner.id}`), 404, 'not_found');
  expectRefusal(await member.client.get(PATH), 403, 'forbidden');
});

test('a person is shown with what an administrator has to know, and no secret', async () => {
  const crew = next();
  const { member, administrator } = crew;
  const at = expectSuccess(await administrator.client.get(`${PATH}/${member.id}`));
  expect(at).toEqual({
    id: member.id, organization_id: crew.id, name: member.name, email: member.email, role: 'member', active: true, api_access: true,
    api_access_ended: null, live_keys: 2, personal_key_limit: 5, last_used_at: null, last_seen_at: null, created_at: expect.any(String),
    updated_at: expect.any(String), version: 1,
  });
  const session = await member.signIn();
  await expect.poll(async () => expectSuccess(await administrator.client.get(`${PATH}/${member.id}`)).last_used_at, { timeout: 20_000 }).not.toBeNull();
  const seen = await administrator.client.get(`${PATH}/${member.id}`);
  expect(expectSuccess(seen).last_seen_at).not.toBeNull();
  expect(seen.headers.etag).toBe('"1"');
  expect(expectSuccess(await claviger.owner.get(`/ga/api/v2/organization/${crew.id}/users`))).toHaveLength(6);
  const text = JSON.stringify(await session.get(`${PATH}/${member.id}`));
  expect(text).not.toContain(member.secret.slice(8, 28));
});

test('people are searched, filtered, ordered and paged; with API access first of all', async () => {
  const { owner, other, administrator, colleague, member, second } = next();
  const ids = async (query: string) => expectSuccess(await owner.client.get(encodeURI(`${PATH}?${query}`))).map((user: any) => user.id);
  expectSuccess(await owner.client.patch(`${PATH}/${member.id}`, { name: 'Émile Zátopek' }));
  expectSuccess(await owner.client.delete(`${PATH}/${second.id}/api_access`));
  expectSuccess(await owner.client.patch(`${PATH}/${colleague.id}`, { active: false }));
  expect(await ids('name_contains=ÉMILE')).toEqual([member.id]);
  expect(await ids('name=émile zátopek')).toEqual([member.id]);
  expect(await ids(`name_contains=${member.email.slice(0, 8).toUpperCase()}`), 'by address as well').toEqual([member.id]);
  expect(await ids(`email=${second.email.toUpperCase()}`)).toEqual([second.id]);
  expect(await ids('name_contains=%'), 'no pattern').toEqual([]);
  expect(await ids('api_access=false')).toEqual([second.id]);
  expect(await ids('api_access=true')).toEqual([owner, other, administrator, colleague, member].map(({ id }) => id));
  expect(await ids('active=false')).toEqual([colleague.id]);
  expect(await ids('role=owner')).toEqual([owner.id, other.id]);
  expect(await ids('order_by=-role&per_page=3')).toEqual([other.id, owner.id, colleague.id]);
  expect(await ids('order_by=name&page=2&per_page=2')).toHaveLength(2);
  for (const field of ['name', 'email', 'active', 'api_access', 'live_keys', 'personal_key_limit', 'last_used_at', 'last_seen_at', 'created_at', 'updated_at']) {
    expect((await ids(`order_by=-${field}`)).toSorted(), field).toEqual((await ids(`order_by=${field}`)).toSorted());
  }
});
