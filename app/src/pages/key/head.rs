//! The way back to the list, the name, the status and the hint, and what can be done.

use claviger_core::{organization::Plan, status::KeyStatus};
use leptos::prelude::*;

use super::{actions::Actions, state::OneKey};
use crate::{
    components::{
        badge::StatusBadge,
        fixed::{Fix, Fixed, dynamic, optional, text},
        skeleton::Bone,
    },
    routes,
    viewed::use_page,
};

/// Stays while what is below it changes, so that the focus can be on its heading.
#[component]
pub fn Head(missing: Memo<bool>, acting: Memo<bool>) -> impl IntoView {
    let state = expect_context::<OneKey>();
    let list = use_page().get_untracked().list().map(routes::list_address).unwrap_or_default();
    let name = Memo::new(move |_| state.name());
    let status = Memo::new(move |_| state.status());
    let hint = Memo::new(move |_| state.key.with(|key| key.as_ref().and_then(|key| key.hint.clone())));
    let note =
        Memo::new(move |_| state.key.with(|key| key.as_ref().map(|key| key.description.clone())).unwrap_or_default());
    let trial = Memo::new(move |_| state.viewed.usage().is_some_and(|usage| usage.plan == Plan::Trial));
    let shown = move || !missing.get();
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a href=list id="key-back">"Keys"</a>
            <span aria-hidden="true">"/"</span>
            <span class="crumb" aria-current="page">{text(move || if shown() { name.get() } else { String::new() })}</span>
        </nav>
        <div class="page-head key-head">
            <div class="key-title">
                <h1>{dynamic(move || heading(missing.get(), name.get()))}</h1>
                {optional(move || shown().then(|| view! {
                    <p class="key-marks">
                        {status.get().map(|status| view! { <StatusBadge status=status /> })}
                        {(status.get() == Some(KeyStatus::Active) && trial.get())
                            .then(|| view! { <span class="quiet">"No API access: its organization is on trial"</span> })}
                        {hint.get().map(|hint| view! { <code class="hint">{hint.to_string()}</code> })}
                    </p>
                }.fixed()))}
            </div>
            {optional(move || acting.get().then(|| view! { <Actions /> }.fixed()))}
        </div>
        {optional(move || {
            let note = note.get();
            (acting.get() && !note.is_empty())
                .then(|| view! { <p class="key-note">{note}</p> }.fixed())
        })}
    }
}

fn heading(missing: bool, name: String) -> Fixed {
    if missing {
        "There is no such key".fixed()
    } else if name.is_empty() {
        view! { <span class="visually-hidden">"Key"</span> <Bone width="long" /> }.fixed()
    } else {
        name.fixed()
    }
}
