//! `POST /v1/verify/batch`: up to 100 keys, of one moment.

use axum::response::Response;
use claviger_core::{freshness::Finding, verify::Ask, wire::verify::VerificationBatch};
use http::StatusCode;
use worker::Context;

use super::{
    asker, memory,
    verdict::{self, Verdict},
};
use crate::{
    answer::json,
    error::Failure,
    incoming::{Incoming, now},
};

/// The steps of `single::answer`. A key that could not be looked up, or whose limits could not, is `UNAVAILABLE`; the others are answered.
pub async fn answer(incoming: &Incoming, context: &Context) -> Result<Response, Failure> {
    let asker = asker::bearer(incoming)?;
    let asks = incoming.json().and_then(|body| Ok(Ask::read_batch(&body)?));
    let asked = asks.as_deref().unwrap_or_default();
    let question = memory::Question {
        asker,
        texts: asked.iter().map(|ask| ask.key.as_str()).collect(),
        // They are read together, so the most particular one says how.
        max_age: asked.iter().filter_map(|ask| ask.max_age_ms).min(),
        stated_ips: asked.iter().map(|ask| ask.ip).collect(),
    };
    let answer = memory::ask(incoming, context, &question).await;
    let now = now();
    let asker = asker::admit(incoming, &answer.asker, now)?;
    let ip = asker::client_ip(incoming, &asker);
    let asks: Vec<Ask> = asks?.into_iter().map(|ask| ask.or_from(ip)).collect();
    let mut verdicts: Vec<_> =
        asks.iter().zip(&answer.keys).map(|(ask, finding)| verdict::judge(finding, ask, now)).collect();
    verdict::spend(&incoming.env, &mut verdicts, asks.iter()).await;
    let told = |(verdict, finding): (&Verdict, &Finding)| {
        verdict.count(&asker, now);
        verdict.told(answer.facts(finding), now)
    };
    let results = verdicts.iter().zip(&answer.keys).map(told).collect::<Result<_, _>>()?;
    let body = serde_json::to_string(&VerificationBatch { results }).map_err(Failure::internal)?;
    Ok(json(StatusCode::OK, body))
}
