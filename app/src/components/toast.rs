//! Short words about what was done. The live region is always there: what appears in it is read aloud.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::Icon;

const SHOWN_FOR: Duration = Duration::from_secs(6);

#[derive(Clone)]
struct Toast {
    id: usize,
    text: String,
}

/// Where any part of the console leaves a toast.
#[derive(Clone, Copy)]
pub struct ToastContext {
    toasts: RwSignal<Vec<Toast>>,
    next: StoredValue<usize>,
}

impl ToastContext {
    /// No toasts yet.
    pub fn new() -> Self {
        Self { toasts: RwSignal::new(Vec::new()), next: StoredValue::new(0) }
    }

    /// Shows a text for six seconds.
    pub fn say(self, text: impl Into<String>) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.toasts.update(|toasts| toasts.push(Toast { id, text: text.into() }));
        set_timeout(move || self.toasts.update(|toasts| toasts.retain(|toast| toast.id != id)), SHOWN_FOR);
    }
}

/// The toasts of the page.
pub fn use_toasts() -> ToastContext {
    expect_context()
}

/// Draws the toasts.
#[component]
pub fn Toasts() -> impl IntoView {
    let toasts = expect_context::<ToastContext>().toasts;
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.get() key=|toast| toast.id let:toast>
                <p class="toast">{Icon::Check.view()} <span>{toast.text}</span></p>
            </For>
        </div>
    }
}
