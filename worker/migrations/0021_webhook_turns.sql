-- Webhooks take turns: who takes long, what of one is next, and what is thrown away. See worker/src/webhooks/.

-- How long the last attempt took, in milliseconds: who takes long stands in line with those that fail.
ALTER TABLE webhooks ADD COLUMN last_took INTEGER NOT NULL DEFAULT 0;

-- What is tried again comes before what is new: an address that is dead and told much would never be tried for hours otherwise,
-- and so never given up. One index for each, so that a long queue costs no more than a short one. By time alone nobody asks.
CREATE INDEX webhook_deliveries_again ON webhook_deliveries (webhook_id, next_at) WHERE next_at IS NOT NULL AND attempts > 0;
CREATE INDEX webhook_deliveries_fresh ON webhook_deliveries (webhook_id, next_at) WHERE next_at IS NOT NULL AND attempts = 0;
DROP INDEX webhook_deliveries_due;

-- Those that the console tells of.
CREATE INDEX webhooks_off ON webhooks (organization_id, off_reason) WHERE off_reason IS NOT NULL;

-- So that notices of long ago are found.
CREATE INDEX expiry_notices_by_time ON expiry_notices (at);
