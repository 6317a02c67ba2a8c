//! The Worker's secrets from which those of webhooks are derived: `WEBHOOK_SECRET`, then `WEBHOOK_SECRET_2` and so on, so that a
//! newer one does not change what receivers were told.

use claviger_core::webhook::{Derivation, SigningSecret};
use http::StatusCode;
use worker::Env;

use crate::error::Failure;

fn name(version: i64) -> String {
    if version == 1 { "WEBHOOK_SECRET".to_owned() } else { format!("WEBHOOK_SECRET_{version}") }
}

fn read(env: &Env, version: i64) -> Option<String> {
    env.secret(&name(version)).ok().map(|secret| secret.to_string()).filter(|secret| !secret.is_empty())
}

/// The newest version there is.
///
/// # Errors
/// 503 `webhooks_not_set_up`.
pub fn newest(env: &Env) -> Result<i64, Failure> {
    let later = (2..).take_while(|version| read(env, *version).is_some()).last();
    let newest = later.or_else(|| read(env, 1).map(|_| 1));
    newest.ok_or_else(|| {
        Failure::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "webhooks_not_set_up",
            "This Claviger cannot sign webhooks: its secret WEBHOOK_SECRET is missing. `cargo xtask deploy` makes it.",
        )
    })
}

/// The secret of a webhook.
///
/// # Errors
/// 500 when the Worker's own of that version is gone.
pub fn derive(env: &Env, version: i64, from: Derivation<'_>) -> Result<SigningSecret, Failure> {
    let secret = read(env, version).ok_or_else(|| Failure::internal(format_args!("{} is missing", name(version))))?;
    Ok(SigningSecret::derive(&secret, from))
}
