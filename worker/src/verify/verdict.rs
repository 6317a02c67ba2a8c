//! What is said of one key.

use std::{collections::BTreeMap, sync::Arc};

use claviger_core::{
    freshness::{Facts, Finding, Held, Record},
    meter::{Settings, Spent},
    time::Timestamp,
    verify::{Ask, Code},
    wire::verify::{Verification, VerifiedKey},
};
use futures_util::future::join_all;
use worker::Env;

use crate::{error::Failure, log, meter, usage};

/// The answer about one key.
pub struct Verdict {
    /// The first code that applies.
    pub code: Code,
    /// The key, if there is one the asker may know of.
    pub record: Option<Arc<Record>>,
    /// What became of its limits, if it has any and nothing else stands against it.
    pub spent: Option<Spent>,
    /// Why nobody knows.
    failure: Option<Failure>,
}

/// Judges what was found, before rates and credits.
pub fn judge(finding: &Finding, ask: &Ask, now: Timestamp) -> Verdict {
    let verdict = |code, record| Verdict { code, record, spent: None, failure: None };
    match &finding.held {
        Held::Record(record) => verdict(record.judge(ask, now), Some(Arc::clone(record))),
        Held::Absent => verdict(Code::NotFound, None),
        Held::Unavailable => {
            let failure = Failure::unavailable("the key could not be looked up");
            Verdict { failure: Some(failure), ..verdict(Code::Unavailable, None) }
        }
    }
}

/// The verdict on one key that is asked about alone, counted.
///
/// # Errors
/// As [`Verdict::known`].
pub async fn alone(
    env: &Env,
    asker: &Record,
    finding: &Finding,
    ask: &Ask,
    now: Timestamp,
) -> Result<Verdict, Failure> {
    let mut verdict = judge(finding, ask, now);
    spend(env, std::slice::from_mut(&mut verdict), std::iter::once(ask)).await;
    verdict.count(asker, now);
    verdict.known()
}

/// The questions about one key.
#[derive(Default)]
struct Uses {
    limits: Settings,
    places: Vec<usize>,
    costs: Vec<u64>,
}

/// Lets the keys that are good and have limits spend what their uses cost, in the order of the questions. One call for each
/// key, all at once.
pub async fn spend<'a>(env: &Env, verdicts: &mut [Verdict], asks: impl Iterator<Item = &'a Ask>) {
    let mut uses: BTreeMap<i64, Uses> = BTreeMap::new();
    for (place, (verdict, ask)) in verdicts.iter().zip(asks).enumerate() {
        let record = verdict.record.as_ref().filter(|_| verdict.code == Code::Valid);
        if let Some((record, limits)) = record.and_then(|record| Some((record, record.limits.as_deref()?))) {
            let uses = uses.entry(record.key_id).or_insert_with(|| Uses { limits: *limits, ..Uses::default() });
            uses.places.push(place);
            uses.costs.push(ask.cost);
        }
    }
    let spending = uses.into_iter().map(|(key_id, Uses { limits, places, costs })| async move {
        (places, meter::spend(env, key_id, &limits, &costs).await)
    });
    for (places, spent) in join_all(spending).await {
        for (index, place) in places.into_iter().enumerate() {
            let Some(verdict) = verdicts.get_mut(place) else { continue };
            match spent.as_ref().map(|spent| spent.get(index).copied()) {
                Ok(Some(spent)) => {
                    verdict.code = spent.code;
                    verdict.spent = Some(spent);
                }
                Ok(None) => {}
                Err(failure) => {
                    verdict.code = Code::Unavailable;
                    verdict.failure = Some(failure.clone());
                }
            }
        }
    }
}

impl Verdict {
    /// Counts it.
    pub fn count(&self, asker: &Record, now: Timestamp) {
        match &self.record {
            _ if self.code == Code::Unavailable => usage::unavailable(asker.organization_id, now),
            Some(record) => usage::verified(record, self.code, now),
            None => usage::not_found(asker.organization_id, now),
        }
    }

    /// For who asked about this key alone.
    ///
    /// # Errors
    /// 503 when nobody knows: that says nothing about the key.
    pub fn known(self) -> Result<Self, Failure> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self),
        }
    }

    /// As `/v1/verify` says it. The holder of a secret that was replaced learns nothing about the key.
    ///
    /// # Errors
    /// 500 for stored metadata that is no JSON.
    pub fn told(&self, facts: Facts, now: Timestamp) -> Result<Verification, Failure> {
        if let Some(failure) = &self.failure {
            log::failure_behind("verify_batch", failure);
            return Ok(unavailable());
        }
        let record = self.record.as_deref().filter(|record| !record.standing.secret_is_retired(now));
        Ok(Verification {
            valid: self.code == Code::Valid,
            code: self.code,
            key: record.map(key).transpose()?,
            as_of: facts.as_of,
            age_ms: facts.age_ms,
            degraded: facts.degraded,
            rate_limit: self.spent.and_then(|spent| spent.rate_limit),
            credits: self.spent.and_then(|spent| spent.credits),
        })
    }
}

const fn unavailable() -> Verification {
    Verification {
        valid: false,
        code: Code::Unavailable,
        key: None,
        as_of: None,
        age_ms: None,
        degraded: true,
        rate_limit: None,
        credits: None,
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
