import { createHash, createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

type Head = { organization_id: number; position: number; audit_id: number; hash: string; signed_at: number; public_key: string; signature: string };

/** The public half of a seed as AUDIT_SIGNING_KEY has it. */
export function publicKeyOf(seed: string): string {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'base64url')]);
  return String(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' }).x);
}

/** Somebody who can write to the database, knows docs/AUDIT.md and has no signing key but one of their own. */
export class Tamperer {
  private readonly own: KeyObject = generateKeyPairSync('ed25519').privateKey;

  constructor(private readonly database: DatabaseSync) {
    // The Worker may still be letting go of it.
    database.exec('PRAGMA busy_timeout = 10000');
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%append_only%'").all()) {
      database.exec(`DROP TRIGGER ${name}`);
    }
  }

  get publicKey(): string {
    return String(this.own.export({ format: 'jwk' }).x);
  }

  ids(organization: number): number[] {
    return this.database.prepare('SELECT id FROM audit_log WHERE organization_id = ? ORDER BY id').all(organization).map(({ id }) => Number(id));
  }

  run(...statements: string[]): void {
    statements.forEach((statement) => this.database.exec(statement));
  }

  heads(organization: number): Head[] {
    return this.database.prepare('SELECT * FROM audit_heads WHERE organization_id = ? ORDER BY position').all(organization) as Head[];
  }

  exchange(one: number, other: number): void {
    this.run(`UPDATE audit_log SET id = -1 WHERE id = ${one}`, `UPDATE audit_log SET id = ${one} WHERE id = ${other}`, `UPDATE audit_log SET id = ${other} WHERE id = -1`);
  }

  /** Removes all behind this record, with its seals and heads, as if it had never been. */
  forget(organization: number, behind: number): void {
    this.run(
      `DELETE FROM audit_heads WHERE organization_id = ${organization} AND audit_id > ${behind}`,
      `DELETE FROM audit_seals WHERE organization_id = ${organization} AND audit_id > ${behind}`,
      `DELETE FROM audit_log WHERE organization_id = ${organization} AND id > ${behind}`,
    );
  }

  /** Makes every seal of an organization anew, of what its records say now. */
  seal(organization: number): void {
    const hash = (values: unknown[]): string => createHash('sha256').update(JSON.stringify(values)).digest('hex');
    this.run(`DELETE FROM audit_seals WHERE organization_id = ${organization}`);
    let previous = '0'.repeat(64);
    const records = this.database.prepare('SELECT * FROM audit_log WHERE organization_id = ? ORDER BY id').all(organization);
    records.forEach((r, index) => {
      const salt = 'a'.repeat(32);
      const digest = hash([
        'claviger audit record 1', r.organization_id, r.id, r.at, r.actor_type, r.actor_id, r.actor_name, r.action, r.target_type,
        r.target_id, r.target_name, r.details, r.ip, r.request_id, salt,
      ]);
      const sealed = hash(['claviger audit seal 1', organization, index + 1, r.id, previous, digest]);
      this.database.prepare('INSERT INTO audit_seals (audit_id, organization_id, position, salt, previous, hash) VALUES (?, ?, ?, ?, ?, ?)')
        .run(Number(r.id), organization, index + 1, salt, previous, sealed);
      previous = sealed;
    });
  }

  /** Signs the seals in these places with their own key. */
  sign(organization: number, positions: number[]): void {
    for (const position of positions) {
      const seal = this.database.prepare('SELECT audit_id, hash FROM audit_seals WHERE organization_id = ? AND position = ?').get(organization, position)!;
      const message = JSON.stringify(['claviger audit head 1', organization, position, seal.audit_id, seal.hash, 1_795_000_000_000]);
      this.database.prepare('INSERT INTO audit_heads (organization_id, position, audit_id, hash, signed_at, public_key, signature) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(organization, position, Number(seal.audit_id), String(seal.hash), 1_795_000_000_000, this.publicKey, sign(null, Buffer.from(message), this.own).toString('base64url'));
    }
  }
}

/** A head as the console saves it. */
export const savedHead = (head: Head): string => JSON.stringify({ head: { ...head, signed_at: new Date(head.signed_at).toISOString() } });
