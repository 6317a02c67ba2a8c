//! Making a key.

use claviger_core::{
    authorize::{Allow, may_make},
    input::Problems,
    key::{Belonging, Defaults, NewKey, asks_for_personal},
    organization::SYSTEM_ORGANIZATION,
    wire::key::MintedKey,
};
use serde_json::json;

use super::refused_to;
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    handlers::{idempotent::once, mint, record},
    store::{
        api_keys::{self, Owner, Ownership},
        organizations,
    },
};

/// `POST /api_keys`, `POST /organizations/:organization_id/api_keys`.
///
/// 1. 403 for who manages no keys or may only read. A member at the console makes a personal key of their own, another
///    person when they say `kind: "personal"`; its role is theirs.
/// 2. 400 names every field that does not fit, also a read-only one that says whose the key is, and is wrong; 403
///    `too_strong` for a key stronger than the caller's own.
/// 3. Key, secret and audit record in one batch; 409 `key_limit`. The secret is in this response and nowhere else.
#[worker::send]
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization_id = call.organization(&principal)?;
    // 1.
    Allow::organization_admin_or_own().write().in_organization(organization_id).check(&principal)?;
    once(&call, &principal, async |attempt| {
        // 2.
        let organization = organizations::find(&call.database, organization_id).await?;
        let defaults = if call.incoming.is_reference() { Defaults::REFERENCE } else { Defaults::LEAST };
        let body = call.incoming.json()?;
        let person = principal
            .makes_for(asks_for_personal(&body), organization_id)
            .map_err(|problem| Problems::one("kind", problem))?;
        let role = person.map(|person| person.role.key_role(organization_id == SYSTEM_ORGANIZATION));
        let defaults = role.map_or(defaults, |role| defaults.with_role(role));
        Belonging { organization_id, user_id: person.map(|person| person.id) }.agrees(&body)?;
        let new = NewKey::read(&body, defaults, call.incoming.now)?;
        may_make(&principal, &new, organization_id)?;
        if role.is_some_and(|role| role != new.role) {
            return Err(Problems::one("role", "A personal key's role follows its person.").into());
        }
        organization.allows_expiry(new.expires_at, call.incoming.now)?;
        // 3.
        let secret = mint(organization.key_prefix.as_deref())?;
        let actor = principal.actor();
        let record = record(&call, organization_id, &actor, "api_key.created", ("api_key", None, ""), json!({}));
        let owner = person.map_or(Owner::Service, |person| Owner::User(person.id));
        let ownership = Ownership { organization_id, owner, system_generated: false };
        let also = attempt.map(|attempt| attempt.revealed(201, &[secret.hash()])).into_iter().collect();
        let made = api_keys::create(&call.database, &principal, &new, ownership, &secret, &record, also).await;
        let key = made.map_err(|failure| match owner {
            Owner::Service => refused_to(&principal, failure),
            _ => failure,
        })?;
        Ok(Answer::created(MintedKey { api_key: secret.expose().to_owned(), key }))
    })
    .await
}
