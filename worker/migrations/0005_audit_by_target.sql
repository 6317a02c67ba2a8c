-- The audit log is read: the history of one thing, and what one actor did, each by an index of its own.

CREATE INDEX audit_log_by_target ON audit_log (organization_id, target_type, target_id);
CREATE INDEX audit_log_by_actor ON audit_log (organization_id, actor_type, actor_id);

-- Records that only system administrators see, as they alone see what the records are about: tenants, `system_admin` keys, and
-- verifiers of the system organization. Noted when the record is written, for the key may be gone when it is read; a key
-- that becomes one of those was seen by all until then.
CREATE TABLE audit_for_system (audit_id INTEGER PRIMARY KEY) STRICT;

-- Of keys that are gone already nobody knows what they were.
INSERT INTO audit_for_system (audit_id)
SELECT a.id FROM audit_log a LEFT JOIN api_keys k ON k.id = a.target_id
WHERE a.organization_id = 1 AND (a.target_type = 'organization' AND a.target_id <> 1
  OR a.target_type = 'api_key' AND (k.id IS NULL OR k.role IN ('system_admin', 'verifier')));

CREATE TRIGGER audit_for_system_noted AFTER INSERT ON audit_log
WHEN NEW.organization_id = 1 AND (NEW.target_type = 'organization' AND NEW.target_id <> 1
  OR NEW.target_type = 'api_key'
    AND EXISTS (SELECT 1 FROM api_keys WHERE id = NEW.target_id AND role IN ('system_admin', 'verifier')))
BEGIN INSERT INTO audit_for_system (audit_id) VALUES (NEW.id); END;
