//! What happened, what to do, and the request id.

use leptos::prelude::*;

use super::{
    button::{Button, ButtonKind},
    fixed::{Fix, optional},
    icon::Icon,
};
use crate::api::ApiError;

/// The id to name when asking for help.
#[component]
fn RequestId(id: Option<String>) -> impl IntoView {
    id.map(|id| view! { <p class="request-id">"Request " <code>{id}</code></p> })
}

/// In place of what could not be loaded.
#[component]
pub fn ErrorState(title: &'static str, error: ApiError, on_retry: Callback<()>) -> impl IntoView {
    view! {
        <div class="empty" role="alert">
            <span class="empty-icon bad">{Icon::Alert.view()}</span>
            <h2>{title}</h2>
            <p>{error.message}</p>
            <div class="empty-action">
                <Button kind=ButtonKind::Primary on_press=on_retry>
                    "Retry"
                </Button>
            </div>
            <RequestId id=error.request_id />
        </div>
    }
}

/// In a form or dialog, above its buttons. `kept` says what is still there.
#[component]
pub fn ErrorNote(#[prop(into)] error: Signal<Option<ApiError>>, #[prop(optional)] kept: &'static str) -> impl IntoView {
    let note = optional(move || {
        error.get().map(|error| {
            view! {
                <div class="note bad">
                    {Icon::Alert.view()}
                    <div>
                        <p>{error.message} " " {kept}</p>
                        <RequestId id=error.request_id />
                    </div>
                </div>
            }
            .fixed()
        })
    });
    view! { <div class="note-place" role="alert">{note}</div> }
}
