import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { Claviger, expect, test } from '../support/fixtures';
import { mintSecret } from '../support/secrets';

test('after too many attempts at signing in, also the right key waits; the API goes on', async () => {
  const claviger = await Claviger.start('attempts');
  // From one network, each time from another of its addresses.
  const at = (count: number) => claviger.anonymous.with({ 'cf-connecting-ip': `2001:db8:0:9::${count}` });
  const attempt = (count: number) => at(count).post('/api/v2/session', { api_key: mintSecret() });
  let answer = await attempt(0);
  for (let count = 1; count < 130 && answer.status === 401; count += 1) {
    answer = await attempt(count);
  }
  expectRefusal(answer, 429, 'too_many_attempts', /wait/i);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  const rightKey = () => at(1).post('/api/v2/session', { api_key: claviger.secrets.owner });
  expectRefusal(await nothingChanges(claviger.database, rightKey), 429, 'too_many_attempts');
  const setup = () => at(2).post('/api/v2/setup', { token: 'x', email: 'ada@example.com' });
  expectRefusal(await nothingChanges(claviger.database, setup), 429, 'too_many_attempts');
  expectSuccess(await claviger.owner.get('/api/v2/whoami'));
  await claviger.worker.kill();
});
