import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

import { databaseFile } from '../support/database';
import type { Answer, Client } from '../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { sha256 } from '../support/secrets';
import { trailOf } from '../support/trail';

const PATH = '/api/v2/api_keys';
const fresh = (): Record<string, string> => ({ 'idempotency-key': randomBytes(8).toString('hex') });

/** A POST whose answer carried a secret is answered `already_created`, with the id of the key it made. */
function expectAlready(answer: Answer, ids: number[]): void {
  expectRefusal(answer, 409, 'already_created', /only once/);
  const [error] = answer.json.errors;
  expect(error.field).toBe('api_key_ids');
  expect(error.message.match(/\d+/g).map(Number)).toEqual(ids);
  expect(answer.json.created).toEqual({ api_key_ids: ids });
}

for (const [what, key] of [['an empty one', ''], ['one of 256 characters', 'x'.repeat(256)], ['one with an umlaut', 'schlüssel']] as const) {
  test(`${what} is refused by name`, async ({ claviger }) => {
    const attempt = () => claviger.owner.post(PATH, { name: 'x' }, { 'idempotency-key': key });
    const answer = await nothingChanges(claviger.database, attempt);
    expectFieldRefusal(answer, 'invalid_parameter', 'Idempotency-Key', /255/);
    expect(answer.json.error_message).toBe('A header does not fit.');
  });
}

test('a secret as the key is refused', async ({ claviger }) => {
  const attempt = () => claviger.owner.post(PATH, { name: 'x' }, { 'idempotency-key': claviger.secrets.integration });
  expectFieldRefusal(await nothingChanges(claviger.database, attempt), 'invalid_parameter', 'Idempotency-Key', /no API key/);
});

test('creating again makes nothing, says which key it was, and does not repeat its secret', async ({ claviger, unique }) => {
  const [headers, body] = [fresh(), { name: unique('Once') }];
  const create = () => claviger.owner.post(PATH, body, headers);
  const [answer, trail] = await trailOf(claviger.database, create);
  const key = expectSuccess(answer, 201);
  expect(trail.idempotency).toHaveLength(1);
  expect(trail.idempotency[0]).toMatchObject({ organization_id: 1, request: 'POST /api/v2/api_keys', status: 201, answer: null, key_ids: String(key.id) });
  const again = await nothingChanges(claviger.database, create);
  expectAlready(again, [key.id]);
  expect(again.text).not.toContain(key.api_key.slice(8, 28));
  // Also when the key has gone since.
  expectSuccess(await claviger.owner.delete(`${PATH}/${key.id}`));
  expectAlready(await nothingChanges(claviger.database, create), [key.id]);
});

test('rotating again, one or many, rotates nothing', async ({ claviger, unique }) => {
  const [first, second] = [await claviger.made({ name: unique('A') }), await claviger.made({ name: unique('B') })];
  const ids = [first.id, second.id];
  for (const [path, body, revealed] of [
    [`${PATH}/${first.id}/rotate`, {}, [first.id]],
    [`${PATH}/bulk`, { ids, action: 'rotate' }, ids],
  ] as const) {
    const headers = fresh();
    const rotate = () => claviger.owner.post(path, body, headers);
    expectSuccess(await rotate());
    expectAlready(await nothingChanges(claviger.database, rotate), [...revealed]);
  }
});

test('an answer without a secret is given again as it was, status and body', async ({ claviger, unique }) => {
  const made = async (name: string) => (await claviger.made({ name: unique(name) })).id;
  const [single, first, second] = [await made('S'), await made('A'), await made('B')];
  const requests: [string, object][] = [
    [`${PATH}/${single}/revoke`, { reason: 'Once' }],
    [`${PATH}/bulk`, { ids: [first, second], action: 'disable' }],
    [`${PATH}/bulk`, { ids: [first, second], action: 'disable' }],
    [`${PATH}/bulk`, { ids: [first, second], action: 'revoke' }],
    [`${PATH}/bulk`, { ids: [first, second], action: 'delete' }],
    [`${PATH}/import`, { api_keys: ['a "quoted"', 'ü', 'c'].map((name) => ({ name: unique(name), sha256: sha256(unique(name)), hint: 'h"ü' })) }],
  ];
  for (const [path, body] of requests) {
    const headers = fresh();
    const [answer, trail] = await trailOf(claviger.database, () => claviger.owner.post(path, body, headers));
    expect([200, 201], answer.text).toContain(answer.status);
    expect(trail.idempotency, path).toHaveLength(1);
    const again = await nothingChanges(claviger.database, () => claviger.owner.post(path, body, headers));
    expect([again.status, again.json], path).toEqual([answer.status, answer.json]);
  }
});

test('an organization is made once', async ({ claviger, unique }) => {
  const headers = fresh();
  const create = () => claviger.owner.post('/api/v2/organizations', { name: unique('Once') }, headers);
  const { id } = expectSuccess(await create(), 201);
  const again = await nothingChanges(claviger.database, create);
  expectRefusal(again, 409, 'already_created');
  expect(again.json.errors).toEqual([{ field: 'organization_id', message: expect.stringContaining(String(id)) }]);
  expect(again.json.created).toEqual({ organization_id: id });
});

test('under the reference’s address an answer is given again with the reference’s status', async ({ claviger, unique }) => {
  const headers = fresh();
  const body = { api_keys: [{ name: unique('R'), sha256: sha256(unique('R')) }] };
  const bring = () => claviger.owner.post('/ga/api/v2/api_keys/import', body, headers);
  const first = await bring();
  expectSuccess(first, 200);
  const again = await nothingChanges(claviger.database, bring);
  expect([again.status, again.json]).toEqual([200, first.json]);
});

test('another body is a mismatch, and does nothing', async ({ claviger, unique }) => {
  const headers = fresh();
  expectSuccess(await claviger.owner.post(PATH, { name: unique('One') }, headers), 201);
  for (const body of [{ name: unique('Two') }, { name: unique('One'), access: 'read_write' }, {}, []]) {
    const other = () => claviger.owner.post(PATH, body, headers);
    expectRefusal(await nothingChanges(claviger.database, other), 422, 'idempotency_mismatch');
  }
});

test('it counts for one caller, one method and path', async ({ claviger, unique }) => {
  const headers = fresh();
  const create = (client: Client, path = PATH) => client.post(path, { name: unique('Same') }, headers);
  const ids = new Set<number>();
  for (const [client, path] of [
    [claviger.owner, PATH], [claviger.owner, '/api/v2/organizations/1/api_keys'], [claviger.owner, '/ga/api/v2/api_keys'],
    [claviger.holderOf('admin'), PATH], [claviger.foreignAdmin, PATH], [await claviger.session('owner'), PATH],
    [await claviger.session('administrator'), PATH], [await claviger.session('member'), PATH],
  ] as const) {
    const answer = await create(client, path);
    expect([200, 201], answer.text).toContain(answer.status);
    ids.add(answer.json.data.id);
    expectAlready(await nothingChanges(claviger.database, () => create(client, path)), [answer.json.data.id]);
  }
  expect(ids.size).toBe(8);
});

test('what was refused is not remembered, and may be tried again', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Later') });
  const headers = fresh();
  const revoke = (body: object) => () => claviger.owner.post(`${PATH}/${made.id}/revoke`, body, headers);
  expectRefusal(await nothingChanges(claviger.database, revoke({ reason: 7 })), 400, 'invalid_request');
  const answer = expectSuccess(await revoke({})());
  expect(expectSuccess(await nothingChanges(claviger.database, revoke({})))).toEqual(answer);
  expectRefusal(await nothingChanges(claviger.database, () => claviger.readOnlyAdmin.post(PATH, { name: 'x' }, fresh())), 403, 'read_only');
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.post(PATH, { name: 'x', role: 'x' }, fresh())), 400, 'invalid_request');
});

test('who may no longer do it is refused, not answered again', async ({ claviger, unique }) => {
  const admin = await claviger.made({ name: unique('Admin'), role: 'organization_admin', access: 'read_write' });
  const client = claviger.anonymous.with({ authorization: `Bearer ${admin.api_key}` });
  const target = await claviger.made({ name: unique('Target') });
  const headers = fresh();
  const revoke = () => client.post(`${PATH}/${target.id}/revoke`, {}, headers);
  expectSuccess(await revoke());
  expectSuccess(await claviger.owner.patch(`${PATH}/${admin.id}`, { access: 'read_only' }));
  expectRefusal(await nothingChanges(claviger.database, revoke), 403, 'read_only');
  expectSuccess(await claviger.owner.patch(`${PATH}/${admin.id}`, { active: false }));
  expectRefusal(await nothingChanges(claviger.database, revoke), 401, 'key_disabled');
});

test('signing in and setting up do not know it', async ({ claviger }) => {
  const headers = fresh();
  const signIn = () => claviger.anonymous.post('/api/v2/session', { api_key: claviger.secrets.owner }, headers);
  expectSuccess(await signIn(), 201);
  expectSuccess(await signIn(), 201);
  const verify = () => claviger.verifier.post('/v1/verify', { key: claviger.secrets.integration }, headers);
  await nothingChanges(claviger.database, verify);
});

test('after a day it is forgotten', async () => {
  const claviger = await Claviger.start('yesterday');
  const headers = fresh();
  const create = () => claviger.owner.post(PATH, { name: 'Daily' }, headers);
  const { id } = expectSuccess(await create(), 201);
  await claviger.worker.kill('SIGTERM');
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  database.prepare('UPDATE idempotency SET at = at - 86400000').run();
  database.close();
  await claviger.worker.restart();
  const next = expectSuccess(await create(), 201).id;
  expect(next).not.toBe(id);
  expectAlready(await nothingChanges(claviger.database, create), [next]);
  await claviger.worker.kill();
});
