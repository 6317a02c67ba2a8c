import { bearer, signedIn } from '../support/client';
import { expectRefusal, expectSuccess } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';
import { sha256 } from '../support/secrets';
import { trailOf } from '../support/trail';

const PATH = '/api/v2/api_keys';

/** Uses are written every 10 s. */
const WRITTEN = { timeout: 20_000 };
const lastUse = (claviger: Claviger, secret: string): number | null =>
  claviger.database.rows('SELECT last_used_at FROM secrets WHERE hash = ?', sha256(secret))[0]?.last_used_at as number | null;

/** Sees that within the time in which a use is written, none was. A use that is written last shows when that time is over. */
async function expectUnused(claviger: Claviger, secret: string): Promise<void> {
  const mark = await claviger.made({ name: `Mark ${Math.random()}` });
  await bearer(claviger.origin, mark.api_key).get('/api/v2/whoami');
  await expect.poll(() => lastUse(claviger, mark.api_key), WRITTEN).not.toBeNull();
  expect(lastUse(claviger, secret)).toBeNull();
}

for (const [what, use] of [
  ['a call of the management API', (claviger: Claviger, secret: string) => bearer(claviger.origin, secret).get('/api/v2/whoami')],
  ['a verification', (claviger: Claviger, secret: string) => claviger.verifier.post('/v1/verify', { key: secret })],
] as const) {
  test(`${what} is a use of the key, and nothing else changes`, async ({ claviger, unique }) => {
    const made = await claviger.made({ name: unique('Used') });
    expect(made.last_used_at).toBeNull();
    const before = Date.now();
    const [answer, trail] = await trailOf(claviger.database, () => use(claviger, made.api_key));
    expect(answer.status).toBe(200);
    await expect.poll(() => lastUse(claviger, made.api_key), WRITTEN).toBeGreaterThanOrEqual(before);
    expect(lastUse(claviger, made.api_key)).toBeLessThanOrEqual(Date.now());
    expect([trail.audit, trail.feed]).toEqual([[], []]);
    const read = expectSuccess(await claviger.owner.get(`${PATH}/${made.id}`));
    expect([read.version, read.updated_at]).toEqual([made.version, made.updated_at]);
    expect(Date.parse(read.last_used_at)).toBe(lastUse(claviger, made.api_key));
  });
}

test('the verifier was used as well', async ({ claviger, unique }) => {
  const verifier = await claviger.made({ name: unique('Verifies'), role: 'verifier' });
  await bearer(claviger.origin, verifier.api_key).post('/v1/verify', { key: 'nothing' });
  await expect.poll(() => lastUse(claviger, verifier.api_key), WRITTEN).not.toBeNull();
});

test('who was refused has not used the key', async ({ claviger, unique }) => {
  const disabled = await claviger.made({ name: unique('Disabled'), active: false });
  expectRefusal(await bearer(claviger.origin, disabled.api_key).get('/api/v2/whoami'), 401, 'key_disabled');
  expect((await claviger.verifier.post('/v1/verify', { key: disabled.api_key })).json.code).toBe('DISABLED');
  const reading = await claviger.made({ name: unique('Reads') });
  const asked = { key: reading.api_key, access: 'read_write' };
  expect((await claviger.verifier.post('/v1/verify', asked)).json.code).toBe('INSUFFICIENT_ACCESS');
  await expectUnused(claviger, disabled.api_key);
  await expectUnused(claviger, reading.api_key);
});

test('signing in is a use of the personal key', async ({ claviger, unique }) => {
  const made = await claviger.made({ name: unique('Mine') }, await claviger.session('member'));
  expect(made.kind).toBe('personal');
  await signedIn(claviger.origin, made.api_key);
  await expect.poll(() => lastUse(claviger, made.api_key), WRITTEN).not.toBeNull();
});
