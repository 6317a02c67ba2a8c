import { expectSuccess } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';

for (let round = 1; round <= 3; round += 1) {
  test(`a key that was answered with 201 verifies after SIGKILL and a restart (${round} of 3)`, async () => {
    const claviger = await Claviger.start(`durability${round}`, { through: 'wrangler' });
    const session = await claviger.session('owner');
    const key = await claviger.made({ name: 'Just made' }, session);
    const other = await claviger.made({ name: 'Just revoked' }, session);
    expectSuccess(await session.post(`/api/v2/api_keys/${other.id}/revoke`, { reason: 'Gone' }));
    await claviger.worker.kill('SIGKILL');
    await expect(fetch(`${claviger.origin}/healthz`)).rejects.toThrow();

    await claviger.worker.restart();
    const code = async (secret: string) => (await claviger.verifier.post('/v1/verify', { key: secret, max_age_ms: 0 })).json.code;
    expect(await code(key.api_key)).toBe('VALID');
    expect(await code(other.api_key)).toBe('REVOKED');
    expectSuccess(await session.get('/api/v2/session'));
    const actions = claviger.database.rows('SELECT action FROM audit_log WHERE target_id IN (?, ?) ORDER BY id', key.id, other.id);
    expect(actions.map((row) => row.action)).toEqual(['api_key.created', 'api_key.created', 'api_key.revoked']);
    await claviger.worker.kill();
  });
}

test('changes that were never answered are there whole or not at all', async () => {
  const claviger = await Claviger.start('torn', { through: 'wrangler' });
  const before = claviger.database.count('api_keys');
  const attempts = Array.from({ length: 40 }, (_, number) =>
    claviger.owner.post('/api/v2/api_keys', { name: `Torn ${number}` }).catch(() => undefined),
  );
  await Promise.race(attempts);
  await claviger.worker.kill('SIGKILL');
  const answered = (await Promise.all(attempts)).filter((answer) => answer?.status === 201);
  await claviger.worker.restart();
  const { database } = claviger;
  const made = database.count('api_keys') - before;
  expect(made).toBeGreaterThanOrEqual(answered.length);
  expect(database.rows("SELECT name FROM api_keys WHERE name LIKE 'Torn %' AND id NOT IN (SELECT key_id FROM secrets)")).toEqual([]);
  expect(database.rows("SELECT 1 FROM audit_log WHERE target_name LIKE 'Torn %'")).toHaveLength(made);
  for (const answer of answered) {
    const { json } = await claviger.verifier.post('/v1/verify', { key: answer?.json.data.api_key, max_age_ms: 0 });
    expect(json.code).toBe('VALID');
  }
  await claviger.worker.kill();
});
