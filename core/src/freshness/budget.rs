//! The miss budget: how many look-ups of what does not exist one caller may cause.
//!
//! Anyone can make texts with a valid checksum, and each would be a read of D1. A look-up is charged before it is made, so
//! that a thousand at once cannot slip through, and given back when it found something: keys that exist cost nothing.

use std::net::IpAddr;

use super::{cache::Cache, since, slip};
use crate::{
    secret::SecretHash,
    time::{MINUTE, Timestamp},
};

/// Who pays: a verifier key that is known and the IP it stated, or, of callers whose key is not known, where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Payer {
    pub verifier: Option<SecretHash>,
    pub ip: Option<IpAddr>,
}

impl Payer {
    /// Of an IPv6 address the first 64 bits: a caller has all the others.
    pub fn new(verifier: Option<SecretHash>, ip: Option<IpAddr>) -> Self {
        let ip = ip.map(|ip| match ip.to_canonical() {
            IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) >> 64 << 64).into()),
            ip => ip,
        });
        Self { verifier, ip }
    }
}

/// What is left to whom.
pub struct Budget {
    buckets: Cache<Payer, Bucket>,
    /// Look-ups a payer has at once, and again each minute.
    most: i64,
}

#[derive(Clone, Copy)]
struct Bucket {
    /// In look-ups times [`MINUTE`], so that a part of a minute gives a whole number.
    left: i64,
    at: Timestamp,
}

impl Budget {
    pub const fn new(payers: usize, most: i64) -> Self {
        Self { buckets: Cache::new(payers, usize::MAX), most }
    }

    /// Whether one more look-up may be made; it is then paid.
    pub fn charge(&mut self, payer: Payer, now: Timestamp) -> bool {
        if slip!(ForgetBudget) {
            return true;
        }
        let full = self.most * MINUTE;
        let Some((bucket, _)) = self.buckets.get(&payer, now) else {
            self.buckets.insert(payer, Bucket { left: full - MINUTE, at: now }, 0, now);
            return self.most > 0;
        };
        bucket.left = full.min(bucket.left + since(now, bucket.at).clamp(0, MINUTE) * self.most);
        bucket.at = now;
        let pays = bucket.left >= MINUTE;
        bucket.left -= if pays { MINUTE } else { 0 };
        pays
    }

    /// Gives one back.
    pub fn refund(&mut self, payer: Payer, now: Timestamp) {
        let full = self.most * MINUTE;
        if let Some((bucket, _)) = self.buckets.get(&payer, now) {
            bucket.left = full.min(bucket.left + MINUTE);
        }
    }

    /// After a step of the clock: all start anew.
    pub fn clear(&mut self) {
        self.buckets.clear();
    }

    pub fn payers(&self) -> usize {
        self.buckets.len()
    }
}
