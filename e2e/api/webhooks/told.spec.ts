import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { tokenOf, type Client } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess } from '../../support/expectations';
import { crews, type Crew } from '../../support/crew';
import { expect, test, type Claviger } from '../../support/fixtures';
import { EVENTS, expectAsDescribed } from '../../support/messages';
import { ROOT } from '../../support/paths';
import { answering, isSigned, Receiver } from '../../support/receiver';
import { sha256, unrecordedSecret } from '../../support/secrets';
import { freePort, newSetupToken, newSigningKey } from '../../support/worker';

const PATH = '/api/v2/webhooks';

let claviger: Claviger;
let next: () => Crew;
const receivers: Receiver[] = [];
test.beforeAll(async () => {
  const variables = { SETUP_TOKEN: newSetupToken(), AUDIT_SIGNING_KEY: newSigningKey(), WEBHOOK_SECRET: newSetupToken(), LOCAL: '1', OWN_HOSTS: 'keys.example.com, Claviger.*.workers.dev' };
  ({ claviger, next } = await crews('webhooks', 14, variables));
});
test.afterAll(async () => {
  await claviger.worker.kill('SIGTERM');
  await Promise.all(receivers.map((receiver) => receiver.stop()));
});

async function receiving(answer = answering.ok): Promise<Receiver> {
  const receiver = await Receiver.start(answer);
  receivers.push(receiver);
  return receiver;
}
const hook = async (client: Client, url: string, events = ['*'], path = PATH): Promise<any> =>
  expectSuccess(await client.post(path, { url, events }), 201);
const made = async (client: Client, name: string): Promise<any> => expectSuccess(await client.post('/api/v2/api_keys', { name }), 201);
const deliveries = async (client: Client, id: number): Promise<any[]> => expectSuccess(await client.get(`${PATH}/${id}/deliveries`));

test('every step of a key’s life is told, signed, as the OpenAPI document says, and without its secret', async () => {
  const [{ owner }, receiver] = [next(), await receiving()];
  const { secret } = await hook(owner.client, receiver.url);
  const key = await made(owner.client, 'Told');
  const one = `/api/v2/api_keys/${key.id}`;
  expectSuccess(await owner.client.patch(one, { name: 'Told again' }));
  const rotated = expectSuccess(await owner.client.post(`${one}/rotate`, {}));
  expectSuccess(await owner.client.post(`${one}/revoke`, { reason: 'Done' }));
  expectSuccess(await owner.client.delete(one));
  const taken = await receiver.until(5);
  expect(receiver.types()).toEqual(['created', 'updated', 'rotated', 'revoked', 'deleted'].map((verb) => `api_key.${verb}`));
  for (const message of taken) {
    expectAsDescribed(message.body);
    expect(isSigned(message, secret)).toBe(true);
    expect(isSigned({ ...message, text: message.text.replace('Told', 'Sold') }, secret)).toBe(false);
    expect(message.body.data.object).toMatchObject({ id: key.id, api_key: null });
    for (const told of [key.api_key, rotated.api_key]) {
      expect(message.text).not.toContain(told.slice(8, 28));
    }
  }
  const data = taken.map(({ body }) => body.data);
  expect(data.map(({ object }) => [object.name, object.status, object.version])).toEqual([
    ['Told', 'active', 1], ['Told again', 'active', 2], ['Told again', 'active', 3], ['Told again', 'revoked', 4], ['Told again', 'revoked', 4],
  ]);
  expect(data[0].object).toEqual({ ...key, api_key: null });
  expect(data.map(({ changed }) => changed)).toEqual([[], ['name'], ['hint'], expect.arrayContaining(['revoked_at']), []]);
  expect(data[0].actor).toEqual({ type: 'key', id: owner.key, name: `${owner.name} at work of ${owner.name}` });
  expect(new Set(taken.map(({ headers }) => headers['webhook-id'])).size).toBe(5);
});

test('people and organizations are told as they are afterwards, and what was refused is not told', async () => {
  const [{ id, owner, member }, receiver] = [next(), await receiving()];
  await hook(owner.client, receiver.url, ['user.created', 'user.updated', 'user.deleted', 'organization.updated', 'api_key.updated']);
  expectRefusal(await owner.client.patch(`/api/v2/users/${owner.id}`, { role: 'member' }), 409, 'own_account');
  expectRefusal(await owner.client.patch(`/api/v2/organizations/${id}`, { name: ' ' }), 400, 'invalid_request');
  expectSuccess(await owner.client.patch(`/api/v2/users/${member.id}`, { role: 'administrator' }));
  expectSuccess(await owner.client.patch(`/api/v2/organizations/${id}`, { name: 'Another name' }));
  expectSuccess(await owner.client.delete(`/api/v2/users/${member.id}`));
  const { link } = expectSuccess(await owner.client.post('/api/v2/invites', { email: 'nina@example.com' }), 201);
  const joined = expectSuccess(await claviger.anonymous.post('/api/v2/invites/accept', { token: tokenOf(link), name: 'Nina', email: 'nina@example.com' }), 201);
  await receiver.until(6);
  receiver.taken.forEach(({ body }) => expectAsDescribed(body));
  const told = (type: string): any[] => receiver.taken.map(({ body }) => body).filter((body) => body.type === type).map(({ data }) => data);
  expect(told('user.updated')).toMatchObject([{ changed: ['role'], object: { id: member.id, role: 'administrator', version: 2 } }]);
  expect(told('api_key.updated'), 'their keys follow').toMatchObject(
    [member.key, member.defaultKey].map((key) => ({ changed: ['role'], object: { id: key, role: 'organization_admin', version: 2 } })));
  expect(told('organization.updated')).toMatchObject([{ organization_id: id, object: { id, name: 'Another name' } }]);
  expect(told('user.deleted')).toMatchObject([{ object: { id: member.id, name: member.name } }]);
  expect(told('user.created')).toMatchObject([{ object: { id: joined.user_id, name: 'Nina', email: 'nina@example.com' }, changed: [] }]);
  expect(receiver.taken).toHaveLength(6);
  expect(EVENTS).toHaveLength(15);
});

test('one organization hears nothing of another, and a person of their own keys and themself', async () => {
  const [first, second] = [next(), next()];
  const [all, own, theirs] = [await receiving(), await receiving(), await receiving()];
  const foreign = await hook(second.owner.client, theirs.url);
  const whole = await hook(first.owner.client, all.url);
  const session = await first.member.signIn();
  const personal = await hook(session, own.url);
  expect(personal).toMatchObject({ user_id: first.member.id, user_name: first.member.name });
  expectRefusal(await session.post(PATH, { url: own.url, events: ['organization.updated'] }), 400, 'invalid_request');
  for (const path of [whole.id, foreign.id].map((id) => `${PATH}/${id}`)) {
    expectRefusal(await session.get(path), 404, 'not_found');
    expectRefusal(await session.get(`${path}/deliveries`), 404, 'not_found');
  }
  // Who manages them sees where it goes, and can end it; what it says and what was answered is its person's business.
  const one = `${PATH}/${personal.id}`;
  expect(expectSuccess(await first.administrator.client.get(`/api/v2/users/${first.member.id}/webhooks`))).toMatchObject([{ id: personal.id }]);
  expectRefusal(await first.administrator.client.patch(one, { url: all.url }), 403, 'forbidden');
  expectRefusal(await first.administrator.client.get(`${one}/deliveries`), 403, 'forbidden');
  expectRefusal(await first.administrator.client.post(`${one}/rotate_secret`, {}), 403, 'forbidden');
  expectRefusal(await first.administrator.client.post(`/api/v2/users/${first.member.id}/webhooks`, { url: all.url, events: ['*'] }), 403, 'forbidden');

  await made(first.owner.client, 'Of the organization');
  const mine = expectSuccess(await session.post('/api/v2/api_keys', { name: 'Mine' }), 201);
  await all.until(2);
  await own.until(1);
  expect(own.taken.map(({ body }) => body.data.object.id)).toEqual([mine.id]);
  const { id: test } = expectSuccess(await session.post(`${one}/test`, {}), 201);
  await own.until(2);
  expect(own.types()).toEqual(['api_key.created', 'webhook.test']);
  expectAsDescribed(own.taken[1]!.body);
  expectRefusal(await second.owner.client.post(`/api/v2/deliveries/${test}/replay`, {}), 404, 'not_found');
  expectRefusal(await first.owner.client.post(`/api/v2/deliveries/${test}/replay`, {}), 403, 'forbidden');

  expectSuccess(await first.administrator.client.patch(one, { active: false }));
  expectRefusal(await first.administrator.client.patch(one, { active: true }), 403, 'forbidden');
  expectSuccess(await session.patch(one, { active: true }));
  expectSuccess(await first.owner.client.patch(`/api/v2/users/${first.member.id}`, { active: false }));
  await all.until(3);
  expect(expectSuccess(await first.owner.client.get(one))).toMatchObject({ active: false, off_reason: 'person_deactivated' });
  expectSuccess(await first.owner.client.delete(`/api/v2/users/${first.member.id}`));
  expectRefusal(await first.owner.client.get(one), 404, 'not_found');
  expect([own.taken.length, theirs.taken.length]).toEqual([2, 0]);
});

test('of keys that only system administrators see, only their webhooks hear', async () => {
  const [high, low] = [await receiving(), await receiving()];
  const administrator = claviger.holderOf('administrator');
  const events = ['api_key.created', 'organization.created', 'organization.deleted'];
  const above = await hook(claviger.owner, high.url, events);
  const below = await hook(administrator, low.url, events);
  expectRefusal(await administrator.get(`${PATH}/${above.id}`), 404, 'not_found');
  await claviger.made({ name: 'Hidden', role: 'system_admin', access: 'read_only' });
  await claviger.made({ name: 'Hidden too', role: 'verifier' });
  const { id } = expectSuccess(await claviger.owner.post('/api/v2/organizations', { name: 'New Ltd' }), 201);
  expectSuccess(await claviger.owner.sendJson('DELETE', `/api/v2/organizations/${id}`, { name: 'New Ltd' }));
  await claviger.made({ name: 'Seen' });
  await high.until(5);
  await low.until(1);
  high.taken.forEach(({ body }) => expectAsDescribed(body));
  const ofOrganizations = high.taken.map(({ body }) => body).filter(({ type }) => type.startsWith('organization.'));
  expect(ofOrganizations.map(({ type, data }) => [type, data.organization_id, data.object.id, data.object.name])).toEqual(
    ['created', 'deleted'].map((verb) => [`organization.${verb}`, 1, id, 'New Ltd']));
  expect(low.taken.map(({ body }) => body.data.object.name)).toEqual(['Seen']);
  for (const { id } of [above, below]) {
    expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
  }
});

test('receivers that fail lose nothing, reach nothing inside and slow nobody', async () => {
  const { owner } = next();
  const [healthy, hidden] = [await receiving(), await receiving()];
  const sent = { bytes: 0 };
  const bad = {
    hang: await receiving(answering.never), reset: await receiving(answering.reset), redirect: await receiving(answering.redirect(hidden.url)),
    error: await receiving(answering.with(500, `oh no\0${'é'.repeat(2000)}`)), gigabyte: await receiving(answering.gigabyte(sent)),
    bomb: await receiving((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2 ** 26, 'x')))),
    drip: await receiving((response) => response.writeHead(200).write('and so on')),
    secret: await receiving((response) => response.writeHead(400).end(`you sent ${owner.secret}`)),
  };
  const ids: Record<string, number> = {};
  for (const [name, { url }] of Object.entries(bad)) {
    ids[name] = (await hook(owner.client, url, ['api_key.created'])).id;
  }
  const well = await hook(owner.client, healthy.url, ['api_key.created']);
  const began = Date.now();
  await made(owner.client, 'Told to all');
  await healthy.until(1);
  expect(Date.now() - began, 'one that hangs holds up nobody').toBeLessThan(5_000);
  const attempts = async (name: string): Promise<any[]> => (await deliveries(owner.client, ids[name]!))[0].attempts;
  await expect.poll(async () => (await attempts('hang')).length, { timeout: 25_000 }).toBe(1);
  expect((await attempts('hang'))[0]).toMatchObject({ status: null, error: 'No answer within 15 seconds.', answer: null });
  expect((await attempts('hang'))[0].ms).toBeGreaterThanOrEqual(14_900);
  for (const [name, status, error] of [
    ['reset', null, 'The connection failed.'], ['redirect', 307, 'Answered 307: redirects are not followed.'], ['error', 500, 'Answered 500.'],
    ['secret', 400, 'Answered 400.'], ['gigabyte', 200, null], ['bomb', 200, null], ['drip', 200, null],
  ] as const) {
    expect((await attempts(name)).at(-1), name).toMatchObject({ status, error });
  }
  expect(hidden.taken).toEqual([]);
  const [answer, asked] = [(await attempts('error')).at(-1).answer, (await attempts('secret')).at(-1).answer];
  expect([answer.startsWith('oh no\ufffdéé'), Buffer.byteLength(answer) <= 1024, asked.includes('clv_')]).toEqual([true, true, false]);
  for (const [name, begins] of [['gigabyte', 'x'.repeat(1024)], ['bomb', 'x'.repeat(1024)], ['drip', 'and so on']] as const) {
    expect((await attempts(name)).at(-1).answer, name).toBe(begins);
  }
  expect(sent.bytes, 'of a gigabyte little was read').toBeLessThan(2 ** 27);
  // The retry of five seconds: the same message, signed anew.
  const [first, again] = await bad.error.until(2, 20_000);
  expect(again!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
  expect(again!.text).toBe(first!.text);
  expect(Number(again!.headers['webhook-timestamp']) - Number(first!.headers['webhook-timestamp'])).toBeGreaterThanOrEqual(4);
  expect(await deliveries(owner.client, well.id)).toMatchObject([{ state: 'delivered', next_at: null, attempts: [{ status: 204, error: null }] }]);
  expect(await deliveries(owner.client, ids.error!)).toMatchObject([{ state: 'pending', next_at: expect.any(String) }]);
  expect(expectSuccess(await owner.client.get(`${PATH}/${ids.error}`)).failing_since).not.toBeNull();
  // Who runs Claviger sees how it went, and not what a tenant's receiver says.
  const [seen] = await deliveries(claviger.owner, ids.error!);
  const replayed = expectSuccess(await claviger.owner.post(`/api/v2/deliveries/${seen.id}/replay`, {}));
  for (const { attempts } of [seen, replayed]) {
    expect(attempts.at(-1)).toMatchObject({ status: 500, error: 'Answered 500.', answer: null });
  }
});

test('receivers of one tenant that take long do not slow another’s', async () => {
  const [many, one] = [next(), next()];
  const [tarpit, prompt] = [await receiving((response) => setTimeout(() => response.writeHead(200).end(), 5_000)), await receiving()];
  const slow = [];
  for (let count = 0; count < 10; count += 1) {
    slow.push(await hook(many.owner.client, tarpit.url, ['api_key.created']));
  }
  await hook(one.owner.client, prompt.url, ['api_key.created']);
  for (const name of ['First', 'Second']) {
    await made(many.owner.client, name);
  }
  await tarpit.until(4);
  // More than three turns have room for.
  expectSuccess(await claviger.owner.patch(`/api/v2/organizations/${one.id}`, { key_limit: 100 }));
  const began = Date.now();
  const keys = Array.from({ length: 70 }, (_, index) => ({ name: `Many ${index}`, sha256: sha256(unrecordedSecret()) }));
  expectSuccess(await one.owner.client.post('/api/v2/api_keys/import', { api_keys: keys }), 201);
  await prompt.until(70);
  expect(Date.now() - began).toBeLessThan(4_000);
  for (const { id } of slow) {
    expectSuccess(await many.owner.client.delete(`${PATH}/${id}`));
  }
});

test('none of Claviger’s own hosts is told', async () => {
  const { owner } = next();
  for (const url of ['https://keys.example.com/', 'https://KEYS.example.com./x', 'https://claviger.acme.workers.dev/api/v2']) {
    expectFieldRefusal(await owner.client.post(PATH, { url, events: ['*'] }), 'invalid_request', 'url', /own address/);
  }
});

test('off sends nothing; what failed meanwhile is sent when somebody asks', async () => {
  const { owner } = next();
  const receiver = await receiving(answering.with(503));
  const { id } = await hook(owner.client, receiver.url, ['api_key.created']);
  const one = `${PATH}/${id}`;
  const key = await made(owner.client, 'Waiting');
  await receiver.until(1);
  await expect.poll(async () => (await deliveries(owner.client, id))[0].attempts.length).toBe(1);
  expectSuccess(await owner.client.patch(one, { active: false }));
  expect(await deliveries(owner.client, id)).toMatchObject([{ state: 'failed', next_at: null }]);
  await made(owner.client, 'Unheard');
  receiver.answer = answering.ok;
  expectSuccess(await owner.client.patch(one, { active: true }));
  await claviger.worker.runSchedule();
  expect(receiver.taken).toHaveLength(1);
  expect(expectSuccess(await owner.client.post(`${one}/replay`, {}))).toEqual({ replayed: 1 });
  const [, again] = await receiver.until(2);
  expect(again!.body.data.object.id).toBe(key.id);
  await expect.poll(async () => (await deliveries(owner.client, id))[0].state).toBe('delivered');
  const [{ id: delivery }] = await deliveries(owner.client, id);
  expectSuccess(await owner.client.post(`/api/v2/deliveries/${delivery}/replay`, {}));
  const [, , third] = await receiver.until(3);
  expect(third!.headers['webhook-id']).toBe(again!.headers['webhook-id']);
  expect(expectSuccess(await owner.client.post(`${one}/replay`, {}))).toEqual({ replayed: 0 });
});

test('what has piled up is told in its order, and stops at the first that fails', async () => {
  const { owner } = next();
  const receiver = await receiving(answering.with(503));
  const { id } = await hook(owner.client, receiver.url, ['api_key.created']);
  const names = ['First', 'Second', 'Third', 'Fourth'];
  for (const name of names) {
    await made(owner.client, name);
  }
  await receiver.until(names.length);
  await expect.poll(async () => (await deliveries(owner.client, id))[0].attempts.length).toBe(1);
  expectSuccess(await owner.client.patch(`${PATH}/${id}`, { active: false }));
  expectSuccess(await owner.client.patch(`${PATH}/${id}`, { active: true }));
  const before = receiver.taken.length;
  receiver.answer = (response, _, { body }) => response.writeHead(body.data.object.name === 'Third' ? 500 : 204).end();
  expect(expectSuccess(await owner.client.post(`${PATH}/${id}/replay`, {}))).toEqual({ replayed: names.length });
  await receiver.until(before + names.length);
  // The fourth comes in another turn: now that one has failed, it is asked about with less confidence.
  expect(receiver.taken.slice(before, before + names.length).map(({ body }) => body.data.object.name)).toEqual(names);
  const states = async () => (await deliveries(owner.client, id)).map(({ state }) => state).toReversed();
  await expect.poll(states).toEqual(['delivered', 'delivered', 'pending', 'delivered']);
});

test('while a secret is replaced both sign', async () => {
  const [{ owner }, receiver] = [next(), await receiving()];
  const { id, secret } = await hook(owner.client, receiver.url, ['api_key.created']);
  const rotated = expectSuccess(await owner.client.post(`${PATH}/${id}/rotate_secret`, {}));
  expect(rotated.secret).not.toBe(secret);
  await made(owner.client, 'Signed twice');
  const [message] = await receiver.until(1);
  expect(message!.headers['webhook-signature']!.toString().split(' ')).toHaveLength(2);
  expect([isSigned(message!, secret), isSigned(message!, rotated.secret)]).toEqual([true, true]);
});

test('the receiver of the integration guide takes what is signed, and nothing else', async () => {
  const { owner } = next();
  const guide = readFileSync(join(ROOT, 'docs/INTEGRATE.md'), 'utf8');
  const [, script = ''] = /^## Receiving webhooks\n[^]*?^```mjs\n([^]*?)^```$/m.exec(guide) ?? [];
  const port = await freePort();
  const { id, secret } = await hook(owner.client, `http://localhost:${port}/`, ['api_key.created']);
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: ROOT, env: { ...process.env, PORT: `${port}`, WEBHOOK_SECRET: secret }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  const answers = (): Promise<number> => fetch(`http://localhost:${port}/`, { method: 'POST', body: '{}' }).then(({ status }) => status, () => 0);
  try {
    await expect.poll(answers, { timeout: 10_000 }).toBe(401);
    await made(owner.client, 'Told to the guide');
    await expect.poll(() => printed).toMatch(/^msg_\d+ api_key\.created Told to the guide\n$/);
    await expect.poll(async () => (await deliveries(owner.client, id))[0].state).toBe('delivered');
  } finally {
    child.kill();
  }
});

test('a thousand webhooks are told of one change', async () => {
  const [{ id, owner }, receiver] = [next(), await receiving()];
  await hook(owner.client, receiver.url, ['api_key.created']);
  await claviger.worker.kill('SIGTERM');
  const { DatabaseSync } = await import('node:sqlite');
  const { databaseFile } = await import('../../support/database');
  const database = new DatabaseSync(databaseFile(claviger.worker.state));
  database.exec(`DROP TRIGGER webhooks_have_a_limit; WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO webhooks (organization_id, url, events, salt, secret_version, created_by_type, created_by_name, created_at, updated_at)
    SELECT ${id}, '${receiver.url}', '["api_key.created"]', printf('%032x', i), CASE i WHEN 1000 THEN 9 ELSE 1 END, 'system', 'System', 0, 0 FROM n`);
  database.close();
  await claviger.worker.restart();
  const key = await made(owner.client, 'Told a thousand times');
  expect(claviger.database.rows('SELECT count(*) AS n FROM webhook_deliveries WHERE event_id = (SELECT max(id) FROM webhook_events)')).toEqual([{ n: 1000 }]);
  // One cannot be signed, for there is no such secret: its owner reads that, and the others are told.
  for (let run = 0; run < 12 && receiver.taken.length < 999; run += 1) {
    await claviger.worker.runSchedule();
  }
  expect(receiver.taken.filter(({ body }) => body.data.object.id === key.id)).toHaveLength(999);
  const waiting = "SELECT w.secret_version, w.id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.organization_id = ? AND d.state = 'pending'";
  const [unsigned, ...more] = claviger.database.rows(waiting, id);
  expect([unsigned!.secret_version, more]).toEqual([9, []]);
  const [{ attempts }] = await deliveries(owner.client, Number(unsigned!.id));
  expect(attempts[0]).toMatchObject({ status: null, error: expect.stringMatching(/^Nothing was sent: .* Replace the secret\.$/) });
  // Which helps, though what signed before is gone.
  expectSuccess(await owner.client.post(`${PATH}/${unsigned!.id}/rotate_secret`, {}));
  expect(expectSuccess(await owner.client.post(`${PATH}/${unsigned!.id}/test`, {}), 201)).toMatchObject({ type: 'webhook.test' });
  await receiver.until(1000);
});
