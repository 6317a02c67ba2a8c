//! Who is signed in, and until when.

use serde::{Deserialize, Serialize};

use crate::{
    key::{Access, Role},
    organization::Plan,
    secret::Hint,
    time::Timestamp,
    user::UserRole,
};

/// `GET /session`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The person.
    pub user: SessionUser,
    /// Their organization.
    pub organization: SessionOrganization,
    /// What this session may do: the person's role, bound by the key they signed in with.
    pub role: Role,
    /// Whether this session may change anything.
    pub access: Access,
    /// The key they signed in with.
    pub key: SessionKey,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it ends if nothing is done until then.
    pub idle_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
}

/// The person of a session.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// The organization of a session.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// The key of a session.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
