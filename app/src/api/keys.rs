//! `/api_keys`.

use claviger_core::{
    hygiene::HygieneReport,
    key::{KeyChange, KeyKind, NewKey},
    passkey::PasskeyFate,
    secret::SecretHash,
    wire::{
        bulk::{Bulk, BulkAction},
        key::Key,
    },
};
use gloo_net::http::Method;
use serde::Serialize;
use serde_json::Value;

use super::{
    ApiError, Minted, Place, ask, ask_for, ask_once, ask_page, ask_with, data, json, list as read_list, minted,
    parameter,
};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    passkeys: Option<PasskeyFate>,
}

/// The little of a [`KeyChange`] that the list needs: writing a whole one is 10 KB.
#[derive(Serialize)]
struct Switch {
    active: bool,
    version: i64,
}

#[derive(Serialize)]
struct Rotation {
    grace_seconds: i64,
}

/// What became of many keys.
pub struct BulkDone {
    /// Keys that changed.
    pub changed: usize,
    /// Their new secrets, after a rotation.
    pub minted: Vec<Minted>,
}

/// The address of the keys of another organization, or of one's own.
fn of(organization: Option<i64>) -> String {
    organization.map_or_else(|| "/api_keys".to_owned(), |id| format!("/organizations/{id}/api_keys"))
}

/// One page of the list; `query` is what stands behind the question mark.
pub async fn list(organization: Option<i64>, query: &str) -> Result<KeyPage, ApiError> {
    ask_page(&format!("{}?{query}", of(organization))).await
}

/// The rows behind a cursor, which is empty to begin with, and the cursor for those after them.
pub async fn after(
    organization: Option<i64>,
    query: &str,
    cursor: &str,
) -> Result<(Vec<Key>, Option<String>), ApiError> {
    let path = format!("{}?{query}{}", of(organization), parameter("after", cursor));
    let mut answer = ask(Method::GET, &path, None).await?;
    let keys = read_list(answer.data.take())?;
    Ok((keys, answer.page().and_then(|page| page.next_after.flatten())))
}

/// How many keys match.
pub async fn count(organization: Option<i64>, query: &str) -> Result<u32, ApiError> {
    list(organization, &format!("{query}&per_page=1")).await.map(|(_, page)| page.num_records)
}

/// How many keys that verify others work, or will once they have their secret.
pub async fn verifiers(organization: Option<i64>) -> Result<u32, ApiError> {
    count(organization, "status=pending,active&role=verifier").await
}

/// How many keys deserve a look.
pub async fn hygiene(organization: Option<i64>) -> Result<HygieneReport, ApiError> {
    ask_for(Method::GET, &format!("{}/hygiene", of(organization)), None).await
}

/// Makes a key, a service key or one's own; the answer has its secret, once. However often it is asked with the same `attempt`,
/// there is one key.
pub async fn create(organization: Option<i64>, new: &NewKey, own: bool, attempt: &str) -> Result<Minted, ApiError> {
    let mut body = serde_json::to_value(new).unwrap_or_default();
    if let Some(fields) = body.as_object_mut().filter(|_| own) {
        fields.insert("kind".to_owned(), Value::from(KeyKind::Personal.word()));
    }
    minted(ask_once(Method::POST, &of(organization), json(&body), Some(attempt)).await?.data)
}

/// Takes over keys of another system by their hashes, all of them or none; answers how many. Once for each `attempt`.
pub async fn import(organization: Option<i64>, keys: &Value, attempt: &str) -> Result<u64, ApiError> {
    let path = format!("{}/import", of(organization));
    let done = ask_once(Method::POST, &path, json(keys), Some(attempt)).await?.data;
    done.get("imported").and_then(Value::as_u64).ok_or_else(|| ApiError::unreadable(201, None))
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
pub async fn revoke(id: i64, reason: Option<&str>, passkeys: Option<PasskeyFate>) -> Result<Key, ApiError> {
    ask_for(Method::POST, &format!("/api_keys/{id}/revoke"), json(&Revocation { reason, passkeys })).await
}

/// Says that the key's open report was dealt with.
pub async fn resolve_leak(id: i64) -> Result<Key, ApiError> {
    ask_for(Method::POST, &format!("/api_keys/{id}/resolve_leak"), json(&Value::Object(Default::default()))).await
}

/// Removes a key's record.
pub async fn delete(id: i64, passkeys: Option<PasskeyFate>) -> Result<(), ApiError> {
    ask(Method::DELETE, &with_passkeys(format!("/api_keys/{id}"), passkeys), None).await.map(drop)
}

/// The path with what becomes of the passkeys of a key that is ended.
pub fn with_passkeys(path: String, passkeys: Option<PasskeyFate>) -> String {
    match passkeys {
        Some(fate) => format!("{path}?passkeys={fate}"),
        None => path,
    }
}

/// Switches a key on or off; 409 `conflict` when it is not any more what was seen as `version`.
pub async fn switch(id: i64, active: bool, version: i64) -> Result<Key, ApiError> {
    ask_for(Method::PATCH, &format!("/api_keys/{id}"), json(&Switch { active, version })).await
}

/// Gives a key another secret; the one it had works on for a while. Once for each `attempt`.
pub async fn rotate(id: i64, grace_seconds: i64, attempt: &str) -> Result<Minted, ApiError> {
    let path = format!("/api_keys/{id}/rotate");
    minted(ask_once(Method::POST, &path, json(&Rotation { grace_seconds }), Some(attempt)).await?.data)
}

/// Gives a pending key its secret. Once for each `attempt`.
pub async fn mint(id: i64, attempt: &str) -> Result<Minted, ApiError> {
    minted(
        ask_once(
            Method::POST,
            &format!("/api_keys/{id}/mint"),
            json(&Value::Object(Default::default())),
            Some(attempt),
        )
        .await?
        .data,
    )
}

/// Does one thing to many keys, or to none. Once for each `attempt`.
pub async fn bulk(bulk: &Bulk, attempt: &str) -> Result<BulkDone, ApiError> {
    let mut done = ask_once(Method::POST, "/api_keys/bulk", json(bulk), Some(attempt)).await?.data;
    let changed = done.get("changed").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
    let changed = changed.ok_or_else(|| ApiError::unreadable(200, None))?;
    let keys = match (bulk.action, done.get_mut("api_keys").map(Value::take)) {
        (BulkAction::Rotate, Some(Value::Array(keys))) => keys,
        (BulkAction::Rotate, _) => return Err(ApiError::unreadable(200, None)),
        _ => Vec::new(),
    };
    Ok(BulkDone { changed, minted: keys.into_iter().map(minted).collect::<Result<_, _>>()? })
}
