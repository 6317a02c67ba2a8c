//! Signing in by Cloudflare Access.

use claviger_core::wire::session::{AccessIdentity, Session};
use serde_json::json;

use super::{
    super::operation::{Caller, Operation, operation},
    SIGNING_IN, object,
};

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    const PATH: &str = "/api/v2/session/access";
    vec![
        operation("get", PATH, "getAccessIdentity", SIGNING_IN)
            .says(
                "Whom Cloudflare Access vouches for",
                "In `Cf-Access-Jwt-Assertion`, and the organizations that let them in. 404 where it is not configured; 401 `authentication_required`, `invalid_assertion`.",
            )
            .by(Caller::Anyone)
            .answers::<AccessIdentity>(200)
            .fails(&[401, 404, 429]),
        operation("post", PATH, "signInWithAccess", SIGNING_IN)
            .says(
                "Sign in by Cloudflare Access",
                "With its `Cf-Access-Jwt-Assertion`; sets the cookie. The session lasts no longer than Access vouches. 401 `authentication_required`, `invalid_assertion`; 403 `not_invited`, `access_ended`; 409 `choose_organization`.",
            )
            .by(Caller::Anyone)
            .takes(|_| object(json!({ "organization_id": { "type": ["integer", "null"], "minimum": 1 } }), &[]))
            .answers::<Session>(201)
            .fails(&[401, 403, 404, 409, 429]),
    ]
}
