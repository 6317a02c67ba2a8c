//! Ending keys: revoked, which is for ever and stays listed, or removed. And saying that a leak was dealt with, where that is not
//! seen by the key.

use claviger_core::{
    authorize::{Allow, may_end},
    input::{Fields, text},
    passkey::PasskeyFate,
    text::Note,
};
use serde_json::json;

use super::{Work, passkey_fate};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    handlers::idempotent::once,
    store::api_keys::{Found, Step},
};

/// `POST /api_keys/:id/revoke {reason?, passkeys?}`: for ever. The passkeys that another person has registered with it go as well,
/// unless they are to be kept; one's own stay, unless they are to go. 409 `already_revoked`, `last_credential`.
#[worker::send]
pub async fn revoke(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().write().check(&principal)?;
    let id = call.id()?;
    once(&call, &principal, async |attempt| {
        super::find(&call, &principal, &[id]).await?;
        let mut fields = Fields::of(&call.incoming.json()?, "api_key")?;
        let reason = fields.optional("reason", |value| text(value, Note::parse));
        let fate = fields.optional("passkeys", PasskeyFate::read);
        fields.finish()?;
        let reason = reason.as_ref().map(Note::as_str).filter(|reason| !reason.is_empty());
        let actor = principal.actor();
        let work = Work {
            call: &call,
            principal: &principal,
            ids: &[id],
            version: call.if_match()?,
            urgent: true,
            passkeys: fate,
            action: "api_key.revoked",
            details: json!({ "reason": reason }),
        };
        let decide = |before: Found| {
            may_end(&principal, &before.key, before.user_role)?;
            let after = before.key.revoked(&actor, reason, call.incoming.now)?;
            Ok(Some(Step { before, after: Some(after), secret: None }))
        };
        let remember = |steps: &[Step]| {
            let key = steps.first().and_then(|step| step.after.as_ref());
            attempt.zip(key).map(|(attempt, key)| attempt.answered(200, &Answer::ok(key).text())).into_iter().collect()
        };
        let step = work.carry_out(decide, remember).await?.into_iter().next();
        Ok(Answer::ok(step.and_then(|step| step.after).ok_or_else(Failure::not_found)?))
    })
    .await
}

/// `POST /api_keys/:id/resolve_leak`: its open report, if there is one, was dealt with. Of a key that has none nothing changes.
#[worker::send]
pub async fn resolve_leak(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().write().check(&principal)?;
    let id = call.id()?;
    once(&call, &principal, async |attempt| {
        Fields::of(&call.incoming.json()?, "api_key")?.finish()?;
        let work = Work {
            call: &call,
            principal: &principal,
            ids: &[id],
            version: call.if_match()?,
            urgent: false,
            passkeys: None,
            action: "api_key.leak_resolved",
            details: json!({}),
        };
        let decide = |before: Found| {
            may_end(&principal, &before.key, before.user_role)?;
            let after = before.key.leak_resolved(call.incoming.now);
            Ok((after != before.key).then_some(Step { before, after: Some(after), secret: None }))
        };
        let remember = |steps: &[Step]| {
            let key = steps.first().and_then(|step| step.after.as_ref());
            attempt.zip(key).map(|(attempt, key)| attempt.answered(200, &Answer::ok(key).text())).into_iter().collect()
        };
        let step = work.carry_out(decide, remember).await?.into_iter().next();
        Ok(Answer::ok(match step.and_then(|step| step.after) {
            Some(key) => key,
            None => super::find(&call, &principal, &[id]).await?.into_iter().next().ok_or_else(Failure::not_found)?.key,
        }))
    })
    .await
}

/// `DELETE /api_keys/:id?passkeys=keep|remove`: the record goes, its audit trail stays; passkeys as when it is revoked. 409
/// `last_credential`.
#[worker::send]
pub async fn delete(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().write().check(&principal)?;
    let id = call.id()?;
    let found = super::find(&call, &principal, &[id]).await?;
    let details = found.first().map(|found| json!({ "hint": found.key.hint, "kind": found.key.kind }));
    let work = Work {
        call: &call,
        principal: &principal,
        ids: &[id],
        version: call.if_match()?,
        urgent: true,
        passkeys: passkey_fate(&call)?,
        action: "api_key.deleted",
        details: details.unwrap_or_default(),
    };
    let decide = |before: Found| {
        may_end(&principal, &before.key, before.user_role)?;
        Ok(Some(Step { before, after: None, secret: None }))
    };
    work.carry_out(decide, |_| Vec::new()).await?;
    Ok(Answer::empty())
}
