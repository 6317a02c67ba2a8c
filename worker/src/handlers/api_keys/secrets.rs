//! Giving a key its secret, and another one.

use claviger_core::{
    authorize::{Allow, Denied, Principal, may_reveal},
    input::Fields,
    secret::Secret,
    time::SECOND,
    wire::{
        bulk::grace,
        key::{Key, MintedKey},
    },
};
use serde_json::{Value, json};

use super::{Work, find};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    handlers::{idempotent::once, mint as mint_secret},
    store::{
        api_keys::{self, Found, Step},
        organizations, users,
    },
};

/// `POST /api_keys/:id/rotate {grace_seconds?}`: another secret for the same key; the one it had works on for the grace (24 h
/// unless asked otherwise), but never past the key's own expiry. One still working from an earlier rotation ends at once.
/// 409 `already_revoked`, `key_expired`, `no_secret`.
#[worker::send]
pub async fn rotate(call: Call) -> Result<Answer, Failure> {
    let read = |fields: &mut Fields| {
        let seconds = grace(fields);
        (seconds, json!({ "grace_seconds": seconds }))
    };
    let now = call.incoming.now;
    let turn = |key: &Key, secret: &Secret, seconds: i64| Ok(key.rotated(secret.hint(), seconds * SECOND, now)?);
    reveal(&call, Which::Named, "api_key.rotated", read, turn).await
}

/// `POST /api_keys/:id/mint`: a pending key gets its secret. 409 `has_secret`.
#[worker::send]
pub async fn mint(call: Call) -> Result<Answer, Failure> {
    let now = call.incoming.now;
    let turn = |key: &Key, secret: &Secret, ()| Ok(key.minted(secret.hint(), now)?);
    reveal(&call, Which::Named, "api_key.minted", |_| ((), json!({})), turn).await
}

/// `POST /users/:id/api_key`: another secret for the default key of the person; the one it had stops at once. Theirs alone to do.
/// 409 `no_secret` while it is pending: switching API access on shows its first.
#[worker::send]
pub async fn regenerate(call: Call) -> Result<Answer, Failure> {
    let now = call.incoming.now;
    let turn = |key: &Key, secret: &Secret, ()| Ok(key.rotated(secret.hint(), 0, now)?);
    reveal(&call, Which::DefaultOfPerson, "api_key.rotated", |_| ((), json!({ "grace_seconds": 0 })), turn).await
}

/// What the `:id` of the path is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// A key.
    Named,
    /// A person, whose default key it is about.
    DefaultOfPerson,
}

/// The key that the path means.
async fn key_of(call: &Call, principal: &Principal, which: Which) -> Result<i64, Failure> {
    let id = call.id()?;
    if which == Which::Named {
        return Ok(id);
    }
    let user = users::find(&call.database, principal, id).await?;
    if !principal.is_person(user.id) {
        return Err(Denied::Role.into());
    }
    api_keys::default_key(&call.database, user.id).await?.ok_or_else(Failure::not_found)
}

/// 1. 403 for who manages no keys or may only read, for another person's key, and for one stronger than the caller's own.
/// 2. 400 for a body that does not fit: `read` says what was asked, and what of it is recorded.
/// 3. The secret is in this response and nowhere else.
async fn reveal<T: Copy>(
    call: &Call,
    which: Which,
    action: &'static str,
    read: impl Fn(&mut Fields) -> (T, Value),
    turn: impl Fn(&Key, &Secret, T) -> Result<Key, Failure>,
) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().write().check(&principal)?;
    let id = key_of(call, &principal, which).await?;
    once(call, &principal, async |attempt| {
        let found = find(call, &principal, &[id]).await?;
        // 2.
        let mut fields = Fields::of(&call.incoming.json()?, "api_key")?;
        let (asked, details) = read(&mut fields);
        fields.finish()?;
        let organization = found.first().map_or(principal.organization_id, |found| found.key.organization_id);
        let organization = organizations::find(&call.database, organization).await?;
        let secret = mint_secret(organization.key_prefix.as_deref())?;
        let work = Work {
            call,
            principal: &principal,
            ids: &[id],
            version: call.if_match()?,
            urgent: false,
            passkeys: None,
            action,
            details,
        };
        let decide = |before: Found| {
            may_reveal(&principal, &before.key)?;
            let after = turn(&before.key, &secret, asked)?;
            Ok(Some(Step { before, after: Some(after), secret: Some(secret.hash()) }))
        };
        let remember =
            |_: &[Step]| attempt.map(|attempt| attempt.revealed(200, &[secret.hash()])).into_iter().collect();
        let step = work.carry_out(decide, remember).await?.into_iter().next();
        let key = step.and_then(|step| step.after).ok_or_else(Failure::not_found)?;
        // 3.
        Ok(Answer::ok(MintedKey { api_key: secret.expose().to_owned(), key }))
    })
    .await
}
