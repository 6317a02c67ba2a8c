//! `POST /v1/verify/batch`: up to 100 keys, of one moment.

use std::net::IpAddr;

use axum::response::Response;
use claviger_core::{
    freshness::{Finding, Held, Record},
    time::Timestamp,
    verify::{Ask, Code},
    wire::verify::{Verification, VerificationBatch},
};
use http::StatusCode;
use worker::Context;

use super::{asker, memory, verdict};
use crate::{
    answer::json,
    error::Failure,
    incoming::{Incoming, now},
    usage,
};

/// The steps of `single::answer`. A key that could not be looked up is `UNAVAILABLE`; the others are answered.
pub async fn answer(incoming: &Incoming, context: &Context) -> Result<Response, Failure> {
    let asker = asker::bearer(incoming)?;
    let asks = incoming.json().and_then(|body| Ok(Ask::read_batch(&body)?));
    let asked = asks.as_deref().unwrap_or_default();
    let question = memory::Question {
        asker,
        texts: asked.iter().map(|ask| ask.key.as_str()).collect(),
        // They are read together, so the most particular one says how.
        max_age: asked.iter().filter_map(|ask| ask.max_age_ms).min(),
        stated_ip: same_ip(asked),
    };
    let answer = memory::ask(incoming, context, &question).await;
    let now = now();
    let asker = asker::admit(incoming, &answer.asker, now)?;
    let results = asks?
        .iter()
        .zip(&answer.keys)
        .map(|(ask, finding)| match finding.held {
            Held::Unavailable => Ok(unavailable(&asker, now)),
            _ => told(&asker, finding, ask, &answer, now),
        })
        .collect::<Result<_, _>>()?;
    let body = serde_json::to_string(&VerificationBatch { results }).map_err(Failure::internal)?;
    Ok(json(StatusCode::OK, body))
}

fn told(
    asker: &Record,
    finding: &Finding,
    ask: &Ask,
    answer: &claviger_core::freshness::Answer,
    now: Timestamp,
) -> Result<Verification, Failure> {
    verdict::judge(asker, finding, ask, now)?.told(answer.facts(finding), now)
}

fn unavailable(asker: &Record, now: Timestamp) -> Verification {
    usage::unavailable(asker.organization_id, now);
    Verification { valid: false, code: Code::Unavailable, key: None, as_of: None, age_ms: None, degraded: true }
}

/// The address, if all were presented from the same one: it pays for the look-ups of what nobody has.
fn same_ip(asks: &[Ask]) -> Option<IpAddr> {
    let first = asks.first()?.ip;
    first.filter(|_| asks.iter().all(|ask| ask.ip == first))
}
