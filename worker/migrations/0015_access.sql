-- Cloudflare Access, and what people's keys and links were still free to do.

-- ── Who comes in by an address ───────────────────────────────────────────────────────────────────────────────────────

-- Cloudflare Access names people by their address in any organization.
CREATE INDEX users_by_address ON users (email);
-- Of Cloudflare Access: the session ends when this application is configured no more.
ALTER TABLE sessions ADD COLUMN access_application TEXT CHECK ((opened_by = 'access') = (access_application IS NOT NULL));
-- Whoever was let in by the address that somebody had is not let in by the one that they have.
CREATE TRIGGER sessions_end_with_an_address AFTER UPDATE OF email ON users WHEN OLD.email <> NEW.email
BEGIN DELETE FROM sessions WHERE user_id = NEW.id AND opened_by = 'access'; END;

-- Another reason: somebody who was removed once does not come back by their address.
DROP TRIGGER refusals_abort;
CREATE TRIGGER refusals_abort BEFORE INSERT ON refusals
BEGIN SELECT RAISE(ABORT, 'refused:last_credential') WHERE NEW.reason = 'last_credential';
      SELECT RAISE(ABORT, 'refused:conflict') WHERE NEW.reason = 'conflict';
      SELECT RAISE(ABORT, 'refused:invite_spent') WHERE NEW.reason = 'invite_spent';
      SELECT RAISE(ABORT, 'refused:link_spent') WHERE NEW.reason = 'link_spent';
      SELECT RAISE(ABORT, 'refused:removed') WHERE NEW.reason = 'removed';
      SELECT RAISE(ABORT, 'refused:unknown'); END;

-- ── Personal keys are never more than their person ───────────────────────────────────────────────────────────────────
-- One that was decided about before its person was demoted would keep the stronger role: a change of role goes through the
-- keys that are there.

CREATE TRIGGER personal_keys_are_no_stronger_made BEFORE INSERT ON api_keys
WHEN NEW.kind = 'personal' AND NEW.role IN ('organization_admin', 'system_admin') AND NEW.revoked_at IS NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:conflict') FROM users WHERE id = NEW.user_id
  AND (role = 'member' OR (NEW.role = 'system_admin' AND role <> 'owner'));
END;
CREATE TRIGGER personal_keys_are_no_stronger_changed BEFORE UPDATE OF role ON api_keys
WHEN NEW.kind = 'personal' AND NEW.role IN ('organization_admin', 'system_admin') AND NEW.revoked_at IS NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:conflict') FROM users WHERE id = NEW.user_id
  AND (role = 'member' OR (NEW.role = 'system_admin' AND role <> 'owner'));
END;

-- ── Links that end with who made them have a record of that ──────────────────────────────────────────────────────────
-- Ended at 0 with who made them, at 1 with whom they are for, which no other link is; then one trigger writes the record and
-- takes them away. What was over already, or goes with its organization, is no news.

CREATE TRIGGER invites_end AFTER UPDATE OF ends_at ON invites WHEN NEW.ends_at = 0
BEGIN
  INSERT INTO audit_log (organization_id, at, actor_type, actor_name, action, target_type, target_name, details, request_id)
  SELECT NEW.organization_id, unixepoch() * 1000, 'system', 'System', 'invite.deleted', 'user',
    coalesce(NEW.name, NEW.email, NEW.role),
    json_object('role', NEW.role, 'email', NEW.email, 'ended_with', 'maker', 'made_by', NEW.created_by_name), 'database'
  WHERE OLD.ends_at > unixepoch() * 1000 AND EXISTS (SELECT 1 FROM organizations WHERE id = NEW.organization_id);
  DELETE FROM invites WHERE id = NEW.id;
END;
CREATE TRIGGER sign_in_links_end AFTER UPDATE OF ends_at ON sign_in_links WHEN NEW.ends_at IN (0, 1)
BEGIN
  INSERT INTO audit_log (organization_id, at, actor_type, actor_name, action, target_type, target_id, target_name, details,
    request_id)
  SELECT u.organization_id, unixepoch() * 1000, 'system', 'System', 'sign_in_link.deleted', 'user', u.id, u.name,
    json_object('ended_with', CASE NEW.ends_at WHEN 0 THEN 'maker' ELSE 'person' END, 'made_by', NEW.created_by_name), 'database'
  FROM users u JOIN organizations o ON o.id = u.organization_id
  WHERE u.id = NEW.user_id AND OLD.ends_at > unixepoch() * 1000;
  DELETE FROM sign_in_links WHERE user_id = NEW.user_id;
END;

DROP TRIGGER links_end_with_a_role;
CREATE TRIGGER links_end_with_a_role AFTER UPDATE OF role, active ON users
WHEN (OLD.role, OLD.active) <> (NEW.role, NEW.active)
BEGIN
  UPDATE sign_in_links SET ends_at = 1 WHERE user_id = NEW.id;
  UPDATE sign_in_links SET ends_at = 0 WHERE made_by_user = NEW.id;
  UPDATE invites SET ends_at = 0 WHERE made_by_user = NEW.id;
END;
DROP TRIGGER links_end_with_who_made_them;
CREATE TRIGGER links_end_with_who_made_them BEFORE DELETE ON users
BEGIN
  UPDATE sign_in_links SET ends_at = 0 WHERE made_by_user = OLD.id;
  UPDATE invites SET ends_at = 0 WHERE made_by_user = OLD.id;
END;
DROP TRIGGER links_end_with_a_revoked_key;
CREATE TRIGGER links_end_with_a_revoked_key AFTER UPDATE OF revoked_at ON api_keys
WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL
BEGIN
  UPDATE sign_in_links SET ends_at = 0 WHERE made_by_key = NEW.id;
  UPDATE invites SET ends_at = 0 WHERE made_by_key = NEW.id;
END;
DROP TRIGGER links_end_with_a_deleted_key;
CREATE TRIGGER links_end_with_a_deleted_key AFTER DELETE ON api_keys
BEGIN
  UPDATE sign_in_links SET ends_at = 0 WHERE made_by_key = OLD.id;
  UPDATE invites SET ends_at = 0 WHERE made_by_key = OLD.id;
END;
DROP TRIGGER links_end_with_a_changed_key;
CREATE TRIGGER links_end_with_a_changed_key AFTER UPDATE OF role, access, scopes, active, expires_at, allowed_ips ON api_keys
WHEN (OLD.role, OLD.access, OLD.scopes, OLD.active, OLD.expires_at, OLD.allowed_ips)
     IS NOT (NEW.role, NEW.access, NEW.scopes, NEW.active, NEW.expires_at, NEW.allowed_ips)
BEGIN
  UPDATE sign_in_links SET ends_at = 0 WHERE made_by_key = NEW.id;
  UPDATE invites SET ends_at = 0 WHERE made_by_key = NEW.id;
END;
DROP TRIGGER links_end_with_a_secret;
CREATE TRIGGER links_end_with_a_secret AFTER UPDATE OF ends_at ON secrets
WHEN NEW.ends_at <= unixepoch() * 1000 + 60000
BEGIN
  UPDATE sign_in_links SET ends_at = 0 WHERE made_by_key = NEW.key_id;
  UPDATE invites SET ends_at = 0 WHERE made_by_key = NEW.key_id;
END;
DROP TRIGGER links_end_with_a_passkey;
CREATE TRIGGER links_end_with_a_passkey AFTER DELETE ON passkeys
BEGIN
  UPDATE sign_in_links SET ends_at = 0 WHERE made_by_user = OLD.user_id AND made_by_key IS NULL;
  UPDATE invites SET ends_at = 0 WHERE made_by_user = OLD.user_id AND made_by_key IS NULL;
END;

-- ── Invitations have a limit ─────────────────────────────────────────────────────────────────────────────────────────

CREATE TRIGGER invites_have_a_limit BEFORE INSERT ON invites
BEGIN
  SELECT RAISE(ABORT, 'refused:invite_limit')
  WHERE (SELECT count(*) FROM invites WHERE organization_id = NEW.organization_id AND ends_at > NEW.created_at) >= 100;
END;

-- ── Ledgers end with their key ───────────────────────────────────────────────────────────────────────────────────────
-- The ledger of a key with limits is a Durable Object, which no foreign key reaches. Which keys ever had limits is kept here, and
-- when they were deleted; the schedule ends their ledgers.

CREATE TABLE ledgers (
  key_id INTEGER PRIMARY KEY,
  -- NULL while the key is there.
  ended_at INTEGER
) STRICT;
CREATE INDEX ledgers_ended ON ledgers (ended_at) WHERE ended_at IS NOT NULL;
INSERT INTO ledgers (key_id) SELECT id FROM api_keys WHERE rate_limit IS NOT NULL OR credits IS NOT NULL;
CREATE TRIGGER ledgers_begin_made AFTER INSERT ON api_keys WHEN NEW.rate_limit IS NOT NULL OR NEW.credits IS NOT NULL
BEGIN INSERT INTO ledgers (key_id) VALUES (NEW.id); END;
CREATE TRIGGER ledgers_begin_changed AFTER UPDATE OF rate_limit, credits ON api_keys
WHEN (NEW.rate_limit IS NOT NULL OR NEW.credits IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM ledgers WHERE key_id = NEW.id)
BEGIN INSERT INTO ledgers (key_id) VALUES (NEW.id); END;
CREATE TRIGGER ledgers_end AFTER DELETE ON api_keys
BEGIN UPDATE ledgers SET ended_at = unixepoch() * 1000 WHERE key_id = OLD.id; END;
