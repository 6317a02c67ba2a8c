import { anonymous, bearer } from '../support/client';
import { Database } from '../support/database';
import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test } from '../support/fixtures';
import { mintSecret, SECRET, sha256 } from '../support/secrets';
import { newSetupToken, Worker } from '../support/worker';

const PATH = '/api/v2/setup';
const ACME = { organization: 'Acme', name: 'Ada Owner', email: 'ada@example.com' };

test.describe('on first run', () => {
  let worker: Worker;
  let database: Database;

  test.beforeAll(async () => {
    worker = await Worker.start('setup');
    database = new Database(worker.state);
  });
  test.afterAll(() => worker.kill());

  const post = (body: unknown) => anonymous(worker.origin).post(PATH, body);
  const whole = () => ({ token: worker.setupToken, ...ACME });

  test('says that it is open', async () => {
    expect(expectSuccess(await anonymous(worker.origin).get(PATH))).toEqual({ open: true, mode: 'first_run', cloudflare_access: false });
  });

  for (const token of ['', 'wrong', newSetupToken()]) {
    test(`a token that is ${token ? 'another one' : 'empty'} opens nothing (${token.length} characters)`, async () => {
      const answer = await nothingChanges(database, () => post({ ...whole(), token }));
      expect(answer.status === 400 || answer.json.error_code === 'invalid_setup_token', answer.text).toBe(true);
      expect([400, 403]).toContain(answer.status);
    });
  }

  for (const [what, change, field, message] of [
    ['no organization', { organization: undefined }, 'organization', /required/],
    ['an empty organization', { organization: '  ' }, 'organization', /empty/],
    ['a name that is too long', { name: 'x'.repeat(101) }, 'name', /100 characters/],
    ['a control character in the name', { name: 'a\u0000b' }, 'name', /control characters/],
    ['an e-mail address without @', { email: 'ada' }, 'email', /e-mail address/],
    ['an e-mail address with a space', { email: 'ada owner@example.com' }, 'email', /^Must be an e-mail address such as ada@example\.com\.$/],
    ['a number as e-mail address', { email: 7 }, 'email', /text/],
    ['an unknown field', { plan: 'paid' }, 'plan', /Unknown/],
  ] as const) {
    test(`${what} is refused by name and spends nothing`, async () => {
      const answer = await nothingChanges(database, () => post({ ...whole(), ...change }));
      expectFieldRefusal(answer, 'invalid_request', field, message);
    });
  }

  test('a secret as the organization name is refused', async () => {
    const answer = await nothingChanges(database, () => post({ ...whole(), organization: `We are ${mintSecret()}` }));
    expectFieldRefusal(answer, 'contains_secret', 'organization', /API key/);
  });

  test('two at the same moment make one organization, and the token is spent', async () => {
    const answers = await Promise.all([post(whole()), post({ ...whole(), organization: 'Second' })]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 403]);
    const won = answers.find((answer) => answer.status === 201);
    const key = expectSuccess(won!, 201);
    expect(key).toMatchObject({
      kind: 'personal', role: 'system_admin', access: 'read_write', expires_at: null, status: 'active',
      organization_id: 1, user_id: 1, source: 'minted',
    });
    expect(key.api_key).toMatch(SECRET);
    expect(database.rows('SELECT id FROM organizations')).toHaveLength(1);
    expect(database.rows('SELECT role FROM users')).toEqual([{ role: 'owner' }]);
    expect(database.rows('SELECT hash FROM secrets')).toEqual([{ hash: sha256(key.api_key) }]);
    expect(database.count('audit_log')).toBeGreaterThan(0);
    expectSuccess(await bearer(worker.origin, key.api_key).get('/api/v2/whoami'));

    expectRefusal(await nothingChanges(database, () => post(whole())), 403, 'setup_closed');
    expect(expectSuccess(await anonymous(worker.origin).get(PATH))).toEqual({ open: false, mode: null, cloudflare_access: false });
  });
});

test('without a configured token setup is closed', async () => {
  const worker = await Worker.start('setup-closed', { variables: { LOCAL: '1' } });
  const database = new Database(worker.state);
  expect(expectSuccess(await anonymous(worker.origin).get(PATH))).toEqual({ open: false, mode: null, cloudflare_access: false });
  for (const token of ['', 'undefined', 'null', 'x']) {
    const answer = await nothingChanges(database, () => anonymous(worker.origin).post(PATH, { token, ...ACME }));
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.json.error_code).toMatch(/^(setup_closed|invalid_request)$/);
  }
  expectRefusal(await anonymous(worker.origin).post(PATH, { token: 'x', ...ACME }), 403, 'setup_closed');
  await worker.kill();
});
