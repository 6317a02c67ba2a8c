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
    /// The moment at which this was true, or later; null when nobody knows, because the database does not answer.
    pub as_of: Option<Timestamp>,
    /// Milliseconds between that moment and the answer; null with it.
    pub age_ms: Option<i64>,
    /// Whether the freshness promise does not hold for this answer.
    pub degraded: bool,
    /// Of a key with a rate: how much of it is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLeft>,
    /// Of a key with credits: how many are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<CreditsLeft>,
}

/// A key's rate, after this use of it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLeft {
    /// Uses in a window.
    pub limit: u64,
    /// What is left of them, as far as the place that answers knows; null when nobody could count this use.
    pub remaining: Option<u64>,
    /// Milliseconds until the window ends; after `RATE_LIMITED`, until a use of the same cost would be accepted. Null with
    /// `remaining`.
    pub reset_ms: Option<i64>,
}

/// A key's credits, after this use of it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditsLeft {
    /// What is left.
    pub remaining: u64,
}

/// `POST /v1/verify/batch`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerificationBatch {
    /// In the order of the questions.
    pub results: Vec<Verification>,
}

/// `POST /v1/introspect` (RFC 7662, 2.2): of a key that is not good, `{"active":false}` and nothing else.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Introspection {
    /// Whether the key is good.
    pub active: bool,
    /// Its scopes, with spaces between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The key's id, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// When it stops working, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Whom it speaks for: `user:<id>`, or `key:<id>` for an integration's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<i64>,
    /// What it may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether it may change anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
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
