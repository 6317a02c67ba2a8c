-- What was set of a key's limits is here; what was used of them is in a ledger of its own, see core/src/meter. The ledger
-- takes what was set once for each version: about the moment of the change, in milliseconds, so that a database that was set
-- back to an earlier moment gives later changes a higher one all the same.

ALTER TABLE api_keys ADD COLUMN limit_version INTEGER NOT NULL DEFAULT 0;
-- Raised when the number of credits is set, and only then: another rate or refill leaves what is left.
ALTER TABLE api_keys ADD COLUMN credits_version INTEGER NOT NULL DEFAULT 0;

-- Setting the same number again, which fills up what was used, is written by raising `credits_version`.
CREATE TRIGGER limits_changed AFTER UPDATE OF rate_limit, credits, credits_version ON api_keys
WHEN (OLD.rate_limit, OLD.credits, OLD.credits_version) IS NOT (NEW.rate_limit, NEW.credits, NEW.credits_version)
BEGIN
  UPDATE api_keys SET
    limit_version = max(OLD.limit_version + 1, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
    credits_version = CASE WHEN NEW.credits ->> 'remaining' IS OLD.credits ->> 'remaining' THEN NEW.credits_version
      ELSE max(NEW.credits_version + 1, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) END
  WHERE id = NEW.id;
END;

-- By the version, which every change of the limits raises.
DROP TRIGGER feed_key_changed;
CREATE TRIGGER feed_key_changed AFTER UPDATE OF
  organization_id, user_id, name, role, access, scopes, active, expires_at, metadata, source, revoked_at, allowed_ips,
  limit_version ON api_keys
WHEN (OLD.organization_id, OLD.user_id, OLD.name, OLD.role, OLD.access, OLD.scopes, OLD.active, OLD.expires_at, OLD.metadata,
      OLD.source, OLD.revoked_at, OLD.allowed_ips, OLD.limit_version)
     IS NOT (NEW.organization_id, NEW.user_id, NEW.name, NEW.role, NEW.access, NEW.scopes, NEW.active, NEW.expires_at,
      NEW.metadata, NEW.source, NEW.revoked_at, NEW.allowed_ips, NEW.limit_version)
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT OLD.organization_id, hash FROM secrets WHERE key_id = OLD.id;
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT NEW.organization_id, hash FROM secrets WHERE key_id = NEW.id AND NEW.organization_id <> OLD.organization_id;
END;
