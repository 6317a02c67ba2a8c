//! Who is signed in, and until when.

use serde::Serialize;

use crate::{
    key::{Access, Role},
    organization::Plan,
    secret::Hint,
    time::Timestamp,
    user::UserRole,
    wire::from_object,
};

/// `GET /session`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Session {
    /// The person.
    pub user: SessionUser,
    /// Their organization.
    pub organization: SessionOrganization,
    /// What this session may do: the person's role, bound by the key they signed in with.
    pub role: Role,
    /// Whether this session may change anything.
    pub access: Access,
    /// The key they signed in with; null when they used something else.
    pub key: Option<SessionKey>,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it ends if nothing is done until then.
    pub idle_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
    /// Whom to ask, where whoever runs this Claviger says so: a link, `mailto:` or `https:`.
    pub contact: Option<String>,
}

from_object!(Session { user, organization, role, access, key, created_at, idle_at, ends_at, contact });

/// The person of a session.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionUser {
    /// Never reused.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their role.
    pub role: UserRole,
}

from_object!(SessionUser { id, name, email, role });

/// The organization of a session.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionOrganization {
    /// Never reused.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it administers all others.
    pub system: bool,
    /// What it has subscribed to.
    pub plan: Plan,
    /// Live service keys it may have.
    pub key_limit: u32,
    /// Live service keys it has.
    pub live_keys: u32,
}

from_object!(SessionOrganization { id, name, system, plan, key_limit, live_keys });

/// The key of a session.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionKey {
    /// Never reused.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Of the secret that was pasted.
    pub hint: Hint,
    /// When it stops working, and the session with it.
    pub expires_at: Option<Timestamp>,
}

from_object!(SessionKey { id, name, hint, expires_at });

/// `GET /session/access`: whom Cloudflare Access vouches for, and where they could come in.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessIdentity {
    /// Their address.
    pub email: String,
    /// The organizations that let them in, and the one that takes newcomers; with several one has to be named.
    pub organizations: Vec<AccessOrganization>,
}

from_object!(AccessIdentity { email, organizations });

/// An organization that lets somebody in.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessOrganization {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether they would join it as a member, for they are not in it yet.
    pub joins: bool,
}

from_object!(AccessOrganization { id, name, joins });
