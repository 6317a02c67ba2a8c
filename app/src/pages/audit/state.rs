//! What the parts of the page share.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use super::query::LogQuery;
use crate::{
    api,
    browser::intl,
    components::toast::{ToastContext, use_toasts},
    entries::Entries,
    session::{SessionContext, use_session},
    viewed::{Viewed, use_viewed},
};

/// Entries that are shown at once.
const PER_PAGE: u32 = 50;

/// Shared by reference: all of it is signals.
#[derive(Clone, Copy)]
pub struct LogState {
    /// What the address says.
    pub query: Memo<LogQuery>,
    /// What is shown.
    pub entries: Entries,
    /// For what a session's end interrupts.
    pub session: SessionContext,
    /// Whose log it is.
    pub viewed: Viewed,
    /// Where it is said what was done.
    pub toasts: ToastContext,
    go: StoredValue<Callback<String>>,
}

impl LogState {
    /// Starts loading what the address says.
    pub fn new() -> Self {
        let (session, viewed) = (use_session(), use_viewed());
        let address = use_query_map();
        let query = Memo::new(move |_| address.with(|map| LogQuery::read(|name| map.get(name))));
        let asked = move || (query.get(), viewed.id());
        let entries = Entries::new(
            session,
            move || {
                asked();
            },
            move |after| {
                let (query, organization) = asked();
                let filters = query.request(midnight);
                Box::pin(async move { api::audit::page(organization, &filters, PER_PAGE, after.as_deref()).await })
            },
        );
        let navigate = use_navigate();
        let go = Callback::new(move |address: String| {
            navigate(&address, NavigateOptions { scroll: false, ..NavigateOptions::default() });
        });
        Self { query, entries, session, viewed, toasts: use_toasts(), go: StoredValue::new(go) }
    }

    /// Shows what the changed query leaves.
    pub fn change(self, change: impl FnOnce(&mut LogQuery)) {
        let mut query = self.query.get_untracked();
        change(&mut query);
        if query != self.query.get_untracked() {
            self.go.get_value().run(self.address(&query));
        }
    }

    /// The address of this page with that query.
    pub fn address(self, query: &LogQuery) -> String {
        query.address(untrack(|| self.viewed.audit_page()))
    }

    /// The filters as parameters of the API.
    pub fn filters(self) -> String {
        self.query.get_untracked().request(midnight)
    }
}

/// When a day begins in this browser's time zone, or the day that is so many later.
fn midnight(day: &str, later: u8) -> Option<claviger_core::time::Timestamp> {
    // ISO 8601 knows the hour 24 of a day, also of one that a change of the clocks makes shorter.
    intl::from_local(&format!("{day}T{:02}:00", 24 * later))
}
