//! First run and recovery.

use serde::{Deserialize, Serialize};

use super::key::MintedKey;

/// `GET /setup`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupState {
    /// Whether a setup token is configured and not spent.
    pub open: bool,
    /// What it is good for; null when closed.
    pub mode: Option<SetupMode>,
    /// Whether people may come in by Cloudflare Access.
    pub cloudflare_access: bool,
}

/// What a setup token is good for.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetupMode {
    /// There is no organization yet.
    FirstRun,
    /// An owner of the system organization gets a new sign-in key.
    Recovery,
}

/// `POST /setup` answers the owner's key, once, with its secret in `api_key`.
pub type SetupDone = MintedKey;
