//! A person's sessions: where they are signed in, and signing out there.
//!
//! Ending one's own sessions takes and gives nothing, so a key that may only read is enough, as for signing out.

use claviger_core::{
    authorize::{Allow, Denied, Principal, PrincipalUser},
    wire::user::SessionsEnded,
};
use serde_json::json;

use super::{paging::whole, record};
use crate::{answer::Answer, call::Call, error::Failure, store::sessions};

/// Rows of the one page that there is.
pub const MOST: u32 = 1_000;

/// `GET /sessions`: the caller's own, the one seen last first. 403 for a key that is nobody's own.
#[worker::send]
pub async fn list(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::anyone().check(&principal)?;
    let user = person(&principal)?;
    let rows = sessions::list(&call.database, user.id, principal.session_id, call.incoming.now).await?;
    let page = whole(&call, MOST, rows.len())?;
    Ok(Answer::page(rows, page))
}

/// `DELETE /sessions`: all of the caller's own but the one that asks.
#[worker::send]
pub async fn end_others(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::anyone().check(&principal)?;
    let user = person(&principal)?;
    let actor = principal.actor();
    let target = ("user", Some(user.id), user.name.as_str());
    let record =
        record(&call, principal.organization_id, &actor, "session.ended", target, json!({ "all_others": true }));
    let ended = sessions::end_others(&call.database, user.id, principal.session_id, &record).await?;
    Ok(Answer::ok(SessionsEnded { ended }))
}

/// `DELETE /sessions/:id`: one of the caller's own; 404 for any other.
#[worker::send]
pub async fn end(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::anyone().check(&principal)?;
    let id = call.id()?;
    let user = principal.user.as_ref().ok_or_else(Failure::not_found)?;
    let actor = principal.actor();
    let target = ("user", Some(user.id), user.name.as_str());
    let record = record(&call, principal.organization_id, &actor, "session.ended", target, json!({ "session": id }));
    sessions::end_one(&call.database, user.id, id, &record).await?;
    Ok(Answer::empty())
}

fn person(principal: &Principal) -> Result<&PrincipalUser, Denied> {
    principal.user.as_ref().ok_or(Denied::Role)
}
