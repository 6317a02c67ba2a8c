//! "Verify chain": the whole chain is fetched in ranges and checked here, by the same rules that the Worker seals with.

use claviger_core::{
    audit::check::{Check, Outcome, Signature},
    wire::audit::{ChainRange, Head, SealedRecord},
};
use leptos::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;

use super::state::LogState;
use crate::{
    api::{self, ApiError},
    browser::{download, intl, page, pause::pause, signature},
    components::{
        button::Button,
        error::ErrorNote,
        fixed::{Fix, Fixed, dynamic, spawn, text},
        icon::Icon,
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

/// A check and its result.
#[derive(Clone, Copy)]
struct Verifying {
    state: LogState,
    stage: RwSignal<Stage>,
    failure: RwSignal<Option<ApiError>>,
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

fn result(outcome: &Outcome, waiting: i64) -> Fixed {
    let Outcome { records, head, unchecked, findings, .. } = outcome;
    let (class, icon) = if findings.is_empty() { ("note ok", Icon::Check) } else { ("note bad", Icon::Alert) };
    let found: Vec<_> = findings.iter().map(|finding| view! { <li>{finding.sentence(intl::minute)}</li> }).collect();
    let listed = (!found.is_empty()).then(|| view! { <ul>{found}</ul> });
    view! {
        <div class=class role=if findings.is_empty() { "status" } else { "alert" } id="verify-result" tabindex="-1">
            {icon.view()}
            <div>
                <p><strong>{said(*records, findings.len())}</strong></p>
                {listed}
                <p>{signed(head.as_ref(), *unchecked)} " " {waiting_words(waiting)}</p>
                {head.clone().map(kept)}
            </div>
        </div>
    }
    .fixed()
}

/// The signed head, to be kept elsewhere: what is kept here only could be replaced together with the log.
fn kept(head: Head) -> Fixed {
    let (key, hash, record) = (head.public_key.clone(), head.hash.clone(), head.audit_id);
    let save = Callback::new(move |()| {
        let file = json!({ "head": head, "message": head.message() }).to_string();
        let day = head.signed_at.to_string().get(..10).unwrap_or_default().to_owned();
        let parts = js_sys::Array::of1(&JsValue::from(file));
        download::save_as(&format!("claviger-audit-head-{day}.json"), "application/json", &parts);
    });
    view! {
        <details class="verify-more">
            <summary>"Keep the proof"</summary>
            <p>
                "Save the signed head and keep it where nobody can change it who can change this database. A later log must contain record "
                {record} " with this seal."
            </p>
            <dl class="log-more">
                <div><dt>"Seal"</dt><dd><code>{hash}</code></dd></div>
                <div><dt>"Public key"</dt><dd><code>{key}</code></dd></div>
            </dl>
            <Button on_press=save>"Save signed head"</Button>
        </details>
    }
    .fixed()
}

fn said(records: i64, findings: usize) -> String {
    match (findings, records) {
        (0, 0) => "There is nothing to check yet.".to_owned(),
        (0, 1) => "The one record is as it was sealed.".to_owned(),
        (0, all) => format!("All {all} records are as they were sealed."),
        (1, all) => format!("The log is not what it was. Of {all} records:"),
        (found, all) => format!("The log is not what it was: {found} findings in {all} records."),
    }
}

fn signed(head: Option<&Head>, unchecked: bool) -> String {
    match head {
        _ if unchecked => {
            "This browser cannot check signatures of this kind (Ed25519), so only the seals were checked.".to_owned()
        }
        Some(head) => format!("Signed up to record {} on {}.", head.audit_id, intl::minute(head.signed_at)),
        None => "No head is signed that holds: the first is signed within minutes, then one each day.".to_owned(),
    }
}

fn waiting_words(waiting: i64) -> String {
    match waiting {
        0 => String::new(),
        1 => "1 newer record is sealed within a minute or so.".to_owned(),
        waiting => format!("{waiting} newer records are sealed within minutes."),
    }
}

impl Verifying {
    fn start(self) {
        let number = self.number.get_value() + 1;
        self.number.set_value(number);
        self.done.set((0, 0));
        self.failure.set(None);
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
                    page::focus_soon("verify-result".to_owned());
                }
                Ok(None) => {}
                Err(error) => {
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
    async fn check(self, number: u32) -> Result<Option<(Outcome, i64)>, ApiError> {
        let organization = self.state.viewed.id_untracked();
        let (mut after, mut begun): (i64, Option<Check>) = (0, None);
        loop {
            let (range, records) = api::audit::range(organization, after).await?;
            if !self.is_current(number) {
                return Ok(None);
            }
            let ChainRange { public_key, sealed, unsealed, heads, waiting, next_after, .. } = range;
            let check = begun.get_or_insert_with(|| Check::new(organization, public_key));
            for head in heads {
                let signature = match signature::is_good(&head.public_key, &head.message(), &head.signature).await {
                    Some(true) => Signature::Good,
                    Some(false) => Signature::Wrong,
                    None => Signature::Unchecked,
                };
                check.head(head, signature);
            }
            unsealed.into_iter().for_each(|audit_id| check.unsealed(audit_id));
            if !self.feed(check, records, sealed, number).await? {
                return Ok(None);
            }
            match next_after.filter(|next| *next > after && !check.is_hopeless()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_a_sentence() {
        assert_eq!(said(0, 0), "There is nothing to check yet.");
        assert_eq!(said(1, 0), "The one record is as it was sealed.");
        assert_eq!(said(120, 0), "All 120 records are as they were sealed.");
        assert_eq!(said(120, 1), "The log is not what it was. Of 120 records:");
        assert_eq!(said(120, 2), "The log is not what it was: 2 findings in 120 records.");
        assert_eq!(waiting_words(0), "");
    }
}
