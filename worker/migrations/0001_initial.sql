-- Times are milliseconds since 1970 (UTC), flags 0 or 1, hashes lower-case hexadecimal: D1 returns blobs as arrays.
-- AUTOINCREMENT everywhere: without it SQLite gives the id of a deleted row to a new one.

CREATE TABLE organizations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  plan TEXT NOT NULL DEFAULT 'paid' CHECK (plan IN ('trial', 'paid')),
  key_limit INTEGER NOT NULL DEFAULT 25 CHECK (key_limit >= 0),
  key_prefix TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'administrator', 'member')),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  api_access INTEGER NOT NULL DEFAULT 0 CHECK (api_access IN (0, 1)),
  personal_key_limit INTEGER NOT NULL DEFAULT 5 CHECK (personal_key_limit >= 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
-- E-mail addresses are compared without case by people and by us; folded before they are stored.
CREATE UNIQUE INDEX users_by_email ON users (organization_id, email);

CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('service', 'personal')),
  user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  -- Lower case in Unicode's sense, which SQLite's own lower() does not know.
  name_folded TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL CHECK (role IN ('integration', 'verifier', 'organization_admin', 'system_admin')),
  access TEXT NOT NULL CHECK (access IN ('read_only', 'read_write')),
  scopes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(scopes)),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  expires_at INTEGER,
  metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata)),
  source TEXT NOT NULL DEFAULT 'minted' CHECK (source IN ('minted', 'imported')),
  system_generated INTEGER NOT NULL DEFAULT 0 CHECK (system_generated IN (0, 1)),
  created_by_type TEXT NOT NULL CHECK (created_by_type IN ('user', 'key', 'system')),
  created_by_id INTEGER,
  created_by_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  rotated_at INTEGER,
  revoked_at INTEGER,
  revoked_by_type TEXT CHECK (revoked_by_type IN ('user', 'key', 'system')),
  revoked_by_id INTEGER,
  revoked_by_name TEXT,
  revoke_reason TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  CHECK ((kind = 'personal') = (user_id IS NOT NULL)),
  CHECK (role <> 'system_admin' OR organization_id = 1)
) STRICT;
CREATE INDEX api_keys_by_organization ON api_keys (organization_id, id);
CREATE INDEX api_keys_by_name ON api_keys (organization_id, name_folded);
CREATE INDEX api_keys_by_user ON api_keys (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE secrets (
  hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
  key_id INTEGER NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
  hint TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Set when it is replaced: it works before this moment only, and its row stays until the key is deleted.
  ends_at INTEGER,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX secrets_by_key ON secrets (key_id);

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The session ends with this secret; a deleted key takes it along.
  secret_hash TEXT NOT NULL REFERENCES secrets (hash) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_secret ON sessions (secret_hash);

-- Setup tokens that have been used. A configured token that is not here is still good.
CREATE TABLE setup_tokens (
  hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
  spent_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- No foreign keys: a record outlives its organization.
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor_type TEXT NOT NULL CHECK (actor_type IN ('user', 'key', 'system')),
  actor_id INTEGER,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  target_type TEXT NOT NULL,
  target_id INTEGER,
  target_name TEXT NOT NULL,
  details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details)),
  ip TEXT,
  request_id TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_by_organization ON audit_log (organization_id, id);

CREATE TRIGGER audit_log_is_append_only_update BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
-- REPLACE deletes without firing the trigger for it.
CREATE TRIGGER audit_log_is_append_only_replace BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_is_append_only_delete BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;

-- ── Rules that no statement can get round ────────────────────────────────────────────────────────────────────────────
-- A batch goes on after a statement that touches no row, so a refusal has to be raised.

CREATE TRIGGER service_keys_have_a_limit BEFORE INSERT ON api_keys
WHEN NEW.kind = 'service' AND NEW.revoked_at IS NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:key_limit')
  WHERE (SELECT count(*) FROM api_keys
         WHERE organization_id = NEW.organization_id AND kind = 'service' AND revoked_at IS NULL)
        >= (SELECT key_limit FROM organizations WHERE id = NEW.organization_id);
END;

-- Downgrading keeps an organization's keys, so only making them is refused.
CREATE TRIGGER trials_have_no_api_access BEFORE INSERT ON api_keys
WHEN NEW.kind = 'service'
BEGIN
  SELECT RAISE(ABORT, 'refused:trial')
  WHERE (SELECT plan FROM organizations WHERE id = NEW.organization_id) = 'trial';
END;

-- Keys that the system makes (a person's first one, a recovery) do not count against asking for more.
CREATE TRIGGER personal_keys_have_a_limit BEFORE INSERT ON api_keys
WHEN NEW.kind = 'personal' AND NEW.revoked_at IS NULL AND NEW.system_generated = 0 AND NEW.created_by_type <> 'system'
BEGIN
  SELECT RAISE(ABORT, 'refused:personal_key_limit')
  WHERE (SELECT count(*) FROM api_keys WHERE user_id = NEW.user_id AND revoked_at IS NULL)
        >= (SELECT personal_key_limit FROM users WHERE id = NEW.user_id);
END;

-- A key and its person belong to one organization.
CREATE TRIGGER personal_keys_stay_in_the_organization BEFORE INSERT ON api_keys
WHEN NEW.kind = 'personal'
BEGIN
  SELECT RAISE(ABORT, 'refused:foreign_user')
  WHERE (SELECT organization_id FROM users WHERE id = NEW.user_id) IS NOT NEW.organization_id;
END;

CREATE TRIGGER revoked_is_for_ever BEFORE UPDATE OF revoked_at ON api_keys
WHEN OLD.revoked_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'refused:already_revoked'); END;

-- Inserting a reason here aborts the batch with it: `INSERT INTO refusals SELECT 'last_credential' WHERE …`.
CREATE TABLE refusals (reason TEXT NOT NULL) STRICT;
CREATE TRIGGER refusals_abort BEFORE INSERT ON refusals
BEGIN SELECT RAISE(ABORT, 'refused:last_credential') WHERE NEW.reason = 'last_credential';
      SELECT RAISE(ABORT, 'refused:conflict') WHERE NEW.reason = 'conflict';
      SELECT RAISE(ABORT, 'refused:unknown'); END;

-- ── The feed: what can alter the answer about a secret ───────────────────────────────────────────────────────────────
-- Isolates ask "what changed since n?". Triggers write it, so that no code path can forget; never REPLACE, which would
-- delete without firing them. A NULL hash means every key of that organization.

CREATE TABLE key_changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id INTEGER NOT NULL,
  key_hash TEXT,
  -- Plain SQL may write here too, so the database itself says when.
  at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
) STRICT;

CREATE TRIGGER feed_secret_added AFTER INSERT ON secrets
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT organization_id, NEW.hash FROM api_keys WHERE id = NEW.key_id;
END;

CREATE TRIGGER feed_secret_changed AFTER UPDATE OF hash, key_id, ends_at ON secrets
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT organization_id, OLD.hash FROM api_keys WHERE id = OLD.key_id;
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT organization_id, NEW.hash FROM api_keys WHERE id = NEW.key_id;
END;

-- When the key goes its secrets go by cascade, and their key is no longer there to ask: hence BEFORE, on both tables.
CREATE TRIGGER feed_secret_removed BEFORE DELETE ON secrets
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT organization_id, OLD.hash FROM api_keys WHERE id = OLD.key_id;
END;

CREATE TRIGGER feed_key_changed AFTER UPDATE OF
  organization_id, user_id, name, role, access, scopes, active, expires_at, metadata, source, revoked_at ON api_keys
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT OLD.organization_id, hash FROM secrets WHERE key_id = OLD.id;
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT NEW.organization_id, hash FROM secrets WHERE key_id = NEW.id AND NEW.organization_id <> OLD.organization_id;
END;

CREATE TRIGGER feed_key_removed BEFORE DELETE ON api_keys
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT OLD.organization_id, hash FROM secrets WHERE key_id = OLD.id;
END;

CREATE TRIGGER feed_person_changed AFTER UPDATE OF organization_id, role, active, api_access ON users
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT k.organization_id, s.hash FROM api_keys k JOIN secrets s ON s.key_id = k.id WHERE k.user_id = NEW.id;
END;

CREATE TRIGGER feed_person_removed BEFORE DELETE ON users
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT k.organization_id, s.hash FROM api_keys k JOIN secrets s ON s.key_id = k.id WHERE k.user_id = OLD.id;
END;

CREATE TRIGGER feed_organization_changed AFTER UPDATE OF plan ON organizations
BEGIN INSERT INTO key_changes (organization_id, key_hash) VALUES (NEW.id, NULL); END;

CREATE TRIGGER feed_organization_removed BEFORE DELETE ON organizations
BEGIN INSERT INTO key_changes (organization_id, key_hash) VALUES (OLD.id, NULL); END;
