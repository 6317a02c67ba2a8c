import { expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import type { Answer, Client } from '../../support/client';

const PATH = '/api/v2/api_keys';

/** Every way to name one key. */
const ways: [string, (client: Client, id: string | number) => Promise<Answer>][] = [
  ['reading', (client, id) => client.get(`${PATH}/${id}`)],
  ['revoking', (client, id) => client.post(`${PATH}/${id}/revoke`, {})],
  ['deleting', (client, id) => client.delete(`${PATH}/${id}`)],
];

test('one key is read with its version as ETag, and without its secret', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('One') });
  const answer = await claviger.readOnlyAdmin.get(`${PATH}/${made.id}`);
  const key = expectSuccess(answer);
  expect(key).toEqual({ ...made, api_key: null });
  expect(answer.headers.etag).toBe(`"${key.version}"`);
  expect(answer.text).not.toContain(made.api_key.slice(8, 28));
});

for (const [doing, way] of ways) {
  for (const id of ['0', '-1', '9223372036854775808', '9223372036854775807', '18446744073709551616', 'abc', '1.0', '1e3', '0x1', '%00', '999999']) {
    test(`${doing} key ${id} finds nothing`, async ({ claviger }) => {
      const answer = await nothingChanges(claviger.database, () => way(claviger.owner, id));
      expectRefusal(answer, 404, 'not_found');
    });
  }

  test(`${doing} another organization's key finds nothing, as if it were not there`, async ({ claviger, unique }) => {
    const { id } = await claviger.made({ name: unique('Ours') });
    const answer = await nothingChanges(claviger.database, () => way(claviger.foreignAdmin, id));
    expectRefusal(answer, 404, 'not_found');
    const absent = await way(claviger.foreignAdmin, 999_999);
    expect(answer.json).toEqual(absent.json);
  });

  test(`${doing} a key takes more than an integration, a verifier or a stranger`, async ({ claviger, unique }) => {
    const { id } = await claviger.made({ name: unique('Guarded') });
    for (const [client, status, code] of [
      [claviger.anonymous, 401, 'authentication_required'],
      [claviger.holderOf('revokedAdmin'), 401, 'key_revoked'],
      [claviger.holderOf('expiredAdmin'), 401, 'key_expired'],
      [claviger.holderOf('disabledAdmin'), 401, 'key_disabled'],
      [claviger.integration, 403, 'forbidden'],
      [claviger.verifier, 403, 'forbidden'],
    ] as const) {
      expectRefusal(await nothingChanges(claviger.database, () => way(client, id)), status, code);
    }
  });

  test(`${doing} somebody else's key is not for a member`, async ({ claviger, unique }) => {
    const { id } = await claviger.made({ name: unique('Not yours') });
    const member = await claviger.session('member');
    expectRefusal(await nothingChanges(claviger.database, () => way(member, id)), 404, 'not_found');
  });
}

test('a system administrator reaches every organization', async ({ claviger }) => {
  const { id } = await claviger.made({ name: 'Theirs' }, claviger.foreignAdmin);
  expect(expectSuccess(await claviger.owner.get(`${PATH}/${id}`)).organization_id).toBe(2);
  expectRefusal(await claviger.holderOf('admin').get(`${PATH}/${id}`), 404, 'not_found');
  expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${id}`));
});

test.describe('revoking', () => {
  const revoke = (claviger: Claviger, id: number, body: unknown) => claviger.owner.post(`${PATH}/${id}/revoke`, body);

  test('ends a key for ever, and keeps it listed with who and why', async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Revoked') });
    const key = expectSuccess(await revoke(claviger, made.id, { reason: 'The laptop is gone' }));
    expect(key).toMatchObject({
      id: made.id, status: 'revoked', revoke_reason: 'The laptop is gone', api_key: null,
      revoked_by: { type: 'key', id: expect.any(Number), name: expect.any(String) },
    });
    expect(Date.parse(key.revoked_at)).toBeGreaterThanOrEqual(Date.parse(made.created_at));
    expect(key.version).toBeGreaterThan(made.version);
    expectRefusal(await claviger.anonymous.get('/api/v2/whoami', { authorization: `Bearer ${made.api_key}` }), 401, 'key_revoked');
    expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`));
    expect(claviger.database.rows('SELECT 1 FROM audit_log WHERE target_id = ? AND action LIKE ?', made.id, '%revoked')).toHaveLength(1);

    const again = await nothingChanges(claviger.database, () => revoke(claviger, made.id, { reason: 'Again' }));
    expectRefusal(again, 409, 'already_revoked');
  });

  test('needs no reason, and no body', async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Bare') });
    const answer = await claviger.owner.send({ method: 'POST', path: `${PATH}/${made.id}/revoke` });
    expect(expectSuccess(answer)).toMatchObject({ status: 'revoked', revoke_reason: null });
  });

  test('refuses a reason that does not fit', async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Kept') });
    for (const [body, code] of [
      [{ reason: 'x'.repeat(501) }, 'invalid_request'],
      [{ reason: 7 }, 'invalid_request'],
      [{ why: 'x' }, 'invalid_request'],
      [{ reason: `leaked: ${made.api_key}` }, 'contains_secret'],
    ] as const) {
      expectRefusal(await nothingChanges(claviger.database, () => revoke(claviger, made.id, body)), 400, code);
    }
  });
});

test('deleting removes the record, and its id is not used again', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Deleted') });
  expect(expectSuccess(await claviger.owner.delete(`${PATH}/${made.id}`))).toBeNull();
  expectRefusal(await claviger.owner.get(`${PATH}/${made.id}`), 404, 'not_found');
  expectRefusal(await claviger.owner.delete(`${PATH}/${made.id}`), 404, 'not_found');
  expect(claviger.database.rows('SELECT 1 FROM secrets WHERE key_id = ?', made.id)).toEqual([]);
  expectRefusal(await claviger.anonymous.get('/api/v2/whoami', { authorization: `Bearer ${made.api_key}` }), 401, 'invalid_key');
  expect((await claviger.made({ name: unique('After') })).id).toBeGreaterThan(made.id);
  expect(claviger.database.rows('SELECT action FROM audit_log WHERE target_id = ?', made.id).length).toBeGreaterThanOrEqual(2);
});

test('the last key with which the last owner signs in stays', async ({ claviger }) => {
  const { id } = expectSuccess(await claviger.owner.get('/api/v2/whoami'));
  for (const attempt of [
    () => claviger.owner.post(`${PATH}/${id}/revoke`, {}),
    () => claviger.owner.delete(`${PATH}/${id}`),
  ]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'last_credential', /last/);
  }
});
