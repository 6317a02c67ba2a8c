-- Passkeys: another way to sign in, and what is asked for again before what matters.

-- What authenticators know a person by: random, so that it tells nobody anything. Made when they first ask for a passkey.
ALTER TABLE users ADD COLUMN passkey_handle TEXT;
CREATE UNIQUE INDEX users_by_passkey_handle ON users (passkey_handle) WHERE passkey_handle IS NOT NULL;

CREATE TABLE passkeys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- Base64url without padding, as browsers write it.
  credential_id TEXT NOT NULL UNIQUE,
  -- COSE's number.
  algorithm INTEGER NOT NULL,
  public_key TEXT NOT NULL CHECK (json_valid(public_key)),
  sign_count INTEGER NOT NULL CHECK (sign_count >= 0),
  backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)),
  backed_up INTEGER NOT NULL CHECK (backed_up IN (0, 1)),
  transports TEXT NOT NULL CHECK (json_valid(transports)),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX passkeys_by_user ON passkeys (user_id);

CREATE TRIGGER passkeys_have_a_limit BEFORE INSERT ON passkeys
BEGIN
  SELECT RAISE(ABORT, 'refused:passkey_limit') WHERE (SELECT count(*) FROM passkeys WHERE user_id = NEW.user_id) >= 10;
END;

-- ── Sessions without a key ───────────────────────────────────────────────────────────────────────────────────────────

DROP TRIGGER sessions_end_with_their_person;
CREATE TABLE new_sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  opened_by TEXT NOT NULL DEFAULT 'key',
  -- The session ends with this secret; a deleted key takes it along.
  secret_hash TEXT REFERENCES secrets (hash) ON DELETE CASCADE,
  -- Likewise.
  passkey_id INTEGER REFERENCES passkeys (id) ON DELETE CASCADE,
  -- When a passkey was last asked for in this session.
  verified_at INTEGER,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL DEFAULT '',
  CHECK ((opened_by = 'key') = (secret_hash IS NOT NULL)),
  CHECK ((opened_by = 'passkey') = (passkey_id IS NOT NULL))
) STRICT;
INSERT INTO new_sessions (id, hash, user_id, secret_hash, created_at, last_seen_at, ends_at, user_agent)
SELECT id, hash, user_id, secret_hash, created_at, last_seen_at, ends_at, user_agent FROM sessions;
DROP TABLE sessions;
ALTER TABLE new_sessions RENAME TO sessions;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_secret ON sessions (secret_hash) WHERE secret_hash IS NOT NULL;
CREATE INDEX sessions_by_passkey ON sessions (passkey_id) WHERE passkey_id IS NOT NULL;
CREATE TRIGGER sessions_end_with_their_person AFTER UPDATE OF active ON users WHEN OLD.active = 1 AND NEW.active = 0
BEGIN DELETE FROM sessions WHERE user_id = NEW.id; END;

-- What a browser was asked to have signed. Good once: whoever looks at one takes it away.
CREATE TABLE passkey_challenges (
  hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
  purpose TEXT NOT NULL CHECK (purpose IN ('register', 'sign_in', 'step_up')),
  session_id INTEGER REFERENCES sessions (id) ON DELETE CASCADE,
  ends_at INTEGER NOT NULL,
  CHECK ((purpose = 'sign_in') = (session_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_challenges_by_end ON passkey_challenges (ends_at);
CREATE INDEX passkey_challenges_by_session ON passkey_challenges (session_id) WHERE session_id IS NOT NULL;

-- ── Links that were made in sessions without a key ───────────────────────────────────────────────────────────────────

CREATE TRIGGER invites_need_their_person BEFORE INSERT ON invites
WHEN NEW.made_by_key IS NULL AND NEW.made_by_user IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:conflict') WHERE NOT EXISTS
  (SELECT 1 FROM users u WHERE u.id = NEW.made_by_user AND u.active = 1
   AND (u.role = 'owner' OR (u.role = 'administrator' AND NEW.role <> 'owner')));
END;
CREATE TRIGGER sign_in_links_need_their_person BEFORE INSERT ON sign_in_links
WHEN NEW.made_by_key IS NULL AND NEW.made_by_user IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'refused:conflict') WHERE NOT EXISTS
  (SELECT 1 FROM users u WHERE u.id = NEW.made_by_user AND u.active = 1
   AND (u.role = 'owner' OR (u.role = 'administrator' AND (SELECT role FROM users WHERE id = NEW.user_id) <> 'owner')));
END;
-- Which of their passkeys they had used then is not kept: all such links go, and another one is soon made.
CREATE TRIGGER links_end_with_a_passkey AFTER DELETE ON passkeys
BEGIN
  DELETE FROM sign_in_links WHERE made_by_user = OLD.user_id AND made_by_key IS NULL;
  DELETE FROM invites WHERE made_by_user = OLD.user_id AND made_by_key IS NULL;
END;
CREATE INDEX invites_by_person ON invites (made_by_user) WHERE made_by_user IS NOT NULL;
CREATE INDEX sign_in_links_by_person ON sign_in_links (made_by_user) WHERE made_by_user IS NOT NULL;
