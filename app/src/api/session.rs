//! `/session`: signing in and out.

use claviger_core::wire::session::Session;
use gloo_net::http::Method;
use serde::Serialize;

use super::{ApiError, ask, ask_for, json};

#[derive(Serialize)]
struct SignIn<'a> {
    api_key: &'a str,
}

/// Who is signed in.
pub async fn current() -> Result<Session, ApiError> {
    ask_for(Method::GET, "/session", None).await
}

/// Signs in with the text of a personal key.
pub async fn sign_in(api_key: &str) -> Result<Session, ApiError> {
    ask_for(Method::POST, "/session", json(&SignIn { api_key })).await
}

/// Ends the session on the server.
pub async fn sign_out() -> Result<(), ApiError> {
    ask(Method::DELETE, "/session", None).await.map(drop)
}
