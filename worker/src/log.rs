//! One JSON line per request: which route, how it went, how long, how much D1 read, for whom. Never a secret, a path or a query string:
//! only the route's pattern, which we wrote ourselves (OWASP ASVS 5.0, 16.2.5).

use std::sync::atomic::Ordering;

use axum::response::Response;
use claviger_core::freshness::Record;
use serde_json::json;

use crate::{
    error::Failure,
    incoming::{Incoming, now},
    store::{credentials::Credential, passkeys::Stored, sessions::Account},
};

/// Left in a response's extensions for its log line.
#[derive(Clone)]
pub struct Route(pub String);

impl Route {
    /// Whether callers' keys are judged there: what is asked thousands of times a second.
    fn is_hot(&self) -> bool {
        matches!(self.0.as_str(), "/v1/verify" | "/v1/verify/batch" | "/v1/introspect" | "/v1/auth")
    }
}

/// Whose credential a request carried, good or not.
#[derive(Clone, Copy)]
pub struct Caller {
    key: Option<i64>,
    user: Option<i64>,
    organization: i64,
}

impl From<&Credential> for Caller {
    fn from(credential: &Credential) -> Self {
        let user = credential.user.as_ref().map(|user| user.id);
        Self { key: Some(credential.id), user, organization: credential.organization.id }
    }
}

impl From<&Account> for Caller {
    fn from(account: &Account) -> Self {
        Self { key: None, user: Some(account.user.id), organization: account.organization.id }
    }
}

impl From<&Stored> for Caller {
    fn from(stored: &Stored) -> Self {
        Self { key: None, user: Some(stored.user.id), organization: stored.organization_id }
    }
}

impl From<&Record> for Caller {
    fn from(record: &Record) -> Self {
        Self { key: Some(record.key_id), user: record.user_id, organization: record.organization_id }
    }
}

/// Notes for the log whose credential this request carries.
pub fn caller(incoming: &Incoming, caller: impl Into<Caller>) {
    // Set once: a request carries one credential.
    let _ = incoming.caller.set(caller.into());
}

/// Writes the line of a request. A verification that was answered from memory has none: it is counted, and a line would cost
/// more than the answer. A report of leaked secrets always has one: who tries out words is to be seen.
pub fn request(incoming: &Incoming, response: &Response) {
    let extensions = response.extensions();
    let status = response.status().as_u16();
    let from_memory = status == 200 && incoming.rows_read.load(Ordering::Relaxed) == 0;
    if from_memory && extensions.get::<Route>().is_some_and(Route::is_hot) {
        return;
    }
    let caller = incoming.caller.get();
    let line = json!({
        "level": if status >= 500 { "error" } else { "info" },
        "request_id": incoming.request_id,
        "method": incoming.method.as_str(),
        "route": extensions.get::<Route>().map_or("unmatched", |route| route.0.as_str()),
        "status": status,
        "ms": now().millis() - incoming.now.millis(),
        "rows_read": incoming.rows_read.load(Ordering::Relaxed),
        "key_id": caller.and_then(|caller| caller.key),
        "user_id": caller.and_then(|caller| caller.user),
        "organization_id": caller.map(|caller| caller.organization),
        "cause": extensions.get::<Failure>().and_then(|failure| failure.inside.as_deref()),
    });
    worker::console_log!("{line}");
}

/// Writes the line of a run that told webhooks something.
pub fn swept(turns: usize, rows_read: usize) {
    if turns > 0 {
        let line = json!({ "level": "info", "work": "tell_webhooks", "turns": turns, "rows_read": rows_read });
        worker::console_log!("{line}");
    }
}

/// Writes the line of work that failed behind an answer, or on schedule.
pub fn failure_behind(work: &str, failure: &Failure) {
    let line = json!({ "level": "error", "work": work, "cause": failure.inside });
    worker::console_log!("{line}");
}
