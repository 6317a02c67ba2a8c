import { anonymous, cookieOf, type Client } from '../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test, type Holder } from '../support/fixtures';
import { mintSecret, mistyped, sha256 } from '../support/secrets';

const PATH = '/api/v2/session';

test('a personal key signs in, and the session says who and until when', async ({ claviger }) => {
  const answer = await claviger.anonymous.post(PATH, { api_key: claviger.secrets.owner });
  const session = expectSuccess(answer, 201);
  expect(session).toMatchObject({
    user: { id: 1, name: 'Ada Owner', email: 'ada@example.com', role: 'owner' },
    organization: { id: 1, name: 'Acme', system: true, plan: 'paid', key_limit: 1000 },
    role: 'system_admin',
    access: 'read_write',
    key: { expires_at: null },
  });
  const hours = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 3_600_000;
  expect(hours(session.created_at, session.idle_at)).toBeCloseTo(12, 1);
  expect(hours(session.created_at, session.ends_at)).toBeCloseTo(7 * 24, 1);

  const cookie = answer.headers['set-cookie'];
  expect(cookie).toHaveLength(1);
  expect(cookie![0]).toMatch(new RegExp(`^claviger-${claviger.worker.port}=[^;]{20,};`));
  const attributes = cookie![0]!.split('; ').slice(1).map((attribute) => attribute.toLowerCase());
  expect(attributes).toEqual(expect.arrayContaining(['httponly', 'samesite=strict', 'path=/']));
  expect(attributes).not.toContain('secure');
  expect(attributes.some((attribute) => attribute.startsWith('domain'))).toBe(false);

  const client = claviger.anonymous.with({ cookie: cookieOf(answer) });
  expect(expectSuccess(await client.get(PATH)).user.name).toBe('Ada Owner');
  const token = cookieOf(answer).split('=')[1]!;
  expect(answer.text).not.toContain(token);
  expect(claviger.database.rows('SELECT id FROM sessions WHERE hash = ?', sha256(token))).toHaveLength(1);
});

test('a deployed Worker gives a __Host- cookie with Secure', async () => {
  const claviger = await Claviger.start('deployed', { variables: {} });
  const answer = await claviger.anonymous.post(PATH, { api_key: claviger.secrets.owner });
  expectSuccess(answer, 201);
  const [cookie] = answer.headers['set-cookie'] ?? [];
  expect(cookie).toMatch(/^__Host-claviger=[^;]{20,};/);
  expect(cookie?.toLowerCase().split('; ')).toEqual(expect.arrayContaining(['secure', 'httponly', 'samesite=strict', 'path=/']));
  expectSuccess(await claviger.anonymous.with({ cookie: cookieOf(answer) }).get(PATH));
  await claviger.worker.kill();
});

test.describe('signing in is refused', () => {
  const cases: [string, Holder, number, string][] = [
    ['for a service key', 'admin', 403, 'not_a_sign_in_key'],
    ['for an integration', 'integration', 403, 'not_a_sign_in_key'],
    ['for a verifier', 'verifier', 403, 'not_a_sign_in_key'],
    ['for a revoked key', 'revokedAdmin', 401, 'key_revoked'],
    ['for an expired key', 'expiredAdmin', 401, 'key_expired'],
    ['for a disabled key', 'disabledAdmin', 401, 'key_disabled'],
    ['for a person who has left', 'personLeft', 401, 'key_disabled'],
  ];
  for (const [what, holder, status, code] of cases) {
    test(what, async ({ claviger }) => {
      const attempt = () => claviger.anonymous.post(PATH, { api_key: claviger.secrets[holder] });
      expectRefusal(await nothingChanges(claviger.database, attempt), status, code);
    });
  }

  test('for a key that nobody has, for a mistyped one and for any other text', async ({ claviger }) => {
    for (const text of [mintSecret(), mistyped(claviger.secrets.owner), 'password', 'clv_', '🗝️'.repeat(40)]) {
      const attempt = () => claviger.anonymous.post(PATH, { api_key: text });
      expectRefusal(await nothingChanges(claviger.database, attempt), 401, 'invalid_key');
    }
  });

  test('for a body without a key, with another field and with a number', async ({ claviger }) => {
    for (const [body, field] of [[{}, 'api_key'], [{ api_key: 'x', remember: true }, 'remember'], [{ api_key: 7 }, 'api_key']] as const) {
      const answer = await nothingChanges(claviger.database, () => claviger.anonymous.post(PATH, body));
      expectFieldRefusal(answer, 'invalid_request', field, /./);
    }
  });
});

test('plan and API access do not keep a person from signing in', async ({ claviger }) => {
  for (const [holder, plan] of [['trialOwner', 'trial'], ['personWithoutApi', 'paid']] as const) {
    const session = await claviger.session(holder);
    expect(expectSuccess(await session.get(PATH)).organization.plan).toBe(plan);
  }
});

test('without a cookie nobody is signed in, with a wrong one the session has ended', async ({ claviger }) => {
  expectRefusal(await claviger.anonymous.get(PATH), 401, 'authentication_required');
  const cookie = (value: string) => claviger.anonymous.with({ cookie: `claviger-${claviger.worker.port}=${value}` });
  for (const value of ['x', 'A'.repeat(43), '', '%00']) {
    const answer = await cookie(value).get(PATH);
    expect(answer.status, value).toBe(401);
    expect(answer.json.error_code).toMatch(/^(session_ended|authentication_required)$/);
  }
});

test('signing out ends the session on the server', async ({ claviger }) => {
  const session = await claviger.session('owner', 'fresh');
  const other = await claviger.session('owner');
  const answer = await session.delete(PATH);
  expect(expectSuccess(answer)).toBeNull();
  expect(answer.headers['set-cookie']?.[0]).toMatch(/Max-Age=0/i);
  expectRefusal(await session.get(PATH), 401, 'session_ended');
  expectRefusal(await session.get('/api/v2/api_keys'), 401, 'session_ended');
  expectSuccess(await other.get(PATH));
});

test.describe('a session ends with the key it was opened with', () => {
  /** A member's own key, the only kind that the API makes and that signs in. */
  const personal = async (claviger: Claviger, attributes: object) => {
    const member = await claviger.session('member');
    const key = await claviger.made({ name: 'Second key', ...attributes }, member);
    expect(key).toMatchObject({ kind: 'personal', role: 'integration' });
    const answer = await claviger.anonymous.post(PATH, { api_key: key.api_key });
    const session = anonymous(claviger.origin).with({ ...member.headers, cookie: cookieOf(answer) });
    expectSuccess(await session.get(PATH));
    return { key, session };
  };
  const ended = async (claviger: Claviger, session: Client) => {
    expectRefusal(await session.get(PATH), 401, 'session_ended');
    const write = () => session.post('/api/v2/api_keys', { name: 'Too late' });
    expectRefusal(await nothingChanges(claviger.database, write), 401, 'session_ended');
  };

  test('when that is revoked', async ({ claviger }) => {
    const { key, session } = await personal(claviger, {});
    expectSuccess(await claviger.owner.post(`/api/v2/api_keys/${key.id}/revoke`, {}));
    await ended(claviger, session);
  });

  test('when that is deleted', async ({ claviger }) => {
    const { key, session } = await personal(claviger, {});
    expectSuccess(await claviger.owner.delete(`/api/v2/api_keys/${key.id}`));
    await ended(claviger, session);
  });

  test('when that expires', async ({ claviger }) => {
    const { session } = await personal(claviger, { expires_at: new Date(Date.now() + 3_000).toISOString() });
    await expect.poll(async () => (await session.get(PATH)).status, { timeout: 10_000 }).toBe(401);
    await ended(claviger, session);
  });

  test('and may not write when that may only read', async ({ claviger }) => {
    const { key, session } = await personal(claviger, { access: 'read_only' });
    const writes = [
      () => session.post('/api/v2/api_keys', { name: 'Not allowed' }),
      () => session.post(`/api/v2/api_keys/${key.id}/revoke`, {}),
      () => session.delete(`/api/v2/api_keys/${key.id}`),
    ];
    for (const write of writes) {
      expectRefusal(await nothingChanges(claviger.database, write), 403, 'read_only', /read/);
    }
    expectSuccess(await session.get('/api/v2/api_keys'));
    expectSuccess(await session.delete(PATH));
  });
});
