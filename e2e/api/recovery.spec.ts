import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { SECRET } from '../support/secrets';
import { Authenticator } from '../support/authenticator';
import { bearer, cookieOf } from '../support/client';
import { newSetupToken } from '../support/worker';

const PATH = '/api/v2/setup';
const EMAIL = 'ada@example.com';

test.describe('a changed setup token', () => {
  let claviger: Claviger;
  let token: string;

  test.beforeAll(async () => {
    claviger = await Claviger.start('recovery');
    expect((await claviger.anonymous.get(PATH)).json.data.open).toBe(true);
    token = claviger.worker.setupToken;
  });
  test.afterAll(() => claviger.worker.kill());

  test('opens setup once more, only to recover', async () => {
    expect(expectSuccess(await claviger.anonymous.get(PATH))).toEqual({ open: true, mode: 'recovery', cloudflare_access: false });
  });

  test('makes no second organization', async () => {
    const body = { token, organization: 'Mine now', name: 'Eve', email: 'eve@example.com' };
    const answer = await nothingChanges(claviger.database, () => claviger.anonymous.post(PATH, body));
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
  });

  for (const [who, email] of [
    ['a stranger', 'eve@example.com'],
    ['a member', 'max.member@example.com'],
    ['an administrator', 'alan.admin@example.com'],
    ['the owner of another organization', 'olga.other@example.com'],
  ]) {
    test(`gives ${who} nothing`, async () => {
      const answer = await nothingChanges(claviger.database, () => claviger.anonymous.post(PATH, { token, email }));
      expectFieldRefusal(answer, 'invalid_request', 'email', /owner/i);
    });
  }

  test('is refused when it is the wrong one', async () => {
    const wrong = { token: newSetupToken(), email: EMAIL };
    const answer = await nothingChanges(claviger.database, () => claviger.anonymous.post(PATH, wrong));
    expectRefusal(answer, 403, 'invalid_setup_token');
  });

  test('gives an owner a new sign-in key, once, and on the record', async () => {
    const session = await claviger.session('owner');
    const made = new Authenticator(claviger.origin).made(expectSuccess(await session.post('/api/v2/passkeys/options', {})));
    expectSuccess(await session.post('/api/v2/passkeys', made), 201);
    const audited = claviger.database.count('audit_log');
    // Case does not matter in an e-mail address.
    const key = expectSuccess(await claviger.anonymous.post(PATH, { token, email: EMAIL.toUpperCase() }), 201);
    expect(key).toMatchObject({ kind: 'personal', role: 'system_admin', access: 'read_write', expires_at: null });
    expect(key.api_key).toMatch(SECRET);
    expect(claviger.database.count('audit_log')).toBe(audited + 2);
    expect(claviger.database.row('SELECT action, actor_type FROM audit_log ORDER BY id DESC LIMIT 1 OFFSET 1')).toEqual({ action: 'passkey.deleted', actor_type: 'system' });
    expect(claviger.database.count('passkeys'), 'a lost passkey is not asked for').toBe(0);
    const { details } = claviger.database.row('SELECT details FROM audit_log ORDER BY id DESC LIMIT 1');
    expect(JSON.parse(String(details)), 'what it was is on the record').toMatchObject({ recovery: true });
    const opened = await claviger.anonymous.post('/api/v2/session', { api_key: key.api_key });
    expectSuccess(opened, 201);
    const recovered = claviger.anonymous.with({ cookie: cookieOf(opened), 'sec-fetch-site': 'same-origin', origin: claviger.origin });
    expectSuccess(await recovered.post('/api/v2/api_keys', { name: 'Made by who lost everything' }), 201);
    expectSuccess(await bearer(claviger.origin, key.api_key).get('/api/v2/whoami'));

    const again = () => claviger.anonymous.post(PATH, { token, email: EMAIL });
    expectRefusal(await nothingChanges(claviger.database, again), 403, 'setup_closed');
    expect((await claviger.anonymous.get(PATH)).json.data).toEqual({ open: false, mode: null, cloudflare_access: false });
    expectSuccess(await claviger.owner.get('/api/v2/whoami'));
  });

  test('is spent for ever, also after a restart', async () => {
    await claviger.worker.restart();
    const again = () => claviger.anonymous.post(PATH, { token, email: EMAIL });
    expectRefusal(await nothingChanges(claviger.database, again), 403, 'setup_closed');
  });
});
