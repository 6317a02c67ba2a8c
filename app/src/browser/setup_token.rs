//! The token of a setup link: taken out of the address at once, and kept in memory only.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::routes::Page;

/// The token, while it is not spent.
#[derive(Clone, Copy)]
pub struct SetupToken(RwSignal<Option<String>>);

impl SetupToken {
    /// Reads `/setup#token=…` and removes the fragment from the address and the history. Later links opened in the same
    /// tab only change the fragment; they are taken as well.
    pub fn take_from_address() -> Self {
        let token = Self(RwSignal::new(take()));
        window_event_listener(leptos::ev::hashchange, move |_| {
            if let Some(new) = take() {
                token.0.set(Some(new));
            }
        });
        token
    }

    /// The token, tracked.
    pub fn get(self) -> Option<String> {
        self.0.get()
    }

    /// Forgets it: it is spent or refused.
    pub fn forget(self) {
        self.0.set(None);
    }
}

fn take() -> Option<String> {
    let location = location();
    if location.pathname().ok()? != Page::Setup.path() {
        return None;
    }
    let hash = location.hash().ok()?;
    let token = hash.strip_prefix("#token=")?;
    let history = window().history().ok()?;
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(Page::Setup.path()));
    let token = js_sys::decode_uri_component(token).map_or_else(|_| token.to_owned(), String::from);
    Some(token).filter(|token| !token.is_empty())
}
