-- Records are only ever added at the end of the log. With an id of its own a record could be put before or between others, where
-- the schedule seals nothing: the check names it (docs/AUDIT.md), and here it is refused to whoever does it by mistake.
CREATE TRIGGER audit_log_is_append_only_insert AFTER INSERT ON audit_log
WHEN NEW.id < 1 OR NEW.id < (SELECT max(id) FROM audit_log)
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
