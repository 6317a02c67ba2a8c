-- What was counted: written by each isolate every few seconds, see core/src/usage. No triggers: nothing here alters an
-- answer. Hours since 1970.

CREATE TABLE usage_hourly (
  key_id INTEGER NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
  hour INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (key_id, hour, outcome)
) STRICT, WITHOUT ROWID;
-- For pruning.
CREATE INDEX usage_hourly_by_hour ON usage_hourly (hour);

-- Added up already: an organization may have 100,000 keys.
CREATE TABLE organization_usage_hourly (
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  hour INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (organization_id, hour, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_usage_hourly_by_hour ON organization_usage_hourly (hour);

-- A batch of counts is taken once: its answer may be lost, and it is sent again then.
CREATE TABLE usage_flushes (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX usage_flushes_by_at ON usage_flushes (at);
