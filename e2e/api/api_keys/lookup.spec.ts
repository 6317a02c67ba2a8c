import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';
import { mintSecret, sha256 } from '../../support/secrets';

const PATH = '/api/v2/api_keys/lookup';

test('a key is found by the hash of its secret, in either case and in base64', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Looked up') });
  const hash = sha256(made.api_key);
  const bytes = Buffer.from(hash, 'hex');
  for (const text of [hash, hash.toUpperCase(), bytes.toString('base64'), bytes.toString('base64url')]) {
    const key = expectSuccess(await claviger.owner.post(PATH, { sha256: text }));
    expect(key).toEqual({ ...made, api_key: null });
  }
});

test('it may be asked with a key that only reads', async ({ claviger }) => {
  const answer = await claviger.readOnlyAdmin.post(PATH, { sha256: sha256(claviger.secrets.integration) });
  expect([200, 403]).toContain(answer.status);
  if (answer.status === 403) {
    expectRefusal(answer, 403, 'read_only');
  }
});

test('nobody’s hash and another organization’s find the same nothing', async ({ claviger }) => {
  for (const secret of [mintSecret(), claviger.secrets.owner]) {
    const ask = () => claviger.foreignAdmin.post(PATH, { sha256: sha256(secret) });
    expectRefusal(await nothingChanges(claviger.database, ask), 404, 'not_found');
  }
});

for (const text of ['', 'abc', 'g'.repeat(64), '0'.repeat(63), '0'.repeat(65), 7, null, undefined]) {
  test(`${JSON.stringify(text)?.slice(0, 12) ?? 'nothing'} is no hash (${String(text).length} characters)`, async ({ claviger }) => {
    const ask = () => claviger.owner.post(PATH, { sha256: text });
    expectFieldRefusal(await nothingChanges(claviger.database, ask), 'invalid_request', 'sha256', /./);
  });
}

test('a secret in place of its hash is refused and not repeated', async ({ claviger }) => {
  const secret = claviger.secrets.integration;
  const answer = await nothingChanges(claviger.database, () => claviger.owner.post(PATH, { sha256: secret }));
  expect(answer.status).toBe(400);
  expect(answer.text).not.toContain(secret.slice(8, 28));
});

test('integrations and verifiers look up nothing', async ({ claviger }) => {
  for (const client of [claviger.integration, claviger.verifier]) {
    expectRefusal(await client.post(PATH, { sha256: sha256(claviger.secrets.owner) }), 403, 'forbidden');
  }
});
