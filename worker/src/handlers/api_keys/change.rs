//! Editing a key.

use claviger_core::{
    authorize::{Allow, may_change},
    key::KeyChange,
};
use http::header::ETAG;
use serde_json::json;

use super::{Work, etag, find};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    store::{api_keys::Step, organizations},
};

/// `PUT` and `PATCH /api_keys/:id`: what is absent stays as it is, an explicit null clears.
///
/// 1. 403 for who manages no keys or may only read; a member may change their own.
/// 2. 400 names every field that does not fit. The version that the caller has seen, in `If-Match` or in the body, must
///    still be the key's: 409 `conflict`; without one the last write wins.
/// 3. 409 `already_revoked`; 403 for a personal key of somebody else, `too_strong` for what the caller could not make.
#[worker::send]
pub async fn change(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().write().check(&principal)?;
    let id = call.id()?;
    let found = find(&call, &principal, &[id]).await?;
    // 2.
    let change = KeyChange::read(&call.incoming.json()?)?;
    let version = call.if_match()?;
    if let (Some(header), Some(body)) = (version, change.version)
        && header != body
    {
        return Err(Failure::conflict()); // One of them is not the key's.
    }
    let version = version.or(change.version);
    // 3.
    let now = call.incoming.now;
    let organization = match found.first() {
        Some(found) if change.expires_at.is_some() => {
            Some(organizations::find(&call.database, found.key.organization_id).await?)
        }
        _ => None,
    };
    let work = Work {
        call: &call,
        principal: &principal,
        ids: &[id],
        version,
        urgent: change.active == Some(false),
        action: "api_key.updated",
        details: json!({}),
    };
    let decide = |before: crate::store::api_keys::Found| {
        let after = before.key.changed(&change, now)?;
        if after == before.key {
            return Ok(None);
        }
        may_change(&principal, &before.key, &after, before.user_role)?;
        if let Some(organization) = &organization
            && after.expires_at != before.key.expires_at
        {
            organization.allows_expiry(after.expires_at, now)?;
        }
        Ok(Some(Step { before, after: Some(after), secret: None }))
    };
    let step = work.carry_out(decide, |_| Vec::new()).await?.into_iter().next();
    let unchanged = found.into_iter().next().map(|found| found.key);
    let key = step.and_then(|step| step.after).or(unchanged).ok_or_else(Failure::not_found)?;
    let version = etag(key.version);
    Ok(Answer::ok(key).header(ETAG, &version))
}
