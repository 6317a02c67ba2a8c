//! How often keys were used.

use claviger_core::{authorize::Allow, wire::usage::UsageRange};

use super::api_keys;
use crate::{answer::Answer, call::Call, error::Failure, store::usage};

/// `GET /api_keys/:id/usage`: for whoever can read the key.
#[worker::send]
pub async fn of_key(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    Allow::organization_admin_or_own().check(&principal)?;
    let found = api_keys::find(&call, &principal, &[call.id()?]).await?;
    let key = found.into_iter().next().ok_or_else(Failure::not_found)?.key;
    let range = range(&call)?;
    Ok(Answer::ok(usage::of_key(&call.database, &key, range, call.incoming.now).await?))
}

/// `GET /usage`, `GET /organizations/:organization_id/usage`: the verifications of an organization.
#[worker::send]
pub async fn of_organization(call: Call) -> Result<Answer, Failure> {
    let (principal, _) = call.caller().await?;
    let organization = call.organization(&principal)?;
    Allow::organization_admin().in_organization(organization).check(&principal)?;
    call.assert_organization(&principal, organization).await?;
    let range = range(&call)?;
    Ok(Answer::ok(usage::of_organization(&call.database, organization, range, call.incoming.now).await?))
}

fn range(call: &Call) -> Result<UsageRange, Failure> {
    let range = call.query("range").map_or(Some(UsageRange::Day), UsageRange::parse);
    range.ok_or_else(|| Failure::parameter("range", "Must be 24h, 7d or 30d."))
}

/// Whether a list is to include usage.
///
/// # Errors
/// 400 for anything else.
pub fn included(call: &Call) -> Result<bool, Failure> {
    match call.query("include") {
        None => Ok(false),
        Some("usage") => Ok(true),
        Some(_) => Err(Failure::parameter("include", "Must be usage.")),
    }
}
