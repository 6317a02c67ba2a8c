import type { Client } from '../support/client';
import { anonymous, cookieOf } from '../support/client';
import { crews, type Crew, type Person } from '../support/crew';
import { expectRefusal, expectSuccess, nothingChanges } from '../support/expectations';
import { expect, test, type Claviger } from '../support/fixtures';
import { mintSecret } from '../support/secrets';
import { trailOf } from '../support/trail';

const PATH = '/api/v2/sessions';

let claviger: Claviger;
let next: () => Crew;
test.beforeAll(async () => {
  ({ claviger, next } = await crews('sessions', 8));
});
test.afterAll(() => claviger.worker.kill());

const browser = async (person: Person, userAgent: string): Promise<Client> => {
  const console = { 'sec-fetch-site': 'same-origin', origin: claviger.origin };
  const answer = await anonymous(claviger.origin).post('/api/v2/session', { api_key: person.secret }, { ...console, 'user-agent': userAgent });
  return anonymous(claviger.origin).with({ ...console, cookie: cookieOf(answer) });
};
const alive = async (client: Client): Promise<number> => (await client.get('/api/v2/session')).status;

test('a person sees where they are signed in, which one this is, and no token', async () => {
  const { member, second } = next();
  const [phone, desk] = [await browser(member, 'Phone/1 <b>'), await browser(member, 'Desk/2')];
  await browser(second, 'Not hers');
  const listed = await desk.get(PATH);
  const rows = expectSuccess(listed);
  expect(rows.map(({ user_agent, current }: any) => [user_agent, current]).toSorted()).toEqual([['Desk/2', true], ['Phone/1 <b>', false]]);
  expect(Object.keys(rows[0]).toSorted()).toEqual(['cloudflare_access', 'created_at', 'current', 'ends_at', 'id', 'idle_at', 'key', 'last_seen_at', 'passkey', 'user_agent']);
  expect(rows[0].key).toMatchObject({ id: member.key, name: `${member.name} at work` });
  expect([listed.json.num_records, listed.json.page]).toEqual([2, 0]);
  for (const client of [phone, desk]) {
    expect(listed.text).not.toContain(client.headers.cookie!.split('=')[1]);
  }
  // With their key as Bearer none is this one.
  expect(expectSuccess(await member.client.get(PATH)).map(({ current }: any) => current)).toEqual([false, false]);
});

test('a service key has no sessions, and ends none', async () => {
  const { member } = next();
  const session = await browser(member, 'Hers');
  const [{ id }] = expectSuccess(await session.get(PATH));
  for (const attempt of [() => claviger.holderOf('admin').get(PATH), () => claviger.holderOf('admin').delete(PATH)]) {
    expectRefusal(await nothingChanges(claviger.database, attempt), 403, 'forbidden');
  }
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.delete(`${PATH}/${id}`)), 404, 'not_found');
});

test('one session is ended and the others go on; nobody ends another’s', async () => {
  const { owner, member } = next();
  const [phone, desk, theirs] = [await browser(member, 'Phone'), await browser(member, 'Desk'), await browser(owner, 'Theirs')];
  const { id } = expectSuccess(await desk.get(PATH)).find((row: any) => row.user_agent === 'Phone');
  for (const client of [theirs, owner.client, claviger.owner]) {
    expectRefusal(await nothingChanges(claviger.database, () => client.delete(`${PATH}/${id}`)), 404, 'not_found');
  }
  const forged = desk.with({ 'sec-fetch-site': 'cross-site' });
  expectRefusal(await nothingChanges(claviger.database, () => forged.delete(`${PATH}/${id}`)), 403, 'cross_site_request');
  const [answer, trail] = await trailOf(claviger.database, () => desk.delete(`${PATH}/${id}`));
  expect(expectSuccess(answer)).toBeNull();
  expect(trail.audit).toMatchObject([{ action: 'session.ended', actor_id: member.id, details: { session: id } }]);
  expect([await alive(phone), await alive(desk), await alive(theirs)]).toEqual([401, 200, 200]);
  expectRefusal(await phone.get(PATH), 401, 'session_ended');
  expectRefusal(await nothingChanges(claviger.database, () => desk.delete(`${PATH}/${id}`)), 404, 'not_found');
});

test('after "sign out all" the cookie of another browser opens nothing, and this one goes on', async () => {
  const { member, second } = next();
  const [phone, tablet, desk, hers] = [await browser(member, 'Phone'), await browser(member, 'Tablet'), await browser(member, 'Desk'), await browser(second, 'Hers')];
  const [answer, trail] = await trailOf(claviger.database, () => desk.delete(PATH));
  expect(expectSuccess(answer)).toEqual({ ended: 2 });
  expect(trail.audit).toMatchObject([{ action: 'session.ended', details: { all_others: true } }]);
  for (const client of [phone, tablet]) {
    expectRefusal(await client.get('/api/v2/session'), 401, 'session_ended');
    expectRefusal(await nothingChanges(claviger.database, () => client.patch(`/api/v2/users/${member.id}`, { name: 'Late' })), 401, 'session_ended');
  }
  expect([await alive(desk), await alive(hers)]).toEqual([200, 200]);
  expect(expectSuccess(await nothingChanges(claviger.database, () => desk.delete(PATH)))).toEqual({ ended: 0 });
  // With a key, whose caller has no session of their own here, all of them.
  expect(expectSuccess(await second.client.delete(PATH))).toEqual({ ended: 1 });
  expect(await alive(hers)).toBe(401);
});

test('a session whose key was ended is no longer listed', async () => {
  const { owner } = next();
  const spare = await claviger.made({ name: 'Spare', kind: 'personal', access: 'read_write' }, owner.client);
  const desk = await browser(owner, 'Desk');
  const other = await browser({ ...owner, secret: spare.api_key }, 'Other');
  expect(expectSuccess(await desk.get(PATH))).toHaveLength(2);
  expectSuccess(await desk.patch(`/api/v2/api_keys/${spare.id}`, { active: false }));
  expect(expectSuccess(await desk.get(PATH)).map((row: any) => row.user_agent)).toEqual(['Desk']);
  expect(await alive(other)).toBe(401);
});

test('nor does it come back with its key: switched on again, or given a later expiry', async () => {
  const { owner } = next();
  const desk = await browser(owner, 'Desk');
  const soon = (more: number): string => new Date(Date.now() + more).toISOString();
  const made = (name: string, more: object) => claviger.made({ name, kind: 'personal', access: 'read_write', ...more }, owner.client);
  const [off, brief] = [await made('Off', {}), await made('Brief', { expires_at: soon(1_500) })];
  const [first, second, other] = [await browser({ ...owner, secret: off.api_key }, 'Off'), await browser({ ...owner, secret: brief.api_key }, 'Brief'), await browser({ ...owner, secret: off.api_key }, 'Other')];
  expect([await alive(first), await alive(second), await alive(other)]).toEqual([200, 200, 200]);
  // What is changed and does not end it leaves it alone.
  expectSuccess(await desk.patch(`/api/v2/api_keys/${off.id}`, { name: 'Off soon', expires_at: soon(3_600_000) }));
  expect(await alive(first)).toBe(200);
  for (const active of [false, true]) {
    expectSuccess(await desk.patch(`/api/v2/api_keys/${off.id}`, { active }));
  }
  await expect.poll(() => alive(second)).toBe(401);
  expectSuccess(await desk.patch(`/api/v2/api_keys/${brief.id}`, { expires_at: soon(3_600_000) }));
  for (const client of [first, second, other]) {
    expectRefusal(await client.get('/api/v2/session'), 401, 'session_ended');
    expectRefusal(await client.patch(`/api/v2/users/${owner.id}`, { name: 'Late' }), 401, 'session_ended');
  }
  expect(expectSuccess(await desk.get(PATH)).map((row: any) => row.user_agent)).toEqual(['Desk']);
  expect(await alive(await browser({ ...owner, secret: off.api_key }, 'Again')), 'the key itself is good again').toBe(200);
});

test('a user agent is kept without what could harm, and without a secret', async () => {
  const { member } = next();
  await browser(member, 'x'.repeat(5_000));
  const desk = await browser(member, `Mozilla ${mintSecret()}`);
  const agents = expectSuccess(await desk.get(PATH)).map((row: any) => row.user_agent).toSorted();
  expect(agents).toEqual(['', 'x'.repeat(200)]);
});
