//! The browser's storage, for what may be read by anyone at this computer: drafts, the way back, the theme. Never secrets.

use leptos::prelude::window;
use web_sys::Storage;

// Either may be switched off; then nothing is kept, and nothing breaks.
fn session() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn local() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Keeps a text until the tab is closed.
pub fn session_set(key: &str, text: &str) {
    if let Some(storage) = session() {
        let _ = storage.set_item(key, text);
    }
}

/// A text that was kept.
pub fn session_get(key: &str) -> Option<String> {
    session()?.get_item(key).ok()?
}

/// A text that was kept, and is not any more.
pub fn session_take(key: &str) -> Option<String> {
    let text = session_get(key);
    session_remove(key);
    text
}

/// Forgets a text.
pub fn session_remove(key: &str) {
    if let Some(storage) = session() {
        let _ = storage.remove_item(key);
    }
}

const DRAFT: &str = "claviger.draft.";

/// The draft of an organization's "New key" form.
pub fn new_key_draft(organization: i64) -> String {
    format!("{DRAFT}new-key.{organization}")
}

/// Forgets what a person has typed: they signed out.
pub fn forget_drafts() {
    let Some(storage) = session() else { return };
    let names = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok()?);
    // All are listed before one goes, which would move the others.
    for name in names.filter(|name| name.starts_with(DRAFT)).collect::<Vec<_>>() {
        session_remove(&name);
    }
}

/// A setting of this browser.
pub fn local_get(key: &str) -> Option<String> {
    local()?.get_item(key).ok()?
}

/// Keeps a setting of this browser; `None` forgets it.
pub fn local_set(key: &str, text: Option<&str>) {
    if let Some(storage) = local() {
        let _ = match text {
            Some(text) => storage.set_item(key, text),
            None => storage.remove_item(key),
        };
    }
}
