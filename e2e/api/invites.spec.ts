import { DatabaseSync } from 'node:sqlite';

import { bearer, signedIn, tokenOf, visitor } from '../support/client';
import { databaseFile } from '../support/database';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { mintSecret, sha256 } from '../support/secrets';
import { trailOf } from '../support/trail';

const ACCEPT = '/api/v2/invites/accept';
const LOOKUP = '/api/v2/invites/lookup';
const DORA = { name: 'Dora First', email: 'Dora@Example.com' };

let claviger: Claviger;
test.beforeAll(async () => {
  claviger = await Claviger.start('invites');
});
test.afterAll(() => claviger.worker.kill());

const invited = async (attributes: object = {}): Promise<{ id: number; token: string; ends_at: string }> => {
  const { id, invite } = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: 'Invited Ltd', ...attributes }), 201);
  return { id, token: tokenOf(invite.link), ends_at: invite.ends_at };
};

test('an invitation says what it is good for, and is not spent by that', async () => {
  const { token, ends_at } = await invited();
  const look = () => claviger.anonymous.post(LOOKUP, { token });
  for (const answer of [await nothingChanges(claviger.database, look), await look()]) {
    expect(expectSuccess(answer)).toEqual({ organization: 'Invited Ltd', role: 'owner', ends_at });
  }
});

test('what is no invitation opens nothing, and leaves nothing', async () => {
  const { token } = await invited();
  for (const [body, status, code] of [
    [{ token: 'x' }, 403, 'invite_closed'], [{ token: '' }, 403, 'invite_closed'], [{ token: `${token}x` }, 403, 'invite_closed'],
    [{ token: sha256(token) }, 403, 'invite_closed'], [{ token: claviger.worker.setupToken }, 403, 'invite_closed'],
    [{}, 400, 'invalid_request'], [{ token: 7 }, 400, 'invalid_request'], [{ token: null }, 400, 'invalid_request'],
  ] as const) {
    expectRefusal(await nothingChanges(claviger.database, () => claviger.anonymous.post(LOOKUP, body)), status, code);
    expectRefusal(await nothingChanges(claviger.database, () => claviger.anonymous.post(ACCEPT, { ...body, ...DORA })), status, code);
  }
});

test('every field that does not fit is named, and the invitation is still good', async () => {
  const { token } = await invited();
  for (const [change, code, field] of [
    [{ name: ' ' }, 'invalid_request', 'name'], [{ name: undefined }, 'invalid_request', 'name'], [{ email: 'dora' }, 'invalid_request', 'email'],
    [{ role: 'owner' }, 'invalid_request', 'role'], [{ name: mintSecret() }, 'contains_secret', 'name'],
  ] as const) {
    const attempt = () => claviger.anonymous.post(ACCEPT, { token, ...DORA, ...change });
    expectFieldRefusal(await nothingChanges(claviger.database, attempt), code, field, /./);
  }
  expectSuccess(await claviger.anonymous.post(LOOKUP, { token }));
});

test('who comes in may be called anything that hides nothing', async () => {
  const accept = (token: string, name: string) => visitor(claviger.origin).post(ACCEPT, { token, name, email: 'dora@example.com' });
  const { id, token } = await invited();
  for (const name of ['\u202Egnp.exe', 'Do\u200Bra', '\u2066Dora\u2069', '\uFEFFDora', 'Dora\u200F', 'Dora\nOwner', 'Do\u0000ra', '\u200D\u200C', 'Dora\u{E0041}', 'x'.repeat(101)]) {
    expectFieldRefusal(await nothingChanges(claviger.database, () => accept(token, name)), 'invalid_request', 'name', /./);
  }
  const name = '<b onclick=alert(1)>مريم</b> می‌خواهم 👩‍👩‍👧';
  expectSuccess(await accept(token, name), 201);
  expect(expectSuccess(await claviger.owner.get(`/api/v2/organizations/${id}/users`))).toMatchObject([{ name }]);
});

test('another site cannot accept', async () => {
  const { token } = await invited();
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
    for (const body of [{ token, ...DORA }, { token: 'x' }, {}]) {
      const attempt = () => claviger.anonymous.post(ACCEPT, body, headers);
      expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'cross_site_request');
    }
  }
});

test('accepting makes the first owner with a key to sign in, once', async () => {
  const { id, token } = await invited({ key_prefix: 'inv1', plan: 'trial' });
  const [answer, trail] = await trailOf(claviger.database, () => claviger.anonymous.post(ACCEPT, { token, ...DORA }));
  const key = expectSuccess(answer, 201);
  expect(key).toMatchObject({
    organization_id: id, kind: 'personal', role: 'organization_admin', access: 'read_write', status: 'active', expires_at: null,
    system_generated: true, name: 'Auto-Generated API Key (Created By System)', created_by: { type: 'system' },
  });
  expect(key.api_key).toMatch(/^inv1_clv_/);
  expect(trail.audit.map((record) => [record.action, record.organization_id, record.target_name])).toEqual([
    ['user.created', id, DORA.name], ['api_key.created', id, key.name],
  ]);
  expect(trail.feed).toEqual([{ organization_id: id, key_hash: sha256(key.api_key) }]);
  expect(claviger.database.rows('SELECT name, email, role, active, api_access FROM users WHERE organization_id = ?', id)).toEqual([
    { name: DORA.name, email: 'dora@example.com', role: 'owner', active: 1, api_access: 1 },
  ]);
  const again = () => claviger.anonymous.post(ACCEPT, { token, name: 'Second', email: 'second@example.com' });
  expectRefusal(await nothingChanges(claviger.database, again), 403, 'invite_closed');
  expectRefusal(await claviger.anonymous.post(LOOKUP, { token }), 403, 'invite_closed');
  const session = await signedIn(claviger.origin, key.api_key);
  expect(expectSuccess(await session.get('/api/v2/session'))).toMatchObject({ user: { role: 'owner' }, organization: { id, system: false, plan: 'trial' } });
  expectRefusal(await bearer(claviger.origin, key.api_key).get('/api/v2/whoami'), 403, 'api_access_disabled');
  // Their last credential, from the first moment.
  expectRefusal(await session.delete(`/api/v2/api_keys/${key.id}`), 409, 'last_credential');
});

test('an invitation ends after its time, and with its organization', async () => {
  const [late, doomed] = [await invited(), await invited()];
  expectSuccess(await claviger.owner.send({
    method: 'DELETE', path: `/api/v2/organizations/${doomed.id}`, body: '{"name":"Invited Ltd"}', headers: { 'content-type': 'application/json' },
  }));
  await claviger.worker.kill('SIGTERM');
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  database.prepare('UPDATE invites SET ends_at = ? WHERE hash = ?').run(Date.now() - 1, sha256(late.token));
  database.close();
  await claviger.worker.restart();
  for (const { token } of [late, doomed]) {
    for (const path of [LOOKUP, ACCEPT]) {
      const attempt = () => claviger.anonymous.post(path, { token, ...(path === ACCEPT ? DORA : {}) });
      expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'invite_closed');
    }
  }
});

test('an Idempotency-Key means nothing here: the second one is refused', async () => {
  const { token } = await invited();
  const accept = () => claviger.anonymous.post(ACCEPT, { token, ...DORA }, { 'idempotency-key': 'once' });
  expectSuccess(await accept(), 201);
  expectRefusal(await nothingChanges(claviger.database, accept), 403, 'invite_closed');
  expect(claviger.database.rows("SELECT 1 FROM idempotency WHERE key = 'once'")).toEqual([]);
});
