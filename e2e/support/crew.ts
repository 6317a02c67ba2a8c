import { cpSync } from 'node:fs';
import { join } from 'node:path';

import { bearer, signedIn, type Client } from './client';
import { Claviger } from './fixtures';
import { PEOPLED, STATES } from './paths';
import { seeding, type KeyFacts, type Seeder } from './seed';
import type { Variables } from './worker';

export type Role = 'owner' | 'administrator' | 'member';
/** A person with a key of their own that reads and writes, and the system's own, which is pending. */
export type Person = {
  id: number;
  role: Role;
  name: string;
  email: string;
  key: number;
  defaultKey: number;
  secret: string;
  /** With their key as Bearer. */
  client: Client;
  /** At the console; each time a new one. */
  signIn: () => Promise<Client>;
};
/** An organization that a test has for itself. */
export type Crew = { id: number; owner: Person; other: Person; administrator: Person; colleague: Person; member: Person; second: Person };

const CAST: [keyof Omit<Crew, 'id'>, Role][] = [
  ['owner', 'owner'], ['other', 'owner'], ['administrator', 'administrator'], ['colleague', 'administrator'], ['member', 'member'], ['second', 'member'],
];
type Planned = Omit<Person, 'client' | 'signIn'>;

/** A Worker with so many organizations of two owners, two administrators and two members each. */
export async function crews(name: string, count: number, variables?: Variables): Promise<{ claviger: Claviger; next: () => Crew }> {
  const state = join(STATES, `${name}-${process.pid}-crews`);
  cpSync(PEOPLED, state, { recursive: true });
  const planned = seeding(state, (insert, database) => {
    database.exec('BEGIN');
    const all = Array.from({ length: count }, (_, index) => {
      const id = insert.organization(`Crew ${index}`, 'paid');
      return { id, people: CAST.map(([place, role]) => [place, person(insert, database, id, place, role)] as const) };
    });
    database.exec('COMMIT');
    return all;
  });
  const claviger = await Claviger.start(name, { from: state, ...(variables ? { variables } : {}) });
  const next = (): Crew => {
    const crew = planned.shift();
    if (!crew) {
      throw new Error('plan more crews');
    }
    const people = crew.people.map(([place, facts]) => [place, {
      ...facts, client: bearer(claviger.origin, facts.secret), signIn: () => signedIn(claviger.origin, facts.secret),
    }]);
    return { id: crew.id, ...Object.fromEntries(people) } as Crew;
  };
  return { claviger, next };
}

function person(insert: Seeder, database: { prepare(sql: string): any }, organization: number, place: string, role: Role): Planned {
  const name = `${place[0]!.toUpperCase()}${place.slice(1)} Crew`;
  const id = insert.user(organization, name, role, { api_access: 1 });
  const keyRole = role === 'member' ? 'integration' : 'organization_admin';
  const facts: KeyFacts = { organization, user: id, role: keyRole, access: 'read_write' };
  const secret = insert.key(`${name} at work`, facts);
  const key = Number(database.prepare('SELECT max(id) AS id FROM api_keys').get().id);
  const defaultKey = insert.pendingKey(organization, id, keyRole);
  return { id, role, name, email: `${name.toLowerCase().replace(' ', '.')}@example.com`, key, defaultKey, secret };
}
