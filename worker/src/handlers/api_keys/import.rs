//! Taking over the keys of another system.

use claviger_core::{
    authorize::{Allow, may_make},
    wire::import::{self, ImportDone},
};
use serde_json::json;

use super::refused_to;
use crate::{
    answer::Answer,
    call::Call,
    error::Failure,
    handlers::{idempotent::once, record},
    store::{api_keys, organizations},
};

/// `POST /api_keys/import {"api_keys":[{"sha256","name","hint"?,…}]}`: up to 1,000, all or none.
///
/// 1. 403 for who does not manage the organization or may only read.
/// 2. 400 names every field that does not fit, as `api_keys[3].sha256`; 403 `too_strong`.
/// 3. 409 `already_imported` names those whose secret is there already, within the organization only; 409 `key_limit`
///    with how many places are left.
#[worker::send]
pub async fn import(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization_id = call.organization(&principal)?;
    // 1.
    Allow::organization_admin().write().in_organization(organization_id).check(&principal)?;
    once(&call, &principal, async |attempt| {
        let organization = organizations::find(&call.database, organization_id).await?;
        // 2.
        let keys = import::read(&call.incoming.json()?, organization_id, call.incoming.now)?;
        for (index, key) in keys.iter().enumerate() {
            may_make(&principal, &key.key, organization_id)?;
            organization.allows_expiry(key.key.expires_at, call.incoming.now).map_err(|mut problems| {
                let found = std::mem::take(&mut problems.errors);
                problems.within(
                    &format!("api_keys[{index}]"),
                    claviger_core::input::Problems { errors: found, contains_secret: false },
                );
                problems
            })?;
        }
        // 3.
        let actor = principal.actor();
        let record = record(&call, organization_id, &actor, "api_key.created", ("api_key", None, ""), json!({}));
        let also = |keys: &[api_keys::Insertion<'_>]| {
            let hashes: Vec<_> = keys.iter().map(|key| key.hash).collect();
            attempt.map(|attempt| attempt.imported(201, &hashes)).into_iter().collect()
        };
        let api_keys = match api_keys::import(&call.database, &principal, &keys, organization_id, &record, also).await {
            // How many there are may have changed since they were read.
            Err(failure) if failure.is_key_limit() => {
                let organization = organizations::find(&call.database, organization_id).await?;
                return Err(Failure::no_room(&organization.no_room_for(keys.len())));
            }
            done => done.map_err(|failure| refused_to(&principal, failure))?,
        };
        Ok(Answer::created(ImportDone { imported: api_keys.len(), api_keys }))
    })
    .await
}
