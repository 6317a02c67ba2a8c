//! What a key is told about itself.

use serde::{Deserialize, Serialize};

use crate::{
    key::{Access, Credits, KeyKind, RateLimit, Role},
    network::AddressRange,
    scope::Scope,
    status::KeyStatus,
    time::Timestamp,
};

/// `GET /whoami`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhoAmI {
    /// The key's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Service or personal.
    pub kind: KeyKind,
    /// Its organization.
    pub organization: WhoAmIOrganization,
    /// The person it belongs to.
    pub user_id: Option<i64>,
    /// What it may do.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// What a verifier may ask of it.
    pub scopes: Vec<Scope>,
    /// Always `active`: others are answered 401.
    pub status: KeyStatus,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// Where it works; none means anywhere.
    pub allowed_ips: Vec<AddressRange>,
    /// How often it may be used.
    pub rate_limit: Option<RateLimit>,
    /// How many times it may be used.
    pub credits: Option<Credits>,
    /// When the secret that was presented stops working, if it was replaced.
    pub old_secret_ends_at: Option<Timestamp>,
}

/// The organization of a key.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhoAmIOrganization {
    /// Never reused.
    pub id: i64,
    /// Its name.
    pub name: String,
}
