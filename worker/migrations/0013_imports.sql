-- Whether an organization has ever imported keys: only then is a text that is no secret of ours looked up for its verifiers.

ALTER TABLE organizations ADD COLUMN imports INTEGER NOT NULL DEFAULT 0 CHECK (imports IN (0, 1));
UPDATE organizations SET imports = 1
WHERE EXISTS (SELECT 1 FROM api_keys WHERE organization_id = organizations.id AND source = 'imported');

CREATE TRIGGER organization_imports AFTER INSERT ON api_keys WHEN NEW.source = 'imported'
BEGIN UPDATE organizations SET imports = 1 WHERE id = NEW.organization_id AND imports = 0; END;

-- Its verifiers' records say so, hence the feed has to.
DROP TRIGGER feed_organization_changed;
CREATE TRIGGER feed_organization_changed AFTER UPDATE OF plan, strict, imports ON organizations
WHEN (OLD.plan, OLD.strict, OLD.imports) IS NOT (NEW.plan, NEW.strict, NEW.imports)
BEGIN INSERT INTO key_changes (organization_id, key_hash) VALUES (NEW.id, NULL); END;
