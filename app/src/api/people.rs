//! `/users` and `/invites`: the people of an organization, and how they come in.

use claviger_core::{
    passkey::PasskeyFate,
    user::{Invitation, UserChange},
    wire::{
        key::Key,
        organization::InviteLink,
        user::{Cleared, PendingInvite, User},
    },
};
use gloo_net::http::Method;
use serde_json::Value;

use super::{
    ApiError, Minted, Place, ask, ask_for, ask_once, ask_page, ask_with, data, json, keys::with_passkeys, minted,
    parameter,
};

/// Most keys and invitations that are listed: a person may have five, unless somebody allows more.
const ALL: u32 = 1_000;

/// Part of a name or address, and whether only those with API access are wanted, as a list's query.
pub fn query(search: &str, api_access: bool, page: u32, per_page: u32) -> String {
    let mut text = format!("order_by=name&page={page}&per_page={per_page}");
    if api_access {
        text += "&api_access=true";
    }
    match search.trim() {
        "" => text,
        part => text + &parameter("name_contains", part),
    }
}

/// One page of the list; `query` is what stands behind the question mark.
pub async fn list(organization: i64, query: &str) -> Result<(Vec<User>, Place), ApiError> {
    ask_page(&format!("/organizations/{organization}/users?{query}")).await
}

/// One person.
pub async fn one(id: i64) -> Result<User, ApiError> {
    ask_for(Method::GET, &of(id), None).await
}

/// Their keys, the newest first.
pub async fn keys(organization: i64, id: i64) -> Result<Vec<Key>, ApiError> {
    let path = format!("/organizations/{organization}/api_keys?kind=personal&user_id={id}&order_by=-id&per_page={ALL}");
    ask_page(&path).await.map(|(keys, _)| keys)
}

/// Changes what `change` names, if the person still has this version: else `conflict`.
pub async fn change(id: i64, change: &UserChange, version: Option<i64>) -> Result<User, ApiError> {
    let seen = version.map(|version| format!("\"{version}\""));
    let header = seen.as_deref().map(|seen| ("if-match", seen));
    data(ask_with(Method::PATCH, &of(id), json(change), header).await?.data)
}

/// Removes somebody, with their keys and sessions.
pub async fn remove(id: i64) -> Result<(), ApiError> {
    ask(Method::DELETE, &of(id), None).await.map(drop)
}

/// Switches API access on. Who does it for themself gets their default key if it had no secret yet; once for each `attempt`.
pub async fn allow(id: i64, attempt: &str) -> Result<(User, Option<Minted>), ApiError> {
    let path = format!("{}/api_access", of(id));
    let mut answer = ask_once(Method::POST, &path, nothing(), Some(attempt)).await?.data;
    let key = answer.get_mut("key").map(Value::take).filter(|key| !key.is_null());
    let user = answer.get_mut("user").map(Value::take).unwrap_or_default();
    Ok((data(user)?, key.map(minted).transpose()?))
}

/// Switches it off; the keys are kept.
pub async fn end(id: i64) -> Result<User, ApiError> {
    ask_for(Method::DELETE, &format!("{}/api_access", of(id)), None).await
}

/// Gives that key another secret; the one it had stops at once. Once for each `attempt`.
pub async fn regenerate(id: i64, attempt: &str) -> Result<Minted, ApiError> {
    minted(ask_once(Method::POST, &default_of(id), nothing(), Some(attempt)).await?.data)
}

/// Revokes all their keys, and switches API access off.
pub async fn clear(id: i64, passkeys: Option<PasskeyFate>) -> Result<Cleared, ApiError> {
    ask_for(Method::DELETE, &with_passkeys(default_of(id), passkeys), None).await
}

/// Makes the link with which they come in again, and which removes their passkeys if it is to; it is in this answer and nowhere
/// else.
pub async fn sign_in_link(id: i64, remove_passkeys: bool, attempt: &str) -> Result<InviteLink, ApiError> {
    let body = if remove_passkeys { Some(r#"{"remove_passkeys":true}"#.to_owned()) } else { nothing() };
    data(ask_once(Method::POST, &format!("{}/sign_in_link", of(id)), body, Some(attempt)).await?.data)
}

/// The invitations that can still be used, the newest first.
pub async fn invites(organization: i64) -> Result<Vec<PendingInvite>, ApiError> {
    ask_page(&format!("/organizations/{organization}/invites?per_page={ALL}")).await.map(|(invites, _)| invites)
}

/// Invites somebody; the link is in this answer and nowhere else.
pub async fn invite(organization: i64, asked: &Invitation, attempt: &str) -> Result<String, ApiError> {
    let path = format!("/organizations/{organization}/invites");
    let answer = ask_once(Method::POST, &path, json(asked), Some(attempt)).await?.data;
    let link = answer.get("link").and_then(Value::as_str).map(ToOwned::to_owned);
    link.ok_or_else(|| ApiError::unreadable(201, None))
}

/// Withdraws an invitation: its link opens nothing any more.
pub async fn withdraw(invite: i64) -> Result<(), ApiError> {
    ask(Method::DELETE, &format!("/invites/{invite}"), None).await.map(drop)
}

fn of(id: i64) -> String {
    format!("/users/{id}")
}

fn default_of(id: i64) -> String {
    format!("/users/{id}/api_key")
}

fn nothing() -> Option<String> {
    Some("{}".to_owned())
}
