import { tokenOf } from '../../support/client';
import { crews, type Crew } from '../../support/crew';
import { expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';
import { stateWith } from '../../support/many_keys';

const KEYS = '/api/v2/api_keys';

test('links end with a key that is contained: who does that does not think of what was made with it', async () => {
  const ends: ((crew: Crew) => Promise<any>)[] = [
    ({ owner, administrator }) => owner.client.patch(`${KEYS}/${administrator.key}`, { active: false }),
    ({ administrator }) => administrator.client.patch(`${KEYS}/${administrator.key}`, { access: 'read_only' }),
    ({ administrator }) => administrator.client.patch(`${KEYS}/${administrator.key}`, { scopes: ['keys.read'] }),
    ({ administrator }) => administrator.client.post(`${KEYS}/${administrator.key}/rotate`, { grace_seconds: 0 }),
  ];
  const { claviger, next } = await crews('users-contained', ends.length);
  for (const end of ends) {
    const crew = next();
    const { client } = crew.administrator;
    const invite = tokenOf(expectSuccess(await client.post('/api/v2/invites', { role: 'administrator' }), 201).link);
    const link = tokenOf(expectSuccess(await client.post(`/api/v2/users/${crew.member.id}/sign_in_link`, {}), 201).link);
    expectSuccess(await claviger.anonymous.post('/api/v2/invites/lookup', { token: invite }));
    expectSuccess(await end(crew));
    const accept = (path: string, body: object) => nothingChanges(claviger.database, () => claviger.anonymous.post(`/api/v2/${path}/accept`, body));
    expectRefusal(await accept('invites', { token: invite, name: 'Late', email: 'late@example.com' }), 403, 'invite_closed');
    expectRefusal(await accept('sign_in_links', { token: link }), 403, 'link_closed');
  }
  await claviger.worker.kill();
});

test('the last owner’s key cannot be given scopes, for nobody could take them away again', async () => {
  const { claviger, next } = await crews('users-scoped', 1);
  const { owner, other } = next();
  expectSuccess(await owner.client.delete(`/api/v2/users/${other.id}`));
  const scoped = () => owner.client.patch(`${KEYS}/${owner.key}`, { scopes: ['keys.read'] });
  expectRefusal(await nothingChanges(claviger.database, scoped), 409, 'last_credential');
  await claviger.worker.kill();
});

test('a link that was on its way while its maker was ended is refused by the database', () => {
  const tried: [string, string][] = [];
  stateWith('late-links', (database) => {
    const column = (sql: string): number => Number(Object.values(database.prepare(sql).get() as object)[0]);
    const user = column("INSERT INTO users (organization_id, name, email, role, created_at, updated_at) VALUES (1, 'A', 'a@late.example', 'administrator', 1, 1) RETURNING id");
    const owner = column("SELECT id FROM users WHERE organization_id = 1 AND role = 'owner'");
    const key = column(`INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, created_by_type, created_by_name, created_at, updated_at)
      VALUES (1, 'personal', ${user}, 'A', 'a', 'organization_admin', 'read_write', 'system', 'System', 1, 1) RETURNING id`);
    let number = 0;
    const links: Record<string, string> = {
      invite: `INSERT INTO invites (hash, organization_id, role, made_by_key, made_by_user, created_at, ends_at) VALUES (?, 1, 'administrator', ${key}, ${user}, 1, 2)`,
      'invite of an owner': `INSERT INTO invites (hash, organization_id, role, made_by_key, made_by_user, created_at, ends_at) VALUES (?, 1, 'owner', ${key}, ${user}, 1, 2)`,
      link: `INSERT INTO sign_in_links (user_id, hash, created_by_type, created_by_name, made_by_key, made_by_user, created_at, ends_at) VALUES (${user}, ?, 'user', 'A', ${key}, ${user}, 1, 2)`,
      'link of an owner': `INSERT INTO sign_in_links (user_id, hash, created_by_type, created_by_name, made_by_key, made_by_user, created_at, ends_at) VALUES (${owner}, ?, 'user', 'A', ${key}, ${user}, 1, 2)`,
    };
    const attempt = (state: string) => {
      for (const [what, statement] of Object.entries(links)) {
        database.exec('SAVEPOINT attempt');
        try {
          database.prepare(statement).run(String((number += 1)).padStart(64, '0'));
          tried.push([`${what}, ${state}`, 'made']);
        } catch (error) {
          tried.push([`${what}, ${state}`, String(error).replace(/^Error: /, '')]);
        }
        database.exec('ROLLBACK TO attempt');
      }
    };
    attempt('good');
    for (const [state, change] of [
      ['off', `UPDATE api_keys SET active = 0 WHERE id = ${key}`], ['read only', `UPDATE api_keys SET access = 'read_only' WHERE id = ${key}`],
      ['weaker', `UPDATE api_keys SET role = 'integration' WHERE id = ${key}`], ['revoked', `UPDATE api_keys SET revoked_at = 2 WHERE id = ${key}`],
      ['demoted', `UPDATE users SET role = 'member' WHERE id = ${user}`], ['deactivated', `UPDATE users SET active = 0 WHERE id = ${user}`],
      ['deleted', `DELETE FROM api_keys WHERE id = ${key}`],
    ] as const) {
      database.exec('SAVEPOINT state');
      database.exec(change);
      attempt(state);
      database.exec('ROLLBACK TO state');
    }
  });
  const outcome = (what: string) => (['invite, good', 'link, good'].includes(what) ? 'made' : 'refused:conflict');
  expect(tried).toEqual(tried.map(([what]) => [what, outcome(what)]));
  expect(tried).toHaveLength(32);
});
