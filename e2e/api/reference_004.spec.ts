import type { Client } from '../support/client';
import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { SECRET } from '../support/secrets';

/** "Get a List of API Keys" and the rest, as reference 004 documents them: each example, with its own addresses. */
const PATH = '/ga/api/v2/api_keys';
const ENVELOPE = { success: true, error_code: null, error_message: null };
/** The attributes that its examples show, with their types. */
const SHOWN = { id: expect.any(Number), name: expect.any(String), role: 'organization_admin', active: true, api_key: null };

let claviger: Claviger;
let client: Client;
test.beforeAll(async () => {
  claviger = await Claviger.start('reference004');
  client = claviger.foreignAdmin;
  // As its example shows: some keys, two of which have "API" in their names.
  for (const name of ['Primary API Account', 'Secondary API Account', 'Client Services', 'Integrated Offerings']) {
    const answer = await client.post(PATH, { api_key: { name, active: true } });
    expect(answer.status, answer.text).toBe(200);
  }
});
test.afterAll(() => claviger.worker.kill());

const FOUR = ['Primary API Account', 'Secondary API Account', 'Client Services', 'Integrated Offerings'];
const idOf = async (name: string): Promise<number> => (await client.get(`${PATH}?name=${encodeURIComponent(name)}`)).json.data[0].id;

test('GET /ga/api/v2/api_keys: every key and page number of the example is there, with its type', async () => {
  const answer = await client.get(PATH);
  expect(answer.status).toBe(200);
  const { data, ...rest } = answer.json;
  expect(rest).toEqual({ ...ENVELOPE, page: 0, per_page: 100, num_records: data.length, num_pages: 1 });
  const four = data.filter((key: { name: string }) => FOUR.includes(key.name));
  expect(four.map((key: { name: string }) => key.name)).toEqual(FOUR);
  for (const key of four) {
    expect(key).toMatchObject(SHOWN);
  }
  const ids = data.map((key: { id: number }) => key.id);
  expect(ids, 'by id unless asked otherwise').toEqual(ids.toSorted((a: number, b: number) => a - b));
});

test('GET /ga/api/v2/api_keys?name_contains=aPi: in part, without regard to case', async () => {
  const { data, ...rest } = (await client.get(`${PATH}?name_contains=aPi`)).json;
  expect(data.map((key: { name: string }) => key.name)).toEqual(FOUR.slice(0, 2));
  expect(rest).toEqual({ ...ENVELOPE, page: 0, per_page: 100, num_records: 2, num_pages: 1 });
});

for (const noun of ['organization', 'organizations']) {
  test(`GET /ga/api/v2/${noun}/:organization_id/api_keys?name=…: exactly, without regard to case, for a system administrator`, async () => {
    const answer = await claviger.owner.get(`/ga/api/v2/${noun}/2/api_keys?name=client%20SERVICES`);
    expect(expectSuccess(answer).map((key: { name: string; organization_id: number }) => [key.name, key.organization_id])).toEqual([['Client Services', 2]]);
    expect(expectSuccess(await claviger.owner.get(`/ga/api/v2/${noun}/2/api_keys?name=client`))).toEqual([]);
    expectRefusal(await client.get(`/ga/api/v2/${noun}/1/api_keys?name=admin`), 404, 'not_found');
  });

  test(`POST /ga/api/v2/${noun}/:organization_id/api_keys: for a system administrator`, async () => {
    const answer = await claviger.owner.post(`/ga/api/v2/${noun}/2/api_keys`, { api_key: { name: `By ${noun}`, active: true } });
    expect(answer.status).toBe(200);
    expect(answer.json.data).toMatchObject({ ...SHOWN, api_key: expect.stringMatching(SECRET), organization_id: 2 });
    const foreign = () => client.post(`/ga/api/v2/${noun}/1/api_keys`, { api_key: { name: 'No' } });
    expectRefusal(await nothingChanges(claviger.database, foreign), 404, 'not_found');
  });
}

test('GET /ga/api/v2/api_keys/:id', async () => {
  const answer = await client.get(`${PATH}/${await idOf('Integrated Offerings')}`);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ ...ENVELOPE, data: expect.objectContaining({ ...SHOWN, name: 'Integrated Offerings' }) });
});

test('POST /ga/api/v2/api_keys: 200, role and access as documented, and the key as a text', async () => {
  const answer = await client.post(PATH, { api_key: { name: 'Api Key Name', active: true } });
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({
    ...ENVELOPE,
    data: expect.objectContaining({ ...SHOWN, name: 'Api Key Name', access: 'read_write', api_key: expect.stringMatching(SECRET) }),
  });
  // And it is one that manages: the next request can be made with it.
  const made = claviger.anonymous.with({ authorization: `Bearer ${answer.json.data.api_key}` });
  expect((await made.get(`${PATH}/${answer.json.data.id}`)).json.data).toEqual({ ...answer.json.data, api_key: null });
  const off = await client.post(PATH, { api_key: { name: 'Off', active: false } });
  expect(off.json.data).toMatchObject({ ...SHOWN, active: false, api_key: expect.any(String) });
  const bare = await client.post('/api/v2/api_keys', { name: 'Elsewhere the least' });
  expect([bare.status, bare.json.data.role, bare.json.data.access]).toEqual([201, 'integration', 'read_only']);
});

test('POST: a system_admin key only in the system organization, and only by a system_admin', async () => {
  const attempt = (by: Client, path: string) => () => by.post(path, { api_key: { name: 'Root', role: 'system_admin' } });
  for (const refused of [attempt(client, PATH), attempt(claviger.holderOf('admin'), PATH), attempt(claviger.owner, '/ga/api/v2/organizations/2/api_keys')]) {
    expectRefusal(await nothingChanges(claviger.database, refused), 403, 'too_strong');
  }
  const made = await attempt(claviger.owner, PATH)();
  expect([made.status, made.json.data.role]).toEqual([200, 'system_admin']);
  const seen = async (by: Client) => (await by.get(`${PATH}?role=system_admin`)).json.data.map((key: { id: number }) => key.id);
  expect(await seen(claviger.owner)).toContain(made.json.data.id);
  expect(await seen(claviger.holderOf('admin'))).toEqual([]);
});

test('PUT /ga/api/v2/api_keys/:id: what is not named stays, in the example and with the whole object', async () => {
  const id = await idOf('Integrated Offerings');
  const before = (await client.get(`${PATH}/${id}`)).json.data;
  const answer = await client.put(`${PATH}/${id}`, { api_key: { active: false } });
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ ...ENVELOPE, data: expect.objectContaining({ ...SHOWN, id, name: 'Integrated Offerings', active: false }) });
  expect(answer.json.data).toEqual({ ...before, active: false, status: 'disabled', version: before.version + 1, updated_at: answer.json.data.updated_at });
  const whole = (await client.get(`${PATH}/${id}`)).json.data;
  const back = await client.put(`${PATH}/${id}`, { api_key: { ...whole, active: true } });
  expect(back.json.data).toMatchObject({ ...SHOWN, id, name: 'Integrated Offerings' });
});

test('PUT: to system_admin only on the system organization, and only by a system_admin', async () => {
  const id = await idOf('Client Services');
  for (const by of [client, claviger.owner]) {
    const attempt = () => by.put(`${PATH}/${id}`, { api_key: { role: 'system_admin' } });
    expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'too_strong');
  }
});

test('DELETE /ga/api/v2/api_keys/:id: an empty success', async () => {
  const { json } = await client.post(PATH, { api_key: { name: 'Deleted', active: true } });
  const answer = await client.delete(`${PATH}/${json.data.id}`);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ ...ENVELOPE, data: null });
  expectRefusal(await client.get(`${PATH}/${json.data.id}`), 404, 'not_found');
});

for (const field of Object.keys(SHOWN)) {
  test(`order_by=${field}, a field of the reference, in both directions, with ties in a fixed order`, async () => {
    const ids = async (order: string): Promise<number[]> => expectSuccess(await client.get(`${PATH}?order_by=${order}`)).map((key: { id: number }) => key.id);
    const ascending = await ids(field);
    expect(await ids(field)).toEqual(ascending);
    expect(await ids(`-${field}`)).toEqual(ascending.toReversed());
  });
}
