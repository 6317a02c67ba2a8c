//! `/invites` and `/sign_in_links`: coming in by a single-use link.

use claviger_core::wire::{organization::Invite, user::SignInLink};
use gloo_net::http::Method;
use serde::Serialize;

use super::{ApiError, Minted, ask, ask_for, json, minted, setup::Setup};

#[derive(Serialize)]
struct Token<'a> {
    token: &'a str,
}

/// Whom a sign-in link lets in.
pub async fn lookup_sign_in(token: &str) -> Result<SignInLink, ApiError> {
    ask_for(Method::POST, "/sign_in_links/lookup", json(&Token { token })).await
}

/// Spends it; answers the person's new sign-in key with its secret, once.
pub async fn accept_sign_in(token: &str) -> Result<Minted, ApiError> {
    minted(ask(Method::POST, "/sign_in_links/accept", json(&Token { token })).await?.data)
}

/// What an invitation is good for.
pub async fn lookup(token: &str) -> Result<Invite, ApiError> {
    ask_for(Method::POST, "/invites/lookup", json(&Token { token })).await
}

/// Spends it; answers the person's sign-in key with its secret, once.
pub async fn accept(acceptance: &Setup) -> Result<Minted, ApiError> {
    minted(ask(Method::POST, "/invites/accept", json(acceptance)).await?.data)
}
