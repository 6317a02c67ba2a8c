//! Short words about what was done, one at a time. The live region is always there: what appears in it is read aloud.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{
    button::{Button, ButtonKind},
    fixed::{Fix, Fixed, optional},
    icon::Icon,
};

const SHOWN_FOR: Duration = Duration::from_secs(6);
/// Longer, when there is something to decide.
const OFFERED_FOR: Duration = Duration::from_secs(15);

/// What stands behind a toast's text. Of no page: a toast outlives what said it.
pub type More = Arc<dyn Fn() -> Fixed + Send + Sync>;

/// A toast.
type Toast = (Icon, String, Option<More>);

/// Where any part of the console leaves a toast.
#[derive(Clone, Copy)]
pub struct ToastContext {
    shown: RwSignal<Option<Toast>>,
    number: StoredValue<u32>,
}

impl ToastContext {
    /// No toast yet.
    pub fn new() -> Self {
        Self { shown: RwSignal::new(None), number: StoredValue::new(0) }
    }

    /// Shows a text for six seconds, or until the next.
    pub fn say(self, text: impl Into<String>) {
        self.show((Icon::Check, text.into(), None), SHOWN_FOR);
    }

    /// Shows a text with a button, for fifteen seconds or until it is pressed or the next toast comes. What it offers must be
    /// found elsewhere too: a toast is soon gone.
    pub fn offer(self, text: impl Into<String>, label: &'static str, act: Callback<()>) {
        let press = move |()| {
            self.shown.set(None);
            act.run(());
        };
        let button = move || view! { <Button kind=ButtonKind::Text on_press=press>{label}</Button> }.fixed();
        self.show((Icon::Check, text.into(), Some(Arc::new(button))), OFFERED_FOR);
    }

    /// Shows a text, and something that changes behind it. Answers its number.
    pub fn say_with(self, text: String, more: More) -> u32 {
        self.show((Icon::Check, text, Some(more)), SHOWN_FOR);
        self.number.get_value()
    }

    /// Whether no other toast than the one of this number would be in the way of the next.
    pub fn is_free(self, number: u32) -> bool {
        self.number.get_value() == number || self.shown.with_untracked(Option::is_none)
    }

    /// The same for what did not work.
    pub fn fail(self, text: impl Into<String>) {
        self.show((Icon::Alert, text.into(), None), SHOWN_FOR);
    }

    fn show(self, toast: Toast, time: Duration) {
        let number = self.number.get_value() + 1;
        self.number.set_value(number);
        self.shown.set(Some(toast));
        let end = move || {
            if self.number.get_value() == number {
                self.shown.set(None);
            }
        };
        set_timeout(end, time);
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
        let (icon, text, more) = shown.get()?;
        Some(view! { <p class="toast">{icon.view()} <span>{text}</span> " " {more.map(|more| more())}</p> }.fixed())
    };
    view! { <div class="toasts" role="status" aria-live="polite">{optional(toast)}</div> }
}
