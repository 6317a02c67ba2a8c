//! The link with which a person who is there already comes in again. How it is used: `handlers::sign_in_links`.

use claviger_core::{
    authorize::{Allow, may_let_in, may_manage_person},
    input::Fields,
    secret::SecretHash,
    wire::organization::InviteLink,
};
use serde_json::json;

use super::{
    super::{
        idempotent::once,
        invites::{LINK_LASTS, link, maker},
    },
    record, settled,
};
use crate::{
    answer::Answer,
    auth::session::new_token,
    call::Call,
    error::Failure,
    store::{sign_in_links, users},
};

/// `POST /users/:id/sign_in_link`: single use, 72 hours; one made before is void.
///
/// 1. 403 for who does not manage the organization or may only read, for a person of a higher role, and `too_strong` when the
///    caller's own key could not do what the person's new one will.
/// 2. 409 `deactivated`.
/// 3. The link is in this response and nowhere else. Whoever opens it gets a key of that person, so it is on the record.
#[worker::send]
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    // 1.
    Allow::organization_admin().write().check(&principal)?;
    let id = call.id()?;
    once(&call, &principal, async |attempt| {
        settled(None, async || {
            let user = users::find(&call.database, &principal, id).await?;
            Fields::of(&call.incoming.json()?, "sign_in_link")?.finish()?;
            may_manage_person(&principal, &user)?;
            may_let_in(&principal, user.role, user.organization_id)?;
            // 2.
            if !user.active {
                return Err(Failure::deactivated());
            }
            // 3.
            let token = new_token()?;
            let (hash, ends_at) = (SecretHash::of(&token), call.incoming.now.plus(LINK_LASTS));
            let actor = principal.actor();
            let target = ("user", Some(id), user.name.as_str());
            let record = record(
                &call,
                user.organization_id,
                &actor,
                "sign_in_link.created",
                target,
                json!({ "ends_at": ends_at }),
            );
            let also = attempt.map(|attempt| attempt.linked(201, hash)).into_iter().collect();
            let database = &call.database;
            let maker = maker(&principal, user.organization_id);
            sign_in_links::create(database, (id, user.version), (hash, ends_at), maker, &record, also).await?;
            Ok(Answer::created(InviteLink { link: link(&call, "sign-in-link", &token), ends_at }))
        })
        .await
    })
    .await
}

/// `DELETE /users/:id/sign_in_link`: it opens nothing any more. 404 when there is none.
#[worker::send]
pub async fn withdraw(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin().write().check(&principal)?;
    let user = users::find(&call.database, &principal, call.id()?).await?;
    may_manage_person(&principal, &user)?;
    let actor = principal.actor();
    let target = ("user", Some(user.id), user.name.as_str());
    let record = record(&call, user.organization_id, &actor, "sign_in_link.deleted", target, json!({}));
    sign_in_links::withdraw(&call.database, user.id, call.incoming.now, &record).await?;
    Ok(Answer::empty())
}
