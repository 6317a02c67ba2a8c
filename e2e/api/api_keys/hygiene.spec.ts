import { cpSync } from 'node:fs';
import { join } from 'node:path';

import { bearer, type Client } from '../../support/client';
import { expectFieldRefusal, expectRefusal, expectSuccess } from '../../support/expectations';
import { Claviger, expect, test } from '../../support/fixtures';
import { PEOPLED, STATES } from '../../support/paths';
import { seeding } from '../../support/seed';

const PATH = '/api/v2/api_keys';
const DAY = 86_400_000;
const KINDS = ['leaked', 'expiring_soon', 'never_expires', 'unused', 'never_used', 'all_powerful'] as const;
type Kind = (typeof KINDS)[number];

/** What core/src/hygiene.rs says, said again: the database must find exactly these. */
function kindsOf(key: any, now: number): Kind[] {
  const at = (text: string | null): number | undefined => (text === null ? undefined : Date.parse(text));
  const day = (millis: number): number => Math.floor(millis / DAY);
  const [end, used] = [at(key.expires_at), at(key.last_used_at)];
  const [active, service] = [key.status === 'active', key.kind === 'service'];
  const powerful = /admin$/.test(key.role) && key.access === 'read_write' && key.scopes.length + key.allowed_ips.length === 0;
  const said: Record<Kind, boolean> = {
    leaked: key.leak !== null && key.leak.resolved_at === null,
    expiring_soon: active && end !== undefined && end <= now + 14 * DAY,
    never_expires: active && service && end === undefined,
    unused: active && used !== undefined && day(used) < day(now) - 90,
    never_used: active && used === undefined && Date.parse(key.created_at) < now - 7 * DAY,
    all_powerful: active && service && powerful,
  };
  return KINDS.filter((kind) => said[kind]);
}

let claviger: Claviger;
let admin: Client;
let organization: number;
let member: string;
test.beforeAll(async () => {
  const state = join(STATES, `hygiene-${process.pid}-seed`);
  cpSync(PEOPLED, state, { recursive: true });
  const now = Date.now();
  const secret = seeding(state, (insert, database) => {
    organization = insert.organization('Hygiene Ltd', 'paid');
    database.exec('UPDATE organizations SET key_limit = 100000');
    const user = insert.user(organization, 'Mia Member', 'member', { api_access: 1 });
    const id = (): number => Number(database.prepare('SELECT max(id) AS id FROM api_keys').get()!.id);
    const dated = (created: number | undefined, used: number | undefined): void => {
      database.prepare('UPDATE api_keys SET created_at = ?, used_day = ? WHERE id = ?').run(created ?? now, used === undefined ? null : Math.floor(used / DAY), id());
      database.prepare('UPDATE secrets SET last_used_at = ? WHERE key_id = ?').run(used ?? null, id());
    };
    const admin = { organization, role: 'organization_admin', access: 'read_write' };
    database.exec('BEGIN');
    const secret = insert.key('The asker', { ...admin, expires_at: now + 365 * DAY });
    dated(now, now);
    member = insert.key('Mia at work', { organization, user, access: 'read_write' });
    dated(now - 30 * DAY, undefined);
    for (const [place, facts] of [
      {}, { active: 0 as const }, { revoked_at: now }, { ends_at: now - DAY }, { scopes: ['a.b'] }, { allowed_ips: ['10.0.0.0/8'] }, { user }, admin,
      { ...admin, access: 'read_only' }, { ...admin, scopes: ['a.b'] }, { ...admin, allowed_ips: ['10.0.0.0/8'] }, { role: 'verifier', access: 'read_write' },
    ].entries()) {
      for (const expires_at of [undefined, now - DAY, now + DAY, now + 13 * DAY, now + 15 * DAY]) {
        for (const [created, used] of [[now - DAY, undefined], [now - 8 * DAY, undefined], [now - 200 * DAY, now], [now - 200 * DAY, now - 89 * DAY], [now - 200 * DAY, now - 92 * DAY]] as const) {
          insert.key(`Key ${place}`, { organization, ...facts, ...(expires_at === undefined ? {} : { expires_at }) });
          dated(created, used);
          if (place % 3 === 0 && used === now) {
            const leak = { reported_at: new Date(now).toISOString(), source: 'github', url: null, resolved_at: expires_at === undefined ? new Date(now).toISOString() : null };
            database.prepare('UPDATE api_keys SET leak = ? WHERE id = ?').run(JSON.stringify(leak), id());
          }
        }
      }
    }
    database.exec('COMMIT');
    return secret;
  });
  claviger = await Claviger.start('hygiene', { from: state });
  admin = bearer(claviger.origin, secret);
});
test.afterAll(() => claviger.worker.kill('SIGTERM'));

const ids = (keys: any[]): number[] => keys.map(({ id }) => id);

test('each kind is what the rule says, in every order and with other filters, and is counted as many', async () => {
  const all = expectSuccess(await admin.get(`${PATH}?per_page=1000`)) as any[];
  const now = Date.now();
  const report = expectSuccess(await admin.get(`${PATH}/hygiene`));
  for (const kind of KINDS) {
    const wanted = all.filter((key) => kindsOf(key, now).includes(kind));
    expect(wanted.length, kind).toBeGreaterThan(2);
    expect(report[kind], kind).toBe(wanted.length);
    for (const order of ['id', '-id', 'name', '-name', 'last_used_at']) {
      const counted = await admin.get(`${PATH}?hygiene=${kind}&order_by=${order}&per_page=1000`);
      expect(ids(expectSuccess(counted)).toSorted((a, b) => a - b), `${kind} by ${order}`).toEqual(ids(wanted));
      expect(counted.json.num_records).toBe(wanted.length);
    }
    expect(ids(expectSuccess(await admin.get(`${PATH}?hygiene=${kind}&order_by=-id&after=&per_page=1000`)))).toEqual(ids(wanted).toReversed());
    const first = await admin.get(`${PATH}?hygiene=${kind}&order_by=id&after=&per_page=1`);
    const second = await admin.get(`${PATH}?hygiene=${kind}&order_by=id&per_page=1&after=${first.json.next_after}`);
    expect([...ids(expectSuccess(first)), ...ids(expectSuccess(second))]).toEqual(ids(wanted).slice(0, 2));
    for (const [more, fits] of [
      ['status=active', (key: any) => key.status === 'active'], ['access=read_write', (key: any) => key.access === 'read_write'],
      ['name_contains=key%201', (key: any) => key.name.startsWith('Key 1')], ['status=revoked,disabled', (key: any) => /revoked|disabled/.test(key.status)],
    ] as const) {
      const both = await admin.get(`${PATH}?hygiene=${kind}&${more}&per_page=1000`);
      expect(ids(expectSuccess(both)), `${kind} and ${more}`).toEqual(ids(wanted.filter(fits)));
      expect(both.json.num_records).toBe(wanted.filter(fits).length);
    }
  }
  expect(report.counted_to).toBe(1000);
  expectFieldRefusal(await admin.get(`${PATH}?hygiene=dirty`), 'invalid_parameter', 'hygiene', /leaked/);
});

test('a member’s is of their own keys, and another organization’s is not there', async () => {
  const session = await (await import('../../support/client')).signedIn(claviger.origin, member);
  const own = expectSuccess(await session.get(`${PATH}?per_page=1000`)) as any[];
  const report = expectSuccess(await session.get(`${PATH}/hygiene`));
  for (const kind of KINDS) {
    expect(report[kind], kind).toBe(own.filter((key) => kindsOf(key, Date.now()).includes(kind)).length);
    expect(expectSuccess(await session.get(`${PATH}?hygiene=${kind}`))).toHaveLength(report[kind]);
  }
  expect(report.all_powerful).toBe(0);
  expectRefusal(await claviger.foreignAdmin.get(`/api/v2/organizations/${organization}/api_keys/hygiene`), 404, 'not_found');
  expect(expectSuccess(await claviger.owner.get(`/api/v2/organizations/${organization}/api_keys/hygiene`)).leaked).toBeGreaterThan(report.leaked);
});

test('a use takes a key out of those that nobody uses, within seconds', async () => {
  const [unused] = expectSuccess(await admin.get(`${PATH}?hygiene=never_used&status=active&name=Mia%20at%20work`)) as any[];
  expect(unused).toMatchObject({ name: 'Mia at work', last_used_at: null });
  expectSuccess(await bearer(claviger.origin, member).get('/api/v2/whoami'));
  await expect.poll(async () => ids(expectSuccess(await admin.get(`${PATH}?hygiene=never_used&name=Mia%20at%20work`))), { timeout: 20_000 }).toEqual([]);
});
