//! The management API, one file a noun. Handlers extract, authorize, validate and answer; they hold no SQL and no rules.

pub mod api_keys;
pub mod healthz;
pub mod session;
pub mod setup;
pub mod whoami;

use axum::response::{IntoResponse, Response};
use claviger_core::{authorize::Principal, secret::Secret, wire::key::Actor};
use serde_json::Value;

use crate::{answer::Answer, call::Call, error::Failure, log::Caller, store::audit::Record};

/// An answer that names its caller in the log.
pub struct By(pub Caller, pub Result<Answer, Failure>);

impl IntoResponse for By {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// Finds the caller, then lets `handler` answer.
pub async fn by<F, Fut>(call: Call, handler: F) -> Result<By, Failure>
where
    F: FnOnce(Call, Principal) -> Fut,
    Fut: Future<Output = Result<Answer, Failure>>,
{
    let (principal, _) = call.caller().await?;
    let caller = Caller::from(&principal);
    Ok(By(caller, handler(call, principal).await))
}

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
