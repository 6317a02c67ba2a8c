import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test } from '../support/fixtures';

for (const host of ['keys.example.com', 'localhost.example.com', '192.0.2.7:8787', '[2001:db8::1]', '127.0.0.1.nip.io', '0.0.0.0']) {
  test(`a local Worker asked as ${host} serves nothing`, async ({ claviger }) => {
    const attempts = [
      () => claviger.anonymous.get('/healthz', { host }),
      () => claviger.owner.get('/api/v2/api_keys', { host }),
      () => claviger.owner.post('/api/v2/api_keys', { name: 'Not here' }, { host }),
    ];
    for (const attempt of attempts) {
      expectRefusal(await nothingChanges(claviger.database, attempt), 503, 'unavailable', /LOCAL=1/);
    }
    const answer = await claviger.verifier.post('/v1/verify', { key: 'x' }, { host });
    expect(`${answer.status} ${answer.json?.error}`).toBe('503 unavailable');
  });
}

test('as localhost, on any loopback name, it serves', async ({ claviger }) => {
  for (const host of ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${claviger.worker.port}`)) {
    expectSuccess(await claviger.owner.get('/api/v2/whoami', { host }));
  }
});
