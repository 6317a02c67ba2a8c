//! `/organizations`.

use claviger_core::organization::{Organization, OrganizationChange};
use gloo_net::http::Method;
use serde::Serialize;

use super::{ApiError, Place, ask, ask_for, ask_page, ask_with, data, json, parameter};

/// What is found by a part of a name, as a list's query.
pub fn query(name_contains: &str, page: u32, per_page: u32) -> String {
    let text = format!("page={page}&per_page={per_page}");
    match name_contains.trim() {
        "" => text,
        part => text + &parameter("name_contains", part),
    }
}

/// One page of the list; `query` is what stands behind the question mark.
pub async fn list(query: &str) -> Result<(Vec<Organization>, Place), ApiError> {
    ask_page(&format!("/organizations?{query}")).await
}

/// One organization.
pub async fn find(id: i64) -> Result<Organization, ApiError> {
    ask_for(Method::GET, &format!("/organizations/{id}"), None).await
}

/// How many people are in one, if that can be known.
pub async fn people(id: i64) -> Option<u32> {
    let answer = ask(Method::GET, &format!("/organizations/{id}"), None).await.ok()?;
    answer.data.get("num_users").and_then(serde_json::Value::as_u64).and_then(|people| people.try_into().ok())
}

/// Makes an organization; the link of its first owner is in this answer and nowhere else.
pub async fn create(new: &OrganizationChange) -> Result<(Organization, String), ApiError> {
    let answer = ask(Method::POST, "/organizations", json(new)).await?.data;
    let link = answer.pointer("/invite/link").and_then(|link| link.as_str()).map(ToOwned::to_owned);
    let link = link.ok_or_else(|| ApiError::unreadable(201, None))?;
    Ok((data(answer)?, link))
}

/// Changes what `change` names, if the organization still has this version: else `conflict`.
pub async fn change(id: i64, change: &OrganizationChange, version: i64) -> Result<Organization, ApiError> {
    let seen = format!("\"{version}\"");
    data(ask_with(Method::PATCH, &format!("/organizations/{id}"), json(change), Some(("if-match", &seen))).await?.data)
}

/// Removes an organization and everything in it; its name is the sign that this is meant.
pub async fn delete(id: i64, name: &str) -> Result<(), ApiError> {
    #[derive(Serialize)]
    struct Meant<'a> {
        name: &'a str,
    }
    ask(Method::DELETE, &format!("/organizations/{id}"), json(&Meant { name })).await.map(drop)
}
