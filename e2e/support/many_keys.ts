import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { databaseFile } from './database';
import { made, PEOPLED, RESULTS } from './paths';
import { hintOf, mintSecret, sha256 } from './secrets';

/** A state to begin with: the usual one, and what `fill` adds to its database. */
export function stateWith(name: string, fill: (database: DatabaseSync) => void): string {
  const folder = join(RESULTS, 'template', name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(PEOPLED, made(folder), { recursive: true });
  const database = new DatabaseSync(databaseFile(folder));
  try {
    database.exec('BEGIN');
    fill(database);
    database.exec('COMMIT');
  } finally {
    database.close();
  }
  return folder;
}

/** An organization with one key, that of the administrator whose secret is answered. */
export function organizationWithAdmin(database: DatabaseSync, name: string): { id: number; secret: string } {
  const organization = database.prepare(
    "INSERT INTO organizations (name, plan, key_limit, created_at, updated_at) VALUES (?, 'paid', 1000000, 1, 1)",
  );
  const id = Number(organization.run(name).lastInsertRowid);
  const key = database.prepare(
    `INSERT INTO api_keys (organization_id, kind, name, name_folded, role, access, created_by_type, created_by_name, created_at, updated_at)
     VALUES (?, 'service', 'Administrator', 'administrator', 'organization_admin', 'read_write', 'system', 'Claviger', 1, 1)`,
  );
  const secret = mintSecret();
  database
    .prepare('INSERT INTO secrets (hash, key_id, hint, created_at) VALUES (?, ?, ?, 1)')
    .run(sha256(secret), key.run(id).lastInsertRowid, hintOf(secret));
  return { id, secret };
}

/**
 * `count` keys of an organization: the older two fifths have expired, every tenth of the others is revoked, every fourth has
 * the same name, every tenth may write; five are pending, two disabled, two verifiers, three personal, and three expire
 * without housekeeping having noticed: as many in every organization.
 */
export function manyKeys(database: DatabaseSync, organization: number, count: number): void {
  const user = database
    .prepare("INSERT INTO users (organization_id, name, email, role, created_at, updated_at) VALUES (?, 'Uma', 'uma@example.com', 'member', 1, 1)")
    .run(organization).lastInsertRowid;
  const before = Number(database.prepare('SELECT max(id) AS id FROM api_keys').get()!.id);
  database
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2),
       named AS (SELECT i, i > ?2 * 4 / 10 AS recent, ?2 - i AS back, CASE
         WHEN i = ?2 - 46 THEN 'Zebra crossing' WHEN i % 4 = 1 THEN 'Deployment'
         WHEN i % 4 = 2 THEN printf('Billing export %05d', i * 7919 % 10007)
         ELSE printf('CI runner %05d', i * 7919 % 10007) END AS name FROM n)
       INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, active, expires_at, passed_expires_at,
         revoked_at, revoked_by_type, revoked_by_name, created_by_type, created_by_name, created_at, updated_at)
       SELECT ?1, iif(back IN (7, 17, 27), 'personal', 'service'), iif(back IN (7, 17, 27), ?3, NULL), name, lower(name),
         iif(back IN (4, 14), 'verifier', 'integration'), iif(i % 10 = 5, 'read_write', 'read_only'), back NOT IN (6, 16),
         iif(recent, iif(back IN (8, 18, 28), 9000, NULL), 5000), iif(recent, NULL, 5000),
         iif(recent AND i % 10 = 9, 6000, NULL), iif(recent AND i % 10 = 9, 'system', NULL),
         iif(recent AND i % 10 = 9, 'Claviger', NULL), 'system', 'Claviger', i, i FROM named`,
    )
    .run(organization, count, user);
  database
    .prepare(
      `INSERT INTO secrets (hash, key_id, hint, created_at) SELECT printf('%064x', id), id, 'clv_…', 1 FROM api_keys
       WHERE id > ?1 AND id NOT IN (SELECT ?1 + ?2 - value FROM json_each('[0, 10, 20, 30, 40]'))`,
    )
    .run(before, count);
}

/** `count` records of an organization's log, about `keys` keys in turn, by four people and a key, one a minute. */
export function manyAuditRecords(database: DatabaseSync, organization: number, count: number, keys = count / 20): void {
  database
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       INSERT INTO audit_log (organization_id, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name,
         details, request_id)
       SELECT ?1, i * 60000, iif(i % 5, 'user', 'key'), i % 5 + 1, 'Uma', 'api_key.updated', 'api_key', i % ?3 + 1, 'Deployment',
         '{"changes":{"active":[true,false]}}', printf('request-%d', i) FROM n`,
    )
    .run(organization, count, keys);
}
