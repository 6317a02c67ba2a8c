-- People who are managed: invited, changed, let in again, and each with a key that the system has made for them.

-- Raised by every change that somebody makes.
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- Lower case in Unicode's sense, where the Worker writes it.
ALTER TABLE users ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
UPDATE users SET name_folded = lower(name);
CREATE TRIGGER people_have_folded_names AFTER INSERT ON users WHEN NEW.name_folded = ''
BEGIN UPDATE users SET name_folded = lower(NEW.name) WHERE id = NEW.id; END;
-- How API access came to its end: {"how","at","by"}. NULL while it is on, and where it never was.
ALTER TABLE users ADD COLUMN api_access_ended TEXT CHECK (json_valid(api_access_ended));

-- A statement writes all columns of a person, so the trigger looks at what differs.
DROP TRIGGER feed_person_changed;
CREATE TRIGGER feed_person_changed AFTER UPDATE OF organization_id, role, active, api_access ON users
WHEN (OLD.organization_id, OLD.role, OLD.active, OLD.api_access)
     IS NOT (NEW.organization_id, NEW.role, NEW.active, NEW.api_access)
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT k.organization_id, s.hash FROM api_keys k JOIN secrets s ON s.key_id = k.id WHERE k.user_id = NEW.id;
END;

-- ── The last active owner stays ──────────────────────────────────────────────────────────────────────────────────────

CREATE TRIGGER an_owner_stays BEFORE UPDATE OF role, active ON users
WHEN OLD.role = 'owner' AND OLD.active = 1 AND (NEW.role <> 'owner' OR NEW.active = 0)
BEGIN
  SELECT RAISE(ABORT, 'refused:last_owner') WHERE NOT EXISTS
  (SELECT 1 FROM users WHERE organization_id = OLD.organization_id AND role = 'owner' AND active = 1 AND id <> OLD.id);
END;
-- With their organization, which is gone already then, all may go.
CREATE TRIGGER an_owner_is_not_removed BEFORE DELETE ON users
WHEN OLD.role = 'owner' AND OLD.active = 1 AND EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id)
BEGIN
  SELECT RAISE(ABORT, 'refused:last_owner') WHERE NOT EXISTS
  (SELECT 1 FROM users WHERE organization_id = OLD.organization_id AND role = 'owner' AND active = 1 AND id <> OLD.id);
END;

-- ── Links with which people come in ──────────────────────────────────────────────────────────────────────────────────

ALTER TABLE invites RENAME TO old_invites;
CREATE TABLE invites (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'administrator', 'member')),
  -- Proposals: who comes in writes their own.
  name TEXT,
  email TEXT,
  created_by_type TEXT CHECK (created_by_type IN ('user', 'key', 'system')),
  created_by_id INTEGER,
  created_by_name TEXT,
  -- The credential that made it, and its person. NULL for an organization's first owner.
  made_by_key INTEGER,
  made_by_user INTEGER,
  created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT;
INSERT INTO invites (hash, organization_id, role, created_at, ends_at)
SELECT hash, organization_id, role, created_at, ends_at FROM old_invites;
DROP TABLE old_invites;
CREATE INDEX invites_by_organization ON invites (organization_id);

-- One a person: a new one replaces it.
CREATE TABLE sign_in_links (
  user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
  created_by_type TEXT NOT NULL CHECK (created_by_type IN ('user', 'key', 'system')),
  created_by_id INTEGER,
  created_by_name TEXT NOT NULL,
  made_by_key INTEGER,
  made_by_user INTEGER,
  created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT;

-- A link for a member must not let in the owner that they have become meanwhile; and what somebody let in who may no longer
-- do that stays out.
CREATE TRIGGER links_end_with_a_role AFTER UPDATE OF role, active ON users
WHEN (OLD.role, OLD.active) <> (NEW.role, NEW.active)
BEGIN
  DELETE FROM sign_in_links WHERE user_id = NEW.id;
  DELETE FROM sign_in_links WHERE made_by_user = NEW.id;
  DELETE FROM invites WHERE made_by_user = NEW.id;
END;
CREATE TRIGGER links_end_with_who_made_them BEFORE DELETE ON users
BEGIN
  DELETE FROM sign_in_links WHERE made_by_user = OLD.id;
  DELETE FROM invites WHERE made_by_user = OLD.id;
END;
CREATE TRIGGER links_end_with_a_revoked_key AFTER UPDATE OF revoked_at ON api_keys
WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL
BEGIN
  DELETE FROM sign_in_links WHERE made_by_key = NEW.id;
  DELETE FROM invites WHERE made_by_key = NEW.id;
END;
CREATE TRIGGER links_end_with_a_deleted_key AFTER DELETE ON api_keys
BEGIN
  DELETE FROM sign_in_links WHERE made_by_key = OLD.id;
  DELETE FROM invites WHERE made_by_key = OLD.id;
END;
-- Whoever contains a stolen key does not think of the links that were made with it. A name, an expiry that moves away: those
-- too, for nobody can tell here what made it weaker, and another link is soon made.
CREATE TRIGGER links_end_with_a_changed_key AFTER UPDATE OF role, access, scopes, active, expires_at, allowed_ips ON api_keys
WHEN (OLD.role, OLD.access, OLD.scopes, OLD.active, OLD.expires_at, OLD.allowed_ips)
     IS NOT (NEW.role, NEW.access, NEW.scopes, NEW.active, NEW.expires_at, NEW.allowed_ips)
BEGIN
  DELETE FROM sign_in_links WHERE made_by_key = NEW.id;
  DELETE FROM invites WHERE made_by_key = NEW.id;
END;
-- Rotated without a grace, or the grace cut short; a minute is for two clocks that differ.
CREATE TRIGGER links_end_with_a_secret AFTER UPDATE OF ends_at ON secrets
WHEN NEW.ends_at <= unixepoch() * 1000 + 60000
BEGIN
  DELETE FROM sign_in_links WHERE made_by_key = NEW.key_id;
  DELETE FROM invites WHERE made_by_key = NEW.key_id;
END;
-- A link that was on its way while its maker was ended.
CREATE TRIGGER invites_need_their_maker BEFORE INSERT ON invites WHEN NEW.made_by_key IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:conflict') WHERE NOT EXISTS
  (SELECT 1 FROM api_keys k LEFT JOIN users u ON u.id = k.user_id WHERE k.id = NEW.made_by_key AND k.revoked_at IS NULL
   AND k.active = 1 AND k.access = 'read_write' AND k.role IN ('organization_admin', 'system_admin')
   AND (u.id IS NULL OR (u.active = 1 AND (u.role = 'owner' OR (u.role = 'administrator' AND NEW.role <> 'owner')))));
END;
CREATE TRIGGER sign_in_links_need_their_maker BEFORE INSERT ON sign_in_links WHEN NEW.made_by_key IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:conflict') WHERE NOT EXISTS
  (SELECT 1 FROM api_keys k LEFT JOIN users u ON u.id = k.user_id WHERE k.id = NEW.made_by_key AND k.revoked_at IS NULL
   AND k.active = 1 AND k.access = 'read_write' AND k.role IN ('organization_admin', 'system_admin')
   AND (u.id IS NULL OR (u.active = 1 AND (u.role = 'owner'
        OR (u.role = 'administrator' AND (SELECT role FROM users WHERE id = NEW.user_id) <> 'owner')))));
END;
-- Looked through with every key that ends, and hence by an index.
CREATE INDEX invites_by_key ON invites (made_by_key) WHERE made_by_key IS NOT NULL;
CREATE INDEX sign_in_links_by_key ON sign_in_links (made_by_key) WHERE made_by_key IS NOT NULL;

CREATE TRIGGER sessions_end_with_their_person AFTER UPDATE OF active ON users WHEN OLD.active = 1 AND NEW.active = 0
BEGIN DELETE FROM sessions WHERE user_id = NEW.id; END;

DROP TRIGGER refusals_abort;
CREATE TRIGGER refusals_abort BEFORE INSERT ON refusals
BEGIN SELECT RAISE(ABORT, 'refused:last_credential') WHERE NEW.reason = 'last_credential';
      SELECT RAISE(ABORT, 'refused:conflict') WHERE NEW.reason = 'conflict';
      SELECT RAISE(ABORT, 'refused:invite_spent') WHERE NEW.reason = 'invite_spent';
      SELECT RAISE(ABORT, 'refused:link_spent') WHERE NEW.reason = 'link_spent';
      SELECT RAISE(ABORT, 'refused:unknown'); END;

-- ── The key that each person has from the system ─────────────────────────────────────────────────────────────────────
-- Here and not when they are next seen: lists show it, and lists write nothing. From now on whatever ends such a key makes
-- another one, in the same batch. Pending: it has no secret until its person asks for one.

INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, system_generated, created_by_type,
  created_by_name, created_at, updated_at)
SELECT organization_id, 'personal', id, 'Auto-Generated API Key (Created By System)', 'auto-generated api key (created by system)',
  CASE WHEN role = 'owner' AND organization_id = 1 THEN 'system_admin' WHEN role = 'member' THEN 'integration'
    ELSE 'organization_admin' END,
  'read_write', 1, 'system', 'System', unixepoch() * 1000, unixepoch() * 1000
FROM users WHERE NOT EXISTS
  (SELECT 1 FROM api_keys k WHERE k.user_id = users.id AND k.system_generated = 1 AND k.revoked_at IS NULL);
INSERT INTO audit_log (organization_id, at, actor_type, actor_name, action, target_type, target_id, target_name, request_id)
SELECT organization_id, created_at, 'system', 'System', 'api_key.created', 'api_key', id, name, 'migration-0012'
FROM api_keys WHERE system_generated = 1 AND created_by_type = 'system' AND has_secret = 0 AND revoked_at IS NULL
  AND id NOT IN (SELECT target_id FROM audit_log WHERE target_type = 'api_key' AND action = 'api_key.created');
