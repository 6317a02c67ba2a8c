//! Refusals of GitHub's reports.

use std::fmt::Display;

use claviger_core::leak::EnvelopeFlaw;
use http::{StatusCode, header};

use super::Failure;

impl Failure {
    /// A report that is not signed by GitHub as it should be.
    pub fn report_refused(flaw: EnvelopeFlaw) -> Self {
        if flaw.is_malformed() {
            return Self::bad_header(flaw.header(), flaw.explain());
        }
        Self::forbidden("signature_refused", "This report is not signed by GitHub.")
            .because(flaw.explain())
            .field(flaw.header(), flaw.explain())
    }

    /// GitHub's keys could not be had.
    pub fn github_unavailable(inside: impl Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "GitHub could not be asked for its keys. Send the report again in a moment.",
        )
        .header(header::RETRY_AFTER, "120")
        .because(inside)
    }
}
