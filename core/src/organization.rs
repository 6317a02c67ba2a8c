//! Organizations: the tenants that own keys.

use serde::{Deserialize, Serialize};

use crate::key::words;

/// The organization that administers all others.
pub const SYSTEM_ORGANIZATION: i64 = 1;

words! {
    /// What an organization has subscribed to.
    Plan {
        /// No API access: its keys are kept, and do not work.
        Trial = "trial",
        /// Everything.
        Paid = "paid",
    }
}
