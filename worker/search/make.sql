-- Makes the index of names anew, as migration 0003 made it, in a database that lacks it: after drop.sql, or an import.
CREATE VIRTUAL TABLE key_names USING fts5 (
  name, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);
INSERT INTO key_names (rowid, name) SELECT organization_id << 32 | id, name_folded FROM api_keys;

CREATE TRIGGER key_names_added AFTER INSERT ON api_keys
BEGIN INSERT INTO key_names (rowid, name) VALUES (NEW.organization_id << 32 | NEW.id, NEW.name_folded); END;
CREATE TRIGGER key_names_changed AFTER UPDATE OF organization_id, name_folded ON api_keys
WHEN (OLD.organization_id, OLD.name_folded) <> (NEW.organization_id, NEW.name_folded)
BEGIN
  DELETE FROM key_names WHERE rowid = OLD.organization_id << 32 | OLD.id;
  INSERT INTO key_names (rowid, name) VALUES (NEW.organization_id << 32 | NEW.id, NEW.name_folded);
END;
CREATE TRIGGER key_names_removed AFTER DELETE ON api_keys
BEGIN DELETE FROM key_names WHERE rowid = OLD.organization_id << 32 | OLD.id; END;
