//! Short words about what was done, one at a time. The live region is always there: what appears in it is read aloud.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    fixed::{Fix, optional},
    icon::Icon,
};

const SHOWN_FOR: Duration = Duration::from_secs(6);

/// Where any part of the console leaves a toast.
#[derive(Clone, Copy)]
pub struct ToastContext {
    shown: RwSignal<Option<(Icon, String)>>,
    number: StoredValue<u32>,
}

impl ToastContext {
    /// No toast yet.
    pub fn new() -> Self {
        Self { shown: RwSignal::new(None), number: StoredValue::new(0) }
    }

    /// Shows a text for six seconds, or until the next.
    pub fn say(self, text: impl Into<String>) {
        self.show(Icon::Check, text.into());
    }

    /// The same for what did not work.
    pub fn fail(self, text: impl Into<String>) {
        self.show(Icon::Alert, text.into());
    }

    fn show(self, icon: Icon, text: String) {
        let number = self.number.get_value() + 1;
        self.number.set_value(number);
        self.shown.set(Some((icon, text)));
        let end = move || {
            if self.number.get_value() == number {
                self.shown.set(None);
            }
        };
        set_timeout(end, SHOWN_FOR);
    }
}

/// The toasts of the page.
pub fn use_toasts() -> ToastContext {
    expect_context()
}

/// Draws the toast.
#[component]
pub fn Toasts() -> impl IntoView {
    let shown = expect_context::<ToastContext>().shown;
    let toast = move || {
        shown.get().map(|(icon, text)| view! { <p class="toast">{icon.view()} <span>{text}</span></p> }.fixed())
    };
    view! { <div class="toasts" role="status" aria-live="polite">{optional(toast)}</div> }
}
