//! The management API, one file a noun. Handlers extract, authorize, validate and answer; they hold no SQL and no rules.

pub mod api_keys;
pub mod audit_log;
pub mod healthz;
mod idempotent;
pub mod invites;
pub mod organizations;
mod paging;
pub mod passkeys;
pub mod session;
pub mod session_access;
pub mod sessions;
pub mod setup;
pub mod sign_in_links;
pub mod usage;
pub mod users;
pub mod webhooks;
pub mod whoami;

use claviger_core::{
    authorize::{Allow, Principal},
    secret::{OrganizationPrefix, Secret},
    wire::key::Actor,
};
use serde_json::Value;

pub use crate::store::api_keys::system;
use crate::{call::Call, error::Failure, store::audit::Record};

/// How often a change is tried when others change the same, and the caller has not said which version they have seen.
const TRIES: usize = 5;

/// Decides anew when somebody else was faster, unless the caller has said which version they decided by.
///
/// # Errors
/// 409 `conflict` in the end, and what `work` refuses.
pub async fn settled<T>(seen: Option<i64>, work: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
    for _ in 1..TRIES {
        match work().await {
            Err(failure) if failure.is_conflict() && seen.is_none() => {}
            done => return done,
        }
    }
    work().await
}

/// As [`settled`], and judges the caller anew with each further try: what somebody else was faster with may have been to demote
/// or to end them.
///
/// # Errors
/// As [`settled`]; 401 and 403 for a caller who may not any more.
pub async fn settled_as<T>(
    call: &Call,
    principal: &Principal,
    allow: Allow,
    seen: Option<i64>,
    work: impl AsyncFn(&Principal) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut principal = principal.clone();
    for _ in 1..TRIES {
        match work(&principal).await {
            Err(failure) if failure.is_conflict() => {
                principal = call.caller().await?.0;
                allow.check(&principal)?;
                if seen.is_some() {
                    return Err(failure);
                }
            }
            done => return done,
        }
    }
    work(&principal).await
}

/// A new secret, of an organization whose secrets begin with `prefix`.
///
/// # Errors
/// The platform has no randomness to give.
pub fn mint(prefix: Option<&str>) -> Result<Secret, Failure> {
    let prefix = prefix.and_then(OrganizationPrefix::parse);
    Secret::mint(prefix.as_ref(), getrandom::fill).map_err(Failure::internal)
}

/// The audit record of what this request does in `organization_id`; `target` is its type, id and name.
pub fn record<'a>(
    call: &'a Call,
    organization_id: i64,
    actor: &'a Actor,
    action: &'static str,
    target: (&'static str, Option<i64>, &'a str),
    details: Value,
) -> Record<'a> {
    Record {
        organization_id,
        at: call.incoming.now,
        actor,
        action,
        target_type: target.0,
        target_id: target.1,
        target_name: target.2,
        details,
        ip: call.incoming.ip(),
        request_id: &call.incoming.request_id,
    }
}
