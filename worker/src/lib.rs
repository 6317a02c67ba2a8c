//! The Worker's events. Everything else is behind them: `router` for the management API, `verify` for `/v1`, `meter` for what
//! keys with limits have used.

mod answer;
mod assets;
mod auth;
mod call;
mod copies;
mod eager;
mod error;
mod handlers;
mod incoming;
mod lab;
mod leaks;
mod log;
mod meter;
mod published;
mod router;
mod seals;
mod store;
mod usage;
mod verify;
mod webhooks;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event, web_sys, worker_sys};

use crate::{
    error::Failure,
    incoming::{Address, Door, Incoming},
};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// The console's hashed files are passed through. Everything else:
///
/// 1. Read the request whole: 413 over 64 KB, 400 for a secret in the URL, 503 for a local Worker on a public host.
/// 2. Choose the door by the path.
/// 3. Add the headers every answer has, and write one log line; what was counted is written behind the answer.
///
/// The platform's own types in and out: the library's ask for much that a hot verification does not need.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    let address = Address::of(&request)?;
    if assets::is_hashed(address.url.path()) {
        return assets::answer(request.into(), &env).await.map(Into::into);
    }
    let (incoming, refused) = Incoming::read(&request, address, env).await;
    respond(incoming, refused, context).await
}

/// A request of `/v1` whose body is here already: see `worker/entry.js`. Answered from memory it is a `Response`; if something
/// has to be waited for, the promise of one. A promise costs more than all that a hot verification does.
///
/// # Errors
/// As [`fetch`].
#[wasm_bindgen]
pub fn verification(
    request: &web_sys::Request,
    env: Env,
    context: worker_sys::Context,
    body: Vec<u8>,
) -> Result<JsValue, JsValue> {
    let (incoming, refused) = Incoming::with_body(request, Address::of(request)?, env, body);
    eager::answer(respond(incoming, refused, Context::new(context)))
}

async fn respond(incoming: Incoming, refused: Option<Failure>, context: Context) -> worker::Result<web_sys::Response> {
    let response = match refused {
        Some(failure) => failure.at(incoming.door()),
        None => match incoming.door() {
            Door::Management => managed(&incoming, &context).await,
            Door::Verification => verify::answer(&incoming, &context).await,
        },
    };
    let response = lab::answer(&incoming).unwrap_or(response);
    if let Some(writing) = usage::writing(&incoming.env) {
        context.wait_until(writing);
    }
    answer::send(&incoming, response).await
}

/// A change is copied to KV, and told to webhooks, behind its answer.
async fn managed(incoming: &Incoming, context: &Context) -> axum::response::Response {
    let response = router::answer(incoming).await;
    if incoming.changes_something() && response.status().is_success() {
        tell(incoming, context);
    }
    response
}

/// Behind the answer of a change.
fn tell(incoming: &Incoming, context: &Context) {
    context.wait_until(copies::follow(incoming.env.clone(), incoming.now));
    context.wait_until(webhooks::follow(incoming.env.clone()));
}

/// Every minute.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let now = incoming::now();
    let pruned = match store::Database::of(&env) {
        Ok(database) => store::housekeeping::prune(&database, now).await,
        Err(failure) => Err(failure),
    };
    if let Err(failure) = pruned {
        log::failure_behind("prune", &failure);
    }
    if let Err(failure) = copies::follow_up(&env, now).await {
        log::failure_behind("follow_up_copies", &failure);
    }
    if let Err(failure) = seals::seal(&env, now).await {
        log::failure_behind("seal_audit_log", &failure);
    }
    if let Err(failure) = meter::end_ledgers(&env, now).await {
        log::failure_behind("end_ledgers", &failure);
    }
    // The last: receivers take their time.
    if let Err(failure) = webhooks::sweep(&env).await {
        log::failure_behind("sweep_webhooks", &failure);
    }
}
