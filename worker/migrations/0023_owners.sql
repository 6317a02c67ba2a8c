-- The active owners of an organization, of whom one at least must be able to sign in: whenever a key of an owner is ended, they
-- are looked through. Without it that would be all people of the organization, or all their keys.

CREATE INDEX users_owners ON users (organization_id) WHERE role = 'owner' AND active = 1;
