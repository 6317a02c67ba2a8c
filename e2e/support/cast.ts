import { cpSync } from 'node:fs';
import { join } from 'node:path';

import { bearer, signedIn, type Client } from './client';
import { Claviger } from './fixtures';
import { PEOPLED, STATES } from './paths';
import { seeding } from './seed';

export const SYSTEM = 1;
export const TENANT = 2;
export const OTHER_TENANT = 3;

export type Access = 'read_only' | 'read_write';
/** Who calls: a key as Bearer, or a person by cookie, whose session their key bounds. */
export type Caller = {
  name: string;
  organization: typeof SYSTEM | typeof TENANT;
  as: 'key' | 'person';
  role: 'integration' | 'verifier' | 'organization_admin' | 'system_admin' | 'owner' | 'administrator' | 'member';
  access: Access;
  client: Client;
  /** Signs in anew: for who was signed out. */
  renew: () => Promise<void>;
};

/** Members who do nothing, for what is done to people; their default keys are pending. And a session of the first. */
export type Crowd = { members: number[]; session: number };

const CROWD = 150;
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
      crowds.set(organization, { members, session: insert.session(members.at(-1)!, insert.key('Crowd', { organization, user: members.at(-1)! })) });
    }
    for (const { members } of crowds.values()) {
      insert.passkey(members.at(-1)!);
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
      const people = ([['owner', top], ['administrator', 'organization_admin'], ['member', 'integration']] as const).flatMap(([role, keyRole]) => {
        const user = insert.user(organization, `Cast ${role}`, role, { api_access: 1 });
        database.prepare('UPDATE users SET personal_key_limit = 1000 WHERE id = ?').run(user);
        return ACCESS.map((access) => {
          const secret = insert.key(`Cast ${role} ${access}`, { organization, user, role: keyRole, access });
          return { organization, as: 'person' as const, role, access, secret };
        });
      });
      return [...keys, ...people];
    });
  });
  const claviger = await Claviger.start(name, { from: state });
  const callers: Caller[] = [];
  for (const { secret, ...who } of planned) {
    const client = who.as === 'key' ? bearer(claviger.origin, secret) : await signedIn(claviger.origin, secret);
    const where = who.organization === SYSTEM ? 'system' : 'tenant';
    const caller: Caller = { ...who, name: `${where} ${who.role} ${who.as} ${who.access}`, client, renew: async () => {} };
    if (who.as === 'person') {
      caller.renew = async () => {
        caller.client = await signedIn(claviger.origin, secret);
      };
    }
    callers.push(caller);
  }
  return { claviger, callers, crowds };
}
