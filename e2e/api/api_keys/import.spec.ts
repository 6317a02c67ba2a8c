import { randomBytes } from 'node:crypto';

import { bearer, type Client } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { recordSecret, sha256, unrecordedSecret } from '../../support/secrets';
import { expectTrueCounters, trailOf, type Trail } from '../../support/trail';

const PATH = '/api/v2/api_keys';
const IMPORT = `${PATH}/import`;

/** Keys as other systems make them: one with a marker, and one as in reference 004. */
const live = (): string => recordSecret('key', `sk_live_${randomBytes(18).toString('hex')}`);
const encoded = (): string => recordSecret('key', Buffer.from(`23:${randomBytes(20).toString('hex')}`).toString('base64'));
const base64 = (text: string): string => Buffer.from(sha256(text), 'hex').toString('base64');

const imported = async (client: Client, ...keys: object[]): Promise<any> =>
  expectSuccess(await client.post(IMPORT, { api_keys: keys }), 201);
const codeOf = async (client: Client, key: string): Promise<string> => {
  const answer = await client.post('/v1/verify', { key, max_age_ms: 0 });
  expect(answer.json.key === null, answer.text).toBe(answer.json.code === 'NOT_FOUND');
  return answer.json.code;
};

/** Without that of the organization itself: its first import, which may be another test's, changes what its verifiers look up. */
const ofKeys = (feed: Trail['feed']): Trail['feed'] => feed.filter((row) => row.key_hash !== null);

for (const [what, form] of [['sk_live_…', live], ['a base64 text', encoded]] as const) {
  test(`a foreign key, ${what}, works for its own organization and nobody else`, async ({ claviger, unique }) => {
    const [mine, theirs] = [form(), form()];
    const bring = () => claviger.foreignAdmin.post(IMPORT, {
      api_keys: [
        { sha256: sha256(mine), name: unique('By hex'), hint: mine.slice(-4), metadata: { customer: 7 } },
        { sha256: base64(theirs), name: unique('By base64'), access: 'read_write', scopes: ['a.*'] },
      ],
    });
    const [answer, trail] = await trailOf(claviger.database, bring);
    const done = expectSuccess(answer, 201);
    expect(done).toEqual({
      imported: 2,
      api_keys: [
        { id: expect.any(Number), name: unique('By hex'), hint: mine.slice(-4) },
        { id: expect.any(Number), name: unique('By base64'), hint: 'imported' },
      ],
    });
    const ids = done.api_keys.map((key: { id: number }) => key.id);
    expect(trail.audit.map((record) => [record.action, record.target_id, record.target_name, record.details.source])).toEqual([
      ['api_key.created', ids[0], unique('By hex'), 'imported'], ['api_key.created', ids[1], unique('By base64'), 'imported'],
    ]);
    expect(ofKeys(trail.feed).map((row) => row.organization_id)).toEqual([2, 2]);
    // Not by its plain hash: that would be found by everybody who has imported the same.
    expect(claviger.database.rows('SELECT 1 FROM secrets WHERE hash IN (?, ?)', sha256(mine), sha256(theirs))).toEqual([]);

    for (const secret of [mine, theirs]) {
      expect(await codeOf(claviger.holderOf('foreignVerifier'), secret)).toBe('VALID');
      expect(await codeOf(claviger.verifier, secret), 'the system organization sees all tenants, but not this').toBe('NOT_FOUND');
    }
    const verified = (await claviger.holderOf('foreignVerifier').post('/v1/verify', { key: mine, max_age_ms: 0 })).json.key;
    expect(verified).toMatchObject({ id: ids[0], organization_id: 2, role: 'integration', access: 'read_only', metadata: { customer: 7 } });
    const key = expectSuccess(await claviger.foreignAdmin.get(`${PATH}/${ids[1]}`));
    expect(key).toMatchObject({ source: 'imported', role: 'integration', access: 'read_write', kind: 'service', api_key: null, hint: 'imported' });

    // It never signs in, and is never a Bearer.
    for (const secret of [mine, theirs]) {
      expectRefusal(await claviger.anonymous.post('/api/v2/session', { api_key: secret }), 401, 'invalid_key');
      expectRefusal(await bearer(claviger.origin, secret).get('/api/v2/whoami'), 401, 'invalid_key');
      expect((await bearer(claviger.origin, secret).post('/v1/verify', { key: secret, max_age_ms: 0 })).json.error).toBe('invalid_key');
    }
    expectSuccess(await claviger.foreignAdmin.post(`${PATH}/${ids[0]}/revoke`, {}));
    expect(await codeOf(claviger.holderOf('foreignVerifier'), mine)).toBe('REVOKED');
    expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${ids[0]}`));
    expect(await codeOf(claviger.holderOf('foreignVerifier'), mine)).toBe('NOT_FOUND');
    expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${ids[1]}`));
    expectTrueCounters(claviger.database);
  });
}

test('a pasted foreign key is found by its own organization', async ({ claviger, unique }) => {
  const secret = live();
  const { api_keys: [key] } = await imported(claviger.foreignAdmin, { sha256: sha256(secret), name: unique('Pasted') });
  const found = expectSuccess(await claviger.foreignAdmin.post(`${PATH}/lookup`, { sha256: sha256(secret) }));
  expect(found.id).toBe(key.id);
  expectRefusal(await claviger.owner.post(`${PATH}/lookup`, { sha256: sha256(secret) }), 404, 'not_found');
  expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${key.id}`));
});

test('duplicates are named, within the organization only', async ({ claviger, unique }) => {
  const secrets = [live(), live(), live()] as const;
  const ours = await imported(claviger.owner, { sha256: sha256(secrets[0]), name: unique('Ours') }, { sha256: sha256(secrets[1]), name: unique('Ours too') });
  const again = () => claviger.owner.post(IMPORT, {
    api_keys: [{ sha256: sha256(secrets[2]), name: 'New' }, { sha256: base64(secrets[1]), name: 'Again' }, { sha256: sha256(secrets[0]).toUpperCase(), name: 'And again' }],
  });
  const answer = await nothingChanges(claviger.database, again);
  expectRefusal(answer, 409, 'already_imported', /none was imported/);
  expect(answer.json.errors.map((error: { field: string }) => error.field)).toEqual(['api_keys[1].sha256', 'api_keys[2].sha256']);
  const twice = () => claviger.owner.post(IMPORT, { api_keys: [{ sha256: sha256(secrets[2]), name: 'A' }, { sha256: base64(secrets[2]), name: 'B' }] });
  expectFieldRefusal(await nothingChanges(claviger.database, twice), 'invalid_request', 'api_keys[1].sha256', /api_keys\[0\]/);

  // Another organization imports the same, and learns nothing; each verifier sees its own.
  const theirs = await imported(claviger.foreignAdmin, { sha256: sha256(secrets[0]), name: unique('Theirs') });
  const seen = async (client: Client) => (await client.post('/v1/verify', { key: secrets[0], max_age_ms: 0 })).json.key.id;
  expect(await seen(claviger.holderOf('foreignVerifier'))).toBe(theirs.api_keys[0].id);
  expect(await seen(claviger.verifier)).toBe(ours.api_keys[0].id);
  expectSuccess(await claviger.foreignAdmin.post(`${PATH}/${theirs.api_keys[0].id}/revoke`, {}));
  expect(await codeOf(claviger.verifier, secrets[0])).toBe('VALID');
  expect(await codeOf(claviger.holderOf('foreignVerifier'), secrets[0])).toBe('REVOKED');
  // Revoked, its hash stays taken: it must go on answering REVOKED.
  const back = () => claviger.foreignAdmin.post(IMPORT, { api_keys: [{ sha256: sha256(secrets[0]), name: 'Back' }] });
  expectRefusal(await nothingChanges(claviger.database, back), 409, 'already_imported');
  expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${theirs.api_keys[0].id}`));
});

test('the hash of a Claviger key is imported like any other, but not of one that this organization has', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Made here') });
  const own = () => claviger.owner.post(IMPORT, { api_keys: [{ sha256: sha256(made.api_key), name: 'Mine already' }] });
  expectRefusal(await nothingChanges(claviger.database, own), 409, 'already_imported');
  // Made by another installation, and imported by two organizations of this one.
  const foreign = recordSecret('key', unrecordedSecret());
  const { api_keys: [key] } = await imported(claviger.foreignAdmin, { sha256: sha256(foreign), name: unique('From elsewhere') });
  expect(await codeOf(claviger.holderOf('foreignVerifier'), foreign)).toBe('VALID');
  expect(await codeOf(claviger.verifier, foreign)).toBe('NOT_FOUND');
  expectRefusal(await bearer(claviger.origin, foreign).get('/api/v2/whoami'), 401, 'invalid_key');
  expectRefusal(await claviger.anonymous.post('/api/v2/session', { api_key: foreign }), 401, 'invalid_key');
  // A key of this installation: each organization asks about its own record of it, and the native one goes on managing.
  const copied = await imported(claviger.foreignAdmin, { sha256: sha256(made.api_key), name: unique('Copied') });
  const idFor = async (client: Client) => (await client.post('/v1/verify', { key: made.api_key, max_age_ms: 0 })).json.key.id;
  expect(await idFor(claviger.holderOf('foreignVerifier'))).toBe(copied.api_keys[0].id);
  expect(await idFor(claviger.verifier)).toBe(made.id);
  expect(expectSuccess(await bearer(claviger.origin, made.api_key).get('/api/v2/whoami')).id).toBe(made.id);
  for (const id of [key.id, copied.api_keys[0].id]) {
    expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${id}`));
  }
});

test('everything that does not fit is named with its place, and nothing is imported', async ({ claviger, unique }) => {
  const good = { sha256: sha256(live()), name: unique('Good') };
  for (const [keys, field, message] of [
    [[good, { name: 'No hash' }], 'api_keys[1].sha256', /required/],
    [[good, { sha256: 'abc', name: 'Short' }], 'api_keys[1].sha256', /64 hexadecimal digits, or base64/],
    [[good, { sha256: base64('x').slice(0, 40), name: 'Cut' }], 'api_keys[1].sha256', /base64/],
    [[good, { sha256: 7, name: 'Number' }], 'api_keys[1].sha256', /SHA-256/],
    [[{ ...good, name: undefined }], 'api_keys[0].name', /required/],
    [[{ ...good, role: 'verifier' }], 'api_keys[0].role', /integrations/],
    [[{ ...good, role: 'system_admin' }], 'api_keys[0].role', /integrations/],
    [[{ ...good, hint: '123456789' }], 'api_keys[0].hint', /8/],
    [[{ ...good, hint: '' }], 'api_keys[0].hint', /8/],
    [[{ ...good, expires_at: '2020-01-01T00:00:00Z' }], 'api_keys[0].expires_at', /future/],
    [[{ ...good, colour: 'red' }], 'api_keys[0].colour', /Unknown/],
    [[good, 'text'], 'api_keys[1]', /object with sha256/],
    [[good, { ...good, sha256: base64('other'), organization_id: 2 }], 'api_keys[1].organization_id', /Would be 1/],
    [[], 'api_keys', /1 to 1000/],
    [Array(1001).fill(good), 'api_keys', /1 to 1000/],
    ['text', 'api_keys', /1 to 1000/],
    [undefined, 'api_keys', /required/],
  ] as const) {
    const answer = await nothingChanges(claviger.database, () => claviger.owner.post(IMPORT, { api_keys: keys }));
    expectFieldRefusal(answer, 'invalid_request', field, message);
  }
  const beside = () => claviger.owner.post(IMPORT, { api_keys: [good], dry_run: true });
  expectFieldRefusal(await nothingChanges(claviger.database, beside), 'invalid_request', 'dry_run', /Unknown/);
});

test('a wrapper brings no role past the check', async ({ claviger, unique }) => {
  const wrapped = { name: unique('Wrapped'), role: 'organization_admin', access: 'read_write' };
  const attempt = () => claviger.owner.post(IMPORT, { api_keys: [{ sha256: sha256(live()), api_key: wrapped }] });
  expectFieldRefusal(await nothingChanges(claviger.database, attempt), 'invalid_request', 'api_keys[0].api_key', /Unknown/);
});

test('no import makes a revoked key of a tenant valid, whoever asks', async ({ claviger, unique }) => {
  const theirs = await claviger.made({ name: unique('Revoked there') }, claviger.foreignAdmin);
  expectSuccess(await claviger.foreignAdmin.post(`${PATH}/${theirs.id}/revoke`, {}));
  const { api_keys: [shadow] } = await imported(claviger.holderOf('admin'), { sha256: sha256(theirs.api_key), name: unique('Shadow'), scopes: ['*'] });
  expect(await codeOf(claviger.verifier, theirs.api_key)).toBe('REVOKED');
  expectSuccess(await claviger.owner.delete(`${PATH}/${shadow.id}`));
  expectSuccess(await claviger.foreignAdmin.delete(`${PATH}/${theirs.id}`));
});

test('a large body is read only where keys are imported, and only with a credential', async ({ claviger }) => {
  const body = JSON.stringify({ api_keys: [], padding: 'x'.repeat(100_000) });
  const send = (client: Client, path: string) => client.send({ method: 'POST', path, body, headers: { 'content-type': 'application/json' } });
  for (const path of ['/api/x/api_keys/import', '/v1/x/api_keys/import', '/api/v2/organizations/1/2/api_keys/import', '/api/v2/organizations//api_keys/import']) {
    expect((await send(claviger.owner, path)).status, path).toBe(413);
  }
  const session = await claviger.session('owner');
  for (const path of [IMPORT, `/ga${IMPORT}`, '/api/v2/organizations/1/api_keys/import', '/api/v2/organization/1/api_keys/import']) {
    expectRefusal(await send(claviger.anonymous, path), 413, 'body_too_large', /64 KB/);
    expectRefusal(await send(claviger.anonymous.with({ cookie: 'other=1' }), path), 413, 'body_too_large', /64 KB/);
    for (const client of [claviger.owner, session]) {
      expectFieldRefusal(await send(client, path), 'invalid_request', 'api_keys', /1 to 1000/);
    }
  }
});

test('a foreign secret itself, in place of its hash, is refused and not repeated', async ({ claviger }) => {
  for (const secret of [claviger.secrets.integration, live()]) {
    for (const key of [{ sha256: secret, name: 'x' }, { sha256: sha256('x'), name: 'x', hint: secret }]) {
      const answer = await nothingChanges(claviger.database, () => claviger.owner.post(IMPORT, { api_keys: [key] }));
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain(secret.slice(8, 28));
    }
  }
});

test('who may not make a key imports none', async ({ claviger }) => {
  const member = await claviger.session('member');
  const trial = await claviger.session('trialOwner');
  for (const [client, status, code] of [
    [claviger.anonymous, 401, 'authentication_required'],
    [claviger.integration, 403, 'forbidden'],
    [claviger.verifier, 403, 'forbidden'],
    [claviger.readOnlyAdmin, 403, 'read_only'],
    [member, 403, 'forbidden'],
    [claviger.holderOf('trialAdmin'), 403, 'api_access_disabled'],
    [trial, 403, 'api_access_disabled'],
  ] as const) {
    const attempt = () => client.post(IMPORT, { api_keys: [{ sha256: sha256('x'), name: 'x' }] });
    expectRefusal(await nothingChanges(claviger.database, attempt), status, code);
  }
  const elsewhere = () => claviger.foreignAdmin.post('/api/v2/organizations/1/api_keys/import', { api_keys: [{ sha256: sha256('x'), name: 'x' }] });
  expectRefusal(await nothingChanges(claviger.database, elsewhere), 404, 'not_found');
});

test('an imported key stays an integration, and can be rotated to a key of ours', async ({ claviger, unique }) => {
  const secret = live();
  const { api_keys: [{ id }] } = await imported(claviger.owner, { sha256: sha256(secret), name: unique('Moves over') });
  const stronger = () => claviger.owner.patch(`${PATH}/${id}`, { role: 'verifier' });
  expectFieldRefusal(await nothingChanges(claviger.database, stronger), 'invalid_request', 'role', /imported/);
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${id}/rotate`, {}));
  expect(key.secrets[1].hint).toBe('imported');
  for (const text of [secret, key.api_key]) {
    expect(await codeOf(claviger.verifier, text)).toBe('VALID');
  }
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test.describe('a thousand', () => {
  let claviger: Claviger;
  test.beforeAll(async () => {
    claviger = await Claviger.start('thousand');
  });
  test.afterAll(() => claviger.worker.kill());

  test('are imported in one call, or none; and switched, rotated, ended and removed in one call each', async () => {
    const secrets = Array.from({ length: 1000 }, live);
    const keys = secrets.map((secret, index) => ({ sha256: sha256(secret), name: `Customer ${index}`, hint: secret.slice(-4), metadata: { index } }));
    const { id: organization } = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: 'Large', key_limit: 1000 }), 201);
    const into = `/api/v2/organizations/${organization}/api_keys`;
    const verifier = expectSuccess(await claviger.owner.post(into, { name: 'Asks', role: 'verifier' }), 201);
    const asker = bearer(claviger.origin, verifier.api_key);
    // One is there already, so there is no room for all of them.
    const full = () => claviger.owner.post(`${into}/import`, { api_keys: keys });
    const refused = await nothingChanges(claviger.database, full);
    expectRefusal(refused, 409, 'key_limit', /may not have so many live keys; none was imported/);
    expect(refused.json.errors).toEqual([{ field: 'api_keys', message: 'Of 1000 places 999 are left, and 1000 were asked for.' }]);
    expectSuccess(await claviger.owner.patch(`/api/v2/organizations/${organization}`, { key_limit: 1001 }));
    const [answer, trail] = await trailOf(claviger.database, full);
    const done = expectSuccess(answer, 201);
    expect(done.imported).toBe(1000);
    expect(done.api_keys.map((key: { name: string }) => key.name)).toEqual(keys.map((key) => key.name));
    expect(trail.audit).toHaveLength(1000);
    expect(ofKeys(trail.feed)).toHaveLength(1000);
    // Each name has its own secret: they are inserted in pieces.
    for (const index of [0, 63, 64, 500, 999]) {
      const { json } = await asker.post('/v1/verify', { key: secrets[index], max_age_ms: 0 });
      expect(json).toMatchObject({ code: 'VALID', key: { id: done.api_keys[index].id, name: `Customer ${index}`, metadata: { index } } });
    }
    expectTrueCounters(claviger.database);

    const ids = done.api_keys.map((key: { id: number }) => key.id);
    const bulk = async (action: string, rest: object = {}): Promise<any> =>
      expectSuccess(await claviger.owner.post(`${PATH}/bulk`, { ids, action, ...rest }));
    const code = async () => (await asker.post('/v1/verify', { key: secrets[777], max_age_ms: 0 })).json.code;
    expect((await bulk('disable')).changed).toBe(1000);
    expect(await code()).toBe('DISABLED');
    expect((await bulk('disable')).changed).toBe(0);
    expect((await bulk('enable')).changed).toBe(1000);
    const rotated = await bulk('rotate', { grace_seconds: 600 });
    expect(new Set(rotated.api_keys.map((key: { api_key: string }) => key.api_key)).size).toBe(1000);
    expect((await asker.post('/v1/verify', { key: rotated.api_keys[777].api_key, max_age_ms: 0 })).json.key.id).toBe(ids[777]);
    expect(await code()).toBe('VALID');
    expect((await bulk('revoke')).changed).toBe(1000);
    expect(await code()).toBe('REVOKED');
    expectTrueCounters(claviger.database);
    expect((await bulk('delete')).changed).toBe(1000);
    expect(await code()).toBe('NOT_FOUND');
    expectTrueCounters(claviger.database);
  });

  test('with all they may have fit into one call', async () => {
    const { id: organization } = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: 'Wordy', key_limit: 1000 }), 201);
    const keys = Array.from({ length: 1000 }, (_, index) => ({
      sha256: sha256(`${index}`), name: `Customer ${index} ${'n'.repeat(60)}`, description: 'd'.repeat(400), scopes: ['invoices.read', 'invoices.write'],
      metadata: { text: 'm'.repeat(1000) }, allowed_ips: ['203.0.113.0/24'], rate_limit: { limit: 10, window_seconds: 60 },
    }));
    const answer = await claviger.owner.post(`/api/v2/organizations/${organization}/api_keys/import`, { api_keys: keys });
    const done = expectSuccess(answer, 201);
    expect(done.imported).toBe(1000);
    expectTrueCounters(claviger.database);
    // Done in one call and remembered, too: what is kept for a replay is small.
    const ids = done.api_keys.map((key: { id: number }) => key.id);
    for (const action of ['disable', 'revoke', 'delete']) {
      const act = () => claviger.owner.post(`${PATH}/bulk`, { ids, action }, { 'idempotency-key': action });
      const [first, trail] = await trailOf(claviger.database, act);
      expect(expectSuccess(first).changed, action).toBe(1000);
      expect(String(trail.idempotency[0]?.answer).length, action).toBeLessThan(100_000);
      const again = await nothingChanges(claviger.database, act);
      expect([again.status, again.json], action).toEqual([first.status, first.json]);
    }
  });
});
