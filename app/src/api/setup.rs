//! `/setup`: first run and recovery.

use claviger_core::wire::setup::SetupState;
use gloo_net::http::Method;
use serde::Serialize;

use super::{ApiError, Minted, ask, ask_for, json, minted};

/// What the form of a link sends: a recovery has neither organization nor name, an invitation no organization.
#[derive(Serialize)]
pub struct Setup {
    /// The link's token.
    pub token: String,
    /// The organization's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: String,
}

/// Whether setup is open, and what for.
pub async fn state() -> Result<SetupState, ApiError> {
    ask_for(Method::GET, "/setup", None).await
}

/// Sets up or recovers; answers the owner's key with its secret, once.
pub async fn run(setup: &Setup) -> Result<Minted, ApiError> {
    minted(ask(Method::POST, "/setup", json(setup)).await?.data)
}
