//! Editing a key.

use claviger_core::{
    authorize::{Allow, is_relabelled, may_change},
    key::{Credits, KeyChange},
    meter::Work as Ledger,
};
use serde_json::json;

use super::{Work, find};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    meter,
    store::{
        api_keys::{Found, Step, set_credits},
        organizations,
    },
};

/// `PUT` and `PATCH /api_keys/:id`: what is absent stays as it is, an explicit null clears.
///
/// 1. 403 for who manages no keys or may only read; a member may change their own.
/// 2. 400 names every field that does not fit. The version that the caller has seen, in `If-Match` or in the body, must
///    still be the key's: 409 `conflict`; without one the last write wins.
/// 3. Credits are what is left, and not what was set: a number that was read and comes back sets nothing. 503 when the
///    ledger does not answer, and a number is set.
/// 4. 409 `already_revoked`; 403 for a personal key of somebody else, `too_strong` for what the caller could not make, `step_up_required` for
///    anything but name, description and metadata.
#[worker::send]
pub async fn change(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().plain_write().check(&principal)?;
    let id = call.id()?;
    let found = find(&call, &principal, &[id]).await?;
    // 2.
    let change = KeyChange::read(&call.incoming.json()?)?;
    let version = call.seen(change.version)?;
    // 3.
    let before = found.first().ok_or_else(Failure::not_found)?;
    let env = &call.incoming.env;
    let balance = match (change.credits.flatten(), before.key.credits) {
        (Some(asked), Some(set)) => match meter::balance(env, id, &before.limits, Ledger::Look).await {
            Err(failure) if asked != set => return Err(failure),
            balance => balance.ok().flatten(),
        },
        _ => None,
    };
    // 4.
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
        passkeys: None,
        action: "api_key.updated",
        details: json!({}),
    };
    let decide = |mut before: Found| {
        let mut change = change.clone();
        if let (Some(Some(asked)), Some(set), Some(balance)) = (&mut change.credits, &mut before.key.credits, balance) {
            if balance.is_kept_by(asked.remaining, version.is_some()) {
                asked.remaining = set.remaining;
            } else {
                set.remaining = balance.remaining; // To what was set before is a change too.
            }
        }
        let after = before.key.changed(&change, now)?;
        if after == before.key {
            return Ok(None);
        }
        may_change(&principal, &before.key, &after, before.user_role)?;
        if !is_relabelled(&before.key, &after) {
            principal.stepped_up()?;
        }
        if let Some(organization) = &organization
            && after.expires_at != before.key.expires_at
        {
            organization.allows_expiry(after.expires_at, now)?;
        }
        Ok(Some(Step { before, after: Some(after), secret: None }))
    };
    let remaining = |credits: Option<Credits>| credits.map(|credits| credits.remaining);
    let number = |step: &Step| remaining(step.after.as_ref().and_then(|key| key.credits));
    let sets = |step: &Step| number(step).is_some() && number(step) != remaining(step.before.key.credits);
    // Another number than was set before is seen by the database itself.
    let again = |step: &&Step| sets(step) && number(step) == remaining(step.before.limits.credits);
    let also = |steps: &[Step]| steps.iter().filter(again).map(|_| set_credits(id)).collect();
    let step = work.carry_out(decide, also).await?.into_iter().next();
    let is_set = step.as_ref().is_some_and(sets);
    let mut key = match step.and_then(|step| step.after) {
        Some(key) => key,
        // As asked already, perhaps only since it was read above.
        None => find(&call, &principal, &[id]).await?.into_iter().next().ok_or_else(Failure::not_found)?.key,
    };
    if let (false, Some(credits)) = (is_set, key.credits) {
        let left = meter::credits(env, id, &before.limits, Ledger::Tell).await;
        key.credits = left.map(|left| Credits { remaining: left.remaining, ..credits }).or(key.credits);
    }
    let version = key.version;
    Ok(Answer::ok(key).version(version))
}
