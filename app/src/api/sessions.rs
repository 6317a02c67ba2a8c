//! `/sessions`: where one is signed in, and signing out there.

use claviger_core::wire::user::{SessionRow, SessionsEnded};
use gloo_net::http::Method;

use super::{ApiError, ask, ask_for, ask_page};

/// One's own, the one seen last first.
pub async fn list() -> Result<Vec<SessionRow>, ApiError> {
    ask_page("/sessions").await.map(|(sessions, _)| sessions)
}

/// Another person's, the one seen last first.
pub async fn of(user: i64) -> Result<Vec<SessionRow>, ApiError> {
    ask_page(&format!("/users/{user}/sessions")).await.map(|(sessions, _)| sessions)
}

/// Ends all of another person.
pub async fn end_all(user: i64) -> Result<u32, ApiError> {
    let ended: SessionsEnded = ask_for(Method::DELETE, &format!("/users/{user}/sessions"), None).await?;
    Ok(ended.ended)
}

/// Ends one of them.
pub async fn end(id: i64) -> Result<(), ApiError> {
    ask(Method::DELETE, &format!("/sessions/{id}"), None).await.map(drop)
}

/// Ends all but this one; answers how many.
pub async fn end_others() -> Result<u32, ApiError> {
    let ended: SessionsEnded = ask_for(Method::DELETE, "/sessions", None).await?;
    Ok(ended.ended)
}
