//! Says that the database does not answer, for as long as it does not, and finds out when it does again.

use std::{cell::Cell, time::Duration};

use leptos::prelude::*;

use super::{
    fixed::{Fix, optional, spawn, text, watch},
    icon::Icon,
    toast::{ToastContext, use_toasts},
};
use crate::{
    api,
    browser::intl,
    chunks::chunk,
    outage,
    session::{SessionContext, SessionState, use_session},
    viewed::Viewed,
};

/// Seconds between two questions, at first and at most.
const SHORTEST: u64 = 2;
const LONGEST: u64 = 16;
/// A database that goes away again so soon is asked as seldom as before.
const SETTLED_MILLIS: i64 = 60_000;

thread_local! {
    /// The pause at the end of the last outage, and when that was.
    static LAST: Cell<(u64, i64)> = const { Cell::new((SHORTEST, 0)) };
}

chunk! {
    /// The banner, once it is certain.
    Extra outage: fn outage_banner() => view! { <Outage /> }.fixed()
}

/// Where the banner comes. A live region reads aloud what comes into it, and must be there before.
#[component]
pub fn OutagePlace() -> impl IntoView {
    let suspected = Memo::new(|_| outage::is_suspected());
    view! { <div role="status">{optional(move || suspected.get().then(outage_banner))}</div> }
}

#[component]
fn Outage() -> impl IntoView {
    let asking = Asking::new();
    let settled = asking.pause.get_value() == SHORTEST;
    watch(move || {
        // At first, and when something was answered. Not while it comes and goes: the end has all of the page asked for.
        if outage::answers() == asking.answers || settled {
            asking.ask();
        }
    });
    let looked_at = window_event_listener_untyped("visibilitychange", move |_| asking.ask());
    on_cleanup(move || {
        looked_at.remove();
        asking.stop();
    });
    // Outside the frame no organization is looked at.
    let viewed = use_context::<Viewed>();
    let strict = Memo::new(move |_| viewed.and_then(Viewed::record).is_some_and(|organization| organization.strict));
    let verified = text(move || verification(strict.get()).to_owned());
    optional(move || {
        asking.told.get().then(|| {
            view! {
                <div class="note warn outage">
                    {Icon::Alert.view()}
                    <div>
                        <p><strong>"The database does not answer."</strong> " Nothing can be changed until it does."</p>
                        <p>{verified}</p>
                        <p>"This page tries again by itself, and what you typed is kept."</p>
                    </div>
                </div>
            }
            .fixed()
        })
    })
}

/// What becomes of the keys meanwhile (docs/API.md, "How fresh an answer is").
const fn verification(strict: bool) -> &'static str {
    if strict {
        "This organization is strict, so its keys are not verified meanwhile: whoever asks is answered 503."
    } else {
        "Keys are still verified: from memory for up to 30 s, then from copies, for whose age there is no bound. Answers that may be older than 5 s are marked degraded."
    }
}

/// Asks whether it answers, again and again: signals only.
#[derive(Clone, Copy)]
struct Asking {
    /// It does not, and that is shown.
    told: RwSignal<bool>,
    busy: StoredValue<bool>,
    /// Until the next question, in seconds.
    pause: StoredValue<u64>,
    next: StoredValue<Option<TimeoutHandle>>,
    /// What had been answered before.
    answers: u32,
    session: SessionContext,
    toasts: ToastContext,
}

impl Asking {
    fn new() -> Self {
        let (pause, ended) = LAST.get();
        let settled = intl::now().millis() - ended > SETTLED_MILLIS;
        Self {
            told: RwSignal::new(false),
            busy: StoredValue::new(false),
            pause: StoredValue::new(if settled { SHORTEST } else { pause }),
            next: StoredValue::new(None),
            answers: untrack(outage::answers),
            session: use_session(),
            toasts: use_toasts(),
        }
    }

    fn ask(self) {
        // Goes on when somebody looks.
        if self.busy.get_value() || document().hidden() {
            return;
        }
        self.stop();
        self.busy.set_value(true);
        spawn(async move {
            let answers = api::health::database().await;
            // The page is gone.
            if self.busy.try_set_value(false).is_some() {
                return;
            }
            match answers {
                Some(false) => self.told.set(true),
                // It was something else.
                None if !self.told.get_untracked() => return outage::end(false),
                None => {}
                Some(true) => return self.end(),
            }
            self.wait();
        });
    }

    fn wait(self) {
        let pause = self.pause.get_value();
        self.pause.set_value((pause * 2).min(LONGEST));
        self.next.set_value(set_timeout_with_handle(move || self.ask(), Duration::from_secs(pause)).ok());
    }

    fn stop(self) {
        if let Some(Some(next)) = self.next.try_update_value(Option::take) {
            next.clear();
        }
    }

    fn end(self) {
        let told = self.told.get_untracked();
        if told {
            LAST.set((self.pause.get_value(), intl::now().millis()));
            self.toasts.say("The database answers again");
            if let SessionState::Failed(_) = untrack(|| self.session.state()) {
                self.session.load();
            }
        }
        outage::end(told);
    }
}
