//! The ledger of a key's limits, in a Durable Object of its own, and the asking of it: see `claviger_core::meter`. It ends with its
//! key: the database notes which deleted keys had one, and the schedule takes away what they stored.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    time::Duration,
};

use claviger_core::{
    key::Credits,
    meter::{Balance, Call, Leases, Ledger, Reply, Settings, Silences, Spent, Work},
    time::{MINUTE, Timestamp},
    verify::Code,
    wire::verify::RateLeft,
};
use futures_util::{
    StreamExt,
    future::{Either, select},
    stream,
};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use worker::{Delay, DurableObject, Env, Method, Request, RequestInit, Response, SqlStorage, State, durable_object};

use crate::{
    error::Failure,
    incoming::now,
    log,
    store::{Database, ledgers},
};

/// How long a ledger is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the ledger of a deleted key is left alone: longer than any place uses the key from memory, which would begin another.
const LEFT_ALONE: i64 = 5 * MINUTE;
/// Ledgers that are ended in one run, and at once: a Worker has six connections.
const ENDED: usize = 50;
const AT_ONCE: usize = 6;

thread_local! {
    static LEASES: RefCell<Leases> = const { RefCell::new(Leases::new()) };
    static SILENCES: RefCell<Silences> = const { RefCell::new(Silences::new()) };
}

/// The ledger of one key.
#[durable_object(fetch)]
pub struct Meter {
    state: State,
    /// Whether the table is there.
    ready: Cell<bool>,
}

#[derive(Deserialize)]
struct Stored {
    ledger: String,
}

impl DurableObject for Meter {
    fn new(state: State, _env: Env) -> Self {
        Self { state, ready: Cell::new(false) }
    }

    /// Reads, decides and writes without an await in between, so that no other call comes in between either. The platform
    /// holds the answer back until the write is safe. `DELETE` takes everything away.
    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        if request.method() == Method::Delete {
            self.ready.set(false);
            self.state.storage().delete_all().await?;
            return Response::ok("{}");
        }
        let call: Call = serde_json::from_str(&request.text().await?)?;
        let now = now();
        let sql = self.sql()?;
        let stored: Vec<Stored> = sql.exec("SELECT ledger FROM ledger", None)?.to_array()?;
        let before = stored.first().map(|stored| serde_json::from_str(&stored.ledger)).transpose()?;
        let mut ledger = before.clone().unwrap_or_else(|| Ledger::new(&call.settings, now));
        let reply = ledger.answer(&call, now);
        if before.as_ref() != Some(&ledger) {
            let text = serde_json::to_string(&ledger)?;
            sql.exec("INSERT OR REPLACE INTO ledger (one, ledger) VALUES (1, ?)", vec![text.into()])?;
        }
        Response::ok(serde_json::to_string(&reply)?)
    }
}

impl Meter {
    /// What is stored, which begins with the first call: one that is only ended stores nothing.
    fn sql(&self) -> worker::Result<SqlStorage> {
        let sql = self.state.storage().sql();
        if !self.ready.get() {
            let table = "CREATE TABLE IF NOT EXISTS ledger (one INTEGER PRIMARY KEY CHECK (one = 1), ledger TEXT NOT NULL) STRICT";
            sql.exec(table, None)?;
            self.ready.set(true);
        }
        Ok(sql)
    }
}

/// Ends ledgers of keys that were deleted a while ago; those that do not answer are tried again in the next run.
///
/// # Errors
/// 503 when the database does not answer, or no ledger does.
pub async fn end_ledgers(env: &Env, now: Timestamp) -> Result<(), Failure> {
    let database = Database::of(env)?;
    let keys = ledgers::left_behind(&database, now.plus(-LEFT_ALONE), ENDED).await?;
    if keys.is_empty() {
        return Ok(());
    }
    let end = |key: i64| async move { end(env, key).await.map(|()| key) };
    let outcomes: Vec<Result<i64, Failure>> =
        stream::iter(keys.into_iter().map(end)).buffer_unordered(AT_ONCE).collect().await;
    let ended: Vec<i64> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok().copied()).collect();
    ledgers::forget(&database, &ended).await?;
    outcomes.into_iter().find_map(Result::err).map_or(Ok(()), Err)
}

async fn end(env: &Env, key_id: i64) -> Result<(), Failure> {
    let mut init = RequestInit::new();
    init.with_method(Method::Delete);
    match select(pin!(send(env, key_id, &init)), pin!(Delay::from(PATIENCE))).await {
        Either::Left((answer, _)) => answer.map(|_| ()).map_err(Failure::meter_unavailable),
        Either::Right(_) => Err(Failure::meter_unavailable("a ledger did not end in time")),
    }
}

async fn send(env: &Env, key_id: i64, init: &RequestInit) -> worker::Result<String> {
    let request = Request::new_with_init("https://meter/", init)?;
    // By its id, which is never used again.
    let stub = env.durable_object("METER")?.get_by_name(&format!("key:{key_id}"))?;
    let mut response = stub.fetch_with_request(request).await?;
    let text = response.text().await?;
    if response.status_code() != 200 {
        return Err(worker::Error::RustError(format!("the ledger answered {}", response.status_code())));
    }
    Ok(text)
}

/// Lets a key spend these costs, one after the other: what each came to. A key without credits spends what this isolate was
/// lent of its rate, and the ledger is asked about the rest in one call.
///
/// # Errors
/// 503 when the ledger does not answer, and the key has credits or `RATE_LIMIT_FAILS` says `closed`. Otherwise such a use is
/// good, and its `remaining` null.
pub async fn spend(env: &Env, key_id: i64, settings: &Settings, costs: &[u64]) -> Result<Vec<Spent>, Failure> {
    let asked_at = now();
    let lends = settings.credits.is_none();
    let known = |cost: &u64| {
        let known = lends.then(|| LEASES.with_borrow_mut(|leases| leases.take(key_id, settings, *cost, asked_at)));
        known.flatten().ok_or(*cost)
    };
    let known: Vec<Result<Spent, u64>> = costs.iter().map(known).collect();
    let rest: Vec<u64> = known.iter().filter_map(|known| known.err()).collect();
    if rest.is_empty() {
        return Ok(known.into_iter().filter_map(Result::ok).collect());
    }
    let call = Call { settings: *settings, work: Work::Spend(rest.clone()) };
    let spent = match ask(env, key_id, &call).await {
        Ok(reply) if reply.spent.len() == rest.len() => {
            LEASES.with_borrow_mut(|leases| leases.keep(key_id, &rest, &reply, asked_at));
            reply.spent
        }
        Ok(_) => return Err(Failure::internal("a ledger did not answer what it was asked")),
        Err(failure) if lends && fails_open(env) => {
            log::failure_behind("meter", &failure);
            let limit = settings.rate_limit.map_or(0, |rate| rate.limit);
            let uncounted = RateLeft { limit, remaining: None, reset_ms: None };
            let spent = Spent { code: Code::Valid, rate_limit: Some(uncounted), credits: None };
            vec![spent; rest.len()]
        }
        Err(failure) => return Err(failure),
    };
    let mut spent = spent.into_iter();
    Ok(known.into_iter().filter_map(|known| known.ok().or_else(|| spent.next())).collect())
}

/// The credits of a key; `None` when it has none.
///
/// # Errors
/// 503 when the ledger does not answer.
pub async fn balance(env: &Env, key_id: i64, settings: &Settings, work: Work) -> Result<Option<Balance>, Failure> {
    if settings.credits.is_none() {
        return Ok(None);
    }
    Ok(ask(env, key_id, &Call { settings: *settings, work }).await?.credits)
}

/// What is told of a key's credits: what is left of them, or, when the ledger does not answer, what was set.
pub async fn credits(env: &Env, key_id: i64, settings: &Settings, work: Work) -> Option<Credits> {
    let credits = settings.credits?;
    match balance(env, key_id, settings, work).await {
        Ok(Some(balance)) => Some(Credits { remaining: balance.remaining, ..credits }),
        Ok(None) => Some(credits),
        Err(failure) => {
            log::failure_behind("meter", &failure);
            Some(credits)
        }
    }
}

async fn ask(env: &Env, key_id: i64, call: &Call) -> Result<Reply, Failure> {
    let asked = async {
        let body = JsValue::from_str(&serde_json::to_string(call)?);
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(body));
        let text = send(env, key_id, &init).await?;
        serde_json::from_str::<Reply>(&text).map_err(worker::Error::from)
    };
    if SILENCES.with_borrow(|silences| silences.covers(key_id, now())) {
        return Err(Failure::meter_unavailable("the ledger did not answer in time a moment ago"));
    }
    match select(pin!(asked), pin!(Delay::from(PATIENCE))).await {
        Either::Left((reply, _)) => {
            SILENCES.with_borrow_mut(|silences| silences.end(key_id));
            reply.map_err(Failure::meter_unavailable)
        }
        Either::Right(_) => {
            SILENCES.with_borrow_mut(|silences| silences.note(key_id, now()));
            Err(Failure::meter_unavailable("the ledger did not answer in time"))
        }
    }
}

/// Whether a key may be used when nobody can count how often. Any word but `open` says no.
fn fails_open(env: &Env) -> bool {
    env.var("RATE_LIMIT_FAILS").map_or(true, |value| value.to_string() == "open")
}
