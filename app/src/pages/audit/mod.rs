//! The audit log of an organization, for its owners and administrators: what was done, by whom, and whether the log is whole.

mod export;
mod filters;
mod list;
mod query;
mod state;
mod verify;

use leptos::prelude::*;

use self::{export::Export, filters::Filters, list::List, state::LogState, verify::Verify};
use crate::{
    chunks::chunk,
    components::{
        elsewhere::Elsewhere,
        fixed::{Fix, optional},
        notice::Notice,
    },
    routes::Page,
};

chunk! {
    /// The log of the organization that is looked at.
    Page audit: pub fn audit_page() => view! { <AuditPage /> }.fixed()
}

#[component]
fn AuditPage() -> impl IntoView {
    let state = LogState::new();
    provide_context(state);
    view! {
        <Elsewhere />
        {optional(move || state.viewed.is_missing().then(|| view! {
            <Notice class="notice elsewhere">
                <span>"There is no organization " {state.viewed.id().to_string()} " any more. What happened in it stays here."</span>
                <a href=Page::Organizations.path()>"Back to Organizations"</a>
            </Notice>
        }.fixed()))}
        <div class="page-head">
            <h1>"Audit log"</h1>
        </div>
        <p class="page-lead">
            "Who did what, and when. Nothing here can be changed or removed; what is deleted elsewhere stays here."
        </p>
        <Verify />
        <div class="toolbar">
            <Filters />
            <Export />
        </div>
        <List />
    }
    .fixed()
}
