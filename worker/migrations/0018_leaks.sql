-- Secrets that were reported as leaked, and keys that deserve a look. See core/src/leak/ and core/src/hygiene.rs.

ALTER TABLE organizations ADD COLUMN leak_policy TEXT NOT NULL DEFAULT 'flag' CHECK (leak_policy IN ('flag', 'revoke'));

-- When it was first reported: saying it again changes nothing.
ALTER TABLE secrets ADD COLUMN reported_at INTEGER;
-- The last report: {"reported_at","source","url","resolved_at"}. No answer depends on it, so no feed row comes of it.
ALTER TABLE api_keys ADD COLUMN leak TEXT CHECK (json_valid(leak));
ALTER TABLE api_keys ADD COLUMN leak_open INTEGER GENERATED ALWAYS AS
  (CASE WHEN leak IS NOT NULL AND leak ->> 'resolved_at' IS NULL THEN 1 END) VIRTUAL;
-- The day, in days since 1970, on which a secret of the key was last used. A day and no more, so that it is written once a day
-- and key, with the counts (store/usage.rs): it has an index, and `secrets.last_used_at` is written once a minute.
ALTER TABLE api_keys ADD COLUMN used_day INTEGER;
UPDATE api_keys SET used_day = (SELECT max(last_used_at) FROM secrets WHERE key_id = api_keys.id) / 86400000
WHERE id IN (SELECT key_id FROM secrets WHERE last_used_at IS NOT NULL);

-- ── Keys that deserve a look: one index a reason, of nothing but those ───────────────────────────────────────────────
-- Each condition stands word for word in store/api_keys/list/hygiene.rs, or SQLite would not use it.

CREATE INDEX api_keys_leaked ON api_keys (organization_id) WHERE leak_open = 1;
CREATE INDEX api_keys_expiring ON api_keys (organization_id, due_at) WHERE settled_status = 'active' AND due_at IS NOT NULL;
CREATE INDEX api_keys_lasting ON api_keys (organization_id)
WHERE settled_status = 'active' AND kind = 'service' AND expires_at IS NULL;
CREATE INDEX api_keys_used ON api_keys (organization_id, used_day) WHERE settled_status = 'active' AND used_day IS NOT NULL;
CREATE INDEX api_keys_never_used ON api_keys (organization_id, created_at) WHERE settled_status = 'active' AND used_day IS NULL;
CREATE INDEX api_keys_powerful ON api_keys (organization_id)
WHERE settled_status = 'active' AND kind = 'service' AND access = 'read_write' AND scopes = '[]' AND allowed_ips = '[]'
  AND role IN ('organization_admin', 'system_admin');

-- ── What is told ─────────────────────────────────────────────────────────────────────────────────────────────────────

INSERT INTO webhook_event_types VALUES ('api_key.leaked', 'api_key.leaked'), ('api_key.leak_resolved', 'api_key.updated');

DROP VIEW api_key_objects;
CREATE VIEW api_key_objects AS SELECT k.id, json_patch(json_patch(
  json_object('id', k.id, 'organization_id', k.organization_id, 'kind', k.kind, 'user_id', k.user_id, 'name', k.name,
    'description', k.description, 'role', k.role, 'access', k.access, 'scopes', k.scopes, 'active', k.active,
    'expires_at', k.expires_at, 'metadata', k.metadata, 'source', k.source, 'system_generated', k.system_generated),
  json_object('created_by_type', k.created_by_type, 'created_by_id', k.created_by_id, 'created_by_name', k.created_by_name,
    'created_at', k.created_at, 'updated_at', k.updated_at, 'rotated_at', k.rotated_at, 'revoked_at', k.revoked_at,
    'revoked_by_type', k.revoked_by_type, 'revoked_by_id', k.revoked_by_id, 'revoked_by_name', k.revoked_by_name,
    'revoke_reason', k.revoke_reason, 'version', k.version, 'allowed_ips', k.allowed_ips, 'rate_limit', k.rate_limit)),
  json_object('credits', k.credits, 'client_ip_header', k.client_ip_header, 'leak', k.leak,
    'user_name', (SELECT name FROM users WHERE id = k.user_id),
    'secrets', '' || (SELECT json_group_array(json_object('hint', hint, 'created_at', created_at, 'ends_at', ends_at,
      'last_used_at', last_used_at)) FROM (SELECT * FROM secrets WHERE key_id = k.id
      ORDER BY ends_at IS NOT NULL, created_at DESC, hash LIMIT 11)))) AS object
FROM api_keys k;

DROP VIEW organization_objects;
CREATE VIEW organization_objects AS SELECT id,
  json_object('id', id, 'name', name, 'plan', plan, 'key_limit', key_limit, 'live_keys', live_keys, 'key_prefix', key_prefix,
    'strict', strict, 'default_key_lifetime', default_key_lifetime, 'maximum_key_lifetime', maximum_key_lifetime,
    'leak_policy', leak_policy, 'created_at', created_at, 'updated_at', updated_at, 'version', version) AS object
FROM organizations;
