//! `/api_keys`.

use claviger_core::{key::NewKey, secret::SecretHash, wire::key::Key};
use gloo_net::http::Method;
use serde::Serialize;

use super::{ApiError, Minted, ask, ask_for, ask_once, json, minted};

/// Rows and where they are in the whole list.
pub type KeyPage = (Vec<Key>, Place);

/// Which page of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 0.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// All rows that match.
    pub num_records: u32,
    /// All pages.
    pub num_pages: u32,
}

#[derive(Serialize)]
struct Lookup {
    sha256: String,
}

#[derive(Serialize)]
struct Revocation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// One page of the list; `query` is what stands behind the question mark.
pub async fn list(query: &str) -> Result<KeyPage, ApiError> {
    let mut answer = ask(Method::GET, &format!("/api_keys?{query}"), None).await?;
    let rows: Vec<Key> = super::list(answer.data.take())?;
    let all = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let page = answer.page();
    let page = page.as_ref();
    let place = Place {
        page: page.and_then(|page| page.page).unwrap_or(0),
        per_page: page.map_or(all.max(1), |page| page.per_page),
        num_records: page.and_then(|page| page.num_records).unwrap_or(all),
        num_pages: page.and_then(|page| page.num_pages).unwrap_or(1),
    };
    Ok((rows, place))
}

/// How many keys match.
pub async fn count(query: &str) -> Result<u32, ApiError> {
    list(&format!("{query}&per_page=1")).await.map(|(_, page)| page.num_records)
}

/// How many keys that verify others work, or will once they have their secret.
pub async fn verifiers() -> Result<u32, ApiError> {
    count("status=pending,active&role=verifier").await
}

/// Makes a key; the answer has its secret, once. However often it is asked with the same `attempt`, there is one key.
pub async fn create(new: &NewKey, attempt: &str) -> Result<Minted, ApiError> {
    minted(ask_once(Method::POST, "/api_keys", json(new), Some(attempt)).await?.data)
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
pub async fn lookup(hash: SecretHash) -> Result<Key, ApiError> {
    ask_for(Method::POST, "/api_keys/lookup", json(&Lookup { sha256: hash.to_hex() })).await
}

/// Ends a key for ever.
pub async fn revoke(id: i64, reason: Option<&str>) -> Result<Key, ApiError> {
    ask_for(Method::POST, &format!("/api_keys/{id}/revoke"), json(&Revocation { reason })).await
}

/// Removes a key's record.
pub async fn delete(id: i64) -> Result<(), ApiError> {
    ask(Method::DELETE, &format!("/api_keys/{id}"), None).await.map(drop)
}

/// A value for a list's query.
pub fn parameter(name: &str, value: &str) -> String {
    format!("&{name}={}", super::encoded(value))
}
