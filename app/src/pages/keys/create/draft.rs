//! What was typed into the form, kept until the tab is closed: a panic, a reload or an expired session costs nothing. Text
//! that could be a secret, or a part of one, is not kept.

use super::model::NewKeyForm;
use crate::{browser::storage, pages::keys::query::is_safe};

const KEY: &str = "claviger.draft.new-key";

/// Keeps the form as it is now.
pub fn keep(form: &NewKeyForm) {
    let mut form = form.clone();
    for text in [&mut form.name, &mut form.description, &mut form.scopes] {
        if !is_safe(text) {
            text.clear();
        }
    }
    if let Ok(text) = serde_json::to_string(&form) {
        storage::session_set(KEY, &text);
    }
}

/// What was kept.
pub fn read() -> Option<NewKeyForm> {
    let form: NewKeyForm = serde_json::from_str(&storage::session_get(KEY)?).ok()?;
    (form != NewKeyForm::new(form.purpose)).then_some(form)
}

/// Forgets it: the key was made, or is not wanted.
pub fn forget() {
    storage::session_remove(KEY);
}
