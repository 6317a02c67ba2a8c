//! The answer of `POST /v1/revoke`.

use serde::{Deserialize, Serialize};

use crate::leak::Presented;

/// What became of each text, in the order in which they were sent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedBatch {
    /// One for each.
    pub results: Vec<RevokedKey>,
}

/// What became of one text. Nothing else is told: not whose key it was, nor its name.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedKey {
    /// The outcome.
    pub code: Presented,
}
