-- Where passkeys belong, how they came about, and sign-in links for who has lost theirs.

-- The host that it was made for: at another one no browser uses it. NULL for those of before, until one is used.
ALTER TABLE passkeys ADD COLUMN rp_id TEXT;
-- What the session was opened with in which it was registered, and what that was called then; NULL for those of before. Whoever
-- ends a stolen key looks for the passkeys that were registered with it.
ALTER TABLE passkeys ADD COLUMN origin TEXT CHECK (origin IN ('key', 'passkey', 'cloudflare_access'));
ALTER TABLE passkeys ADD COLUMN origin_name TEXT;
ALTER TABLE passkeys ADD COLUMN origin_hint TEXT;
-- The key at the beginning: of a passkey that was registered with a passkey, what that one has here. The key may be gone.
ALTER TABLE passkeys ADD COLUMN origin_key_id INTEGER;
CREATE INDEX passkeys_by_origin ON passkeys (origin_key_id) WHERE origin_key_id IS NOT NULL;

-- Whoever has lost a passkey would be asked for it: using the link removes all that they have.
ALTER TABLE sign_in_links ADD COLUMN remove_passkeys INTEGER NOT NULL DEFAULT 0 CHECK (remove_passkeys IN (0, 1));
