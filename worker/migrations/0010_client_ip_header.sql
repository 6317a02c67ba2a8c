-- The header in which a verifier says where its client is. Lower case.

ALTER TABLE api_keys ADD COLUMN client_ip_header TEXT CHECK (client_ip_header IS NULL OR role = 'verifier');

DROP TRIGGER feed_key_changed;
CREATE TRIGGER feed_key_changed AFTER UPDATE OF
  organization_id, user_id, name, role, access, scopes, active, expires_at, metadata, source, revoked_at, allowed_ips,
  limit_version, client_ip_header ON api_keys
WHEN (OLD.organization_id, OLD.user_id, OLD.name, OLD.role, OLD.access, OLD.scopes, OLD.active, OLD.expires_at, OLD.metadata,
      OLD.source, OLD.revoked_at, OLD.allowed_ips, OLD.limit_version, OLD.client_ip_header)
     IS NOT (NEW.organization_id, NEW.user_id, NEW.name, NEW.role, NEW.access, NEW.scopes, NEW.active, NEW.expires_at,
      NEW.metadata, NEW.source, NEW.revoked_at, NEW.allowed_ips, NEW.limit_version, NEW.client_ip_header)
BEGIN
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT OLD.organization_id, hash FROM secrets WHERE key_id = OLD.id;
  INSERT INTO key_changes (organization_id, key_hash)
  SELECT NEW.organization_id, hash FROM secrets WHERE key_id = NEW.id AND NEW.organization_id <> OLD.organization_id;
END;
