import { expectRefusal, expectSuccess } from '../support/expectations';
import { expect, test, type Holder } from '../support/fixtures';
import { mintSecret, mistyped } from '../support/secrets';

const PATH = '/api/v2/whoami';

for (const [holder, role, access, kind] of [
  ['owner', 'system_admin', 'read_write', 'personal'],
  ['admin', 'organization_admin', 'read_write', 'service'],
  ['readOnlyAdmin', 'organization_admin', 'read_only', 'service'],
  ['verifier', 'verifier', 'read_only', 'service'],
  ['integration', 'integration', 'read_only', 'service'],
  ['member', 'integration', 'read_write', 'personal'],
] as const) {
  test(`tells ${holder} what it is, and no secret`, async ({ claviger }) => {
    const answer = await claviger.holderOf(holder).get(PATH);
    expect(expectSuccess(answer)).toMatchObject({
      role, access, kind, status: 'active', scopes: [], expires_at: null, old_secret_ends_at: null,
      organization: { id: 1, name: 'Acme' },
    });
    expect(answer.text).not.toContain(claviger.secrets[holder].slice(8, 28));
  });
}

test('another organization is told its own name', async ({ claviger }) => {
  expect(expectSuccess(await claviger.foreignAdmin.get(PATH)).organization).toEqual({ id: 2, name: 'Other Ltd' });
});

const ENDED: [Holder, number, string][] = [
  ['revokedAdmin', 401, 'key_revoked'],
  ['replacedSecret', 401, 'key_revoked'],
  ['expiredAdmin', 401, 'key_expired'],
  ['disabledAdmin', 401, 'key_disabled'],
  ['personLeft', 401, 'key_disabled'],
  ['trialAdmin', 403, 'api_access_disabled'],
  ['personWithoutApi', 403, 'api_access_disabled'],
];
for (const [holder, status, code] of ENDED) {
  test(`tells ${holder} that it does not work: ${code}`, async ({ claviger }) => {
    expectRefusal(await claviger.holderOf(holder).get(PATH), status, code);
  });
}

test('a missing key is asked for', async ({ claviger }) => {
  expectRefusal(await claviger.anonymous.get(PATH), 401, 'authentication_required');
});

test('what is no key is refused without a hint at what it would be', async ({ claviger }) => {
  for (const secret of [mintSecret(), mistyped(claviger.secrets.owner), 'x', '']) {
    const answer = await claviger.anonymous.get(PATH, { authorization: `Bearer ${secret}` });
    expect(answer.status).toBe(401);
    expect(answer.json.error_code).toMatch(secret ? /^invalid_key$/ : /^(invalid_key|authentication_required)$/);
  }
});

test('a key in another header form or place is no credential', async ({ claviger }) => {
  const { owner } = claviger.secrets;
  for (const headers of [
    { authorization: owner },
    { authorization: `Basic ${Buffer.from(`${owner}:`).toString('base64')}` },
    { 'x-api-key': owner },
    { cookie: `claviger-${claviger.worker.port}=${owner}` },
  ]) {
    expect((await claviger.anonymous.get(PATH, headers as Record<string, string>)).status).toBe(401);
  }
});

test('the scheme is read without regard to case', async ({ claviger }) => {
  const headers = { authorization: `bearer ${claviger.secrets.owner}` };
  expectSuccess(await claviger.anonymous.get(PATH, headers));
});
