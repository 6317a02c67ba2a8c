//! The answers of `/v1/verify`.

use serde::{Deserialize, Serialize};

use crate::{
    key::{Access, Metadata, Role},
    scope::Scope,
    time::Timestamp,
    verify::Code,
};

/// `POST /v1/verify`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Whether the code is `VALID`.
    pub valid: bool,
    /// The first reason that applies.
    pub code: Code,
    /// The key; null when it was not found, and for a secret that was replaced.
    pub key: Option<VerifiedKey>,
    /// The moment at which this was true.
    pub as_of: Timestamp,
    /// Milliseconds between that moment and the answer.
    pub age_ms: Option<i64>,
    /// Whether the freshness promise does not hold for this answer.
    pub degraded: bool,
}

/// What a verifier learns of a key.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifiedKey {
    /// Never reused.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub organization_id: i64,
    /// The person it belongs to.
    pub user_id: Option<i64>,
    /// What it may do.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// What may be asked of it.
    pub scopes: Vec<Scope>,
    /// The owner's own data.
    pub metadata: Metadata,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// Everything on `/v1` that is not an answer: `{"error","message","field"?}`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyError {
    /// Stable and in `snake_case`.
    pub error: String,
    /// A sentence for people.
    pub message: String,
    /// The field that did not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
