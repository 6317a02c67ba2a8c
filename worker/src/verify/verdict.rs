//! What is said of one key.

use std::sync::Arc;

use claviger_core::{
    freshness::{Facts, Finding, Held, Record},
    time::Timestamp,
    verify::{Ask, Code},
    wire::verify::{Verification, VerifiedKey},
};

use crate::{error::Failure, usage};

/// The answer about one key.
pub struct Verdict {
    /// The first code that applies.
    pub code: Code,
    /// The key, if there is one the asker may know of.
    pub record: Option<Arc<Record>>,
}

/// Judges what was found, and counts it.
///
/// # Errors
/// 503 when the key could not be looked up: that says nothing about it.
pub fn judge(asker: &Record, finding: &Finding, ask: &Ask, now: Timestamp) -> Result<Verdict, Failure> {
    match &finding.held {
        Held::Record(record) => {
            let code = record.judge(ask, now);
            usage::verified(record, code, now);
            Ok(Verdict { code, record: Some(Arc::clone(record)) })
        }
        Held::Absent => {
            usage::not_found(asker.organization_id, now);
            Ok(Verdict { code: Code::NotFound, record: None })
        }
        Held::Unavailable => {
            usage::unavailable(asker.organization_id, now);
            Err(Failure::unavailable("the key could not be looked up"))
        }
    }
}

impl Verdict {
    /// As `/v1/verify` says it. The holder of a secret that was replaced learns nothing about the key.
    ///
    /// # Errors
    /// 500 for stored metadata that is no JSON.
    pub fn told(&self, facts: Facts, now: Timestamp) -> Result<Verification, Failure> {
        let record = self.record.as_deref().filter(|record| !record.standing.secret_is_retired(now));
        Ok(Verification {
            valid: self.code == Code::Valid,
            code: self.code,
            key: record.map(key).transpose()?,
            as_of: facts.as_of,
            age_ms: facts.age_ms,
            degraded: facts.degraded,
        })
    }
}

fn key(record: &Record) -> Result<VerifiedKey, Failure> {
    Ok(VerifiedKey {
        id: record.key_id,
        name: record.name.to_string(),
        organization_id: record.organization_id,
        user_id: record.user_id,
        role: record.role,
        access: record.access,
        scopes: record.scopes.to_vec(),
        metadata: serde_json::from_str(&record.metadata).map_err(Failure::internal)?,
        expires_at: record.standing.expires_at,
    })
}
