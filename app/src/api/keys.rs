//! `/api_keys`.

use claviger_core::{
    key::{KeyChange, NewKey},
    secret::SecretHash,
    wire::key::Key,
};
use gloo_net::http::Method;
use serde::Serialize;

use super::{ApiError, Minted, Place, ask, ask_for, ask_once, ask_page, ask_with, data, json, minted};

/// Rows and where they are in the whole list.
pub type KeyPage = (Vec<Key>, Place);

#[derive(Serialize)]
struct Lookup {
    sha256: String,
}

#[derive(Serialize)]
struct Revocation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// The address of the keys of another organization, or of one's own.
fn of(organization: Option<i64>) -> String {
    organization.map_or_else(|| "/api_keys".to_owned(), |id| format!("/organizations/{id}/api_keys"))
}

/// One page of the list; `query` is what stands behind the question mark.
pub async fn list(organization: Option<i64>, query: &str) -> Result<KeyPage, ApiError> {
    ask_page(&format!("{}?{query}", of(organization))).await
}

/// How many keys match.
pub async fn count(organization: Option<i64>, query: &str) -> Result<u32, ApiError> {
    list(organization, &format!("{query}&per_page=1")).await.map(|(_, page)| page.num_records)
}

/// How many keys that verify others work, or will once they have their secret.
pub async fn verifiers(organization: Option<i64>) -> Result<u32, ApiError> {
    count(organization, "status=pending,active&role=verifier").await
}

/// Makes a key; the answer has its secret, once. However often it is asked with the same `attempt`, there is one key.
pub async fn create(organization: Option<i64>, new: &NewKey, attempt: &str) -> Result<Minted, ApiError> {
    minted(ask_once(Method::POST, &of(organization), json(new), Some(attempt)).await?.data)
}

/// A name for an attempt that no other has.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "32 random bits")]
pub fn attempt() -> String {
    (0..4).map(|_| format!("{:08x}", (js_sys::Math::random() * 4_294_967_296.0) as u32)).collect()
}

/// One key.
pub async fn one(id: i64) -> Result<Key, ApiError> {
    ask_for(Method::GET, &format!("/api_keys/{id}"), None).await
}

/// The key that has this secret; only the hash leaves the browser.
pub async fn lookup(organization: Option<i64>, hash: SecretHash) -> Result<Key, ApiError> {
    let path = format!("{}/lookup", of(organization));
    ask_for(Method::POST, &path, json(&Lookup { sha256: hash.to_hex() })).await
}

/// Changes what `change` names, if the key still has this version: else `conflict`.
pub async fn change(id: i64, change: &KeyChange, version: i64) -> Result<Key, ApiError> {
    let seen = format!("\"{version}\"");
    data(ask_with(Method::PATCH, &format!("/api_keys/{id}"), json(change), Some(("if-match", &seen))).await?.data)
}

/// Ends a key for ever.
pub async fn revoke(id: i64, reason: Option<&str>) -> Result<Key, ApiError> {
    ask_for(Method::POST, &format!("/api_keys/{id}/revoke"), json(&Revocation { reason })).await
}

/// Removes a key's record.
pub async fn delete(id: i64) -> Result<(), ApiError> {
    ask(Method::DELETE, &format!("/api_keys/{id}"), None).await.map(drop)
}
