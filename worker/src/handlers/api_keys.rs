//! Keys: list, create, show, look up, revoke, delete.

use claviger_core::{
    authorize::{Allow, Principal, may_end, may_make},
    envelope::{DEFAULT_PER_PAGE, MOST_PER_PAGE, Page},
    input::{Fields, text},
    key::NewKey,
    secret::SecretHash,
    status::KeyStatus,
    text::Note,
    wire::key::MintedKey,
};
use http::header::ETAG;
use serde_json::json;

use super::{mint, record};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    store::api_keys::{self, Filter, Found, Order, Ownership, Visible},
};

/// `GET /api_keys`.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let filter = read_filter(&call)?;
    let visible = Visible::own_organization(&principal);
    let (keys, records) = api_keys::list(&call.database, visible, &filter, call.incoming.now).await?;
    Ok(Answer::page(keys, Page::of(filter.page, filter.per_page, records)))
}

/// `POST /api_keys`.
///
/// 1. 403 for who manages no keys or may only read. A member at the console makes a personal key of their own.
/// 2. 400 names every field that does not fit; 403 `too_strong` for a key stronger than the caller's own.
/// 3. Key, secret and audit record in one batch; 409 `key_limit`. The secret is in this response and nowhere else.
#[worker::send]
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().write().check(&principal)?;
    let own = principal.own_keys_only();
    // 2.
    let new = NewKey::read(&call.incoming.json()?, call.incoming.now)?;
    may_make(&principal, &new, principal.organization_id)?;
    // 3.
    let secret = mint()?;
    let actor = principal.actor();
    let details = json!({
        "role": new.role, "access": new.access, "scopes": new.scopes, "active": new.active,
        "expires_at": new.expires_at, "hint": secret.hint(),
    });
    let record = record(&call, principal.organization_id, &actor, "api_key.created", ("api_key", None, ""), details);
    let ownership = Ownership { organization_id: principal.organization_id, user_id: own, system_generated: false };
    let key = api_keys::create(&call.database, &new, ownership, &secret, &record).await?;
    Ok(Answer::created(MintedKey { api_key: secret.expose().to_owned(), key }))
}

/// `GET /api_keys/:id`, with the version as `ETag`.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let found = find(&call, &principal).await?;
    let version = format!("\"{}\"", found.key.version);
    Ok(Answer::ok(found.key).header(ETAG, &version))
}

/// `POST /api_keys/lookup {sha256}`: the browser hashes a pasted secret itself, so that it never travels.
#[worker::send]
pub async fn lookup(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let mut fields = Fields::of(&call.incoming.json()?, "lookup")?;
    let hash = fields.required("sha256", |value| {
        value.as_str().and_then(SecretHash::from_hex).ok_or_else(|| "Must be 64 hexadecimal digits.".into())
    });
    let hash = fields.finish_with(hash)?;
    let visible = Visible::own_organization(&principal);
    Ok(Answer::ok(api_keys::find_by_secret(&call.database, visible, hash, call.incoming.now).await?))
}

/// `POST /api_keys/:id/revoke {reason?}`: for ever. 409 `already_revoked`, `last_credential`.
#[worker::send]
pub async fn revoke(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().write().check(&principal)?;
    let found = find(&call, &principal).await?;
    may_end(&principal, &found.key, found.user_role)?;
    let mut fields = Fields::of(&call.incoming.json()?, "api_key")?;
    let reason = fields.optional("reason", |value| text(value, Note::parse));
    fields.finish()?;
    let reason = reason.as_ref().map(Note::as_str).filter(|reason| !reason.is_empty());
    let actor = principal.actor();
    let details = json!({ "reason": reason });
    let record = record(&call, found.key.organization_id, &actor, "api_key.revoked", ("api_key", None, ""), details);
    Ok(Answer::ok(api_keys::revoke(&call.database, found.key.id, reason, &record).await?))
}

/// `DELETE /api_keys/:id`: the record goes, its audit trail stays. 409 `last_credential`.
#[worker::send]
pub async fn delete(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().write().check(&principal)?;
    let found = find(&call, &principal).await?;
    may_end(&principal, &found.key, found.user_role)?;
    let actor = principal.actor();
    let details = json!({ "hint": found.key.hint, "kind": found.key.kind });
    let record = record(&call, found.key.organization_id, &actor, "api_key.deleted", ("api_key", None, ""), details);
    api_keys::delete(&call.database, found.key.id, &record).await?;
    Ok(Answer::empty())
}

async fn find(call: &Call, principal: &Principal) -> Result<Found, Failure> {
    let found = api_keys::find(&call.database, Visible::anywhere(principal), call.id()?, call.incoming.now).await?;
    Allow::anyone().in_organization(found.key.organization_id).check(principal)?;
    Ok(found)
}

fn read_filter(call: &Call) -> Result<Filter, Failure> {
    let number = |name, default: u32, range: std::ops::RangeInclusive<u32>, message| match call.query(name) {
        None => Ok(default),
        Some(text) => {
            let plain = Some(text).filter(|text| !text.starts_with('+'));
            let value = plain.and_then(|text| text.parse().ok()).filter(|value| range.contains(value));
            value.ok_or_else(|| Failure::parameter(name, message))
        }
    };
    let status = call.query("status").map_or(Ok(Vec::new()), |words| {
        let read = |word: &str| KeyStatus::parse(word.trim());
        words.split(',').map(read).collect::<Option<Vec<_>>>().ok_or_else(|| {
            Failure::parameter("status", "Must be one or more of pending, active, disabled, expired, revoked.")
        })
    })?;
    let order = Order::parse(call.query("order_by").unwrap_or("id")).ok_or_else(|| {
        Failure::parameter(
            "order_by",
            "Must be id, name, created_at, updated_at, expires_at, access or role, with - in front to turn it round.",
        )
    })?;
    Ok(Filter {
        name: call.query("name").map(str::to_owned),
        name_contains: call.query("name_contains").map(str::to_owned),
        status,
        order,
        page: number("page", 0, 0..=1_000_000, "Must be a whole number from 0 to 1000000.")?,
        per_page: number("per_page", DEFAULT_PER_PAGE, 1..=MOST_PER_PAGE, "Must be a whole number from 1 to 1000.")?,
    })
}
