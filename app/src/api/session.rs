//! `/session`: signing in and out.

use claviger_core::wire::session::{AccessIdentity, AccessOrganization, Session};
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

/// Signs in by Cloudflare Access, into this organization if one has to be named.
pub async fn enter(organization: Option<i64>) -> Result<Session, ApiError> {
    let body = serde_json::json!({ "organization_id": organization });
    ask_for(Method::POST, "/session/access", json(&body)).await
}

/// The organizations that let in whom Cloudflare Access vouches for.
pub async fn where_to_enter() -> Result<Vec<AccessOrganization>, ApiError> {
    let identity: AccessIdentity = ask_for(Method::GET, "/session/access", None).await?;
    Ok(identity.organizations)
}

/// Ends the session on the server.
pub async fn sign_out() -> Result<(), ApiError> {
    ask(Method::DELETE, "/session", None).await.map(drop)
}
