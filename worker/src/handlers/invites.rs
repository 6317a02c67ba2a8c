//! Coming in by an invitation.

use claviger_core::{
    input::{Fields, Problem, text},
    key::{Access, NewKey},
    organization::SYSTEM_ORGANIZATION,
    secret::SecretHash,
    text::{Email, Name},
    wire::key::MintedKey,
};
use serde_json::json;

use super::{SYSTEM_KEY_NAME, mint, record, system};
use crate::{
    answer::Answer,
    auth,
    call::Call,
    error::Failure,
    store::invites::{self, Found},
};

/// `POST /invites/lookup {token}`: what an invitation is good for.
#[worker::send]
pub async fn lookup(call: Call) -> Result<Answer, Failure> {
    admit(&call).await?;
    let mut fields = Fields::of(&call.incoming.json()?, "invite")?;
    let token = token(&mut fields);
    let hash = fields.finish_with(token)?;
    Ok(Answer::ok(find(&call, hash).await?.invite))
}

/// `POST /invites/accept {token, name, email}`.
///
/// 1. Another site's doing: 403 `cross_site_request`. Too many attempts: 429.
/// 2. 400 names every field that does not fit. Used, over or unknown: 403 `invite_closed`.
/// 3. The person and their sign-in key, whose secret is in this response and nowhere else; the invitation is spent.
#[worker::send]
pub async fn accept(call: Call) -> Result<Answer, Failure> {
    // 1.
    admit(&call).await?;
    // 2.
    let mut fields = Fields::of(&call.incoming.json()?, "invite")?;
    let token = token(&mut fields);
    let name = fields.required("name", |value| text(value, Name::parse));
    let email = fields.required("email", |value| text(value, Email::parse));
    let (hash, (name, email)) = fields.finish_with(token.zip(name.zip(email)))?;
    let found = find(&call, hash).await?;
    // 3.
    let organization = found.organization_id;
    let role = found.invite.role.key_role(organization == SYSTEM_ORGANIZATION);
    let new = NewKey::named(Name::parse(SYSTEM_KEY_NAME).map_err(Failure::internal)?, role, Access::ReadWrite);
    let secret = mint(found.key_prefix.as_deref())?;
    let system = system();
    let record = record(&call, organization, &system, "api_key.created", ("api_key", None, ""), json!({}));
    let key = invites::accept(&call.database, hash, &found, (&name, &email), (&new, &secret), &record).await?;
    Ok(Answer::created(MintedKey { api_key: secret.expose().to_owned(), key }))
}

async fn admit(call: &Call) -> Result<(), Failure> {
    auth::refuse_other_sites(&call.incoming)?;
    auth::limit_attempts(&call.incoming).await
}

async fn find(call: &Call, hash: SecretHash) -> Result<Found, Failure> {
    invites::find(&call.database, hash, call.incoming.now).await?.ok_or_else(Failure::invite_closed)
}

fn token(fields: &mut Fields) -> Option<SecretHash> {
    fields.required("token", |value| value.as_str().map(SecretHash::of).ok_or_else(|| Problem::from("Must be text.")))
}
