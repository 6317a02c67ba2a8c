import { bearer } from '../support/client';
import { expectRefusal, expectSuccess } from '../support/expectations';
import { expect, test } from '../support/fixtures';

const PATH = '/api/v2/api_keys';
const until = (moment: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - Date.now())));

test('a key that expires this second works until then and not a moment longer', async ({ claviger, unique }) => {
  const end = Date.now() + 1_000;
  const made = await claviger.made({ name: unique('Brief'), expires_at: new Date(end).toISOString() });
  expect(made).toMatchObject({ status: 'active', expires_at: new Date(end).toISOString() });
  const verify = async () => (await claviger.verifier.post('/v1/verify', { key: made.api_key, max_age_ms: 0 })).json;
  const seen: { code: string; as_of: string; age_ms: number }[] = [];
  while (Date.now() < end + 150) {
    seen.push(await verify());
  }
  // By the answer's own time, so nothing depends on how long it took.
  for (const { code, as_of, age_ms } of seen) {
    const judged = Date.parse(as_of) + age_ms;
    expect(`${judged} ${code}`).toBe(`${judged} ${judged < end ? 'VALID' : 'EXPIRED'}`);
  }
  expect(seen.at(0)!.code).toBe('VALID');
  expect(seen.at(-1)!.code).toBe('EXPIRED');
  expectRefusal(await bearer(claviger.origin, made.api_key).get('/api/v2/whoami'), 401, 'key_expired');
  const listed = expectSuccess(await claviger.owner.get(`${PATH}?status=expired&name=${encodeURIComponent(made.name)}`));
  expect(listed.map((key: { id: number; status: string }) => [key.id, key.status])).toEqual([[made.id, 'expired']]);
});

test('a moment that is now, or just past, is no expiry; the next second is', async ({ claviger, unique }) => {
  for (const offset of [-1_000, -1, 0]) {
    const answer = await claviger.owner.post(PATH, { name: unique('Past'), expires_at: new Date(Date.now() + offset).toISOString() });
    expectRefusal(answer, 400, 'invalid_request');
  }
  expectSuccess(await claviger.owner.post(PATH, { name: unique('Next'), expires_at: new Date(Date.now() + 1_000).toISOString() }), 201);
});

test('a replaced secret works until the end of its grace and not a moment longer', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Replaced') });
  const key = expectSuccess(await claviger.owner.post(`${PATH}/${made.id}/rotate`, { grace_seconds: 1 }));
  const end = Date.parse(key.secrets[1].ends_at);
  expect(end - Date.parse(key.rotated_at)).toBe(1_000);
  const codes = new Set<string>();
  while (Date.now() < end + 150) {
    const { code, as_of, age_ms } = (await claviger.verifier.post('/v1/verify', { key: made.api_key, max_age_ms: 0 })).json;
    const judged = Date.parse(as_of) + age_ms;
    expect(`${judged} ${code}`).toBe(`${judged} ${judged < end ? 'VALID' : 'REVOKED'}`);
    codes.add(code);
  }
  expect(codes).toEqual(new Set(['VALID', 'REVOKED']));
});

test('an organization’s keys end by the clock for their sessions too', async ({ claviger, unique }) => {
  const member = await claviger.session('member');
  const end = Date.now() + 1_500;
  const made = await claviger.made({ name: unique('Session'), expires_at: new Date(end).toISOString() }, member);
  const answer = await claviger.anonymous.post('/api/v2/session', { api_key: made.api_key });
  expectSuccess(answer, 201);
  const session = claviger.anonymous.with({ cookie: answer.headers['set-cookie']![0]!.split(';')[0]! });
  expectSuccess(await session.get('/api/v2/session'));
  await until(end + 20);
  expectRefusal(await session.get('/api/v2/session'), 401, 'session_ended');
  expectSuccess(await member.delete(`${PATH}/${made.id}`));
});
