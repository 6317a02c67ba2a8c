-- Raised by every change that somebody makes, as of keys; what follows from others (`live_keys`) does not raise it.
ALTER TABLE organizations ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
