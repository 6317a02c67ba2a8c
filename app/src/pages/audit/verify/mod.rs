//! "Verify chain": the whole chain is fetched in ranges and checked here, by the same rules that the Worker seals with.

mod proof;
mod result;

use claviger_core::{
    audit::check::{Check, Keys, Outcome, Signature},
    wire::audit::{ChainRange, Head, SealedRecord},
};
use leptos::prelude::*;
use serde_json::Value;

use self::{proof::Proof, result::result};
use super::state::LogState;
use crate::{
    api::{self, ApiError},
    browser::{page, pause::pause, signature},
    components::{
        button::Button,
        error::ErrorNote,
        fixed::{Fix, Fixed, dynamic, spawn, text},
    },
};

/// Milliseconds of work at a time: together with what the browser has to do anyway it must not be felt.
const SLICE: f64 = 12.0;
const ID: &str = "verify-chain";

#[derive(Clone, PartialEq)]
enum Stage {
    Idle,
    Running,
    Done(Box<Outcome>, i64),
    /// The log could not be read to its end.
    Failed,
}

/// Why there is no outcome.
enum Stopped {
    /// The log could not be read.
    Unread(ApiError),
    /// The proof to compare with is none of this log.
    NoProof(&'static str),
}

impl From<ApiError> for Stopped {
    fn from(error: ApiError) -> Self {
        Self::Unread(error)
    }
}

/// A check and its result.
#[derive(Clone, Copy)]
struct Verifying {
    state: LogState,
    stage: RwSignal<Stage>,
    failure: RwSignal<Option<ApiError>>,
    /// What does not fit about the proof that was kept.
    problem: RwSignal<String>,
    /// Records that were checked, and all.
    done: RwSignal<(i64, i64)>,
    number: StoredValue<u32>,
}

/// The button, how far it is, and what was found.
#[component]
pub fn Verify() -> impl IntoView {
    let state = expect_context::<LogState>();
    let verifying = Verifying {
        state,
        stage: RwSignal::new(Stage::Idle),
        failure: RwSignal::new(None),
        problem: RwSignal::new(String::new()),
        done: RwSignal::new((0, 0)),
        number: StoredValue::new(0),
    };
    let start = Callback::new(move |()| verifying.start());
    let running = Signal::derive(move || verifying.stage.get() == Stage::Running);
    view! {
        <section class="verify" aria-labelledby="verify-heading">
            <h2 id="verify-heading" class="visually-hidden">"Whether the log is whole"</h2>
            <div class="verify-head">
                <Button id=ID on_press=start busy=running>"Verify chain"</Button>
                <p class="quiet">
                    "Each record is sealed together with those before it, and the last seal of the day is signed. This browser checks all of it."
                </p>
            </div>
            <Proof problem=verifying.problem />
            {dynamic(move || match verifying.stage.get() {
                Stage::Idle => Fixed::nothing(),
                Stage::Running => progress(verifying),
                Stage::Failed => view! { <ErrorNote error=verifying.failure kept="Nothing is known of the rest." /> }.fixed(),
                Stage::Done(outcome, waiting) => result(&outcome, waiting),
            })}
        </section>
    }
}

fn progress(verifying: Verifying) -> Fixed {
    let done = move || verifying.done.get();
    let cancel = Callback::new(move |()| verifying.cancel());
    view! {
        <p class="verify-progress">
            <label>
                {text(move || { let (done, all) = done(); format!("{done} of {all} records") })}
                " "
                <progress max=text(move || done().1.max(1).to_string()) value=text(move || done().0.to_string())></progress>
            </label>
            <Button on_press=cancel>"Cancel"</Button>
        </p>
    }
    .fixed()
}

impl Verifying {
    fn start(self) {
        let number = self.number.get_value() + 1;
        self.number.set_value(number);
        self.done.set((0, 0));
        self.failure.set(None);
        self.problem.set(String::new());
        self.stage.set(Stage::Running);
        spawn(async move {
            let checked = self.check(number).await;
            // Cancelled, or the page is gone.
            if self.number.try_get_value() != Some(number) {
                return;
            }
            match checked {
                Ok(Some((outcome, waiting))) => {
                    self.stage.set(Stage::Done(Box::new(outcome), waiting));
                    page::focus_soon(result::ID.to_owned());
                }
                Ok(None) => {}
                Err(Stopped::NoProof(problem)) => {
                    self.stage.set(Stage::Idle);
                    self.problem.set(problem.to_owned());
                    proof::show();
                }
                Err(Stopped::Unread(error)) => {
                    let again = Callback::new(move |()| self.start());
                    if self.state.session.interrupted(&error, again) {
                        self.stage.set(Stage::Idle);
                    } else {
                        self.failure.set(Some(error));
                        self.stage.set(Stage::Failed);
                    }
                }
            }
        });
    }

    fn cancel(self) {
        self.number.update_value(|number| *number += 1);
        self.stage.set(Stage::Idle);
        page::focus(ID);
    }

    fn is_current(self, number: u32) -> bool {
        self.number.try_get_value() == Some(number)
    }

    /// The outcome, and how many records are not sealed yet; nothing when it was cancelled.
    async fn check(self, number: u32) -> Result<Option<(Outcome, i64)>, Stopped> {
        let organization = self.state.viewed.id_untracked();
        let mut kept = proof::chosen().await.map_err(Stopped::NoProof)?;
        let (mut after, mut begun): (i64, Option<Check>) = (0, None);
        loop {
            let (range, records) = api::audit::range(organization, after).await?;
            if !self.is_current(number) {
                return Ok(None);
            }
            let ChainRange { public_key, former_keys, sealed, unsealed, heads, waiting, next_after, .. } = range;
            let keys = Keys { current: public_key, former: former_keys };
            let check = begun.get_or_insert_with(|| Check::new(organization, keys));
            if let Some(head) = kept.take() {
                let signature = looked_at(&head).await;
                check.keep(head, signature).map_err(Stopped::NoProof)?;
            }
            for head in heads {
                let signature = looked_at(&head).await;
                check.head(head, signature);
            }
            unsealed.into_iter().for_each(|audit_id| check.unsealed(audit_id));
            if !self.feed(check, records, sealed, number).await? {
                return Ok(None);
            }
            match next_after.filter(|next| *next > after) {
                Some(next) => after = next,
                None => return Ok(begun.map(|check| (check.finish(), waiting))),
            }
        }
    }

    /// Checks records in slices of time; answers whether it came to their end.
    async fn feed(self, check: &mut Check, records: Vec<Value>, sealed: i64, number: u32) -> Result<bool, ApiError> {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            pause().await;
            if !self.is_current(number) {
                return Ok(false);
            }
            let end = js_sys::Date::now() + SLICE;
            let mut last = 0;
            while let Some(record) = records.next_if(|_| js_sys::Date::now() < end || last == 0) {
                let record: SealedRecord =
                    serde_json::from_value(record).map_err(|_| ApiError::unreadable(200, None))?;
                check.record(&record);
                last = record.seal.position;
            }
            self.done.set((last, sealed));
        }
        Ok(true)
    }
}

async fn looked_at(head: &Head) -> Signature {
    match signature::is_good(&head.public_key, &head.message(), &head.signature).await {
        Some(true) => Signature::Good,
        Some(false) => Signature::Wrong,
        None => Signature::Unchecked,
    }
}
