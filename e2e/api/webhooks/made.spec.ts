import { randomBytes } from 'node:crypto';

import { expectFieldRefusal, expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';
import { mintSecret, recordedSecrets } from '../../support/secrets';
import { trailOf } from '../../support/trail';

const PATH = '/api/v2/webhooks';
const URL = 'https://hooks.example.com/claviger';
/** So that nothing is ever sent to strangers. */
const NEVER = ['organization.deleted'];

test('a webhook is made, shown, changed and deleted, and its secret is told once', async ({ claviger }) => {
  const [answer, trail] = await trailOf(claviger.database, () => claviger.owner.post(PATH, { webhook: { url: URL, events: NEVER, description: 'For the bus' } }));
  const { secret, ...made } = expectSuccess(answer, 201);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(made).toMatchObject({ url: URL, events: NEVER, description: 'For the bus', active: true, off_reason: null, user_id: null, version: 1 });
  expect(trail.audit).toMatchObject([{ action: 'webhook.created', target_id: made.id, target_name: 'hooks.example.com' }]);
  const one = `${PATH}/${made.id}`;
  const shown = await claviger.owner.get(one);
  expect([expectSuccess(shown), shown.headers.etag]).toEqual([made, '"1"']);
  expect(expectSuccess(await claviger.owner.get(PATH))[0]).toEqual(made);
  // Nothing was stored from which alone it could be derived.
  expect(JSON.stringify(claviger.database.contents())).not.toContain(secret.slice(6, 30));
  expect(recordedSecrets().some(({ text }) => text === secret), 'the sweep looks for it').toBe(true);

  expectSuccess(await nothingChanges(claviger.database, () => claviger.owner.put(one, made)));
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.patch(one, { description: 'x', version: 7 })), 409, 'conflict');
  const [changed, changes] = await trailOf(claviger.database, () =>
    claviger.owner.patch(one, { url: 'https://hooks.example.org/?token=t', active: false }, { 'if-match': '"1"' }));
  expect(expectSuccess(changed)).toMatchObject({ active: false, off_reason: 'switched_off', version: 2 });
  expect(changes.audit[0]!.details.changes).toMatchObject({ active: [true, false], url: ['hooks.example.com', 'hooks.example.org'] });
  for (const path of [`${one}/test`, `${one}/replay`]) {
    expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.post(path, {})), 409, 'webhook_off');
  }
  expectSuccess(await claviger.owner.delete(one));
  expectRefusal(await claviger.owner.get(one), 404, 'not_found');
});

test('what does not fit is named, and nothing is written', async ({ claviger }) => {
  const refused = (body: unknown) => nothingChanges(claviger.database, () => claviger.owner.post(PATH, body));
  for (const events of [undefined, [], ['api_key.*'], ['api_key.eaten'], 'api_key.revoked', ['webhook.test'], Array(21).fill('*')]) {
    expectFieldRefusal(await refused({ url: URL, events }), 'invalid_request', 'events', /list of events|required/);
  }
  expectFieldRefusal(await refused({ url: URL, events: NEVER, secret: 'mine' }), 'invalid_request', 'secret', /Unknown/);
  expectFieldRefusal(await refused({ url: URL, events: NEVER, description: 'x'.repeat(501) }), 'invalid_request', 'description', /500/);
  expectFieldRefusal(await refused({ url: `${URL}?key=${mintSecret()}`, events: NEVER }), 'contains_secret', 'url', /API key/);
});

/** PLATFORM's list; core's table has the rest. A developer's machine may say localhost, and nothing else of the kind. */
const INSIDE = [
  'https://127.0.0.1/', 'https://127.1/', 'https://0x7f.1/', 'https://2130706433/', 'https://１２７.０.０.１/', 'https://[::1]/',
  'https://[::ffff:127.0.0.1]/', 'https://169.254.169.254/latest/meta-data', 'https://10.0.0.1/', 'https://8.8.8.8/', 'https://localhost./',
  'https://a.localhost/', 'https://intranet/', 'https://metadata.google.internal/', 'https://printer.local/', 'https://hooks.example.com./',
  'https://ada:x@hooks.example.com/', 'https://hooks.example.com:8443/', 'https://hooks.example.com/#x', 'http://hooks.example.com/',
  'ftp://hooks.example.com/', 'file:///etc/passwd', 'javascript:alert(1)', 'hooks.example.com', '', `https://hooks.example.com/${'a'.repeat(2000)}`,
];

test('no address inside is taken, neither of a new webhook nor of one there is', async ({ claviger }) => {
  const { id } = expectSuccess(await claviger.owner.post(PATH, { url: URL, events: NEVER }), 201);
  await nothingChanges(claviger.database, async () => {
    for (const url of [...INSIDE, claviger.origin, `${claviger.origin}/api/v2/setup`]) {
      expectFieldRefusal(await claviger.owner.post(PATH, { url, events: NEVER }), 'invalid_request', 'url', /^Must/);
      expectFieldRefusal(await claviger.owner.patch(`${PATH}/${id}`, { url }), 'invalid_request', 'url', /^Must/);
    }
  });
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('the same request again makes nothing again, and does not tell the secret again', async ({ claviger }) => {
  const key = { 'idempotency-key': randomBytes(8).toString('hex') };
  const { id } = expectSuccess(await claviger.owner.post(PATH, { url: URL, events: NEVER }, key), 201);
  const again = await nothingChanges(claviger.database, () => claviger.owner.post(PATH, { url: URL, events: NEVER }, key));
  expectRefusal(again, 409, 'already_created');
  expect(again.json.errors).toEqual([{ field: 'webhook_id', message: `It was then: ${id}.` }]);
  expectRefusal(await claviger.owner.post(PATH, { url: URL, events: ['*'] }, key), 422, 'idempotency_mismatch');
  const rotate = () => claviger.owner.post(`${PATH}/${id}/rotate_secret`, {}, key);
  const rotated = expectSuccess(await rotate());
  expect(Date.parse(rotated.old_secret_ends_at) - Date.parse(rotated.updated_at)).toBe(86_400_000);
  expectRefusal(await nothingChanges(claviger.database, rotate), 409, 'already_created');
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('an organization has a hundred, and no more', async ({ claviger }) => {
  const foreign = claviger.foreignAdmin;
  const make = () => foreign.post(PATH, { url: URL, events: NEVER });
  const ids: number[] = [];
  for (let count = 0; count < 100; count += 1) {
    ids.push(expectSuccess(await make(), 201).id);
  }
  expectRefusal(await nothingChanges(claviger.database, make), 409, 'webhook_limit');
  const page = await foreign.get(`${PATH}?per_page=10&page=9`);
  expect([expectSuccess(page).length, page.json.num_records]).toEqual([10, 100]);
  for (const id of ids) {
    await foreign.delete(`${PATH}/${id}`);
  }
});
