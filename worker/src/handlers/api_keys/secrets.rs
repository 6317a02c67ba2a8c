//! Giving a key its secret, and another one.

use claviger_core::{
    authorize::{Allow, may_reveal},
    input::Fields,
    secret::Secret,
    time::SECOND,
    wire::{bulk::grace, key::MintedKey},
};
use serde_json::{Value, json};

use super::{Work, find};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    handlers::{idempotent::once, mint as mint_secret},
    store::{
        api_keys::{Found, Step},
        organizations,
    },
};

/// `POST /api_keys/:id/rotate {grace_seconds?}`: another secret for the same key; the one it had works on for the grace (24 h
/// unless asked otherwise), but never past the key's own expiry. One still working from an earlier rotation ends at once.
/// 409 `already_revoked`, `key_expired`, `no_secret`.
#[worker::send]
pub async fn rotate(call: Call) -> Result<Answer, Failure> {
    let mut fields = Fields::of(&call.incoming.json()?, "api_key")?;
    let seconds = grace(&mut fields);
    let now = call.incoming.now;
    let turn = move |found: &Found, secret: &Secret| Ok(found.key.rotated(secret.hint(), seconds * SECOND, now)?);
    reveal(call, fields, "api_key.rotated", json!({ "grace_seconds": seconds }), turn).await
}

/// `POST /api_keys/:id/mint`: a pending key gets its secret. 409 `has_secret`.
#[worker::send]
pub async fn mint(call: Call) -> Result<Answer, Failure> {
    let fields = Fields::of(&call.incoming.json()?, "api_key")?;
    let now = call.incoming.now;
    let turn = move |found: &Found, secret: &Secret| Ok(found.key.minted(secret.hint(), now)?);
    reveal(call, fields, "api_key.minted", json!({}), turn).await
}

/// 1. 403 for who manages no keys or may only read, for another person's key, and for one stronger than the caller's own.
/// 2. The secret is in this response and nowhere else.
async fn reveal(
    call: Call,
    fields: Fields,
    action: &'static str,
    details: Value,
    turn: impl Fn(&Found, &Secret) -> Result<claviger_core::wire::key::Key, Failure>,
) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().write().check(&principal)?;
    let id = call.id()?;
    once(&call, &principal, async |attempt| {
        let found = find(&call, &principal, &[id]).await?;
        fields.finish()?;
        let organization = found.first().map_or(principal.organization_id, |found| found.key.organization_id);
        let organization = organizations::find(&call.database, organization).await?;
        let secret = mint_secret(organization.key_prefix.as_deref())?;
        let work = Work { call: &call, principal: &principal, ids: &[id], version: call.if_match()?, action, details };
        let decide = |before: Found| {
            may_reveal(&principal, &before.key)?;
            let after = turn(&before, &secret)?;
            Ok(Some(Step { before, after: Some(after), secret: Some(secret.hash()) }))
        };
        let remember =
            |_: &[Step]| attempt.map(|attempt| attempt.revealed(200, &[secret.hash()])).into_iter().collect();
        let step = work.carry_out(decide, remember).await?.into_iter().next();
        let key = step.and_then(|step| step.after).ok_or_else(Failure::not_found)?;
        // 2.
        Ok(Answer::ok(MintedKey { api_key: secret.expose().to_owned(), key }))
    })
    .await
}
