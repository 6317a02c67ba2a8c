import { expectFieldRefusal, expectSuccess } from '../../support/expectations';
import { expect, test, type Claviger } from '../../support/fixtures';
import { runSchedule, runSql } from '../../support/isolates';
import { lab, suffer } from '../../support/lab';
import { expectAsDescribed } from '../../support/messages';
import { answering, Receiver } from '../../support/receiver';

const PATH = '/api/v2/webhooks';
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

let claviger: Claviger;
let receiver: Receiver;
/** What the lab adds to the clock. */
let moved = 0;
test.beforeAll(async () => {
  claviger = await lab('webhooks-clock');
  receiver = await Receiver.start();
});
test.afterAll(async () => {
  await claviger.worker.kill('SIGTERM');
  await receiver.stop();
});
test.beforeEach(() => {
  receiver.taken.length = 0;
  receiver.answer = answering.ok;
});

async function later(millis: number): Promise<void> {
  moved += millis;
  await suffer(claviger, 'A', { clock: moved });
  await runSchedule(claviger);
}
const hook = async (...events: string[]): Promise<any> => expectSuccess(await claviger.owner.post(PATH, { url: receiver.url, events }), 201);
const shown = async (id: number): Promise<any> => expectSuccess(await claviger.owner.get(`${PATH}/${id}`));
/** So many messages about a key, as a change writes them. */
const queue = (key: number, count: number): Promise<void> =>
  runSql(claviger, `INSERT INTO webhook_events (organization_id, at, type, actor_type, actor_name, target_type, target_id, target_name, object)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    SELECT k.organization_id, ${Date.now() + moved - SECOND}, 'api_key.updated', 'system', 'System', 'api_key', k.id, k.name, o.object
    FROM n, api_keys k JOIN api_key_objects o ON o.id = k.id WHERE k.id = ${key}`);
const delivery = async (id: number): Promise<any> => expectSuccess(await claviger.owner.get(`${PATH}/${id}/deliveries`))[0];

test('a message is tried eight times over a good day, and once more when somebody asks', async () => {
  const { id } = await hook('api_key.created');
  receiver.answer = answering.with(500);
  await claviger.made({ name: 'Tried eight times' });
  await receiver.until(2, 15_000);
  for (const [count, wait] of [5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR].entries()) {
    await expect.poll(async () => (await delivery(id)).attempts.length).toBe(count + 2);
    // Not a moment before: ten seconds are for what this test itself takes.
    await later(wait - 10 * SECOND);
    expect(receiver.taken).toHaveLength(count + 2);
    await later(10 * SECOND);
    expect(receiver.taken).toHaveLength(count + 3);
  }
  await later(DAY);
  expect(receiver.taken).toHaveLength(8);
  expect(await delivery(id)).toMatchObject({ state: 'failed', next_at: null });
  expect(await shown(id)).toMatchObject({ active: true, failing_since: expect.any(String) });
  receiver.answer = answering.ok;
  expectSuccess(await claviger.owner.post(`${PATH}/${id}/replay`, {}));
  await receiver.until(9);
  await expect.poll(async () => (await delivery(id)).state).toBe('delivered');
  expect((await shown(id)).failing_since).toBeNull();
  expect(new Set(receiver.taken.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('after five days without one success a webhook is switched off, which is told and recorded', async () => {
  const { id } = await hook('api_key.created');
  receiver.answer = answering.with(500);
  await claviger.made({ name: 'The first to fail' });
  await receiver.until(2, 15_000);
  await expect.poll(async () => (await delivery(id)).attempts.length).toBe(2);
  await later(5 * DAY - MINUTE);
  await claviger.made({ name: 'The last to fail' });
  const last = () => receiver.taken.filter(({ body }) => body.data.object.name === 'The last to fail').length;
  await expect.poll(last, { timeout: 15_000 }).toBe(2);
  // The first trouble after quiet days is no reason: it is tried for hours.
  for (const wait of [5 * MINUTE, 30 * MINUTE]) {
    await later(wait);
    expect((await shown(id)).active).toBe(true);
  }
  await later(2 * HOUR);
  expect(last()).toBeGreaterThanOrEqual(4);
  expect(await shown(id)).toMatchObject({ off_reason: 'failing', failing_since: expect.any(String) });
  const [record] = expectSuccess(await claviger.owner.get(`/api/v2/audit_log?target_type=webhook&target_id=${id}`));
  expect(record).toMatchObject({ action: 'webhook.switched_off', actor: { type: 'system' }, target: { name: 'localhost' }, details: { reason: 'failing' } });
  const before = receiver.taken.length;
  await claviger.made({ name: 'Not told' });
  await later(DAY);
  expect(receiver.taken).toHaveLength(before);
  expect(expectSuccess(await claviger.owner.patch(`${PATH}/${id}`, { active: true }))).toMatchObject({ off_reason: null, failing_since: null });
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('one that is told more than it can ever be tried with is switched off as well: what is tried again comes first', async () => {
  const { id } = await hook('api_key.updated');
  receiver.answer = answering.with(500);
  const key = await claviger.made({ name: 'Busy' });
  await queue(key.id, 1_000);
  // Twenty-four turns a run: not half of them are tried once in all these days.
  for (let run = 0; run < 14; run += 1) {
    await later(run === 0 ? 0 : 10 * HOUR);
    if (run === 11) {
      expect((await shown(id)).active, 'not before five days').toBe(true);
    }
  }
  expect(claviger.database.row('SELECT count(*) AS n FROM webhook_deliveries WHERE webhook_id = ? AND attempts = 0', id).n).toBeGreaterThan(500);
  expect(await shown(id)).toMatchObject({ active: false, off_reason: 'failing' });
  expect(expectSuccess(await claviger.owner.get(`${PATH}?off_reason=failing`)).map((webhook: any) => webhook.id)).toEqual([id]);
  for (const reason of ['switched_off', 'person_deactivated']) {
    expect(expectSuccess(await claviger.owner.get(`${PATH}?off_reason=${reason}`))).toEqual([]);
  }
  expectFieldRefusal(await claviger.owner.get(`${PATH}?off_reason=tired`), 'invalid_parameter', 'off_reason', /^Must be/);
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('what a run reads does not grow with what was told before, nor with what waits', async () => {
  const { id } = await hook('api_key.updated', 'api_key.created');
  const key = await claviger.made({ name: 'Much told of' });
  await receiver.until(1);
  await queue(key.id, 5_000);
  await runSql(claviger, `UPDATE webhook_deliveries SET state = 'delivered', next_at = NULL WHERE webhook_id = ${id} AND id % 2 = 0`);
  await runSql(claviger, `UPDATE webhook_deliveries SET next_at = next_at + ${DAY} WHERE webhook_id = ${id} AND next_at IS NOT NULL`);
  await queue(key.id, 1);
  await later(0);
  const line = claviger.worker.logged().split('\n').filter((line) => line.includes('"work":"tell_webhooks"')).at(-1);
  expect(JSON.parse(line!.slice(line!.indexOf('{')))).toMatchObject({ turns: 1 });
  expect(Number(/"rows_read":(\d+)/.exec(line!)?.[1])).toBeLessThan(100);
  expect(receiver.taken).toHaveLength(2);
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('a message that cannot be made fails for a reason that its owner reads, and holds up no other', async () => {
  const { id } = await hook('api_key.updated', 'api_key.created');
  const key = await claviger.made({ name: 'Told before' });
  await receiver.until(1);
  await queue(key.id, 1);
  await runSql(claviger, "UPDATE webhook_events SET object = '{}' WHERE id = (SELECT max(id) FROM webhook_events)");
  await queue(key.id, 1);
  await later(0);
  expect(receiver.taken).toHaveLength(2);
  const [after, spoiled] = expectSuccess(await claviger.owner.get(`${PATH}/${id}/deliveries`));
  expect(after).toMatchObject({ state: 'delivered' });
  expect(spoiled).toMatchObject({ state: 'failed', next_at: null, attempts: [{ status: null, error: expect.stringMatching(/^Nothing was sent: Claviger could not make/) }] });
  expect(await shown(id), 'that is not the address’s fault').toMatchObject({ active: true, failing_since: null });
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('a key that expires is told of a week before, a day before and then, each once', async () => {
  const { id } = await hook('api_key.expiring', 'api_key.expired');
  const at = (days: number): string => new Date(Date.now() + moved + days * DAY).toISOString();
  const key = await claviger.made({ name: 'Expires', expires_at: at(8) });
  await claviger.made({ name: 'Made within the week', expires_at: at(6) });
  await claviger.made({ name: 'Never' });
  const revoked = await claviger.made({ name: 'Revoked before', expires_at: at(8) });
  expectSuccess(await claviger.owner.post(`/api/v2/api_keys/${revoked.id}/revoke`, {}));
  const told = (): string[] => receiver.taken.map(({ body }) => `${body.type.slice(8)} ${body.data.object.name}`);
  await later(0);
  expect(told()).toEqual([]);
  await later(DAY + SECOND);
  await later(MINUTE);
  expect(told()).toEqual(['expiring Expires']);
  // Another expiry is another matter.
  expectSuccess(await claviger.owner.patch(`/api/v2/api_keys/${key.id}`, { expires_at: at(8) }));
  await later(DAY + SECOND);
  expect(told()).toEqual(['expiring Expires', 'expiring Expires']);
  await later(3 * DAY);
  expect(told().slice(2)).toEqual(['expiring Made within the week']);
  await later(3 * DAY);
  await later(MINUTE);
  expect(told().slice(3).toSorted()).toEqual(['expired Made within the week', 'expiring Expires']);
  await later(DAY);
  await later(MINUTE);
  expect(told().slice(5)).toEqual(['expired Expires']);
  receiver.taken.forEach(({ body }) => expectAsDescribed(body));
  expect(receiver.taken.at(-1)!.body.data).toMatchObject({ actor: { type: 'system' }, object: { status: 'expired' } });
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('a Worker that is killed after the change and before the first attempt delivers it all the same', async () => {
  const { id } = await hook('api_key.created');
  // The database takes its time, so that nobody has looked yet what is due.
  await suffer(claviger, 'A', { clock: moved, database: { slow: 500 } });
  const key = await claviger.made({ name: 'Killed before' });
  await claviger.worker.kill('SIGKILL');
  expect(receiver.taken).toEqual([]);
  expect(claviger.database.rows('SELECT state, attempts FROM webhook_deliveries WHERE webhook_id = ?', id)).toEqual([{ state: 'pending', attempts: 0 }]);
  await claviger.worker.restart();
  await later(0);
  const [message] = await receiver.until(1);
  expect(message!.body.data.object.id).toBe(key.id);
  expect((await delivery(id)).state).toBe('delivered');
  expectSuccess(await claviger.owner.delete(`${PATH}/${id}`));
});

test('a Worker that is killed in the midst of the delivery delivers it all the same', async () => {
  const { id } = await hook('api_key.created');
  const struck = new Promise<void>((resolve) => {
    receiver.answer = () => resolve(claviger.worker.kill('SIGKILL'));
  });
  const key = await claviger.made({ name: 'Killed' });
  await struck;
  receiver.answer = answering.ok;
  await claviger.worker.restart();
  // The attempt that was cut off holds the webhook for a minute.
  await suffer(claviger, 'A', { clock: moved + MINUTE });
  await runSchedule(claviger);
  const [, message] = await receiver.until(2);
  expect(message!.body.data.object.id).toBe(key.id);
  expect(receiver.taken[0]!.headers['webhook-id']).toBe(message!.headers['webhook-id']);
  expect((await delivery(id)).state).toBe('delivered');
});

test('what was told is forgotten after thirty days; what still waits is sent before', async () => {
  const { id } = await hook('api_key.created');
  receiver.answer = answering.with(500);
  const key = await claviger.made({ name: 'Waits for a month' });
  await receiver.until(2, 15_000);
  await expect.poll(async () => (await delivery(id)).attempts.length).toBe(2);
  receiver.answer = answering.ok;
  expect(claviger.database.count('webhook_events')).toBeGreaterThan(1);
  expect(claviger.database.count('expiry_notices')).toBeGreaterThan(0);
  await later(32 * DAY);
  expect(receiver.taken.at(-1)!.body.data.object.id).toBe(key.id);
  expect(claviger.database.rows('SELECT state FROM webhook_deliveries WHERE webhook_id = ?', id)).toEqual([{ state: 'delivered' }]);
  await later(0);
  for (const table of ['webhook_events', 'webhook_deliveries', 'webhook_attempts', 'expiry_notices']) {
    expect(claviger.database.count(table), table).toBe(0);
  }
});
