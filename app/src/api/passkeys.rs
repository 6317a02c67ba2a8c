//! `/passkeys`, and what a passkey is used for: signing in and stepping up.

use claviger_core::wire::{
    passkey::{AskedPasskey, NewPasskey, Passkey, PasskeysRemoved},
    session::Session,
};
use gloo_net::http::Method;
use serde_json::{Value, json};

use super::{ApiError, ask, ask_for, ask_page, json as body};
use crate::browser::passkey::{self, Trouble};

const NOTHING: &str = "{}";

impl From<Trouble> for ApiError {
    fn from(trouble: Trouble) -> Self {
        Self::own_words(trouble.explain())
    }
}

/// One's own, the first one first.
pub async fn list() -> Result<Vec<Passkey>, ApiError> {
    ask_page("/passkeys").await.map(|(passkeys, _)| passkeys)
}

/// Another person's, the first one first.
pub async fn of(user: i64) -> Result<Vec<Passkey>, ApiError> {
    ask_page(&format!("/users/{user}/passkeys")).await.map(|(passkeys, _)| passkeys)
}

/// Removes all of another person; answers how many.
pub async fn remove_all(user: i64) -> Result<u32, ApiError> {
    let gone: PasskeysRemoved = ask_for(Method::DELETE, &format!("/users/{user}/passkeys"), None).await?;
    Ok(gone.removed)
}

/// Makes one of this name.
pub async fn add(name: &str) -> Result<Passkey, ApiError> {
    let asked: NewPasskey = ask_for(Method::POST, "/passkeys/options", Some(NOTHING.to_owned())).await?;
    let made = passkey::make(&asked, name).await?;
    ask_for(Method::POST, "/passkeys", body(&made)).await
}

/// Gives one another name.
pub async fn rename(id: i64, name: &str) -> Result<Passkey, ApiError> {
    ask_for(Method::PUT, &format!("/passkeys/{id}"), body(&json!({ "name": name }))).await
}

/// Removes one.
pub async fn remove(id: i64) -> Result<(), ApiError> {
    ask(Method::DELETE, &format!("/passkeys/{id}"), None).await.map(drop)
}

/// Signs in.
pub async fn sign_in() -> Result<Session, ApiError> {
    ask_for(Method::POST, "/session/passkey", answered("/session/passkey").await?).await
}

/// Shows a passkey again, for what matters.
pub async fn step_up() -> Result<(), ApiError> {
    let answer = answered("/session/step_up").await?;
    ask_for::<Value>(Method::POST, "/session/step_up", answer).await.map(drop)
}

async fn answered(path: &str) -> Result<Option<String>, ApiError> {
    let asked: AskedPasskey = ask_for(Method::POST, &format!("{path}/options"), Some(NOTHING.to_owned())).await?;
    Ok(body(&passkey::answer(&asked).await?))
}
