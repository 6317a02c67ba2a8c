//! The management API, one file a noun. Handlers extract, authorize, validate and answer; they hold no SQL and no rules.

pub mod api_keys;
pub mod healthz;
pub mod session;
pub mod setup;
pub mod whoami;

use claviger_core::{secret::Secret, wire::key::Actor};
use serde_json::Value;

use crate::{call::Call, error::Failure, store::audit::Record};

/// A new secret.
///
/// # Errors
/// The platform has no randomness to give.
pub fn mint() -> Result<Secret, Failure> {
    Secret::mint(None, getrandom::fill).map_err(Failure::internal)
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
