-- Limits on where and how much a key may be used; organizations that can be managed; invitations; idempotency.

ALTER TABLE api_keys ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(allowed_ips));
ALTER TABLE api_keys ADD COLUMN rate_limit TEXT CHECK (json_valid(rate_limit));
ALTER TABLE api_keys ADD COLUMN credits TEXT CHECK (json_valid(credits));

ALTER TABLE organizations ADD COLUMN strict INTEGER NOT NULL DEFAULT 0 CHECK (strict IN (0, 1));
-- In days; NULL is none.
ALTER TABLE organizations ADD COLUMN default_key_lifetime INTEGER CHECK (default_key_lifetime > 0);
ALTER TABLE organizations ADD COLUMN maximum_key_lifetime INTEGER CHECK (maximum_key_lifetime > 0);
-- Kept by triggers: counting the keys at each insert would make an import of 1,000 read them 1,000 times.
ALTER TABLE organizations ADD COLUMN live_keys INTEGER NOT NULL DEFAULT 0;
UPDATE organizations SET live_keys =
  (SELECT count(*) FROM api_keys WHERE organization_id = organizations.id AND kind = 'service' AND revoked_at IS NULL);

CREATE TRIGGER live_keys_made AFTER INSERT ON api_keys WHEN NEW.kind = 'service' AND NEW.revoked_at IS NULL
BEGIN UPDATE organizations SET live_keys = live_keys + 1 WHERE id = NEW.organization_id; END;
CREATE TRIGGER live_keys_ended AFTER UPDATE OF revoked_at ON api_keys
WHEN NEW.kind = 'service' AND OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL
BEGIN UPDATE organizations SET live_keys = live_keys - 1 WHERE id = NEW.organization_id; END;
CREATE TRIGGER live_keys_removed AFTER DELETE ON api_keys WHEN OLD.kind = 'service' AND OLD.revoked_at IS NULL
BEGIN UPDATE organizations SET live_keys = live_keys - 1 WHERE id = OLD.organization_id; END;

DROP TRIGGER service_keys_have_a_limit;
CREATE TRIGGER service_keys_have_a_limit BEFORE INSERT ON api_keys
WHEN NEW.kind = 'service' AND NEW.revoked_at IS NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:key_limit')
  WHERE (SELECT live_keys >= key_limit FROM organizations WHERE id = NEW.organization_id);
END;

-- A statement writes all columns of a key, so the triggers look at what differs.
DROP TRIGGER revoked_is_for_ever;
CREATE TRIGGER revoked_is_for_ever BEFORE UPDATE OF revoked_at ON api_keys
WHEN OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at
BEGIN SELECT RAISE(ABORT, 'refused:already_revoked'); END;

DROP TRIGGER feed_key_changed;
CREATE TRIGGER feed_key_changed AFTER UPDATE OF
  organization_id, user_id, name, role, access, scopes, active, expires_at, metadata, source, revoked_at, allowed_ips,
  rate_limit, credits ON api_keys
WHEN (OLD.organization_id, OLD.user_id, OLD.name, OLD.role, OLD.access, OLD.scopes, OLD.active, OLD.expires_at, OLD.metadata,
      OLD.source, OLD.revoked_at, OLD.allowed_ips, OLD.rate_limit, OLD.credits)
     IS NOT (NEW.organization_id, NEW.user_id, NEW.name, NEW.role, NEW.access, NEW.scopes, NEW.active, NEW.expires_at,
      NEW.metadata, NEW.source, NEW.revoked_at, NEW.allowed_ips, NEW.rate_limit, NEW.credits)
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT OLD.organization_id, hash FROM secrets WHERE key_id = OLD.id;
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT NEW.organization_id, hash FROM secrets WHERE key_id = NEW.id AND NEW.organization_id <> OLD.organization_id;
END;

DROP TRIGGER feed_organization_changed;
CREATE TRIGGER feed_organization_changed AFTER UPDATE OF plan, strict ON organizations
WHEN (OLD.plan, OLD.strict) IS NOT (NEW.plan, NEW.strict)
BEGIN INSERT INTO key_changes (organization_id, key_hash) VALUES (NEW.id, NULL); END;

DROP TRIGGER refusals_abort;
CREATE TRIGGER refusals_abort BEFORE INSERT ON refusals
BEGIN SELECT RAISE(ABORT, 'refused:last_credential') WHERE NEW.reason = 'last_credential';
      SELECT RAISE(ABORT, 'refused:conflict') WHERE NEW.reason = 'conflict';
      SELECT RAISE(ABORT, 'refused:invite_spent') WHERE NEW.reason = 'invite_spent';
      SELECT RAISE(ABORT, 'refused:unknown'); END;

-- Single use: the row goes with its acceptance.
CREATE TABLE invites (
  hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'administrator', 'member')),
  created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_by_organization ON invites (organization_id);

-- One row for each POST that came with an Idempotency-Key, written in the batch of what it did.
CREATE TABLE idempotency (
  organization_id INTEGER NOT NULL,
  principal TEXT NOT NULL,
  -- Method and path.
  request TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Of the body.
  body_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  -- NULL when the answer carried a secret: then only which keys it made is kept.
  answer TEXT,
  key_ids TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (organization_id, principal, request, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_time ON idempotency (at);
