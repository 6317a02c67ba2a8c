//! With what another person comes in: their passkeys and sessions, shown to who sees them, and taken by who manages them. What
//! lets them in again afterwards is a sign-in link.

use claviger_core::{
    authorize::{Allow, may_take_ways_in},
    envelope::Page,
    passkey::MOST_PASSKEYS,
    wire::{passkey::PasskeysRemoved, user::SessionsEnded},
};
use serde_json::json;

use super::{super::sessions::MOST, record, settled_as};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    store::{
        passkeys::{self, Going},
        sessions, users,
    },
};

/// `GET /users/:id/passkeys`: the first one first.
#[worker::send]
pub async fn passkeys(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let user = users::find(&call.database, &principal, call.id()?).await?;
    let rows = passkeys::list(&call.database, (user.id, principal.session_id)).await?;
    let records = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    Ok(Answer::page(rows, Page::of(0, MOST_PASSKEYS, records)))
}

/// `DELETE /users/:id/passkeys`: all of them, with the sessions that they opened. 403 for a person of a higher role, 409
/// `own_account`, `last_credential`.
#[worker::send]
pub async fn remove_passkeys(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let allow = Allow::organization_admin().write();
    allow.check(&principal)?;
    let id = call.id()?;
    settled_as(&call, &principal, allow, None, async |principal| {
        let user = users::find(&call.database, principal, id).await?;
        may_take_ways_in(principal, &user)?;
        let actor = principal.actor();
        let target = ("user", Some(id), user.name.as_str());
        let details = json!({ "all": true });
        let record = record(&call, user.organization_id, &actor, "passkey.deleted", target, details);
        let removed = passkeys::remove(&call.database, principal, Going::AllOf(id), false, &record).await?;
        Ok(Answer::ok(PasskeysRemoved { removed }))
    })
    .await
}

/// `GET /users/:id/sessions`: where they are signed in, the one seen last first.
#[worker::send]
pub async fn sessions(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let user = users::find(&call.database, &principal, call.id()?).await?;
    let rows = sessions::list(&call.database, user.id, principal.session_id, call.incoming.now).await?;
    let records = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    Ok(Answer::page(rows, Page::of(0, MOST, records)))
}

/// `DELETE /users/:id/sessions`: they are signed out everywhere. 403 for a person of a higher role, 409 `own_account`.
#[worker::send]
pub async fn end_sessions(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let allow = Allow::organization_admin().write();
    allow.check(&principal)?;
    let id = call.id()?;
    settled_as(&call, &principal, allow, None, async |principal| {
        let user = users::find(&call.database, principal, id).await?;
        may_take_ways_in(principal, &user)?;
        let actor = principal.actor();
        let target = ("user", Some(id), user.name.as_str());
        let details = json!({ "all": true });
        let record = record(&call, user.organization_id, &actor, "session.ended", target, details);
        let ended = sessions::end_all(&call.database, principal, id, &record).await?;
        Ok(Answer::ok(SessionsEnded { ended }))
    })
    .await
}
