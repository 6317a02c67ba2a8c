-- The audit log is sealed: each organization's records are a chain, whose last seal is signed once a day. How, is in
-- core/src/audit; docs/AUDIT.md says what it proves. The schedule seals, from the first record on, also those of before.

CREATE TABLE audit_seals (
  audit_id INTEGER PRIMARY KEY,
  organization_id INTEGER NOT NULL,
  position INTEGER NOT NULL CHECK (position > 0),
  -- Hashed with the record, so that who may see the hash only cannot guess the record.
  salt TEXT NOT NULL CHECK (length(salt) = 32),
  previous TEXT NOT NULL CHECK (length(previous) = 64),
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE UNIQUE INDEX audit_seals_by_position ON audit_seals (organization_id, position);

CREATE TRIGGER audit_seals_are_append_only_update BEFORE UPDATE ON audit_seals
BEGIN SELECT RAISE(ABORT, 'audit_seals is append-only'); END;
CREATE TRIGGER audit_seals_are_append_only_delete BEFORE DELETE ON audit_seals
BEGIN SELECT RAISE(ABORT, 'audit_seals is append-only'); END;
-- Two runs that seal at once: the second one's seals do not follow on, and none of them is written. REPLACE neither.
CREATE TRIGGER audit_seals_follow_on BEFORE INSERT ON audit_seals
WHEN EXISTS (SELECT 1 FROM audit_seals WHERE audit_id = NEW.audit_id)
  OR EXISTS (SELECT 1 FROM audit_seals WHERE organization_id = NEW.organization_id AND position = NEW.position)
  OR NEW.previous IS NOT coalesce((SELECT hash FROM audit_seals WHERE organization_id = NEW.organization_id
    AND position = NEW.position - 1), iif(NEW.position = 1, printf('%064d', 0), NULL))
BEGIN SELECT RAISE(ABORT, 'refused:conflict'); END;

CREATE TABLE audit_heads (
  organization_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  audit_id INTEGER NOT NULL,
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  signed_at INTEGER NOT NULL,
  public_key TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (organization_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_heads_are_append_only_update BEFORE UPDATE ON audit_heads
BEGIN SELECT RAISE(ABORT, 'audit_heads is append-only'); END;
CREATE TRIGGER audit_heads_are_append_only_delete BEFORE DELETE ON audit_heads
BEGIN SELECT RAISE(ABORT, 'audit_heads is append-only'); END;
CREATE TRIGGER audit_heads_are_append_only_replace BEFORE INSERT ON audit_heads
WHEN EXISTS (SELECT 1 FROM audit_heads WHERE organization_id = NEW.organization_id AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'refused:conflict'); END;

-- Organizations whose last seal is not signed, and from when on it is to be: with the day after the last head's. So that
-- nobody looks through all organizations each minute.
CREATE TABLE audit_unsigned (
  organization_id INTEGER PRIMARY KEY,
  due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_unsigned_by_due ON audit_unsigned (due_at);
CREATE TRIGGER audit_seals_are_to_be_signed AFTER INSERT ON audit_seals
WHEN NOT EXISTS (SELECT 1 FROM audit_unsigned WHERE organization_id = NEW.organization_id)
BEGIN
  INSERT INTO audit_unsigned (organization_id, due_at)
  SELECT NEW.organization_id, coalesce(
    (SELECT (signed_at / 86400000 + 1) * 86400000 FROM audit_heads
     WHERE organization_id = NEW.organization_id ORDER BY position DESC LIMIT 1), 0);
END;
CREATE TRIGGER audit_seals_are_signed AFTER INSERT ON audit_heads
WHEN NOT EXISTS (SELECT 1 FROM audit_seals WHERE organization_id = NEW.organization_id AND position > NEW.position)
BEGIN DELETE FROM audit_unsigned WHERE organization_id = NEW.organization_id; END;

-- Each filter of the log by an index of its own: all end in the id, which is the log's order.
CREATE INDEX audit_log_by_time ON audit_log (organization_id, at);
CREATE INDEX audit_log_by_action ON audit_log (organization_id, action);
CREATE INDEX audit_log_by_target_type ON audit_log (organization_id, target_type);
CREATE INDEX audit_log_by_actor_type ON audit_log (organization_id, actor_type);
