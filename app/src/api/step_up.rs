//! What the server does not do before a passkey was shown again: whoever asked for it waits here, and is answered as if nothing
//! had been between.

use js_sys::{Function, Promise};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// The code of an answer that asks for it.
pub const CODE: &str = "\"step_up_required\"";

/// Those who wait: several requests may be refused at once.
#[derive(Clone, Copy)]
pub struct Waiting(RwSignal<Vec<SendWrapper<Function>>>);

thread_local! {
    static WAITING: std::cell::Cell<Option<Waiting>> = const { std::cell::Cell::new(None) };
}

impl Waiting {
    /// The place of the page that is drawn, which shows the dialog.
    pub fn here() -> Self {
        let waiting = Self(RwSignal::new(Vec::new()));
        WAITING.set(Some(waiting));
        on_cleanup(|| WAITING.set(None));
        waiting
    }

    /// Whether anybody waits, tracked.
    pub fn is_any(self) -> bool {
        self.0.with(|waiting| !waiting.is_empty())
    }

    /// Lets all go on, to ask again or to give up.
    pub fn end(self, again: bool) {
        for waiting in self.0.try_update(std::mem::take).unwrap_or_default() {
            let _ = waiting.call1(&JsValue::NULL, &again.into());
        }
    }
}

/// Waits until a passkey was shown. False when it was not, or nothing on the page can ask for it.
pub async fn was_shown() -> bool {
    let Some(waiting) = WAITING.get() else { return false };
    let shown = Promise::new(&mut |resolve, _| {
        waiting.0.try_update(|all| all.push(SendWrapper::new(resolve)));
    });
    JsFuture::from(shown).await.is_ok_and(|shown| shown.is_truthy())
}
