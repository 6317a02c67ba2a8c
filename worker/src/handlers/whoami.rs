//! What the presented key is.

use claviger_core::{
    authorize::Allow,
    meter::Work,
    status::KeyStatus,
    wire::whoami::{WhoAmI, WhoAmIOrganization},
};

use crate::{answer::Answer, call::Call, error::Failure, meter};

/// `GET /whoami`: any key that works, whatever its role; with a cookie, the key of the session. 403 `no_key` when it was opened
/// without one.
#[worker::send]
pub async fn show(call: Call) -> Result<Answer, Failure> {
    let (principal, credential) = call.caller().await?;
    Allow::anyone().check(&principal)?;
    let credential = credential
        .ok_or_else(|| Failure::forbidden("no_key", "You signed in without a key. GET /session says who you are."))?;
    let credits = meter::credits(&call.incoming.env, credential.id, &credential.limits, Work::Look).await;
    let answer = WhoAmI {
        id: credential.id,
        name: credential.key.name,
        kind: credential.key.kind,
        organization: WhoAmIOrganization { id: credential.organization.id, name: credential.organization.name },
        user_id: credential.user.map(|user| user.id),
        role: principal.role(),
        access: credential.key.access,
        scopes: credential.key.scopes,
        status: KeyStatus::Active,
        expires_at: credential.key.expires_at,
        allowed_ips: credential.key.allowed_ips,
        rate_limit: credential.limits.rate_limit,
        credits,
        old_secret_ends_at: credential.standing.secret_ends_at,
    };
    Ok(Answer::ok(answer))
}
