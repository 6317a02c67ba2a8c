import { bearer, signedIn } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges, withoutUse } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { hintOf, mintSecret, SECRET, sha256 } from '../../support/secrets';
import { trailOf } from '../../support/trail';

const PATH = '/api/v2/api_keys';
const DAY = 86_400;

type Secret = { hint: string; created_at: string; ends_at: string | null; last_used_at: string | null };

/** Uses are written every 10 s. */
const WRITTEN = { timeout: 20_000 };
const codeOf = async (claviger: Claviger, key: string): Promise<string> => (await claviger.verifier.post('/v1/verify', { key, max_age_ms: 0 })).json.code;
const secondsUntil = (time: string): number => (Date.parse(time) - Date.now()) / 1000;

for (const [what, body, field] of [
  ['a grace below zero', { grace_seconds: -1 }, 'grace_seconds'],
  ['a grace of more than 7 days', { grace_seconds: 7 * DAY + 1 }, 'grace_seconds'],
  ['half a second', { grace_seconds: 0.5 }, 'grace_seconds'],
  ['text as grace', { grace_seconds: '60' }, 'grace_seconds'],
  ['an unknown field', { grace: 60 }, 'grace'],
] as const) {
  test(`${what} is refused by name`, async ({ claviger, unique }) => {
    const { id } = await claviger.made({ name: unique('Kept') });
    const answer = await nothingChanges(claviger.database, () => claviger.owner.post(`${PATH}/${id}/rotate`, body));
    expectFieldRefusal(answer, 'invalid_request', field, /./);
  });
}

test('a body that does not fit is no reason to tell a stranger so', async ({ claviger }) => {
  for (const [step, body] of [['rotate', { grace_seconds: 'x' }], ['rotate', []], ['mint', []], ['mint', { x: 1 }], ['revoke', []]] as const) {
    const ask = (client: typeof claviger.owner) => () => client.post(`${PATH}/1/${step}`, body);
    expectRefusal(await nothingChanges(claviger.database, ask(claviger.anonymous)), 401, 'authentication_required');
    expectRefusal(await nothingChanges(claviger.database, ask(claviger.integration)), 403, 'forbidden');
  }
});

test('a rotated key has two secrets for the grace, and the answers about each say so', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Rotated') });
  const [answer, trail] = await trailOf(claviger.database, () => claviger.owner.post(`${PATH}/${made.id}/rotate`, {}));
  const key = expectSuccess(answer);
  expect(key.api_key).toMatch(SECRET);
  expect(key.api_key).not.toBe(made.api_key);
  expect(key).toMatchObject({ id: made.id, name: made.name, status: 'active', hint: hintOf(key.api_key), version: made.version + 1 });
  expect(key.secrets).toEqual([
    { hint: hintOf(key.api_key), created_at: key.rotated_at, ends_at: null, last_used_at: null },
    { hint: hintOf(made.api_key), created_at: made.created_at, ends_at: expect.any(String), last_used_at: null },
  ]);
  expect(secondsUntil(key.secrets[1].ends_at)).toBeCloseTo(DAY, -1);
  expect(await codeOf(claviger, made.api_key)).toBe('VALID');
  expect(await codeOf(claviger, key.api_key)).toBe('VALID');
  const whoami = (secret: string) => bearer(claviger.origin, secret).get('/api/v2/whoami');
  expect(expectSuccess(await whoami(made.api_key)).old_secret_ends_at).toBe(key.secrets[1].ends_at);
  expect(expectSuccess(await whoami(key.api_key)).old_secret_ends_at).toBeNull();
  const { api_key: _, ...read } = expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`));
  // Both were used meanwhile.
  expect(withoutUse([{ ...read, api_key: key.api_key }])).toEqual(withoutUse([key]));

  expect(trail.audit).toHaveLength(1);
  expect(trail.audit[0]).toMatchObject({ action: 'api_key.rotated', target_id: made.id, details: { grace_seconds: DAY } });
  const fed = new Set(trail.feed.map((row) => row.key_hash));
  expect(fed).toEqual(new Set([sha256(made.api_key), sha256(key.api_key)]));
  for (const secret of [made.api_key, key.api_key]) {
    expect(JSON.stringify(trail)).not.toContain(secret.slice(8, 28));
  }
});

test('without a grace the old secret is REVOKED at once, and nothing is told about its key', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('At once') });
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 0 }));
  expect(key.secrets[1].ends_at).toBe(key.rotated_at);
  const { json } = await claviger.verifier.post('/v1/verify', { key: made.api_key, max_age_ms: 0 });
  expect(json).toMatchObject({ code: 'REVOKED', key: null });
  expectRefusal(await bearer(claviger.origin, made.api_key).get('/api/v2/whoami'), 401, 'key_revoked');
  expect(await codeOf(claviger, key.api_key)).toBe('VALID');
});

test('a grace ends by the clock', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Soon') });
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 2 }));
  expect(await codeOf(claviger, made.api_key)).toBe('VALID');
  await expect.poll(() => codeOf(claviger, made.api_key), { timeout: 5_000 }).toBe('REVOKED');
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(key.secrets[1].ends_at));
  expect(await codeOf(claviger, key.api_key)).toBe('VALID');
});

test('a grace never outlasts the key', async ({ claviger, unique }) => {
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const made = await claviger.made({ name: unique('Expiring'), expires_at });
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 7 * DAY }));
  expect(key.secrets[1].ends_at).toBe(expires_at);
  expect(key.expires_at).toBe(expires_at);
});

test('a second rotation during a grace ends the oldest secret at once', async ({ claviger, unique }) => {
  const first = await claviger.made({ name: unique('Twice') });
  const second = expectSuccess(await claviger.owner.post(`${PATH}/${first.id}/rotate`, { grace_seconds: 3_600 }));
  const third = expectSuccess(await claviger.owner.post(`${PATH}/${first.id}/rotate`, { grace_seconds: 600 }));
  expect(third.secrets).toHaveLength(3);
  expect(third.secrets.map((secret: { hint: string }) => secret.hint)).toEqual([third, second, first].map((key) => hintOf(key.api_key)));
  expect(third.secrets[2].ends_at).toBe(third.rotated_at);
  expect(secondsUntil(third.secrets[1].ends_at)).toBeLessThanOrEqual(600);
  expect(await codeOf(claviger, first.api_key)).toBe('REVOKED');
  expect(await codeOf(claviger, second.api_key)).toBe('VALID');
  expect(await codeOf(claviger, third.api_key)).toBe('VALID');
  const { api_key: _, ...read } = expectSuccess(await claviger.owner.get(`${PATH}/${first.id}`));
  expect(withoutUse([{ ...read, api_key: third.api_key }])).toEqual(withoutUse([third]));
  const again = expectSuccess(await claviger.owner.post(`${PATH}/${first.id}/rotate`, { grace_seconds: 0 }));
  expect(again.secrets[3].ends_at).toBe(third.secrets[2].ends_at);
  for (const [secret, code] of [[second.api_key, 'REVOKED'], [third.api_key, 'REVOKED'], [again.api_key, 'VALID']] as const) {
    expect(await codeOf(claviger, secret)).toBe(code);
  }
});

test('of many replaced secrets the ten newest are shown, and all stay REVOKED', async ({ claviger, unique }) => {
  let key = await claviger.made({ name: unique('Often') });
  const { id } = key;
  const secrets: string[] = [];
  for (let turn = 0; turn < 13; turn += 1) {
    secrets.push(key.api_key);
    key = expectSuccess(await claviger.owner.post(`${PATH}/${id}/rotate`, { grace_seconds: 0 }));
  }
  expect(key.secrets.map((secret: { hint: string }) => secret.hint)).toEqual([key.api_key, ...secrets.slice(-10).reverse()].map(hintOf));
  const { api_key: _, ...read } = expectSuccess(await claviger.owner.get(`${PATH}/${id}`));
  expect({ ...read, api_key: key.api_key }).toEqual(key);
  for (const secret of secrets) {
    expect(await codeOf(claviger, secret)).toBe('REVOKED');
  }
});

test('who is nobody learns that before anything about the body', async ({ claviger }) => {
  for (const step of ['rotate', 'mint', 'revoke']) {
    for (const [body, type] of [['{', 'application/json'], ['x', 'text/plain'], ['{"x":1}', 'application/json']] as const) {
      const attempt = () => claviger.anonymous.send({ method: 'POST', path: `${PATH}/1/${step}`, body, headers: { 'content-type': type } });
      expectRefusal(await nothingChanges(claviger.database, attempt), 401, 'authentication_required');
    }
  }
});

test('revoking ends both secrets of a rotation, deleting removes them', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Both') });
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, {}));
  expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/revoke`, {}));
  for (const secret of [made.api_key, key.api_key]) {
    expect(await codeOf(claviger, secret)).toBe('REVOKED');
  }
  const [, trail] = await trailOf(claviger.database, () => claviger.owner.delete(`${PATH}/${made.id}`));
  expect(new Set(trail.feed.map((row) => row.key_hash))).toEqual(new Set([made, key].map((one) => sha256(one.api_key))));
  for (const secret of [made.api_key, key.api_key]) {
    expect(await codeOf(claviger, secret)).toBe('NOT_FOUND');
  }
});

test('what is revoked, expired or without a secret is not rotated; what is off is, and stays off', async ({ claviger, unique }) => {
  const expired = await claviger.made({ name: unique('Expired'), expires_at: new Date(Date.now() + 500).toISOString() });
  const revoked = await claviger.made({ name: unique('Revoked') });
  await claviger.owner.post(`${PATH}/${revoked.id}/revoke`, {});
  await expect.poll(() => codeOf(claviger, expired.api_key)).toBe('EXPIRED');
  for (const [id, code] of [[revoked.id, 'already_revoked'], [expired.id, 'key_expired']] as const) {
    for (const step of ['rotate'] as const) {
      const attempt = () => claviger.owner.post(`${PATH}/${id}/${step}`, {});
      expectRefusal(await nothingChanges(claviger.database, attempt), 409, code);
    }
  }
  const off = await claviger.made({ name: unique('Off'), active: false });
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${off.id}/rotate`, {}));
  expect(key.status).toBe('disabled');
  expect(await codeOf(claviger, key.api_key)).toBe('DISABLED');
});

test('an older version is a conflict', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Versioned') });
  expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { description: 'x' }));
  for (const step of ['rotate', 'revoke']) {
    const attempt = () => claviger.owner.post(`${PATH}/${made.id}/${step}`, {}, { 'if-match': `"${made.version}"` });
    expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'conflict');
  }
  const attempt = () => claviger.owner.delete(`${PATH}/${made.id}`, { 'if-match': `"${made.version}"` });
  expectRefusal(await nothingChanges(claviger.database, attempt), 409, 'conflict');
  expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, {}, { 'if-match': `"${made.version + 1}"` }));
});

test('a personal key is rotated by its own person only', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  const made = await claviger.made({ name: unique('Hers') }, member);
  for (const other of [claviger.owner, claviger.holderOf('admin'), await claviger.session('administrator')]) {
    for (const attempt of [
      () => other.post(`${PATH}/${made.id}/rotate`, {}),
      () => other.post(`${PATH}/bulk`, { ids: [made.id], action: 'rotate' }),
    ]) {
      expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'forbidden');
    }
  }
  const key = expectSuccess(await member.post(`${PATH}/${made.id}/rotate`, {}));
  expect(await codeOf(claviger, key.api_key)).toBe('VALID');
  expectSuccess(await member.delete(`${PATH}/${made.id}`));
});

test('a member rotates no service key', async ({ claviger, unique }) => {
  const { id } = await claviger.made({ name: unique('Service') });
  const member = await claviger.session('member');
  for (const step of ['rotate', 'mint']) {
    expectRefusal(await nothingChanges(claviger.database, () => member.post(`${PATH}/${id}/${step}`, {})), 404, 'not_found');
  }
});

test('a session lives as long as the secret it was opened with', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  const made = await claviger.made({ name: unique('Signs in'), access: 'read_write' }, member);
  const session = await signedIn(claviger.origin, made.api_key);
  expectSuccess(await session.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 2 }));
  expectSuccess(await session.get('/api/v2/session'));
  await expect.poll(async () => (await session.get('/api/v2/session')).json.error_code).toBe('session_ended');
  expectSuccess(await member.delete(`${PATH}/${made.id}`));
});

test('which secret was last used is visible', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Used') });
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, {}));
  expect(key.secrets.map((secret: Secret) => secret.last_used_at)).toEqual([null, null]);
  const uses = async (): Promise<(string | null)[]> => {
    const read = expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`));
    expect(read.version, 'being used is no change').toBe(key.version);
    const uses = read.secrets.map((secret: Secret) => secret.last_used_at);
    expect(read.last_used_at).toBe(uses.filter(Boolean).toSorted().at(-1) ?? null);
    return uses;
  };
  expect(await codeOf(claviger, made.api_key)).toBe('VALID');
  await expect.poll(uses, WRITTEN).toEqual([null, expect.any(String)]);
  expect(await codeOf(claviger, key.api_key)).toBe('VALID');
  await expect.poll(uses, WRITTEN).toEqual([expect.any(String), expect.any(String)]);
});

test('a minted secret begins with the prefix of its organization, and so does its hint', async ({ claviger, unique }) => {
  const organization = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: unique('Prefixed'), key_prefix: 'acme7' }), 201);
  const keys = `/api/v2/organizations/${organization.id}/api_keys`;
  const made = expectSuccess(await claviger.owner.post(keys, { name: 'With a prefix' }), 201);
  const verifier = expectSuccess(await claviger.owner.post(keys, { name: 'Asks', role: 'verifier' }), 201);
  const rotated = expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, {}));
  const bulk = expectSuccess(await claviger.owner.post(`${PATH}/bulk`, { ids: [made.id], action: 'rotate' })).api_keys[0];
  for (const key of [made, verifier, rotated, bulk]) {
    expect(key.api_key).toMatch(/^acme7_clv_[0-9A-Za-z]{49}$/);
    expect(key.hint).toBe(hintOf(key.api_key));
    expect(key.hint).toMatch(/^acme7_clv_[0-9A-Za-z]{4}…[0-9A-Za-z]{4}$/);
  }
  const asker = bearer(claviger.origin, verifier.api_key);
  expect((await asker.post('/v1/verify', { key: bulk.api_key, max_age_ms: 0 })).json.code).toBe('VALID');
  // The prefix belongs to the secret.
  expect((await asker.post('/v1/verify', { key: bulk.api_key.replace('acme7_', ''), max_age_ms: 0 })).json.code).toBe('NOT_FOUND');
  expect((await asker.post('/v1/verify', { key: bulk.api_key.replace('acme7_', 'other_'), max_age_ms: 0 })).json.code).toBe('NOT_FOUND');
  expectSuccess(await claviger.owner.patch(`/api/v2/organizations/${organization.id}`, { key_prefix: null }));
  const plain = expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, {}));
  expect(plain.api_key).toMatch(/^clv_/);
  expect((await asker.post('/v1/verify', { key: bulk.api_key, max_age_ms: 0 })).json.code).toBe('VALID');
  const found = expectSuccess(await claviger.owner.get(`${keys}?name_contains=prefix`));
  expect(JSON.stringify(found)).not.toContain(bulk.api_key.slice(12, 32));
  expect(mintSecret()).toMatch(SECRET);
});
