//! The token of a setup, invitation or sign-in link: taken out of the address at once, and kept in memory only.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::routes::Page;

/// The latest link's token with the page it is for, while it is not spent.
#[derive(Clone, Copy)]
pub struct LinkToken(RwSignal<Option<(Page, String)>>);

impl LinkToken {
    /// Reads `/setup#token=…`, `/invite#token=…` or `/sign-in-link#token=…` and removes the fragment from the address and the history. Later links
    /// opened in the same tab only change the fragment; they are taken as well.
    pub fn take_from_address() -> Self {
        let token = Self(RwSignal::new(take()));
        window_event_listener(leptos::ev::hashchange, move |_| {
            if let Some(new) = take() {
                token.0.set(Some(new));
            }
        });
        token
    }

    /// The token of a link to `page`, tracked.
    pub fn get(self, page: Page) -> Option<String> {
        self.0.with(|token| token.as_ref().filter(|(of, _)| *of == page).map(|(_, token)| token.clone()))
    }

    /// Forgets it: it is spent or refused.
    pub fn forget(self) {
        self.0.set(None);
    }
}

fn take() -> Option<(Page, String)> {
    let location = location();
    let page = Page::of(&location.pathname().ok()?);
    if !matches!(page, Page::Setup | Page::Invite | Page::SignInLink) {
        return None;
    }
    let hash = location.hash().ok()?;
    let token = hash.strip_prefix("#token=")?;
    let history = window().history().ok()?;
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(page.path()));
    let token = js_sys::decode_uri_component(token).map_or_else(|_| token.to_owned(), String::from);
    (!token.is_empty()).then_some((page, token))
}
