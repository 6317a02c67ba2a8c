//! Who may do what: one caller type and one fail-closed builder.
//!
//! A handler says what it needs, `Allow::organization_admin().write().in_organization(id).check(&principal)?`; what it
//! does not say is not allowed. An organization that is not the caller's is answered as if it did not exist.

mod keys;
mod people;
mod way_in;
mod webhooks;

pub use self::{
    keys::{KeyDenied, TooStrong, is_relabelled, may_change, may_end, may_make, may_reveal},
    people::{
        PersonDenied, may_add_passkey, may_arrive_with, may_change_address, may_change_person, may_let_in,
        may_manage_person, may_remove_person, may_set_api_access, outgrows, vouches_for,
    },
    way_in::takes_way_in,
    webhooks::may_set_webhook,
};
use crate::{
    input::Problem,
    key::{Access, KeyKind, Role},
    network::AddressRange,
    organization::SYSTEM_ORGANIZATION,
    scope::Scope,
    time::Timestamp,
    user::UserRole,
    wire::key::{Actor, ActorKind},
};

/// A caller whose credential was found good for this request.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// The key that was presented, or that the session was opened with; in a session without one what its person may do.
    pub key: PrincipalKey,
    /// The organization it acts in.
    pub organization_id: i64,
    /// The person, when the key is personal.
    pub user: Option<PrincipalUser>,
    /// The session, when a cookie was presented and not a key.
    pub session_id: Option<i64>,
    /// Whether their passkey has to be asked for before what matters.
    pub step_up_due: bool,
}

/// The key of a caller.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalKey {
    /// Its id; `None` in a session that was opened without a key.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub kind: KeyKind,
    /// What it may do.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// What it may grant; none means anything.
    pub scopes: Vec<Scope>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// Where it works; none means anywhere.
    pub allowed_ips: Vec<AddressRange>,
}

/// The person of a caller.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalUser {
    /// Their id.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: UserRole,
}

impl Principal {
    /// A person at the console who came in without a key: all that they themselves may.
    #[must_use]
    pub fn person(user: PrincipalUser, organization_id: i64, session_id: i64) -> Self {
        let key = PrincipalKey {
            id: None,
            name: user.name.clone(),
            kind: KeyKind::Personal,
            role: user.role.key_role(organization_id == SYSTEM_ORGANIZATION),
            access: Access::ReadWrite,
            scopes: Vec::new(),
            expires_at: None,
            allowed_ips: Vec::new(),
        };
        Self { key, organization_id, user: Some(user), session_id: Some(session_id), step_up_due: false }
    }

    /// Refuses what a change does that [`Allow::plain_write`] let through, and that matters after all.
    ///
    /// # Errors
    /// [`Denied::StepUp`].
    pub const fn stepped_up(&self) -> Result<(), Denied> {
        if self.step_up_due { Err(Denied::StepUp) } else { Ok(()) }
    }

    /// What this caller may do: never more than the key, and for a person never more than they themselves may.
    #[must_use]
    pub fn role(&self) -> Role {
        match &self.user {
            Some(user) => self.key.role.min(user.role.key_role(self.organization_id == SYSTEM_ORGANIZATION)),
            None => self.key.role,
        }
    }

    /// The name under which this caller's deeds are recorded.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match (&self.user, self.session_id) {
            (Some(user), Some(_)) => Actor { kind: ActorKind::User, id: Some(user.id), name: user.name.clone() },
            // What the system calls its keys tells nobody whose they are.
            (Some(user), None) => {
                let name = format!("{} of {}", self.key.name, user.name);
                Actor { kind: ActorKind::Key, id: self.key.id, name }
            }
            (None, _) => Actor { kind: ActorKind::Key, id: self.key.id, name: self.key.name.clone() },
        }
    }

    /// A member at the console: sees and makes personal keys of their own, and nothing else.
    #[must_use]
    pub fn own_keys_only(&self) -> Option<i64> {
        let user = self.user.as_ref()?;
        (self.session_id.is_some() && user.role == UserRole::Member).then_some(user.id)
    }

    /// Whose key this caller makes: nobody's, which is a service key, or their own person's, if a personal one is asked for
    /// or they can make no other.
    ///
    /// # Errors
    /// A personal key for somebody else: only its own person ever sees its secret.
    pub fn makes_for(&self, personal: bool, organization_id: i64) -> Result<Option<&PrincipalUser>, Problem> {
        match &self.user {
            Some(user) if personal && self.organization_id == organization_id => Ok(Some(user)),
            Some(user) if self.own_keys_only().is_some() => Ok(Some(user)),
            _ if personal => Err("A personal key is made by its own person, who signs in for it.".into()),
            _ => Ok(None),
        }
    }
}

/// Why a caller may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The thing is another organization's: answered 404, as if it were not there.
    NotFound,
    /// The role is too weak: 403.
    Role,
    /// The credential may only read: 403.
    ReadOnly,
    /// They have a passkey, and were not asked for it lately: 403.
    StepUp,
}

/// What a handler needs. Starts with nobody allowed.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Allow {
    role: Role,
    members_own: bool,
    write: bool,
    step_up: bool,
    console: bool,
    organization: Option<i64>,
}

impl Allow {
    /// Callers who manage all organizations.
    pub const fn system_admin() -> Self {
        Self {
            role: Role::SystemAdmin,
            members_own: false,
            write: false,
            step_up: false,
            console: false,
            organization: None,
        }
    }

    /// Callers who manage their organization.
    pub const fn organization_admin() -> Self {
        Self {
            role: Role::OrganizationAdmin,
            members_own: false,
            write: false,
            step_up: false,
            console: false,
            organization: None,
        }
    }

    /// Callers who manage their organization, and members at the console, for what is their own:
    /// [`Principal::own_keys_only`] must then bound what the handler touches.
    pub const fn organization_admin_or_own() -> Self {
        Self { members_own: true, ..Self::organization_admin() }
    }

    /// Anyone with a good credential.
    pub const fn anyone() -> Self {
        Self {
            role: Role::Integration,
            members_own: true,
            write: false,
            step_up: false,
            console: false,
            organization: None,
        }
    }

    /// People at the console, for what a key of theirs must not do, should it leak.
    pub const fn at_console() -> Self {
        Self { console: true, ..Self::anyone() }
    }

    /// …who may change things, and whose passkey, if they have one, was asked for lately.
    pub const fn write(self) -> Self {
        Self { write: true, step_up: true, ..self }
    }

    /// …who may change things, whenever their passkey was asked for: names and settings, no keys and nobody's rights.
    pub const fn plain_write(self) -> Self {
        Self { write: true, step_up: false, ..self }
    }

    /// …in this organization; a system administrator may in every one.
    pub const fn in_organization(self, id: i64) -> Self {
        Self { organization: Some(id), ..self }
    }

    /// Decides.
    ///
    /// # Errors
    /// [`Denied`]; another organization first, so that nothing is told about it.
    pub fn check(self, principal: &Principal) -> Result<(), Denied> {
        let foreign = self.organization.is_some_and(|id| id != principal.organization_id);
        if foreign && principal.role() != Role::SystemAdmin {
            return Err(Denied::NotFound);
        }
        let own = self.members_own && principal.own_keys_only().is_some();
        if (principal.role() < self.role && !own) || (self.console && principal.session_id.is_none()) {
            return Err(Denied::Role);
        }
        if self.write && principal.key.access != Access::ReadWrite {
            return Err(Denied::ReadOnly);
        }
        if self.step_up { principal.stepped_up() } else { Ok(()) }
    }
}

#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod tests;
