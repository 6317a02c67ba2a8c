-- Webhooks: who is told what, what there is to tell, and how it went. See worker/src/webhooks/.

CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  -- Whose own it is; NULL is the organization's.
  user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  events TEXT NOT NULL CHECK (json_valid(events)),
  -- Made by a system administrator: also told of the keys that only those see, and seen by them alone.
  system INTEGER NOT NULL DEFAULT 0 CHECK (system IN (0, 1)),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  off_reason TEXT CHECK (off_reason IN ('switched_off', 'failing', 'person_deactivated')),
  failing_since INTEGER,
  last_delivered_at INTEGER,
  -- What its secret is derived from, beside the Worker's own of that version. No secret is stored.
  salt TEXT NOT NULL UNIQUE CHECK (length(salt) = 32),
  secret_version INTEGER NOT NULL,
  generation INTEGER NOT NULL DEFAULT 1,
  -- Until when the generation before, of this version, signs as well.
  old_secret_ends_at INTEGER,
  old_secret_version INTEGER,
  -- One attempt at a time: whoever makes it holds this until then.
  leased_until INTEGER NOT NULL DEFAULT 0,
  created_by_type TEXT NOT NULL CHECK (created_by_type IN ('user', 'key', 'system')),
  created_by_id INTEGER,
  created_by_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  CHECK (active = 1 OR off_reason IS NOT NULL)
) STRICT;
CREATE INDEX webhooks_by_organization ON webhooks (organization_id, id);
CREATE INDEX webhooks_by_user ON webhooks (user_id) WHERE user_id IS NOT NULL;

-- What has happened, as long as somebody is to be told. No foreign keys to what it is about: that may be gone.
CREATE TABLE webhook_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  actor_type TEXT NOT NULL,
  actor_id INTEGER,
  actor_name TEXT NOT NULL,
  target_type TEXT NOT NULL,
  target_id INTEGER NOT NULL,
  target_name TEXT NOT NULL,
  changed TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(changed)),
  -- The row as it was after the change. NULL until the end of the batch that changes it.
  object TEXT CHECK (json_valid(object))
) STRICT;
CREATE INDEX webhook_events_by_time ON webhook_events (at);
CREATE INDEX webhook_events_unsettled ON webhook_events (id) WHERE object IS NULL;
CREATE INDEX webhook_events_by_organization ON webhook_events (organization_id);

CREATE TABLE webhook_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id INTEGER NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
  webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  -- Since it was made or replayed: the schedule counts them.
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  CHECK ((state = 'pending') = (next_at IS NOT NULL))
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (webhook_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id);

CREATE TABLE webhook_attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  answer TEXT
) STRICT;
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id);

-- That somebody was told, so that they are told once. Another expiry is another matter.
CREATE TABLE expiry_notices (
  key_id INTEGER NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  notice TEXT NOT NULL CHECK (notice IN ('week', 'day', 'expired')),
  at INTEGER NOT NULL,
  PRIMARY KEY (key_id, expires_at, notice)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_that_expire ON api_keys (expires_at) WHERE expires_at IS NOT NULL AND revoked_at IS NULL;

-- ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TRIGGER webhooks_have_a_limit BEFORE INSERT ON webhooks
BEGIN
  SELECT RAISE(ABORT, 'refused:webhook_limit')
  WHERE (SELECT count(*) FROM webhooks WHERE organization_id = NEW.organization_id) >= 100
     OR (NEW.user_id IS NOT NULL AND (SELECT count(*) FROM webhooks WHERE user_id = NEW.user_id) >= 10);
END;
-- A webhook and its person belong to one organization, and who is out has none that is on.
CREATE TRIGGER webhooks_stay_in_the_organization BEFORE INSERT ON webhooks WHEN NEW.user_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:foreign_user')
  WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id AND organization_id = NEW.organization_id AND active = 1);
END;

-- ── Off is off ───────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TRIGGER webhooks_end_with_their_person AFTER UPDATE OF active ON users WHEN OLD.active = 1 AND NEW.active = 0
BEGIN
  UPDATE webhooks SET active = 0, off_reason = 'person_deactivated', version = version + 1, updated_at = NEW.updated_at
  WHERE user_id = NEW.id AND active = 1;
END;
-- What was waiting has failed, and can be asked for again.
CREATE TRIGGER webhooks_off_send_nothing AFTER UPDATE OF active ON webhooks WHEN OLD.active = 1 AND NEW.active = 0
BEGIN
  UPDATE webhook_deliveries SET state = 'failed', next_at = NULL WHERE webhook_id = NEW.id AND next_at IS NOT NULL;
END;

-- ── What is told, as raw rows: the Worker makes of them what its answers show ────────────────────────────────────────
-- D1 takes 32 arguments to a function, hence the pieces; what is NULL falls out of them, and reads as NULL. Text that is JSON
-- stays text (''||…). A new column of these nouns needs these views made anew: a test compares them.

CREATE VIEW api_key_objects AS SELECT k.id, json_patch(json_patch(
  json_object('id', k.id, 'organization_id', k.organization_id, 'kind', k.kind, 'user_id', k.user_id, 'name', k.name,
    'description', k.description, 'role', k.role, 'access', k.access, 'scopes', k.scopes, 'active', k.active,
    'expires_at', k.expires_at, 'metadata', k.metadata, 'source', k.source, 'system_generated', k.system_generated),
  json_object('created_by_type', k.created_by_type, 'created_by_id', k.created_by_id, 'created_by_name', k.created_by_name,
    'created_at', k.created_at, 'updated_at', k.updated_at, 'rotated_at', k.rotated_at, 'revoked_at', k.revoked_at,
    'revoked_by_type', k.revoked_by_type, 'revoked_by_id', k.revoked_by_id, 'revoked_by_name', k.revoked_by_name,
    'revoke_reason', k.revoke_reason, 'version', k.version, 'allowed_ips', k.allowed_ips, 'rate_limit', k.rate_limit)),
  json_object('credits', k.credits, 'client_ip_header', k.client_ip_header,
    'user_name', (SELECT name FROM users WHERE id = k.user_id),
    'secrets', '' || (SELECT json_group_array(json_object('hint', hint, 'created_at', created_at, 'ends_at', ends_at,
      'last_used_at', last_used_at)) FROM (SELECT * FROM secrets WHERE key_id = k.id
      ORDER BY ends_at IS NOT NULL, created_at DESC, hash LIMIT 11)))) AS object
FROM api_keys k;

CREATE VIEW user_objects AS SELECT u.id,
  json_object('id', u.id, 'organization_id', u.organization_id, 'name', u.name, 'email', u.email, 'role', u.role,
    'active', u.active, 'api_access', u.api_access, 'api_access_ended', u.api_access_ended,
    'personal_key_limit', u.personal_key_limit, 'created_at', u.created_at, 'updated_at', u.updated_at, 'version', u.version,
    'live_keys', (SELECT count(*) FROM api_keys WHERE user_id = u.id AND revoked_at IS NULL),
    'last_used_at', (SELECT max(s.last_used_at) FROM api_keys k JOIN secrets s ON s.key_id = k.id WHERE k.user_id = u.id),
    'last_seen_at', (SELECT max(last_seen_at) FROM sessions WHERE user_id = u.id)) AS object
FROM users u;

CREATE VIEW organization_objects AS SELECT id,
  json_object('id', id, 'name', name, 'plan', plan, 'key_limit', key_limit, 'live_keys', live_keys, 'key_prefix', key_prefix,
    'strict', strict, 'default_key_lifetime', default_key_lifetime, 'maximum_key_lifetime', maximum_key_lifetime,
    'created_at', created_at, 'updated_at', updated_at, 'version', version) AS object
FROM organizations;

-- ── The outbox: with the audit record of a change, so that no code path can forget it ─────────────────────────────────

CREATE TABLE webhook_event_types (action TEXT PRIMARY KEY, type TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO webhook_event_types VALUES
  ('api_key.created', 'api_key.created'), ('api_key.updated', 'api_key.updated'), ('api_key.minted', 'api_key.updated'),
  ('api_key.rotated', 'api_key.rotated'), ('api_key.revoked', 'api_key.revoked'), ('api_key.deleted', 'api_key.deleted'),
  ('user.created', 'user.created'), ('user.updated', 'user.updated'), ('user.deleted', 'user.deleted'),
  ('organization.created', 'organization.created'), ('organization.updated', 'organization.updated'),
  ('organization.deleted', 'organization.deleted');

-- What is deleted is looked at now, everything else at the end of the batch: a record may be written before its change.
CREATE TRIGGER changes_are_told AFTER INSERT ON audit_log
WHEN NEW.target_id IS NOT NULL AND EXISTS (SELECT 1 FROM webhooks WHERE organization_id = NEW.organization_id AND active = 1)
BEGIN
  INSERT INTO webhook_events (organization_id, at, type, actor_type, actor_id, actor_name, target_type, target_id, target_name,
    changed, object)
  SELECT NEW.organization_id, NEW.at, t.type, NEW.actor_type, NEW.actor_id, NEW.actor_name, NEW.target_type, NEW.target_id,
    NEW.target_name, (SELECT json_group_array(key) FROM json_each(NEW.details, '$.changes')),
    CASE WHEN t.type LIKE '%.deleted' THEN CASE NEW.target_type
      WHEN 'api_key' THEN (SELECT object FROM api_key_objects WHERE id = NEW.target_id)
      WHEN 'user' THEN (SELECT object FROM user_objects WHERE id = NEW.target_id)
      ELSE (SELECT object FROM organization_objects WHERE id = NEW.target_id) END END
  FROM webhook_event_types t WHERE t.action = NEW.action;
END;

-- To whom: to each webhook that is on, subscribes to it and may know of it. What nobody is told of is not kept.
CREATE TRIGGER events_are_addressed AFTER INSERT ON webhook_events WHEN NEW.target_type <> 'webhook'
BEGIN
  INSERT INTO webhook_deliveries (event_id, webhook_id, next_at)
  SELECT NEW.id, w.id, NEW.at FROM webhooks w
  WHERE w.organization_id = NEW.organization_id AND w.active = 1
    AND EXISTS (SELECT 1 FROM json_each(w.events) e WHERE e.value IN ('*', NEW.type))
    AND CASE
      WHEN w.user_id IS NOT NULL THEN CASE NEW.target_type
        WHEN 'user' THEN NEW.target_id = w.user_id
        WHEN 'api_key' THEN EXISTS (SELECT 1 FROM api_keys WHERE id = NEW.target_id AND user_id = w.user_id)
        ELSE 0 END
      WHEN w.system = 1 OR NEW.target_type = 'user' THEN 1
      WHEN NEW.target_type = 'organization' THEN NEW.target_id = NEW.organization_id
      ELSE NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.id = NEW.target_id
        AND (k.role = 'system_admin' OR (k.role = 'verifier' AND k.organization_id = 1))) END;
  DELETE FROM webhook_events WHERE id = NEW.id AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE event_id = NEW.id);
END;

CREATE TRIGGER expiry_is_told AFTER INSERT ON expiry_notices
BEGIN
  INSERT INTO webhook_events (organization_id, at, type, actor_type, actor_name, target_type, target_id, target_name, object)
  SELECT k.organization_id, NEW.at, CASE NEW.notice WHEN 'expired' THEN 'api_key.expired' ELSE 'api_key.expiring' END,
    'system', 'System', 'api_key', k.id, k.name, (SELECT object FROM api_key_objects WHERE id = k.id)
  FROM api_keys k WHERE k.id = NEW.key_id;
END;

-- As the keys that they are told of, they are for system administrators alone.
CREATE TRIGGER audit_for_system_webhooks AFTER INSERT ON audit_log
WHEN NEW.target_type = 'webhook' AND EXISTS (SELECT 1 FROM webhooks WHERE id = NEW.target_id AND system = 1)
BEGIN INSERT INTO audit_for_system (audit_id) VALUES (NEW.id); END;
