//! What most keys do without: where, how often and how many times a key works, and the owner's own data. In the form for a new
//! key and in that for editing one.

mod inputs;
mod read;

use claviger_core::{key::RefillInterval, wire::key::Key};

pub use self::{
    inputs::{AllowedIpsField, ClientIpHeaderField, CreditsFields, Form, MetadataField, RateFields},
    read::{At, allowed_ips, client_ip_header, credits, metadata, rate_limit},
};

/// As typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// Ranges of addresses, one on a line.
    pub allowed_ips: String,
    /// Calls in a window, or empty.
    pub limit: String,
    /// Its length in seconds, or empty.
    pub window: String,
    /// Calls that are left, or empty.
    pub remaining: String,
    /// What they are set to again, or empty.
    pub refill_amount: String,
    /// When.
    pub refill_interval: Option<RefillInterval>,
    /// Of a verifier: a header's name, or empty.
    pub client_ip_header: String,
    /// A JSON object.
    pub metadata: String,
}

impl Extras {
    /// What is stored; `metadata` as people write it.
    pub fn of(key: &Key, metadata: String) -> Self {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            allowed_ips: key.allowed_ips.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            limit: number(key.rate_limit.map(|rate| rate.limit)),
            window: number(key.rate_limit.map(|rate| rate.window_seconds)),
            remaining: number(key.credits.map(|credits| credits.remaining)),
            refill_amount: number(key.credits.and_then(|credits| credits.refill_amount)),
            refill_interval: key.credits.and_then(|credits| credits.refill_interval),
            client_ip_header: key.client_ip_header.clone().unwrap_or_default(),
            metadata,
        }
    }
}
