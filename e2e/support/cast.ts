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
};

const ACCESS: Access[] = ['read_only', 'read_write'];

/** Everybody there can be in a system organization and in a tenant: each role of keys and of people, each access. */
export async function cast(name: string): Promise<{ claviger: Claviger; callers: Caller[] }> {
  const state = join(STATES, `${name}-${process.pid}-cast`);
  cpSync(PEOPLED, state, { recursive: true });
  const planned = seeding(state, (insert, database) => {
    database.exec('UPDATE organizations SET key_limit = 100000');
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
    callers.push({ ...who, name: `${where} ${who.role} ${who.as} ${who.access}`, client });
  }
  return { claviger, callers };
}
