import { cpSync } from 'node:fs';
import { join } from 'node:path';

import { TAG, TEAM } from './access_team';
import { anonymous, bearer, signedIn, type Client } from './client';
import { Claviger } from './fixtures';
import { PEOPLED, STATES } from './paths';
import { seeding } from './seed';
import { newSetupToken, newSigningKey } from './worker';

export const SYSTEM = 1;
export const TENANT = 2;
export const OTHER_TENANT = 3;

export type Access = 'read_only' | 'read_write';
/**
 * Who calls: a `key` as Bearer, which is an integration's or somebody's `own`; or a `person` by cookie, whose session their key
 * bounds, or by a cookie that a `passkey` or Cloudflare `access` opened, which nothing bounds.
 */
export type Caller = {
  name: string;
  organization: typeof SYSTEM | typeof TENANT;
  as: 'key' | 'own' | 'person' | 'passkey' | 'access';
  role: 'integration' | 'verifier' | 'organization_admin' | 'system_admin' | 'owner' | 'administrator' | 'member';
  access: Access;
  client: Client;
  /** Signs in anew: for who was signed out, and has a key. */
  renew: () => Promise<void>;
};

/** Members and integrations' keys that do nothing, for what is done to such; members' default keys are pending. And a session of the last. */
export type Crowd = { members: number[]; keys: { id: number; secret: string }[]; session: number };

const CROWD = 200;
const ACCESS: Access[] = ['read_only', 'read_write'];

/** Everybody there can be in a system organization and in a tenant: each role of keys and of people, each access. */
export async function cast(name: string): Promise<{ claviger: Claviger; callers: Caller[]; crowds: Map<number, Crowd> }> {
  const state = join(STATES, `${name}-${process.pid}-cast`);
  cpSync(PEOPLED, state, { recursive: true });
  const crowds = new Map<number, Crowd>();
  const planned = seeding(state, (insert, database) => {
    database.exec('UPDATE organizations SET key_limit = 100000');
    database.exec('DROP TRIGGER webhooks_have_a_limit');
    database.exec('BEGIN');
    for (const organization of [SYSTEM, TENANT, OTHER_TENANT]) {
      const members = Array.from({ length: CROWD }, (_, index) => insert.user(organization, `Crowd ${index}`, 'member', { api_access: 1 }));
      members.forEach((user) => insert.pendingKey(organization, user, 'integration'));
      const keys = Array.from({ length: CROWD }, (_, index) => {
        const secret = insert.key(`Crowd ${index}`, { organization });
        return { id: Number(database.prepare('SELECT max(id) AS id FROM api_keys').get()!.id), secret };
      });
      crowds.set(organization, { members, keys, session: insert.session(members.at(-1)!, insert.key('Crowd', { organization, user: members.at(-1)! })) });
    }
    database.exec('COMMIT');
    return ([SYSTEM, TENANT] as const).flatMap((organization) => {
      const top = organization === SYSTEM ? 'system_admin' : 'organization_admin';
      const keys = (['integration', 'verifier', 'organization_admin', 'system_admin'] as const)
        .filter((role) => organization === SYSTEM || role !== 'system_admin')
        .flatMap((role) => ACCESS.map((access) => {
          const secret = insert.key(`Cast ${role} ${access}`, { organization, role, access });
          return { organization, as: 'key' as const, role, access, secret };
        }));
      const roles = [['owner', top], ['administrator', 'organization_admin'], ['member', 'integration']] as const;
      const person = (as: string, role: string): number => {
        const user = insert.user(organization, `Cast ${as}-${role}`, role, { api_access: 1 });
        database.prepare('UPDATE users SET personal_key_limit = 1000 WHERE id = ?').run(user);
        return user;
      };
      // Each is somebody else, or signing one out everywhere would be the end of another.
      const withKey = (['person', 'own'] as const).flatMap((as) => roles.flatMap(([role, keyRole]) => {
        const user = person(as, role);
        // That access bounds a key of one's own is seen by one of them.
        return ACCESS.filter((access) => as === 'person' || access === 'read_write' || role === 'administrator').map((access) => {
          const secret = insert.key(`Cast ${role} ${access}`, { organization, user, role: keyRole, access });
          return { organization, as, role, access, secret };
        });
      }));
      // By either of them one is the same caller, so each is in one of the organizations.
      const as = organization === SYSTEM ? 'passkey' as const : 'access' as const;
      const way = as === 'passkey' ? as : { application: `https://${TEAM}/${TAG}` };
      const without = roles.map(([role]) =>
        ({ organization, as, role, access: 'read_write' as const, token: insert.sessionWithoutKey(person(as, role), way) }));
      return [...keys, ...withKey, ...without];
    });
  });
  const variables = {
    SETUP_TOKEN: newSetupToken(), AUDIT_SIGNING_KEY: newSigningKey(), WEBHOOK_SECRET: newSetupToken(), LOCAL: '1', ACCESS_TEAM_DOMAIN: TEAM, ACCESS_AUD: TAG,
  };
  const claviger = await Claviger.start(name, { from: state, variables });
  const cookie = (token: string): Client =>
    anonymous(claviger.origin).with({ cookie: `claviger-${new URL(claviger.origin).port}=${token}`, 'sec-fetch-site': 'same-origin', origin: claviger.origin });
  const callers = await Promise.all(planned.map(async (plan): Promise<Caller> => {
    const { organization, as, role, access } = plan;
    const enter = async (): Promise<Client> =>
      'token' in plan ? cookie(plan.token) : as === 'person' ? signedIn(claviger.origin, plan.secret) : bearer(claviger.origin, plan.secret);
    const name = `${organization === SYSTEM ? 'system' : 'tenant'} ${role} ${as} ${access}`;
    const caller: Caller = { name, organization, as, role, access, client: await enter(), renew: async () => {
      caller.client = await enter();
    } };
    return caller;
  }));
  return { claviger, callers, crowds };
}
