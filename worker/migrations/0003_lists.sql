-- Lists whose cost does not grow with the organization: one index per filter and order. docs/PERFORMANCE.md has figures.

-- ── The status, as far as it does not hang on the time ───────────────────────────────────────────────────────────────

-- Kept by triggers: whether a key has, or had, a secret.
ALTER TABLE api_keys ADD COLUMN has_secret INTEGER NOT NULL DEFAULT 0 CHECK (has_secret IN (0, 1));
-- The `expires_at` that housekeeping has seen pass. Any other `expires_at` has yet to be compared with the time, so lists
-- are right however late housekeeping is; it only keeps the keys that have to be compared few.
ALTER TABLE api_keys ADD COLUMN passed_expires_at INTEGER;
-- Those few: not revoked, and not seen to expire.
ALTER TABLE api_keys ADD COLUMN due_at INTEGER GENERATED ALWAYS AS
  (CASE WHEN revoked_at IS NULL AND passed_expires_at IS NOT expires_at THEN expires_at END) VIRTUAL;
-- `KeyStatus::of`, but for keys that are due.
ALTER TABLE api_keys ADD COLUMN settled_status TEXT GENERATED ALWAYS AS
  (CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN passed_expires_at = expires_at THEN 'expired'
        WHEN has_secret = 0 THEN 'pending' WHEN active = 0 THEN 'disabled' ELSE 'active' END) VIRTUAL;

UPDATE api_keys SET has_secret = 1 WHERE id IN (SELECT key_id FROM secrets);
UPDATE api_keys SET passed_expires_at = expires_at
WHERE expires_at <= CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) - 60000;

CREATE TRIGGER has_secret_added AFTER INSERT ON secrets
BEGIN UPDATE api_keys SET has_secret = 1 WHERE id = NEW.key_id AND has_secret = 0; END;
CREATE TRIGGER has_secret_moved AFTER UPDATE OF key_id ON secrets WHEN OLD.key_id <> NEW.key_id
BEGIN
  UPDATE api_keys SET has_secret = 1 WHERE id = NEW.key_id;
  UPDATE api_keys SET has_secret = EXISTS (SELECT 1 FROM secrets WHERE key_id = OLD.key_id) WHERE id = OLD.key_id;
END;
CREATE TRIGGER has_secret_removed AFTER DELETE ON secrets
BEGIN
  UPDATE api_keys SET has_secret = EXISTS (SELECT 1 FROM secrets WHERE key_id = OLD.key_id) WHERE id = OLD.key_id;
END;

-- ── Filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Each in the order of ids, which SQLite appends to every index, and in that of names.

-- The id, for going on behind a name that many keys have: SQLite compares `(name_folded, id)` with a pair by an index only
-- where `id` is a column of its own and not the rowid.
ALTER TABLE api_keys ADD COLUMN tie_id INTEGER GENERATED ALWAYS AS (id) VIRTUAL;
DROP INDEX api_keys_by_name;
CREATE INDEX api_keys_by_name ON api_keys (organization_id, name_folded, tie_id);
CREATE INDEX api_keys_by_status ON api_keys (organization_id, settled_status);
CREATE INDEX api_keys_by_status_name ON api_keys (organization_id, settled_status, name_folded, tie_id);
CREATE INDEX api_keys_by_role ON api_keys (organization_id, role);
CREATE INDEX api_keys_by_role_name ON api_keys (organization_id, role, name_folded, tie_id);
CREATE INDEX api_keys_by_access ON api_keys (organization_id, access);
CREATE INDEX api_keys_by_access_name ON api_keys (organization_id, access, name_folded, tie_id);
CREATE INDEX api_keys_by_kind ON api_keys (organization_id, kind);
CREATE INDEX api_keys_by_kind_name ON api_keys (organization_id, kind, name_folded, tie_id);
-- For a list, and for housekeeping.
CREATE INDEX api_keys_due ON api_keys (organization_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX api_keys_all_due ON api_keys (due_at) WHERE due_at IS NOT NULL;

-- ── Names in part ────────────────────────────────────────────────────────────────────────────────────────────────────
-- Which names have which three characters, in a row. Only that (`detail = none`, a third of the size): whether they follow
-- each other as in what is searched for is asked of the names themselves. The organization is in the upper half of the
-- rowid, so that a search reads nothing of the others. `case_sensitive`, for what goes in is folded already, by rules that
-- SQLite does not know. `wrangler d1 export` refuses a database with a virtual table: docs/PERFORMANCE.md says what then.
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
