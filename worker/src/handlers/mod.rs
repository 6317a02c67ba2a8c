//! The management API, one file a noun. Handlers extract, authorize, validate and answer; they hold no SQL and no rules.

pub mod api_keys;
pub mod audit_log;
pub mod healthz;
mod idempotent;
pub mod invites;
pub mod organizations;
pub mod session;
pub mod setup;
pub mod usage;
pub mod whoami;

use claviger_core::{
    secret::{OrganizationPrefix, Secret},
    wire::key::{Actor, ActorKind},
};
use serde_json::Value;

use crate::{call::Call, error::Failure, store::audit::Record};

/// The name of the key that each person gets from the system (reference system 002).
pub const SYSTEM_KEY_NAME: &str = "Auto-Generated API Key (Created By System)";

/// Claviger itself, for the audit log.
pub fn system() -> Actor {
    Actor { kind: ActorKind::System, id: None, name: "System".to_owned() }
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
