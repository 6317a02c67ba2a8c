//! A part of the audit log on the screen: the newest, and those before them when they are asked for.

use std::pin::Pin;

use claviger_core::wire::audit::AuditRecord;
use leptos::prelude::*;

use crate::{
    api::ApiError,
    browser::page,
    components::fixed::{spawn, watch},
    outage,
    routes::Page,
    session::SessionContext,
};

/// Some records, newest first, and what to ask for earlier ones with.
pub type Part = Result<(Vec<AuditRecord>, Option<String>), ApiError>;
/// A question for what was before, or for the newest.
type Ask = Box<dyn Fn(Option<String>) -> Pin<Box<dyn Future<Output = Part>>>>;

/// What is known so far. Signals only, so that it can be asked for again after signing in.
#[derive(Clone, Copy)]
pub struct Entries {
    /// None before the first answer.
    pub records: RwSignal<Option<Vec<AuditRecord>>>,
    /// What to ask for earlier ones with, if there are any.
    pub next: RwSignal<Option<String>>,
    /// Why the last question was not answered.
    pub failure: RwSignal<Option<ApiError>>,
    /// A question is under way.
    pub busy: RwSignal<bool>,
    session: SessionContext,
    ask: StoredValue<Ask, LocalStorage>,
    asked: StoredValue<u32>,
}

impl Entries {
    /// Asks now, and again whenever a signal that `track` reads changes. `ask` is run untracked.
    pub fn new(
        session: SessionContext,
        track: impl Fn() + 'static,
        ask: impl Fn(Option<String>) -> Pin<Box<dyn Future<Output = Part>>> + 'static,
    ) -> Self {
        let ask: Ask = Box::new(ask);
        let entries = Self {
            records: RwSignal::new(None),
            next: RwSignal::new(None),
            failure: RwSignal::new(None),
            busy: RwSignal::new(false),
            session,
            ask: StoredValue::new_local(ask),
            asked: StoredValue::new(0),
        };
        watch(move || {
            track();
            outage::track_end();
            untrack(|| entries.read(false));
        });
        entries
    }

    /// Reads the newest, in place of whatever was there; or those before, below it.
    pub fn read(self, earlier: bool) {
        let number = self.asked.get_value() + 1;
        self.asked.set_value(number);
        let after = self.next.get_untracked().filter(|_| earlier);
        self.busy.set(true);
        self.failure.set(None);
        let asking = self.ask.with_value(|ask| ask(after));
        spawn(async move {
            let answer = asking.await;
            // The page is gone, or was asked for something else meanwhile.
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            self.busy.set(false);
            let again = Callback::new(move |()| self.read(earlier));
            match answer {
                Ok((more, next)) => self.learn(more, next, earlier),
                Err(error) if self.session.interrupted(&error, again) => {}
                Err(error) => self.failure.set(Some(error)),
            }
        });
    }

    fn learn(self, more: Vec<AuditRecord>, next: Option<String>, earlier: bool) {
        let first = more.first().map(|record| record.id).filter(|_| earlier);
        self.next.set(next);
        self.records.update(|records| match records {
            Some(records) if earlier => records.extend(more),
            records => *records = Some(more),
        });
        // The button that was pressed may be gone: one reads on at the first that came.
        if let Some(id) = first {
            page::focus_soon(element(id));
        }
    }
}

/// The address of the audit log about one thing or by one actor: `narrowed` is the parameter, up to the id.
pub fn about(log: Page, narrowed: &str, id: i64) -> String {
    format!("{}?{narrowed}:{id}", log.address())
}

/// The id of the element that shows a record.
pub fn element(id: i64) -> String {
    format!("history-{id}")
}
