//! The freshness machine and the loop around it, which does what the machine says and decides nothing itself.

use std::{cell::RefCell, net::IpAddr, time::Duration};

use claviger_core::{
    freshness::{Answer, Batch, Held, Isolate, Limits, Next, Request, Snapshot, Wishes},
    secret::{SecretHash, hashes_of_presented},
    verify::Ask,
};
use worker::{Context, Delay, Env};

use super::asker;
use crate::{
    copies,
    error::Failure,
    incoming::{Incoming, now},
    lab::{self, Mutant},
    log,
    store::{Database, feed},
};

thread_local! {
    static ISOLATE: RefCell<Isolate> = RefCell::new(Isolate::new(Limits::default()));
}

/// For a moment: never held across an await.
fn with<T>(act: impl FnOnce(&mut Isolate) -> T) -> T {
    ISOLATE.with_borrow_mut(act)
}

/// What a verifier wants to know.
pub struct Question<'a> {
    /// The verifier's key.
    pub asker: SecretHash,
    /// What was presented to it, secrets or not.
    pub texts: Vec<&'a str>,
    /// How old the answer may be, in milliseconds.
    pub max_age: Option<i64>,
    /// Where each of them was presented from, as the verifier states it.
    pub stated_ips: Vec<Option<IpAddr>>,
}

impl<'a> Question<'a> {
    /// About one text; about none but the verifier itself when what was asked does not fit, or names no text.
    pub fn about(asker: SecretHash, ask: Option<&'a Ask>) -> Self {
        Self {
            asker,
            texts: ask.map(|ask| ask.key.as_str()).filter(|key| !key.is_empty()).into_iter().collect(),
            max_age: ask.and_then(|ask| ask.max_age_ms),
            stated_ips: ask.map(|ask| ask.ip).into_iter().collect(),
        }
    }

    /// The address, if all were presented from the same one: it pays for the look-ups of what nobody has. `otherwise` is that
    /// of those of which none is stated.
    fn payer(&self, otherwise: Option<IpAddr>) -> Option<IpAddr> {
        let mut ips = self.stated_ips.iter().map(|ip| ip.or(otherwise));
        let first = ips.next()?;
        first.filter(|_| ips.all(|ip| ip == first))
    }
}

/// Answers from memory, D1 or KV, as the machine decides. What D1 changes meanwhile is asked for behind the answer.
///
/// A text may be one that the asker's organization has imported, under a hash that only this organization can tell. While
/// the asker is not in memory, or its organization had imported none yet, that is not known before the first answer: what was
/// not found then is looked up again, under the other hash.
pub async fn ask(incoming: &Incoming, context: &Context, question: &Question<'_>) -> Answer {
    let known = with(|isolate| isolate.asker(question.asker, now()));
    let importer = known.as_ref().and_then(|asker| asker.importer());
    let hashes = |text: &&str| hashes_of_presented(text, importer);
    let wishes = Wishes {
        keys: question.texts.iter().map(hashes).collect(),
        max_age: question.max_age,
        stated_ip: question.payer(known.as_ref().and_then(|known| asker::client_ip(incoming, known))),
        caller_ip: incoming.ip().and_then(|text| text.parse().ok()),
    };
    let mut request = Request::new(question.asker, wishes, incoming.now);
    let answer = settle(incoming, context, &mut request).await;
    let Held::Record(asker) = &answer.asker.held else { return answer };
    let now_importer = asker.importer();
    if now_importer == importer {
        return answer;
    }
    let mut again = false;
    for (place, (text, finding)) in question.texts.iter().zip(&answer.keys).enumerate() {
        if finding.held == Held::Absent {
            let tried = hashes_of_presented(text, importer);
            for hash in hashes_of_presented(text, now_importer).into_iter().filter(|hash| !tried.contains(hash)) {
                request.also(place, hash);
                again = true;
            }
        }
    }
    if again { settle(incoming, context, &mut request).await } else { answer }
}

async fn settle(incoming: &Incoming, context: &Context, request: &mut Request) -> Answer {
    loop {
        match with(|isolate| isolate.next(now(), request)) {
            Next::Answer(mut answer) => {
                if let Some(batch) = answer.behind.take() {
                    context.wait_until(sync(incoming.env.clone(), batch));
                }
                return answer;
            }
            Next::Sleep(millis) => {
                Delay::from(Duration::from_millis(u64::try_from(millis).unwrap_or_default())).await;
            }
            Next::Primary(batch) => {
                if lab::makes(Mutant::KvAskedFirst)
                    && let Some(found) = copies::read(&incoming.env, &batch.look_ups).await
                    && !found.is_empty()
                {
                    with(|isolate| isolate.kv_for(now(), request, Some(&found)));
                    continue;
                }
                let reply = told("sync", snapshot(Database::of_request(incoming), &batch).await);
                with(|isolate| isolate.primary_for(now(), request, &batch, reply.as_ref()));
            }
            Next::Replica(read) => {
                let reply = match Database::of_request(incoming) {
                    Ok(database) => feed::read(&database, &read).await,
                    Err(failure) => Err(failure),
                };
                let reply = told("look_up", reply);
                with(|isolate| isolate.replica_for(now(), request, &read, reply.as_ref()));
            }
            Next::Kv(hashes) => {
                let reply = copies::read(&incoming.env, &hashes).await;
                with(|isolate| isolate.kv_for(now(), request, reply.as_ref()));
            }
        }
    }
}

/// A sync behind an answer.
async fn sync(env: Env, batch: Batch) {
    let reply = told("sync", snapshot(Database::of(&env), &batch).await);
    with(|isolate| isolate.primary(now(), &batch, reply.as_ref()));
}

async fn snapshot(database: Result<Database, Failure>, batch: &Batch) -> Result<Snapshot, Failure> {
    let mut snapshot = feed::snapshot(&database?, batch).await?;
    if lab::makes(Mutant::SyncNeverApplied) {
        snapshot.feed.changes.clear();
    }
    Ok(snapshot)
}

/// The machine only needs to know that there was no reply; people need to know why.
fn told<T>(work: &str, reply: Result<T, Failure>) -> Option<T> {
    reply.map_err(|failure| log::failure_behind(work, &failure)).ok()
}
