//! Reading the audit log.

use claviger_core::wire::audit::{AuditRecord, ChainRange};

use super::{
    super::operation::{Operation, Parameter, operation},
    ID, TIME,
};

const AUDIT_LOG: &str = "Audit log";

const LOG: &[Parameter] = &[
    ("target_type", r#"{"enum":["api_key","user","organization","webhook"]}"#, "About things of this kind"),
    ("target_id", ID, "About this one, which may be gone; needs `target_type`"),
    ("actor_type", r#"{"enum":["user","key","system"]}"#, "By actors of this kind"),
    ("actor_id", ID, "By this one; needs `actor_type`"),
    (
        "action",
        r#"{"type":"string","maxLength":64,"pattern":"^[a-z_]+\\.[a-z_]+$","examples":["api_key.rotated"]}"#,
        "Exactly this",
    ),
    ("since", TIME, "From this moment on"),
    ("until", TIME, "Before this moment"),
    ("per_page", r#"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#, "Rows in the answer"),
    ("after", ID, "The `next_after` of the answer before; without it the list begins with the newest"),
];

const CHAIN: &[Parameter] = &[
    (
        "after",
        r#"{"type":"integer","minimum":0,"maximum":9007199254740991,"default":0}"#,
        "The `next_after` of the answer before; without it the chain begins with the first record",
    ),
    ("per_page", r#"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#, "Records in the answer"),
];

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    let says = "Newest first, always with a cursor: nothing is counted. Records outlive what they are about. A member at the console reads about their own keys.";
    let verify = "Oldest first: each record with its seal, and the signed heads. What is hashed and signed is in docs/AUDIT.md, with a program that checks it. What the caller may not see is there as a digest.";
    vec![
        operation("get", "/api/v2/audit_log", "listAuditLog", AUDIT_LOG)
            .says("Read the audit log", says)
            .query(LOG)
            .lists::<AuditRecord>(),
        operation("get", "/api/v2/organizations/{organization_id}/audit_log", "listAuditLogOfOrganization", AUDIT_LOG)
            .says("Read the audit log of an organization", "For system administrators, and for one's own.")
            .query(LOG)
            .lists::<AuditRecord>(),
        operation("get", "/api/v2/audit_log/verify", "verifyAuditLog", AUDIT_LOG)
            .says("Read the chain of the audit log", verify)
            .query(CHAIN)
            .answers::<ChainRange>(200),
        operation(
            "get",
            "/api/v2/organizations/{organization_id}/audit_log/verify",
            "verifyAuditLogOfOrganization",
            AUDIT_LOG,
        )
        .says("Read the chain of the audit log of an organization", "For system administrators, and for one's own.")
        .query(CHAIN)
        .answers::<ChainRange>(200),
    ]
}
