-- Who let somebody in may hold a key of theirs, and with it whatever its person becomes: how far they are vouched for is kept.

-- The highest role that everybody who let this person in, or wrote their address, could have given. NULL, of who came in before
-- this was kept: no more than they are.
ALTER TABLE users ADD COLUMN vouched TEXT CHECK (vouched IN ('owner', 'administrator', 'member'));
-- What the one who made it could give.
ALTER TABLE invites ADD COLUMN vouches TEXT CHECK (vouches IN ('owner', 'administrator', 'member'));
ALTER TABLE sign_in_links ADD COLUMN vouches TEXT CHECK (vouches IN ('owner', 'administrator', 'member'));

-- The Worker ends all of it in the same batch; this is for whatever came in meanwhile.
CREATE TRIGGER nobody_outgrows_who_let_them_in BEFORE UPDATE OF role ON users
WHEN NEW.role <> OLD.role AND NEW.role <> 'member' AND coalesce(OLD.vouched, OLD.role) <> 'owner'
  AND NOT (NEW.role = 'administrator' AND (coalesce(OLD.vouched, OLD.role) = 'administrator' OR OLD.role = 'owner'))
BEGIN
  SELECT RAISE(ABORT, 'refused:conflict')
  WHERE EXISTS (SELECT 1 FROM api_keys WHERE user_id = OLD.id AND revoked_at IS NULL AND has_secret = 1)
    OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = OLD.id) OR EXISTS (SELECT 1 FROM sessions WHERE user_id = OLD.id);
END;

-- ── A session that has ended does not come back ──────────────────────────────────────────────────────────────────────
-- With its key switched on again, or given a later expiry.

CREATE TRIGGER sessions_end_with_their_key AFTER UPDATE OF active, expires_at ON api_keys
WHEN (OLD.active = 1 AND NEW.active = 0)
  OR (OLD.expires_at <= NEW.updated_at AND OLD.expires_at IS NOT NEW.expires_at)
BEGIN
  DELETE FROM sessions WHERE secret_hash IN (SELECT hash FROM secrets WHERE key_id = NEW.id);
END;
DELETE FROM sessions WHERE secret_hash IN
  (SELECT s.hash FROM secrets s JOIN api_keys k ON k.id = s.key_id WHERE k.active = 0 OR k.revoked_at IS NOT NULL);

-- ── And links that were made in it end with it ───────────────────────────────────────────────────────────────────────
-- Which sessions without a key were of Cloudflare Access then is not kept, so all such links go.

DROP TRIGGER sessions_end_with_an_address;
CREATE TRIGGER sessions_end_with_an_address AFTER UPDATE OF email ON users WHEN OLD.email <> NEW.email
BEGIN
  DELETE FROM sessions WHERE user_id = NEW.id AND opened_by = 'access';
  UPDATE sign_in_links SET ends_at = 0 WHERE made_by_user = NEW.id AND made_by_key IS NULL;
  UPDATE invites SET ends_at = 0 WHERE made_by_user = NEW.id AND made_by_key IS NULL;
END;
