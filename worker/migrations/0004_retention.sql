-- Keys that are rotated often, and changes that outrun the pruning.

-- In the order in which a key's secrets are shown, so that of thousands only the first are read.
CREATE INDEX secrets_newest ON secrets (key_id, ends_at IS NOT NULL, created_at DESC);
DROP INDEX secrets_by_key;

CREATE INDEX key_changes_by_at ON key_changes (at);

-- An imported key is an integration, by whatever way it would become more.
CREATE TRIGGER imported_keys_are_integrations BEFORE INSERT ON api_keys
WHEN NEW.source = 'imported' AND NEW.role <> 'integration'
BEGIN SELECT RAISE(ABORT, 'refused:imported_role'); END;
CREATE TRIGGER imported_keys_stay_integrations BEFORE UPDATE OF role, source ON api_keys
WHEN NEW.source = 'imported' AND NEW.role <> 'integration' AND OLD.role <> NEW.role
BEGIN SELECT RAISE(ABORT, 'refused:imported_role'); END;
