//! Reading how often keys were used.

use claviger_core::wire::usage::Usage;

use super::super::operation::{Operation, Parameter, operation};

const USAGE: &str = "Usage";

const RANGE: &[Parameter] = &[(
    "range",
    r#"{"enum":["24h","7d","30d"],"default":"24h"}"#,
    "24 or 168 hours, or 30 days of UTC, each a bucket; the last one is under way",
)];

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    let says =
        "Verifications of its keys, and of what its verifiers asked about in vain. For organization administrators.";
    vec![
        operation("get", "/api/v2/api_keys/{id}/usage", "getUsageOfApiKey", USAGE)
            .says("How often a key was used", "For whoever can read the key. `CALL` is a call of Claviger itself.")
            .query(RANGE)
            .answers::<Usage>(200),
        operation("get", "/api/v2/usage", "getUsage", USAGE)
            .says("How often an organization's keys were verified", says)
            .query(RANGE)
            .answers::<Usage>(200),
        operation("get", "/api/v2/organizations/{organization_id}/usage", "getUsageOfOrganization", USAGE)
            .says(
                "How often the keys of an organization were verified",
                "For system administrators, and for one's own.",
            )
            .query(RANGE)
            .answers::<Usage>(200),
    ]
}
