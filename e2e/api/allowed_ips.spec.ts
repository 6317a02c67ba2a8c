import { bearer, signedIn } from '../support/client';
import { expectRefusal, expectSuccess, expectVerifyRefusal, nothingChanges } from '../support/expectations';
import { expect, test } from '../support/fixtures';

const PATH = '/api/v2/api_keys';
const HERE = ['127.0.0.0/8', '::1'];
const ELSEWHERE = ['203.0.113.0/24', '2001:db8::/32'];
const SPOOFED = { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7', forwarded: 'for=203.0.113.7', 'true-client-ip': '203.0.113.7' };

test.describe('a caller of Claviger itself', () => {
  test('is let in from where its key works, and from nowhere else', async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Bound'), role: 'organization_admin', access: 'read_write', allowed_ips: HERE });
    const client = bearer(claviger.origin, made.api_key);
    expect(expectSuccess(await client.get('/api/v2/whoami')).allowed_ips).toEqual(HERE);
    expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { allowed_ips: ELSEWHERE }));
    for (const attempt of [
      () => client.get('/api/v2/whoami'),
      () => client.get(PATH),
      () => client.post(PATH, { name: 'x' }),
      () => client.post(PATH, { name: 'x' }, SPOOFED),
      () => client.delete(`${PATH}/${made.id}`),
    ]) {
      expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'ip_not_allowed');
    }
    expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { allowed_ips: null }));
    expectSuccess(await client.get('/api/v2/whoami'));
  });

  test('is told first what is wrong with its key', async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Off'), active: false, allowed_ips: ELSEWHERE });
    expectRefusal(await bearer(claviger.origin, made.api_key).get('/api/v2/whoami'), 401, 'key_disabled');
  });

  test('who verifies is bound too', async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Gateway'), role: 'verifier', allowed_ips: ELSEWHERE });
    const ask = () => bearer(claviger.origin, made.api_key).post('/v1/verify', { key: claviger.secrets.integration, ip: '203.0.113.7', max_age_ms: 0 }, SPOOFED);
    expectVerifyRefusal(await nothingChanges(claviger.database, ask), 403, 'ip_not_allowed');
    expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { allowed_ips: HERE }));
    expect((await ask()).json.code).toBe('VALID');
  });
});

test('a session is bound by its key: not opened, and not used, from elsewhere', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  const made = await claviger.made({ name: unique('Signs in'), access: 'read_write', allowed_ips: HERE }, member);
  const session = await signedIn(claviger.origin, made.api_key, claviger.anonymous);
  expectSuccess(await session.get('/api/v2/session'));
  expectSuccess(await member.patch(`${PATH}/${made.id}`, { allowed_ips: ELSEWHERE }));
  for (const attempt of [
    () => session.get('/api/v2/session'),
    () => session.get(PATH),
    () => session.post(PATH, { name: 'x' }, SPOOFED),
    () => claviger.anonymous.post('/api/v2/session', { api_key: made.api_key }),
  ]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'ip_not_allowed');
  }
  expectSuccess(await member.patch(`${PATH}/${made.id}`, { allowed_ips: null }));
  expectSuccess(await session.get('/api/v2/session'));
  expectSuccess(await member.delete(`${PATH}/${made.id}`));
});

test.describe('verifying', () => {
  for (const [ip, code] of [
    ['203.0.113.7', 'VALID'], ['203.0.113.255', 'VALID'], ['203.0.114.0', 'IP_NOT_ALLOWED'], ['2001:db8::7', 'VALID'], ['2001:0DB8:0:0::7', 'VALID'],
    ['2001:db9::', 'IP_NOT_ALLOWED'], ['::ffff:203.0.113.7', 'VALID'], ['::ffff:10.0.0.1', 'IP_NOT_ALLOWED'], ['127.0.0.1', 'IP_NOT_ALLOWED'],
    [undefined, 'IP_NOT_ALLOWED'], [null, 'IP_NOT_ALLOWED'],
  ] as const) {
    test(`a bound key from ${ip === undefined ? 'nowhere' : ip} is ${code}`, async ({ claviger, unique }) => {
      const made = await claviger.made({ name: unique('Bound'), allowed_ips: ELSEWHERE });
      const { json } = await claviger.verifier.post('/v1/verify', { key: made.api_key, ip }, SPOOFED);
      expect(json).toMatchObject({ code, valid: code === 'VALID', key: { id: made.id } });
    });
  }

  test('an unbound key works from anywhere, stated or not', async ({ claviger }) => {
    for (const ip of ['203.0.113.7', '::1', undefined]) {
      expect((await claviger.verifier.post('/v1/verify', { key: claviger.secrets.integration, ip, max_age_ms: 0 })).json.code).toBe('VALID');
    }
  });

  test('the address comes before access and scopes, after the rest', async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Ladder'), allowed_ips: ELSEWHERE });
    const code = async () => (await claviger.verifier.post('/v1/verify', { key: made.api_key, access: 'read_write', scopes: ['a.b'], max_age_ms: 0 })).json.code;
    expect(await code()).toBe('IP_NOT_ALLOWED');
    expectSuccess(await claviger.owner.patch(`${PATH}/${made.id}`, { active: false }));
    expect(await code()).toBe('DISABLED');
  });

  for (const ip of ['', '1.2.3', '1.2.3.4/32', 'localhost', '::1%lo', 7, ['127.0.0.1']]) {
    test(`${JSON.stringify(ip)} is no address`, async ({ claviger }) => {
      const answer = await claviger.verifier.post('/v1/verify', { key: claviger.secrets.integration, ip, max_age_ms: 0 });
      expectVerifyRefusal(answer, 400, 'invalid_request', 'ip');
    });
  }
});
