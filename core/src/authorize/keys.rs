//! What a caller may do to which key. Nobody makes a key stronger than their own credential, by whatever way; and a
//! personal key is its person's: others can only take from it.

use super::{Denied, Principal};
use crate::{
    key::{Access, KeyKind, NewKey, Role},
    network::{AddressRange, within},
    organization::SYSTEM_ORGANIZATION,
    scope::{Scope, cover},
    time::Timestamp,
    user::UserRole,
    wire::key::Key,
};

/// Why a caller may not make a key as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooStrong {
    /// Its role.
    Role,
    /// It would be a system key outside the system organization.
    NotSystemOrganization,
    /// Its access.
    Access,
    /// It would outlive the credential that makes it.
    Expiry,
    /// Scopes that the credential lacks.
    Scopes,
    /// It would work from where the credential does not.
    AllowedIps,
}

impl TooStrong {
    /// The field to name, and what to say.
    #[must_use]
    pub const fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Role => ("role", "You cannot make a key with a stronger role than your own."),
            Self::NotSystemOrganization => {
                ("role", "Keys with the role system_admin exist only in the system organization.")
            }
            Self::Access => ("access", "You are signed in with a read-only key, so you cannot make one that writes."),
            Self::Expiry => ("expires_at", "A key cannot outlive the key that you use to make it."),
            Self::Scopes => ("scopes", "You cannot grant a scope that the key you use does not have."),
            Self::AllowedIps => (
                "allowed_ips",
                "The key you use works from certain addresses only, and can make no key that works from others.",
            ),
        }
    }
}

/// Why a caller may not do something to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDenied {
    /// The caller's role, or whose key it is.
    Denied(Denied),
    /// The key is, or would become, too strong.
    TooStrong(TooStrong),
}

impl From<Denied> for KeyDenied {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<TooStrong> for KeyDenied {
    fn from(too_strong: TooStrong) -> Self {
        Self::TooStrong(too_strong)
    }
}

/// What makes a key strong.
pub(super) struct Strength<'a> {
    organization_id: i64,
    role: Role,
    access: Access,
    scopes: &'a [Scope],
    expires_at: Option<Timestamp>,
    allowed_ips: &'a [AddressRange],
}

impl<'a> From<&'a Key> for Strength<'a> {
    fn from(key: &'a Key) -> Self {
        Self {
            organization_id: key.organization_id,
            role: key.role,
            access: key.access,
            scopes: &key.scopes,
            expires_at: key.expires_at,
            allowed_ips: &key.allowed_ips,
        }
    }
}

impl Strength<'_> {
    /// Of a key that works for ever, from anywhere and for everything that its role allows.
    pub(super) const fn unlimited(organization_id: i64, role: Role, access: Access) -> Self {
        Self { organization_id, role, access, scopes: &[], expires_at: None, allowed_ips: &[] }
    }

    fn role(&self, principal: &Principal) -> Result<(), TooStrong> {
        // A verifier of the system organization sees every tenant.
        let tenants = self.role == Role::Verifier && self.organization_id == SYSTEM_ORGANIZATION;
        if self.role > principal.role() {
            Err(TooStrong::Role)
        } else if self.role == Role::SystemAdmin && self.organization_id != SYSTEM_ORGANIZATION {
            Err(TooStrong::NotSystemOrganization)
        } else if tenants && principal.role() != Role::SystemAdmin {
            Err(TooStrong::Role)
        } else {
            Ok(())
        }
    }

    fn access(&self, principal: &Principal) -> Result<(), TooStrong> {
        if self.access > principal.key.access { Err(TooStrong::Access) } else { Ok(()) }
    }

    fn expiry(&self, principal: &Principal) -> Result<(), TooStrong> {
        let own = principal.key.expires_at;
        let outlives = own.is_some_and(|own| self.expires_at.is_none_or(|moment| moment > own));
        if outlives { Err(TooStrong::Expiry) } else { Ok(()) }
    }

    /// Who manages with a key without scopes may grant any; one with scopes may grant those that they cover, and must not
    /// make a managing key without. For who manages nothing, no scopes are none: a member grants themself only what their
    /// own key has.
    fn scopes(&self, principal: &Principal) -> Result<(), TooStrong> {
        let own = &principal.key.scopes;
        let any = own.is_empty() && principal.role() >= Role::OrganizationAdmin;
        let unbounded = self.role >= Role::OrganizationAdmin && self.scopes.is_empty();
        if any || (!unbounded && cover(own, self.scopes)) { Ok(()) } else { Err(TooStrong::Scopes) }
    }

    fn allowed_ips(&self, principal: &Principal) -> Result<(), TooStrong> {
        if within(&principal.key.allowed_ips, self.allowed_ips) { Ok(()) } else { Err(TooStrong::AllowedIps) }
    }

    pub(super) fn all(&self, principal: &Principal) -> Result<(), TooStrong> {
        self.role(principal)?;
        self.access(principal)?;
        self.expiry(principal)?;
        self.scopes(principal)?;
        self.allowed_ips(principal)
    }
}

/// Whether `principal` may make `new` in `organization_id`. A member's own key has the role that follows theirs, so it is
/// judged by that.
///
/// # Errors
/// The first respect in which it would be too strong.
pub fn may_make(principal: &Principal, new: &NewKey, organization_id: i64) -> Result<(), TooStrong> {
    let strength = Strength {
        organization_id,
        role: new.role,
        access: new.access,
        scopes: &new.scopes,
        expires_at: new.expires_at,
        allowed_ips: &new.allowed_ips,
    };
    strength.all(principal)
}

/// Whether `principal` may turn `before` into `after`. What makes it no stronger is free, so that a key that is stronger
/// already can still be renamed. What makes it stronger in one respect is like making it, in all respects: its secret may
/// be the caller's own, and then one that works for ever must not get what theirs has for an hour.
///
/// # Errors
/// [`KeyDenied`].
pub fn may_change(
    principal: &Principal,
    before: &Key,
    after: &Key,
    user_role: Option<UserRole>,
) -> Result<(), KeyDenied> {
    if before.kind == KeyKind::Personal && !is_own(principal, before) {
        // Others may switch it off, and nothing else.
        let differences = after.differences(before);
        let taken = differences.iter().all(|name| name == "active" || name == "status") && !after.active;
        if !taken {
            return Err(Denied::Role.into());
        }
        return Ok(may_end(principal, before, user_role)?);
    }
    let strength = Strength::from(after);
    if after.role != before.role {
        // Also downwards: a system key is not for others to touch.
        Strength::from(before).role(principal)?;
        strength.role(principal)?;
        strength.scopes(principal)?;
    }
    if strengthened(before, after) { Ok(strength.all(principal)?) } else { Ok(()) }
}

/// Whether turning `before` into `after` touches only what is written on it, and nothing of what it can do.
#[must_use]
pub fn is_relabelled(before: &Key, after: &Key) -> bool {
    const LABELS: [&str; 3] = ["name", "description", "metadata"];
    after.differences(before).iter().all(|name| LABELS.contains(&name.as_str()))
}

fn strengthened(before: &Key, after: &Key) -> bool {
    let later = before.expires_at.is_some_and(|old| after.expires_at.is_none_or(|new| new > old));
    // Without scopes a key that manages may grant any, while a verifier finds none on it: both ways count.
    let unbounded = after.role >= Role::OrganizationAdmin && after.scopes.is_empty() && !before.scopes.is_empty();
    let broader = unbounded || !cover(&before.scopes, &after.scopes);
    (after.active && !before.active)
        || after.role > before.role
        || after.access > before.access
        || later
        || broader
        || !within(&before.allowed_ips, &after.allowed_ips)
}

/// Whether `principal` may be shown a new secret of `key` (rotate, mint): as for making it, except that an integration may
/// work longer than the caller's own credential, as whoever made it decided: else a key that manages for 90 days could not
/// rotate it. One that asks or manages may not: its new secret would be the caller's for good. A personal key's secret is
/// for its own person.
///
/// # Errors
/// [`KeyDenied`].
pub fn may_reveal(principal: &Principal, key: &Key) -> Result<(), KeyDenied> {
    if key.kind == KeyKind::Personal && !is_own(principal, key) {
        return Err(Denied::Role.into());
    }
    let strength = Strength::from(key);
    strength.role(principal)?;
    strength.access(principal)?;
    if key.role >= Role::Verifier {
        strength.expiry(principal)?;
    }
    strength.scopes(principal)?;
    Ok(strength.allowed_ips(principal)?)
}

/// Whether `principal` may revoke or delete `key`, which belongs to a person with `user_role` if it is personal: their own
/// yes, another's unless that person has a higher role, or none is known.
///
/// # Errors
/// [`Denied::Role`].
pub fn may_end(principal: &Principal, key: &Key, user_role: Option<UserRole>) -> Result<(), Denied> {
    let reaches = user_role.is_some_and(|role| principal.rank() >= role);
    if key.kind == KeyKind::Service || is_own(principal, key) || reaches { Ok(()) } else { Err(Denied::Role) }
}

fn is_own(principal: &Principal, key: &Key) -> bool {
    key.user_id.is_some_and(|id| principal.is_person(id))
}
