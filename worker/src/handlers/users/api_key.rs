//! A person's default key, and the end of all their keys. Its secret is replaced by `api_keys::regenerate`.

use claviger_core::{
    authorize::{Allow, may_set_api_access, passkeys_go},
    wire::user::{ApiAccessEnd, Cleared},
};
use serde_json::json;

use super::{
    super::api_keys::{find, passkey_fate},
    record, settled_as,
};
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    store::{api_keys, users},
};

/// `GET /users/:id/api_key`: the key that the system has made for this person; pending until they ask for its secret.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let user = users::find(&call.database, &principal, call.id()?).await?;
    let id = api_keys::default_key(&call.database, user.id).await?.ok_or_else(Failure::not_found)?;
    let key = find(&call, &principal, &[id]).await?.into_iter().next().ok_or_else(Failure::not_found)?.key;
    let version = key.version;
    Ok(Answer::ok(key).version(version))
}

/// `DELETE /users/:id/api_key?passkeys=keep|remove`: revokes all keys of this person and switches their API access off. They can
/// switch it on again, and then get a new secret. Another person's passkeys go as well, unless they are to be kept; one's own stay,
/// unless they are to go. 403 for a person of a higher role, 409 `last_credential`.
#[worker::send]
pub async fn clear(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let allow = Allow::organization_admin_or_own().write();
    allow.check(&principal)?;
    let id = call.id()?;
    let fate = passkey_fate(&call)?;
    settled_as(&call, &principal, allow, None, async |principal| {
        let before = users::find(&call.database, principal, id).await?;
        may_set_api_access(principal, &before)?;
        let passkeys_go = passkeys_go(principal, id, fate)?;
        let actor = principal.actor();
        let after = before.without_api_access(ApiAccessEnd::Cleared, &actor, call.incoming.now);
        let details = json!({ "changes": after.changes(&before), "how": ApiAccessEnd::Cleared });
        let target = ("user", Some(id), after.name.as_str());
        let record = record(&call, before.organization_id, &actor, "user.updated", target, details);
        let (revoked, passkeys_removed) =
            users::clear(&call.database, principal, &before, &after, passkeys_go, &record).await?;
        // As they are now: what is left is the default key, which waits.
        let user = users::find(&call.database, principal, id).await?;
        Ok(Answer::ok(Cleared { user, revoked, passkeys_removed }))
    })
    .await
}
