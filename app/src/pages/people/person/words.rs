//! API access and keys in words.

use claviger_core::wire::user::{ApiAccessEnd, ApiAccessEnded};

/// "Cleared", "Switched off".
pub const fn ended(ended: &ApiAccessEnded) -> &'static str {
    match ended.how {
        ApiAccessEnd::Off => "Switched off",
        ApiAccessEnd::Cleared => "Cleared",
    }
}

/// "1 key", "2 keys".
pub fn keys(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{count} keys") }
}
