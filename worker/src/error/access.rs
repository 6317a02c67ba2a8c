//! Refusals about Cloudflare Access.

use std::fmt::Display;

use claviger_core::cloudflare_access::Flaw;
use http::{StatusCode, header};

use super::Failure;

impl Failure {
    /// An assertion of Cloudflare Access that is not accepted, and why; whoever sent it holds it.
    pub fn assertion_refused(flaw: Flaw) -> Self {
        Self::unauthorized("invalid_assertion", "Cloudflare Access's assertion was not accepted.")
            .because(flaw)
            .field("Cf-Access-Jwt-Assertion", flaw.explain())
    }

    /// Somebody whom Cloudflare Access knows, and nobody here does.
    pub const fn not_invited() -> Self {
        Self::forbidden(
            "not_invited",
            "Cloudflare Access knows you, but nobody here has your address. Ask an administrator of your organization to invite you, or to correct the address that you have here.",
        )
    }

    /// Somebody whom Cloudflare Access knows, and who was sent away here.
    pub const fn access_ended() -> Self {
        Self::forbidden(
            "access_ended",
            "Cloudflare Access knows you, but you were deactivated or removed here. Ask an administrator of your organization to let you in again.",
        )
    }

    /// Somebody whom several organizations let in, and who has not said which one they mean.
    pub const fn choose_organization() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "choose_organization",
            "Several organizations let you in. Say which one, in organization_id.",
        )
    }

    /// The team's keys could not be had.
    pub fn access_unavailable(inside: impl Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Cloudflare Access could not be asked for its keys. Try again in a moment, or sign in with a key.",
        )
        .header(header::RETRY_AFTER, "10")
        .because(inside)
    }
}
