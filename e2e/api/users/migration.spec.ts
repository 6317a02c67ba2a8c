import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, test } from '../../support/fixtures';
import { ROOT } from '../../support/paths';

const FOLDER = join(ROOT, 'worker/migrations');
const PEOPLE = '0012_people.sql';

/** A database as it was before there were default keys for everybody, and is afterwards. */
function migrated(before: string): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  for (const file of readdirSync(FOLDER).toSorted()) {
    if (file === PEOPLE) {
      database.exec(before);
    }
    database.exec(readFileSync(join(FOLDER, file), 'utf8'));
  }
  return database;
}

test('people of an existing database get their pending default key, those who have one keep it', () => {
  const key = (id: number, user: number, more: string) => `INSERT INTO api_keys (id, organization_id, kind, user_id, name, name_folded, role, access,
    system_generated, created_by_type, created_by_name, created_at, updated_at, revoked_at)
    SELECT ${id}, organization_id, 'personal', id, 'K', 'k', 'integration', 'read_write', ${more} FROM users WHERE id = ${user};`;
  const database = migrated(`
    INSERT INTO organizations (id, name, created_at, updated_at) VALUES (1, 'System', 1, 1), (2, 'Tenant', 1, 1);
    INSERT INTO users (id, organization_id, name, email, role, active, created_at, updated_at) VALUES
      (1, 1, 'Ada', 'a', 'owner', 1, 1, 1), (2, 1, 'Alan', 'b', 'administrator', 1, 1, 1), (3, 1, 'Max', 'c', 'member', 0, 1, 1),
      (4, 2, 'Olga', 'd', 'owner', 1, 1, 1), (5, 2, 'Has one', 'e', 'member', 1, 1, 1), (6, 2, 'Had one', 'f', 'member', 1, 1, 1);
    INSERT INTO invites (hash, organization_id, role, created_at, ends_at) VALUES ('${'a'.repeat(64)}', 2, 'owner', 1, 2);
    ${key(50, 5, "1, 'system', 'System', 1, 1, NULL")} ${key(60, 6, "1, 'system', 'System', 1, 1, 9")} ${key(61, 6, "0, 'user', 'Had one', 1, 1, NULL")}`);
  const rows = (sql: string): unknown[] => database.prepare(sql).all().map((row) => Object.values(row));
  expect(rows('SELECT user_id, role, settled_status FROM api_keys WHERE system_generated = 1 AND revoked_at IS NULL ORDER BY user_id')).toEqual([
    [1, 'system_admin', 'pending'], [2, 'organization_admin', 'pending'], [3, 'integration', 'pending'], [4, 'organization_admin', 'pending'],
    [5, 'integration', 'pending'], [6, 'integration', 'pending'],
  ]);
  expect(rows("SELECT count(*) FROM api_keys WHERE name = 'Auto-Generated API Key (Created By System)'")).toEqual([[5]]);
  // Those that were made are on the record, and of the owner's only system administrators hear.
  expect(rows("SELECT count(*) FROM audit_log WHERE action = 'api_key.created' AND actor_type = 'system'")).toEqual([[6]]);
  expect(rows('SELECT count(*) FROM audit_for_system')).toEqual([[1]]);
  expect(rows('SELECT organization_id, role, ends_at, made_by_key FROM invites')).toEqual([[2, 'owner', 2, null]]);
  expect(rows('SELECT name_folded, version FROM users WHERE id = 1')).toEqual([['ada', 1]]);
  // The Worker of before, which knows none of the new columns, still sets up and invites.
  database.exec("INSERT INTO users (organization_id, name, email, role, api_access, created_at, updated_at) VALUES (2, 'New One', 'n', 'member', 1, 1, 1)");
  expect(rows("SELECT name_folded FROM users WHERE email = 'n'")).toEqual([['new one']]);
});

test('the database itself keeps the last active owner, and lets a whole organization go', () => {
  const database = migrated(`
    INSERT INTO organizations (id, name, created_at, updated_at) VALUES (1, 'System', 1, 1), (2, 'Tenant', 1, 1);
    INSERT INTO users (id, organization_id, name, email, role, active, created_at, updated_at) VALUES
      (1, 1, 'Ada', 'a', 'owner', 1, 1, 1), (2, 2, 'Olga', 'b', 'owner', 1, 1, 1), (3, 2, 'Gone', 'c', 'owner', 0, 1, 1);`);
  for (const sql of ['DELETE FROM users WHERE id = 2', "UPDATE users SET role = 'member' WHERE id = 2", 'UPDATE users SET active = 0 WHERE id = 2']) {
    expect(() => database.exec(sql), sql).toThrow('refused:last_owner');
  }
  database.exec("UPDATE users SET name = 'O', role = 'owner', active = 1 WHERE id = 2; DELETE FROM users WHERE id = 3; DELETE FROM organizations WHERE id = 2");
  expect(database.prepare('SELECT id FROM users').all().map(({ id }) => id)).toEqual([1]);
  expect(database.prepare('SELECT user_id FROM api_keys').all().map((row) => row.user_id)).toEqual([1]);
});
