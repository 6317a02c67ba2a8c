//! What a webhook was sent, with each attempt, and sending it again.

use claviger_core::{
    webhook::DeliveryState,
    wire::webhook::{Attempt, Delivery},
};
use leptos::prelude::*;

use super::state::OneWebhook;
use crate::{
    api::{self, ApiError},
    components::{
        button::Button,
        error::{ErrorNote, ErrorState},
        fixed::{Fix, Fixed, dynamic, optional, spawn, text, watch},
        moment::{Deadline, Moment},
        select::{Options, Select},
        skeleton::Bone,
    },
    outage,
};

/// What was read of them.
#[derive(Clone, Copy)]
struct Past {
    state: OneWebhook,
    /// Only these.
    only: RwSignal<Option<DeliveryState>>,
    rows: RwSignal<Option<Vec<Delivery>>>,
    next: RwSignal<Option<String>>,
    failure: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
    asked: StoredValue<u32>,
}

impl Past {
    fn read(self, earlier: bool) {
        let after = if earlier { self.next.get_untracked() } else { None };
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        self.busy.set(true);
        let (id, only) = (self.state.id, self.only.get_untracked());
        spawn(async move {
            let answer = api::webhooks::deliveries(id, only, after.as_deref()).await;
            // The page was left, or something else was asked for since.
            if self.asked.try_get_value() != Some(asked) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok((more, next)) => {
                    self.failure.set(None);
                    self.next.set(next);
                    self.rows.update(|rows| match rows {
                        Some(rows) if earlier => rows.extend(more),
                        rows => *rows = Some(more),
                    });
                }
                Err(error) if self.state.session.interrupted(&error, Callback::new(move |()| self.read(earlier))) => {}
                Err(error) => self.failure.set(Some(error)),
            }
        });
    }

    fn replay(self, id: i64) {
        self.ask(async move { api::webhooks::replay(id).await.map(|_| 1) });
    }

    fn replay_failed(self) {
        let id = self.state.id;
        self.ask(async move { api::webhooks::replay_failed(id).await });
    }

    fn ask(self, asking: impl Future<Output = Result<u32, ApiError>> + 'static) {
        let state = self.state;
        if !state.doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = asking.await;
            if !state.doing.ended() {
                return;
            }
            match outcome {
                Ok(replayed) => {
                    state.toasts.say(match replayed {
                        0 => "Nothing has failed".to_owned(),
                        1 => "1 message is sent again".to_owned(),
                        all => format!("{all} messages are sent again"),
                    });
                    state.has_sent();
                }
                Err(error) => state.failed(error, None),
            }
        });
    }
}

/// The newest first.
#[component]
pub fn Deliveries() -> impl IntoView {
    let state = expect_context::<OneWebhook>();
    let past = Past {
        state,
        only: RwSignal::new(None),
        rows: RwSignal::new(None),
        next: RwSignal::new(None),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
        asked: StoredValue::new(0),
    };
    watch(move || {
        state.sent.track();
        past.only.track();
        outage::track_end();
        past.read(false);
    });
    let Past { only, rows, next, failure, busy, .. } = past;
    let kinds = Options::new(
        &[
            (None, "All"),
            (Some(DeliveryState::Failed), "Failed"),
            (Some(DeliveryState::Pending), "Waiting"),
            (Some(DeliveryState::Delivered), "Delivered"),
        ],
        move || only.get(),
        move |kind| only.set(kind),
    );
    let known = Memo::new(move |_| rows.with(Option::is_some));
    let acts = Memo::new(move |_| state.session.may_write() && state.is_on());
    let newest = Callback::new(move |()| past.read(false));
    view! {
        <section class="key-section" aria-labelledby="deliveries">
            <h2 id="deliveries" tabindex="-1">"Deliveries"</h2>
            <div class="person-buttons">
                <div class="deliveries-kind"><Select id="deliveries-kind" label="Show" inline=true options=kinds /></div>
                <Button id="refresh-deliveries" on_press=newest busy=busy>"Refresh"</Button>
                {optional(move || acts.get().then(|| view! {
                    <Button on_press=Callback::new(move |()| past.replay_failed()) busy=state.doing.busy>"Replay all that failed"</Button>
                }.fixed()))}
            </div>
            {dynamic(move || match (known.get(), failure.get().filter(|_| !known.get())) {
                (true, _) => {
                    let all = rows.get().unwrap_or_default();
                    if all.is_empty() {
                        return nothing(only.get(), acts.get());
                    }
                    let lines: Vec<_> = all.into_iter().map(|delivery| line(delivery, past, acts)).collect();
                    view! { <ul class="deliveries">{lines}</ul> }.fixed()
                }
                (false, Some(error)) => {
                    view! { <ErrorState title="The deliveries could not be loaded" error=error on_retry=newest /> }.fixed()
                }
                (false, None) => view! {
                    <div aria-busy="true">
                        <p class="visually-hidden" role="status">"Loading the deliveries"</p>
                        <Bone width="long" />
                        <Bone width="long" />
                    </div>
                }.fixed(),
            })}
            {optional(move || known.get().then(|| view! { <ErrorNote error=failure /> }.fixed()))}
            {optional(move || next.with(Option::is_some).then(|| view! {
                <Button on_press=Callback::new(move |()| past.read(true)) busy=busy>"Show earlier"</Button>
            }.fixed()))}
        </section>
    }
    .fixed()
}

fn nothing(only: Option<DeliveryState>, acts: bool) -> Fixed {
    let sentence = match only {
        None if acts => "Nothing was sent in the last 30 days. A test message shows whether the receiver answers.",
        None => "Nothing was sent in the last 30 days.",
        Some(DeliveryState::Failed) => "Nothing has failed in the last 30 days.",
        Some(DeliveryState::Pending) => "Nothing is waiting.",
        Some(DeliveryState::Delivered) => "Nothing was delivered in the last 30 days.",
    };
    view! { <p class="deliveries quiet">{sentence}</p> }.fixed()
}

fn line(delivery: Delivery, past: Past, acts: Memo<bool>) -> Fixed {
    let Delivery { id, kind, target, at, state, next_at, attempts, .. } = delivery;
    let (class, word) = match state {
        DeliveryState::Pending => ("badge warn", "Waiting"),
        DeliveryState::Delivered => ("badge ok", "Delivered"),
        DeliveryState::Failed => ("badge bad", "Failed"),
    };
    let label = format!(" {kind}, {}", target.name);
    let tried = match attempts.len() {
        0 => "Not tried yet".to_owned(),
        1 => "1 attempt".to_owned(),
        count => format!("{count} attempts"),
    };
    // Of what has arrived in the end nobody has to know what kept it.
    let why = attempts.first().and_then(|last| last.error.clone()).map(|why| format!(" · {why}"));
    let rows: Vec<_> = attempts.into_iter().map(attempt).collect();
    let replay = Callback::new(move |()| past.replay(id));
    view! {
        <li>
            <details>
                <summary>
                    <span class=class>{word}</span>
                    <code>{kind}</code>
                    <span>{target.name}</span>
                    <span class="quiet"><Moment at=at /> " · " {tried} {why}</span>
                </summary>
                {next_at.map(|at| view! { <p class="quiet"><Deadline at=at before="Tried again at " /></p> })}
                <ol>{rows}</ol>
                {optional(move || {
                    let label = acts.get().then(|| label.clone())?;
                    Some(view! {
                        <Button on_press=replay>"Replay" <span class="visually-hidden">{label}</span></Button>
                    }.fixed())
                })}
            </details>
        </li>
    }
    .fixed()
}

fn attempt(attempt: Attempt) -> Fixed {
    let Attempt { at, ms, status, error, answer } = attempt;
    let how = error.unwrap_or_else(|| status.map(|status| format!("Answered {status}.")).unwrap_or_default());
    let answer = answer.filter(|answer| !answer.is_empty());
    view! {
        <li>
            <Moment at=at /> ": " {how} " " <span class="quiet">{text(move || format!("{ms} ms"))}</span>
            {answer.map(|answer| view! { <pre tabindex="0" aria-label="The beginning of the answer">{answer}</pre> })}
        </li>
    }
    .fixed()
}
