//! `/usage`.

use claviger_core::wire::usage::{Usage, UsageRange};
use gloo_net::http::Method;

use super::{ApiError, ask_for};

/// How often a key was used.
pub async fn of_key(id: i64, range: UsageRange) -> Result<Usage, ApiError> {
    ask_for(Method::GET, &format!("/api_keys/{id}/usage?range={range}"), None).await
}

/// How often the keys of an organization were verified.
pub async fn of_organization(id: i64, range: UsageRange) -> Result<Usage, ApiError> {
    ask_for(Method::GET, &format!("/organizations/{id}/usage?range={range}"), None).await
}
