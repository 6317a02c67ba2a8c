import { DatabaseSync } from 'node:sqlite';

import { databaseFile } from './database';
import { hintOf, mintSecret, sha256 } from './secrets';

const HOUR = 3_600_000;
const ISSUED = Date.parse('2026-01-01T00:00:00.000Z');

export type KeyFacts = {
  organization?: number;
  user?: number;
  role?: string;
  access?: string;
  scopes?: string[];
  active?: 0 | 1;
  expires_at?: number;
  revoked_at?: number;
  /** When the secret was replaced. */
  ends_at?: number;
  allowed_ips?: string[];
  rate_limit?: { limit: number; window_seconds: number };
  credits?: { remaining: number };
};

/** Opens the database of a state that nothing serves, for what no door of the API makes yet. */
export function seeding<T>(state: string, work: (insert: Seeder, database: DatabaseSync) => T): T {
  const database = new DatabaseSync(databaseFile(state));
  try {
    return work(new Seeder(database), database);
  } finally {
    database.close();
  }
}

/** What no door of the API makes yet: people beside the owner, other organizations, and states that take time. */
export function seed(state: string): Record<string, string> {
  return seeding(state, (insert, database) => {
    const past = Date.now() - HOUR;
    // All tests of one server share its organization; what the limit does is shown in another one.
    database.exec('UPDATE organizations SET key_limit = 1000 WHERE id = 1');
    const other = insert.organization('Other Ltd', 'paid');
    const full = insert.organization('Full GmbH', 'paid');
    const trial = insert.organization('Trial Inc', 'paid');
    const member = insert.user(1, 'Max Member', 'member', { api_access: 1 });
    const left = insert.user(1, 'Lea Left', 'member', { api_access: 1, active: 0 });
    const noApi = insert.user(1, 'Nora Noapi', 'member', { api_access: 0 });
    const administrator = insert.user(1, 'Alan Admin', 'administrator', { api_access: 1 });
    const otherOwner = insert.user(other, 'Olga Other', 'owner', { api_access: 1 });
    const trialOwner = insert.user(trial, 'Tom Trial', 'owner', { api_access: 1 });
    const admin = { role: 'organization_admin', access: 'read_write' };
    const fullOwner = insert.user(full, 'Fay Full', 'owner', { api_access: 1 });
    const fullMember = insert.user(full, 'Fred Full', 'member', { api_access: 1 });
    insert.webhook(full, 'https://hooks.example.com/full', { active: 0, off_reason: 'failing' });
    insert.webhook(full, 'https://hooks.example.com/left', { active: 0, off_reason: 'person_deactivated' });
    insert.webhook(full, 'https://hooks.example.com/else', { active: 0, off_reason: 'failing', user_id: fullMember });
    const secrets = {
      member: insert.key('Max at work', { user: member, access: 'read_write' }),
      administrator: insert.key('Alan at work', { user: administrator, ...admin }),
      foreignOwner: insert.key('Olga at work', { organization: other, user: otherOwner, ...admin }),
      foreignAdmin: insert.key('Other admin', { organization: other, ...admin }),
      foreignVerifier: insert.key('Other verifier', { organization: other, role: 'verifier' }),
      foreignIntegration: insert.key('Other integration', { organization: other }),
      fullAdmin: insert.key('Full admin', { organization: full, ...admin }),
      trialOwner: insert.key('Tom at work', { organization: trial, user: trialOwner, ...admin }),
      trialAdmin: insert.key('Trial admin', { organization: trial, ...admin }),
      trialIntegration: insert.key('Trial integration', { organization: trial }),
      personLeft: insert.key('Lea at work', { user: left }),
      personWithoutApi: insert.key('Nora at work', { user: noApi }),
      revokedAdmin: insert.key('Revoked admin', { ...admin, revoked_at: past }),
      expiredAdmin: insert.key('Expired admin', { ...admin, expires_at: past }),
      disabledAdmin: insert.key('Disabled admin', { ...admin, active: 0 }),
      revokedAndAllElse: insert.key('All wrong', { revoked_at: past, expires_at: past, active: 0 }),
      replacedSecret: insert.key('Rotated', { ends_at: past }),
      scoped: insert.key('Scoped', { access: 'read_write', scopes: ['invoices.read', 'reports.*'] }),
      fullOwner: insert.key('Fay at work', { organization: full, user: fullOwner, ...admin }),
    };
    // Afterwards: a trial makes no service keys, and keeps those it had.
    database.prepare("UPDATE organizations SET plan = 'trial' WHERE id = ?").run(trial);
    return secrets;
  });
}

export class Seeder {
  constructor(private readonly database: DatabaseSync) {}

  organization(name: string, plan: string): number {
    return this.insert('organizations', { name, plan, created_at: ISSUED, updated_at: ISSUED });
  }

  user(organization_id: number, name: string, role: string, facts: { api_access: 0 | 1; active?: 0 | 1 }): number {
    const email = `${name.toLowerCase().replace(' ', '.')}@example.com`;
    return this.insert('users', { organization_id, name, email, role, vouched: 'owner', created_at: ISSUED, updated_at: ISSUED, ...facts });
  }

  /** A webhook that is told nothing. */
  webhook(organization_id: number, url: string, facts: Record<string, string | number>): number {
    return this.insert('webhooks', {
      organization_id, url, events: '["organization.deleted"]', salt: sha256(url).slice(0, 32), secret_version: 1,
      created_by_type: 'system', created_by_name: 'System', created_at: ISSUED, updated_at: ISSUED, ...facts,
    });
  }

  /** The key that the system makes for a person, without a secret yet. */
  pendingKey(organization_id: number, user_id: number, role: string): number {
    const name = 'Auto-Generated API Key (Created By System)';
    return this.insert('api_keys', {
      organization_id, kind: 'personal', user_id, name, name_folded: name.toLowerCase(), role, access: 'read_write', system_generated: 1,
      created_by_type: 'system', created_by_name: 'System', created_at: ISSUED, updated_at: ISSUED,
    });
  }

  /** A session whose cookie nobody has, opened with this secret. */
  session(user_id: number, secret: string): number {
    const [now, token] = [Date.now(), mintSecret()];
    return this.insert('sessions', {
      hash: sha256(token), user_id, secret_hash: sha256(secret), created_at: now, last_seen_at: now, ends_at: now + 24 * HOUR,
      user_agent: 'A browser of the seed',
    });
  }

  /** A session that a new passkey of this person has opened, or Cloudflare Access for an application; answers its cookie's token. */
  sessionWithoutKey(user_id: number, way: 'passkey' | { application: string }): string {
    const [now, token] = [Date.now(), mintSecret()];
    const passkey_id = way === 'passkey' ? this.insert('passkeys', {
      user_id, credential_id: `seed${user_id}`, algorithm: -7, public_key: '{}', sign_count: 0, backup_eligible: 0, backed_up: 0, transports: '[]',
      name: 'Key ring', created_at: now,
    }) : null;
    this.insert('sessions', {
      hash: sha256(token), user_id, opened_by: way === 'passkey' ? way : 'access', passkey_id, verified_at: way === 'passkey' ? now : null,
      access_application: way === 'passkey' ? null : way.application, created_at: now, last_seen_at: now, ends_at: now + 24 * HOUR,
      user_agent: 'A browser of the seed',
    });
    return token;
  }

  /** Answers the secret of a new key. */
  key(name: string, facts: KeyFacts): string {
    const { organization, user, scopes, ends_at, allowed_ips, rate_limit, credits, ...columns } = facts;
    const secret = mintSecret();
    const key_id = this.insert('api_keys', {
      organization_id: organization ?? 1,
      kind: user === undefined ? 'service' : 'personal',
      user_id: user ?? null,
      name,
      name_folded: name.toLowerCase(),
      role: 'integration',
      access: 'read_only',
      scopes: JSON.stringify(scopes ?? []),
      allowed_ips: JSON.stringify(allowed_ips ?? []),
      rate_limit: rate_limit === undefined ? null : JSON.stringify(rate_limit),
      credits: credits === undefined ? null : JSON.stringify(credits),
      created_by_type: 'system',
      created_by_name: 'Claviger',
      created_at: ISSUED,
      updated_at: ISSUED,
      ...columns,
    });
    const hash = sha256(secret);
    this.insert('secrets', { hash, key_id, hint: hintOf(secret), created_at: ISSUED, ends_at: ends_at ?? null });
    return secret;
  }

  private insert(table: string, row: Record<string, string | number | null>): number {
    const columns = Object.keys(row);
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    return Number(this.database.prepare(sql).run(...Object.values(row)).lastInsertRowid);
  }
}
