//! Many keys at once: all of them or none.

use std::collections::HashMap;

use claviger_core::{
    authorize::{Allow, Principal, may_change, may_end, may_reveal},
    key::KeyChange,
    secret::{Secret, SecretHash},
    text::Note,
    time::{SECOND, Timestamp},
    wire::{
        bulk::{Bulk, BulkAction, BulkDone, BulkKey},
        key::MintedKey,
    },
};
use serde_json::json;

use super::{Work, find};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    handlers::{idempotent::once, mint},
    store::{
        api_keys::{Found, Step},
        organizations,
    },
};

/// `POST /api_keys/bulk {ids, action, grace_seconds?, reason?}`: up to 1,000 keys of one organization.
///
/// 1. 403 for who manages no keys or may only read; 400 names every field; 404 names the ids that are not there.
/// 2. What is as asked already is left alone; for the others, each key is decided as if it came alone, and the first refusal
///    refuses all, with the key named.
#[worker::send]
pub async fn bulk(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin_or_own().write().check(&principal)?;
    once(&call, &principal, async |attempt| {
        let asked = Bulk::read(&call.incoming.json()?)?;
        let found = find(&call, &principal, &asked.ids).await?;
        // 2.
        let secrets = match (asked.action, found.first()) {
            (BulkAction::Rotate, Some(first)) => {
                let organization = organizations::find(&call.database, first.key.organization_id).await?;
                let prefix = organization.key_prefix.as_deref();
                asked.ids.iter().map(|id| Ok((*id, mint(prefix)?))).collect::<Result<HashMap<_, _>, Failure>>()?
            }
            _ => HashMap::new(),
        };
        let work = Work {
            call: &call,
            principal: &principal,
            ids: &asked.ids,
            version: None,
            urgent: !matches!(asked.action, BulkAction::Enable | BulkAction::Rotate),
            passkeys: None,
            action: action(asked.action),
            details: json!({ "bulk": asked.ids.len() }),
        };
        let decide = |before: Found| {
            let id = before.key.id;
            step(&principal, before, &asked, secrets.get(&id), call.incoming.now)
                .map_err(|failure| failure.field("ids", &format!("Key {id} stands in the way; nothing was done.")))
        };
        let remember = |steps: &[Step]| {
            let remember = attempt.map(|attempt| match asked.action {
                BulkAction::Rotate => {
                    let secrets: Vec<SecretHash> = steps.iter().filter_map(|step| step.secret).collect();
                    attempt.revealed(200, &secrets)
                }
                _ => attempt.answered(200, &Answer::ok(done(asked.action, steps)).text()),
            });
            remember.into_iter().collect()
        };
        let steps = work.carry_out(decide, remember).await?;
        if asked.action != BulkAction::Rotate {
            return Ok(Answer::ok(done(asked.action, &steps)));
        }
        // Only looked up: from here on the old secrets are running out, and an answer that comes too late is lost.
        let minted = steps.into_iter().filter_map(|step| {
            let secret = secrets.get(&step.before.key.id)?;
            Some(MintedKey { api_key: secret.expose().to_owned(), key: step.after? })
        });
        let api_keys: Vec<MintedKey> = minted.collect();
        Ok(Answer::ok(BulkDone { action: asked.action, changed: api_keys.len(), api_keys }))
    })
    .await
}

fn done(action: BulkAction, steps: &[Step]) -> BulkDone<BulkKey> {
    let keys = steps.iter().map(|step| step.after.as_ref().unwrap_or(&step.before.key));
    let api_keys: Vec<BulkKey> = keys.map(BulkKey::from).collect();
    BulkDone { action, changed: api_keys.len(), api_keys }
}

fn step(
    principal: &Principal,
    before: Found,
    asked: &Bulk,
    secret: Option<&Secret>,
    now: Timestamp,
) -> Result<Option<Step>, Failure> {
    let key = &before.key;
    let after = match asked.action {
        BulkAction::Disable | BulkAction::Enable => {
            let change = KeyChange { active: Some(asked.action == BulkAction::Enable), ..KeyChange::default() };
            let after = key.changed(&change, now)?;
            may_change(principal, key, &after, before.user_role)?;
            Some(after)
        }
        BulkAction::Rotate => {
            may_reveal(principal, key)?;
            let secret = secret.ok_or_else(|| Failure::internal("a key to rotate has no new secret"))?;
            Some(key.rotated(secret.hint(), asked.grace() * SECOND, now)?)
        }
        BulkAction::Revoke => {
            may_end(principal, key, before.user_role)?;
            let reason = asked.reason.as_ref().map(Note::as_str).filter(|reason| !reason.is_empty());
            if key.revoked_at.is_some() {
                Some(key.clone())
            } else {
                Some(key.revoked(&principal.actor(), reason, now)?)
            }
        }
        BulkAction::Delete => {
            may_end(principal, key, before.user_role)?;
            None
        }
    };
    if after.as_ref() == Some(key) {
        return Ok(None);
    }
    Ok(Some(Step { secret: secret.map(Secret::hash), before, after }))
}

const fn action(action: BulkAction) -> &'static str {
    match action {
        BulkAction::Disable | BulkAction::Enable => "api_key.updated",
        BulkAction::Rotate => "api_key.rotated",
        BulkAction::Revoke => "api_key.revoked",
        BulkAction::Delete => "api_key.deleted",
    }
}
