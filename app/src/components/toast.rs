//! Short words about what was done, one at a time. The live region is always there: what appears in it is read aloud.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    button::{Button, ButtonKind},
    fixed::{Fix, optional},
    icon::Icon,
};

const SHOWN_FOR: Duration = Duration::from_secs(6);
/// Longer, when there is something to decide.
const OFFERED_FOR: Duration = Duration::from_secs(15);

/// A toast, and what can be done about it.
type Toast = (Icon, String, Option<(&'static str, Callback<()>)>);

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
        self.show((Icon::Check, text.into(), Some((label, act))), OFFERED_FOR);
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
        let (icon, text, offer) = shown.get()?;
        let button = offer.map(|(label, act)| {
            let press = Callback::new(move |()| {
                shown.set(None);
                act.run(());
            });
            view! { <Button kind=ButtonKind::Text on_press=press>{label}</Button> }
        });
        Some(view! { <p class="toast">{icon.view()} <span>{text}</span> {button}</p> }.fixed())
    };
    view! { <div class="toasts" role="status" aria-live="polite">{optional(toast)}</div> }
}
