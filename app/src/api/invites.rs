//! `/invites`: coming in by a single-use link.

use claviger_core::wire::organization::Invite;
use gloo_net::http::Method;
use serde::Serialize;

use super::{ApiError, Minted, ask, ask_for, json, minted, setup::Setup};

/// What an invitation is good for.
pub async fn lookup(token: &str) -> Result<Invite, ApiError> {
    #[derive(Serialize)]
    struct Token<'a> {
        token: &'a str,
    }
    ask_for(Method::POST, "/invites/lookup", json(&Token { token })).await
}

/// Spends it; answers the person's sign-in key with its secret, once.
pub async fn accept(acceptance: &Setup) -> Result<Minted, ApiError> {
    minted(ask(Method::POST, "/invites/accept", json(acceptance)).await?.data)
}
