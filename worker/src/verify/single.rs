//! `POST /v1/verify`: one key.

use axum::response::Response;
use claviger_core::verify::Ask;
use http::StatusCode;
use worker::Context;

use super::{asker, memory, verdict};
use crate::{
    answer::json,
    error::Failure,
    incoming::{Incoming, now},
};

/// 1. The text of the caller's key: 401 for what is none, before anything is read.
/// 2. The question, which is not complained about before the caller is known.
/// 3. What memory or the database knows of both keys.
/// 4. The caller's key, then the question: 400 names the field.
/// 5. The verdict, and what it costs a key with limits.
pub async fn answer(incoming: &Incoming, context: &Context) -> Result<Response, Failure> {
    // 1.
    let asker = asker::bearer(incoming)?;
    // 2.
    let ask = incoming.json().and_then(|body| Ok(Ask::read(&body)?));
    // 3.
    let question = memory::Question::about(asker, ask.as_ref().ok());
    let answer = memory::ask(incoming, context, &question).await;
    let now = now();
    // 4.
    let asker = asker::admit(incoming, &answer.asker, now)?;
    let ask = ask?.or_from(asker::client_ip(incoming, &asker));
    let finding = answer.keys.first().ok_or_else(|| Failure::internal("no finding for the key"))?;
    // 5.
    let verdict = verdict::alone(&incoming.env, &asker, finding, &ask, now).await?;
    let body = serde_json::to_string(&verdict.told(answer.facts(finding), now)?).map_err(Failure::internal)?;
    Ok(json(StatusCode::OK, body))
}
