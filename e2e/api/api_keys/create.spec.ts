import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';
import { hintOf, mintSecret, SECRET, sha256 } from '../../support/secrets';

const PATH = '/api/v2/api_keys';

test('a key made with its name alone may do the least', async ({ claviger, unique }) => {
  const name = unique('Least');
  const key = expectSuccess(await claviger.owner.post(PATH, { name }), 201);
  expect(key).toMatchObject({
    name, kind: 'service', role: 'integration', access: 'read_only', scopes: [], active: true, status: 'active',
    expires_at: null, description: '', metadata: {}, organization_id: 1, user_id: null, user_name: null, source: 'minted', version: 1,
    created_by: { type: 'key' }, revoked_at: null,
  });
  expect(key.api_key).toMatch(SECRET);
  expect(key.hint).toBe(hintOf(key.api_key));
  expect(key.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const stored = claviger.database.rows('SELECT hash, hint FROM secrets WHERE key_id = ?', key.id);
  expect(stored).toEqual([{ hash: sha256(key.api_key), hint: key.hint }]);
  const audited = claviger.database.rows('SELECT action FROM audit_log WHERE target_id = ? AND target_name = ?', key.id, name);
  expect(audited).toHaveLength(1);
});

test('every attribute is kept as it was given', async ({ claviger, unique }) => {
  const given = {
    name: unique('Whole'),
    description: 'Two\nlines',
    role: 'verifier',
    access: 'read_write',
    scopes: ['invoices.*', 'reports.read'],
    active: false,
    expires_at: '2090-02-18T10:30:00+01:00',
    metadata: { team: 'billing', nested: { deep: [1, null, 'ü'] } },
  };
  const { id } = await claviger.made(given);
  const key = expectSuccess(await claviger.owner.get(`${PATH}/${id}`));
  expect(key).toMatchObject({ ...given, expires_at: '2090-02-18T09:30:00.000Z', status: 'disabled', api_key: null });
});

test('the body may be wrapped, and what was read may be sent back', async ({ claviger, unique }) => {
  const first = await claviger.made({ name: unique('Wrapped') });
  const { json } = await claviger.owner.get(`${PATH}/${first.id}`);
  const second = expectSuccess(await claviger.owner.post(PATH, { api_key: json.data }), 201);
  expect(second.id).not.toBe(first.id);
  expect(second.name).toBe(first.name);
});

for (const [what, name] of [
  ['emoji', '👩‍👩‍👧 family 🗝️'],
  ['right-to-left text', 'مفتاح الفوترة'],
  ['a joiner that Persian needs', 'می‌خواهم'],
  ['what a spreadsheet would take for a formula', '=1+1'],
  ['HTML', '<img src=x onerror=alert(1)>'],
  ['100 characters outside ASCII', 'ä'.repeat(100)],
] as const) {
  test(`a name may be ${what}`, async ({ claviger }) => {
    expect((await claviger.made({ name })).name).toBe(name);
  });
}

test('white space around a name goes', async ({ claviger, unique }) => {
  const name = unique('Trimmed');
  expect((await claviger.made({ name: ` \t${name}  ` })).name).toBe(name);
});

const REFUSED: [string, object, string, RegExp][] = [
  ['no name', { name: undefined }, 'name', /required/],
  ['a null name', { name: null }, 'name', /required/],
  ['an empty name', { name: '' }, 'name', /empty/],
  ['a name of white space', { name: ' \t\n ' }, 'name', /empty/],
  ['a name of 101 characters', { name: 'ä'.repeat(101) }, 'name', /100 characters/],
  ['a line break in a name', { name: 'a\nb' }, 'name', /line breaks/],
  ['a NUL in a name', { name: 'a\u0000b' }, 'name', /control characters/],
  ['a direction override in a name', { name: 'a\u202eb' }, 'name', /direction marks/],
  ['a number as name', { name: 7 }, 'name', /text/],
  ['a long description', { description: 'x'.repeat(501) }, 'description', /500 characters/],
  ['an unknown role', { role: 'god' }, 'role', /integration, verifier, organization_admin, system_admin/],
  ['a role in capitals', { role: 'VERIFIER' }, 'role', /one of/],
  ['an unknown access', { access: 'write' }, 'access', /read_only, read_write/],
  ['a number as access', { access: 1 }, 'access', /one of/],
  ['an expiry in the past', { expires_at: '2020-01-01T00:00:00Z' }, 'expires_at', /future/],
  ['an expiry beyond year 9999', { expires_at: '+10000-01-01T00:00:00Z' }, 'expires_at', /10000/],
  ['an expiry that an offset moves beyond year 9999', { expires_at: '9999-12-31T23:59:59-01:00' }, 'expires_at', /10000/],
  ['a day that does not exist', { expires_at: '2090-02-30T00:00:00Z' }, 'expires_at', /time such as/],
  ['an expiry without a zone', { expires_at: '2090-01-01T00:00:00' }, 'expires_at', /time such as/],
  ['a number as expiry', { expires_at: 4102444800 }, 'expires_at', /time such as/],
  ['a scope with a space', { scopes: ['invoices read'] }, 'scopes', /invoices\.read/],
  ['a scope with a star inside', { scopes: ['a.*.b'] }, 'scopes', /invoices\.read/],
  ['a text as scopes', { scopes: 'invoices.read' }, 'scopes', /list/],
  ['51 scopes', { scopes: Array.from({ length: 51 }, (_, n) => `s${n}.read`) }, 'scopes', /50/],
  ['active as text', { active: 'yes' }, 'active', /true or false/],
  ['metadata that is a list', { metadata: [] }, 'metadata', /object/],
  ['metadata over 4 KB', { metadata: { note: 'x'.repeat(4097) } }, 'metadata', /4096/],
  ['an unknown field', { colour: 'red' }, 'colour', /Unknown/],
  ['a field of an object above', { '__proto__x': 1 }, '__proto__x', /Unknown/],
];
for (const [what, change, field, message] of REFUSED) {
  test(`${what} is refused by name`, async ({ claviger }) => {
    const body = { name: 'Refused', ...change };
    const answer = await nothingChanges(claviger.database, () => claviger.owner.post(PATH, body));
    expectFieldRefusal(answer, 'invalid_request', field, message);
  });
}

test('every field that does not fit is named at once', async ({ claviger }) => {
  const body = { name: '', role: 'god', access: 'all', what: 1 };
  const answer = await nothingChanges(claviger.database, () => claviger.owner.post(PATH, body));
  expectRefusal(answer, 400, 'invalid_request');
  expect(answer.json.errors.map((error: { field: string }) => error.field).sort()).toEqual(['access', 'name', 'role', 'what']);
});

for (const [what, where, body] of [
  ['as the name', 'name', (secret: string) => ({ name: secret })],
  ['inside the name', 'name', (secret: string) => ({ name: `my key is ${secret}!` })],
  ['in the description', 'description', (secret: string) => ({ name: 'x', description: `see ${secret}` })],
  ['deep in the metadata', 'metadata', (secret: string) => ({ name: 'x', metadata: { old: { key: secret } } })],
  ['as a name in the metadata', 'metadata', (secret: string) => ({ name: 'x', metadata: { [secret]: true } })],
] as const) {
  test(`a secret ${what} is refused and not repeated`, async ({ claviger }) => {
    const secret = claviger.secrets.integration;
    const answer = await nothingChanges(claviger.database, () => claviger.owner.post(PATH, body(secret)));
    expectFieldRefusal(answer, 'contains_secret', where, /API key/);
    expect(answer.text).not.toContain(secret.slice(8, 28));
  });
}

test('a secret as the name of a field is not repeated', async ({ claviger }) => {
  const secret = mintSecret();
  const answer = await nothingChanges(claviger.database, () => claviger.owner.post(PATH, { name: 'x', [secret]: 1 }));
  expect(answer.status).toBe(400);
  expect(answer.text).not.toContain(secret.slice(8, 28));
});

test('integrations, verifiers and read-only keys make none', async ({ claviger }) => {
  for (const [holder, code] of [
    ['integration', 'forbidden'], ['verifier', 'forbidden'], ['member', 'forbidden'], ['readOnlyAdmin', 'read_only'],
  ] as const) {
    const attempt = () => claviger.holderOf(holder).post(PATH, { name: 'Not allowed' });
    expectRefusal(await nothingChanges(claviger.database, attempt), 403, code);
  }
});

test('nobody makes a key that is stronger than their own', async ({ claviger }) => {
  for (const [holder, attributes, field] of [
    ['admin', { role: 'system_admin' }, 'role'],
    ['admin', { role: 'verifier' }, 'role'],
    ['administrator', { role: 'system_admin' }, 'role'],
    ['foreignAdmin', { role: 'system_admin' }, 'role'],
  ] as const) {
    const attempt = () => claviger.holderOf(holder).post(PATH, { name: 'Too strong', ...attributes });
    const answer = await nothingChanges(claviger.database, attempt);
    expectRefusal(answer, 403, 'too_strong');
    expect(answer.json.errors[0].field).toBe(field);
  }
  const brief = await claviger.made({
    name: 'Brief admin', role: 'organization_admin', access: 'read_write', expires_at: '2090-01-01T00:00:00Z',
  });
  const maker = claviger.anonymous.with({ authorization: `Bearer ${brief.api_key}` });
  const attempt = () => maker.post(PATH, { name: 'Outlives', expires_at: '2090-01-02T00:00:00Z' });
  expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'too_strong', /outlive/);
});

test('a member at the console makes a personal key of their own', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  const key = await claviger.made({ name: unique('Mine') }, member);
  const { user_id } = expectSuccess(await claviger.holderOf('member').get('/api/v2/whoami'));
  expect(key).toMatchObject({ kind: 'personal', role: 'integration', user_id });
  const attempt = () => member.post(PATH, { name: 'Too strong', role: 'organization_admin' });
  const answer = await nothingChanges(claviger.database, attempt);
  expect(answer.status, answer.text).toBe(403);
  expectSuccess(await member.delete(`${PATH}/${key.id}`));
});

test('a trial organization makes none, over its key or at the console', async ({ claviger }) => {
  const trial = await claviger.session('trialOwner');
  for (const client of [claviger.holderOf('trialAdmin'), trial]) {
    const attempt = () => client.post(PATH, { name: 'No plan' });
    expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'api_access_disabled');
  }
});

test('the 26th live key of an organization is refused, and revoking one makes room', async ({ claviger }) => {
  const admin = claviger.holderOf('fullAdmin');
  const { organization } = expectSuccess(await admin.get('/api/v2/whoami'));
  const live = () => Number(claviger.database.row(
    "SELECT count(*) AS n FROM api_keys WHERE organization_id = ? AND kind = 'service' AND revoked_at IS NULL", organization.id,
  ).n);
  let last = 0;
  while (live() < 25) {
    // Disabled and expired keys count: they can come to work again.
    last = (await claviger.made({ name: 'One of many', active: false }, admin)).id;
  }
  const attempt = () => admin.post(PATH, { name: 'One too many' });
  expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'key_limit');
  expectSuccess(await admin.post(`${PATH}/${last}/revoke`, {}));
  // Two at once for the one place that is free.
  const answers = await Promise.all([attempt(), attempt()]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
  expect(live()).toBe(25);
});
