//! Coming in again by a sign-in link, which an administrator has made.

use claviger_core::{
    input::Fields,
    key::{Access, NewKey},
    organization::SYSTEM_ORGANIZATION,
    secret::SecretHash,
    text::Name,
    wire::key::MintedKey,
};
use serde_json::json;

use super::{
    invites::{admit, token},
    mint, record, system,
};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    store::sign_in_links::{self, Found},
};

/// What the key is called that a sign-in link gives.
const KEY_NAME: &str = "Sign-in key";

/// `POST /sign_in_links/lookup {token}`: whom a link lets in.
#[worker::send]
pub async fn lookup(call: Call) -> Result<Answer, Failure> {
    admit(&call).await?;
    let hash = read(&call)?;
    Ok(Answer::ok(find(&call, hash).await?.link))
}

/// `POST /sign_in_links/accept {token}`.
///
/// 1. Another site's doing: 403 `cross_site_request`. Too many attempts: 429.
/// 2. 400 names every field that does not fit. Used, replaced, over or unknown, or its person is deactivated or has another
///    role by now: 403 `link_closed`.
/// 3. A new key of that person to sign in with, whose secret is in this response and nowhere else; the link is spent. The keys
///    that they had stay: whether one of them is lost or leaked is for them to say.
#[worker::send]
pub async fn accept(call: Call) -> Result<Answer, Failure> {
    // 1.
    admit(&call).await?;
    // 2.
    let hash = read(&call)?;
    let found = find(&call, hash).await?;
    // 3.
    let role = found.role.key_role(found.organization_id == SYSTEM_ORGANIZATION);
    let new = NewKey::named(Name::parse(KEY_NAME).map_err(Failure::internal)?, role, Access::ReadWrite);
    let secret = mint(found.key_prefix.as_deref())?;
    let system = system();
    let details = json!({ "sign_in_link": true });
    let record = record(&call, found.organization_id, &system, "api_key.created", ("api_key", None, ""), details);
    let key = sign_in_links::accept(&call.database, hash, &found, (&new, &secret), &record).await?;
    Ok(Answer::created(MintedKey { api_key: secret.expose().to_owned(), key }))
}

fn read(call: &Call) -> Result<SecretHash, Failure> {
    let mut fields = Fields::of(&call.incoming.json()?, "sign_in_link")?;
    let token = token(&mut fields);
    Ok(fields.finish_with(token)?)
}

async fn find(call: &Call, hash: SecretHash) -> Result<Found, Failure> {
    sign_in_links::find(&call.database, hash, call.incoming.now).await?.ok_or_else(Failure::link_closed)
}
