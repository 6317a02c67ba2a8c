//! First run, and the way back in for an owner who lost every key.

use claviger_core::{
    input::{Fields, text},
    key::{Access, NewKey, Role},
    organization::SYSTEM_ORGANIZATION,
    secret::SecretHash,
    text::{Email, Name},
    user::DEFAULT_KEY_NAME,
    wire::{
        key::{Key, MintedKey},
        setup::{SetupMode, SetupState},
    },
};
use serde_json::json;

use super::{mint, record, system};
use crate::{answer::Answer, auth, call::Call, error::Failure, store::setup};

/// `GET /setup`: whether a setup token is configured and not spent, and what it is good for.
#[worker::send]
pub async fn state(call: Call) -> Result<Answer, Failure> {
    let mode = match configured_token(&call) {
        Some(token) => setup::mode(&call.database, token).await?,
        None => None,
    };
    // A configuration that does not fit is told to who tries it, and to the log; here it is none.
    let cloudflare_access = matches!(auth::access::settings(&call.incoming), Ok(Some(_)));
    Ok(Answer::ok(SetupState { open: mode.is_some(), mode, cloudflare_access }))
}

/// `POST /setup`.
///
/// 1. Another site's doing: 403 `cross_site_request`. Too many attempts: 429.
/// 2. No token configured, or spent: 403 `setup_closed`. Another token: 403 `invalid_setup_token`, compared in constant time.
/// 3. First run: organization, owner and key in one batch. Recovery: a new key for an owner, who is named by e-mail.
#[worker::send]
pub async fn perform(call: Call) -> Result<Answer, Failure> {
    // 1.
    auth::refuse_other_sites(&call.incoming)?;
    auth::limit_attempts(&call.incoming).await?;
    // 2.
    let closed = || Failure::forbidden("setup_closed", "Setup is closed: this installation has been set up.");
    let body = call.incoming.json()?;
    let mut fields = Fields::of(&body, "setup")?;
    let token =
        fields.required("token", |value| value.as_str().map(SecretHash::of).ok_or_else(|| "Must be text.".into()));
    let configured = configured_token(&call).ok_or_else(closed)?;
    let mode = setup::mode(&call.database, configured).await?.ok_or_else(closed)?;
    if let Some(token) = token
        && !token.matches(configured)
    {
        return Err(Failure::forbidden("invalid_setup_token", "This setup link is not the current one."));
    }
    // 3.
    let key = match mode {
        SetupMode::FirstRun => first_run(&call, configured, fields).await?,
        SetupMode::Recovery => recover(&call, configured, fields).await?,
    };
    Ok(Answer::created(key))
}

async fn first_run(call: &Call, token: SecretHash, mut fields: Fields) -> Result<MintedKey, Failure> {
    let organization = fields.required("organization", |value| text(value, Name::parse));
    let name = fields.required("name", |value| text(value, Name::parse));
    let email = fields.required("email", |value| text(value, Email::parse));
    let (organization, (name, email)) = fields.finish_with(organization.zip(name.zip(email)))?;
    let (new, secret) = (owner_key(DEFAULT_KEY_NAME)?, mint(None)?);
    let system = system();
    let record = record(call, SYSTEM_ORGANIZATION, &system, "api_key.created", ("api_key", None, ""), json!({}));
    let key = setup::first_run(&call.database, token, &organization, (&name, &email), (&new, &secret), &record).await?;
    Ok(reveal(&secret, key))
}

async fn recover(call: &Call, token: SecretHash, mut fields: Fields) -> Result<MintedKey, Failure> {
    fields.ignore(&["organization", "name"]);
    let email = fields.required("email", |value| text(value, Email::parse));
    let email = fields.finish_with(email)?;
    let owner = setup::owner(&call.database, &email).await?.ok_or_else(|| {
        claviger_core::input::Problems::one("email", "No active owner of the system organization has this address.")
    })?;
    let (new, secret) = (owner_key("Recovery key")?, mint(None)?);
    let system = system();
    let details = json!({ "recovery": true, "user": owner.name });
    let record = record(call, SYSTEM_ORGANIZATION, &system, "api_key.created", ("api_key", None, ""), details);
    let key = setup::recover(&call.database, token, &owner, (&new, &secret), &record).await?;
    Ok(reveal(&secret, key))
}

/// The configured token's hash, if there is one.
fn configured_token(call: &Call) -> Option<SecretHash> {
    let token = call.incoming.env.secret("SETUP_TOKEN").ok()?.to_string();
    (!token.is_empty()).then(|| SecretHash::of(&token))
}

/// An owner's sign-in key never expires: it is the way in.
fn owner_key(name: &str) -> Result<NewKey, Failure> {
    Ok(NewKey::named(Name::parse(name).map_err(Failure::internal)?, Role::SystemAdmin, Access::ReadWrite))
}

fn reveal(secret: &claviger_core::secret::Secret, key: Key) -> MintedKey {
    MintedKey { api_key: secret.expose().to_owned(), key }
}
