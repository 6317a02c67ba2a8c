//! What a caller may do to which person. Nobody reaches a person of a higher role, or lets one in; and who is let in must not
//! get more than the caller's own credential: a link can be opened by whoever made it.

use super::{
    Denied, Principal,
    keys::{Strength, TooStrong},
};
use crate::{
    key::{Access, Role},
    organization::SYSTEM_ORGANIZATION,
    text::{Email, fold},
    user::UserRole,
    wire::user::User,
};

/// Why a caller may not do something to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonDenied {
    /// The caller's role.
    Denied(Denied),
    /// The person would get more than the caller's credential has.
    TooStrong(TooStrong),
    /// It is the caller themself: somebody else has to do that, so that nobody locks themself out by a slip.
    Oneself,
    /// It is their own address, by which Cloudflare Access tells who they are.
    OwnAddress,
}

impl From<Denied> for PersonDenied {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<TooStrong> for PersonDenied {
    fn from(too_strong: TooStrong) -> Self {
        Self::TooStrong(too_strong)
    }
}

impl Principal {
    /// The highest role of a person that this caller reaches. A key without a person counts as the weakest person who could
    /// have made it.
    #[must_use]
    pub fn rank(&self) -> UserRole {
        match (&self.user, self.role()) {
            (_, Role::SystemAdmin) => UserRole::Owner,
            (Some(user), _) => user.role,
            (None, Role::OrganizationAdmin) => UserRole::Administrator,
            (None, _) => UserRole::Member,
        }
    }

    /// Whether this caller is that person.
    #[must_use]
    pub fn is_person(&self, id: i64) -> bool {
        self.user.as_ref().is_some_and(|user| user.id == id)
    }
}

/// Whether `principal` may turn `before` into `after`: name and address of one's own, everything else of those whose role is
/// not higher. Roles, and whether somebody is active, are never one's own to change.
///
/// # Errors
/// [`PersonDenied`].
pub fn may_change_person(principal: &Principal, before: &User, after: &User) -> Result<(), PersonDenied> {
    let own = principal.is_person(before.id);
    if own && (after.role, after.active) != (before.role, before.active) {
        return Err(PersonDenied::Oneself);
    }
    if !own || after.personal_key_limit != before.personal_key_limit {
        may_manage_person(principal, before)?;
    }
    // Their keys become stronger, or work again.
    if after.role > before.role || (after.active && !before.active) {
        may_let_in(principal, after.role, after.organization_id)?;
    }
    Ok(())
}

/// Whether `principal` may give `before` another address where that is how people come in: whoever has the new one comes in as this
/// person, for ever, from anywhere and for everything. So it is letting somebody in, and one's own is as much as a passkey. A
/// member's is an administrator's to change: they would pass for a newcomer who has not come yet.
///
/// # Errors
/// [`PersonDenied`].
pub fn may_change_address(principal: &Principal, before: &User, after: &User) -> Result<(), PersonDenied> {
    if !principal.is_person(before.id) {
        may_manage_person(principal, before)?;
        return may_let_in(principal, after.role.max(before.role), before.organization_id);
    }
    if before.role == UserRole::Member {
        return Err(PersonDenied::OwnAddress);
    }
    may_add_passkey(principal)
}

/// Whether who was invited as `role`, to `invited` if the invitation names an address, may come in with `email` where that is how
/// people come in. A member's address is an administrator's to say, as [`may_change_address`] has it.
#[must_use]
pub fn may_arrive_with(role: UserRole, invited: Option<&str>, email: &Email) -> bool {
    role != UserRole::Member || invited.is_some_and(|invited| fold(invited) == fold(email.as_str()))
}

/// Whether `principal` manages `person` at all.
///
/// # Errors
/// [`Denied::Role`].
pub fn may_manage_person(principal: &Principal, person: &User) -> Result<(), Denied> {
    if principal.role() >= Role::OrganizationAdmin && principal.rank() >= person.role {
        Ok(())
    } else {
        Err(Denied::Role)
    }
}

/// Whether `principal` may end or allow the API access of `person`, or clear their keys: their own, or that of a person they
/// manage.
///
/// # Errors
/// [`Denied::Role`].
pub fn may_set_api_access(principal: &Principal, person: &User) -> Result<(), Denied> {
    if principal.is_person(person.id) { Ok(()) } else { may_manage_person(principal, person) }
}

/// Whether `principal` may remove `person`.
///
/// # Errors
/// [`PersonDenied`].
pub fn may_remove_person(principal: &Principal, person: &User) -> Result<(), PersonDenied> {
    if principal.is_person(person.id) {
        return Err(PersonDenied::Oneself);
    }
    Ok(may_manage_person(principal, person)?)
}

/// Whether `principal` may register a passkey: with it they come in as themself, for ever, from anywhere and for everything that
/// their role allows, so the key that they have signed in with has to be such a key.
///
/// # Errors
/// [`Denied::Role`] for who is not at the console, [`TooStrong`].
pub fn may_add_passkey(principal: &Principal) -> Result<(), PersonDenied> {
    let user = principal.user.as_ref().filter(|_| principal.session_id.is_some()).ok_or(Denied::Role)?;
    let role = user.role.key_role(principal.organization_id == SYSTEM_ORGANIZATION);
    Ok(Strength::unlimited(principal.organization_id, role, Access::ReadWrite).all(principal)?)
}

/// Whether `principal` may let somebody with this role into `organization_id`: by an invitation, a sign-in link, a promotion,
/// or by reactivating them. Whoever manages gets a key that works for ever, from anywhere and for everything, so the caller's
/// own has to be such a key too; a member's manages nothing.
///
/// # Errors
/// [`PersonDenied`].
pub fn may_let_in(principal: &Principal, role: UserRole, organization_id: i64) -> Result<(), PersonDenied> {
    if principal.role() < Role::OrganizationAdmin || principal.rank() < role {
        return Err(Denied::Role.into());
    }
    let key_role = role.key_role(organization_id == SYSTEM_ORGANIZATION);
    if key_role >= Role::Verifier {
        Strength::unlimited(organization_id, key_role, Access::ReadWrite).all(principal)?;
    }
    Ok(())
}

/// The highest role that `principal` could let somebody have in `organization_id`. Whoever lets somebody in may keep a key of
/// theirs, and a personal key's role follows its person: so far, and no further, is that person vouched for.
#[must_use]
pub fn vouches_for(principal: &Principal, organization_id: i64) -> UserRole {
    [UserRole::Owner, UserRole::Administrator]
        .into_iter()
        .find(|role| may_let_in(principal, *role, organization_id).is_ok())
        .unwrap_or(UserRole::Member)
}

/// Whether turning `before` into `after` makes somebody more than those could who let them in, or wrote their address: then what
/// they come in with, and all that was made with it, has to end. `vouched` is `None` where nobody knows who did.
#[must_use]
pub fn outgrows(vouched: Option<UserRole>, before: &User, after: &User) -> bool {
    after.role > before.role && after.role > vouched.unwrap_or(before.role)
}
