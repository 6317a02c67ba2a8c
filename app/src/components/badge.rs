//! A key's status: a dot and a word, never colour alone.

use claviger_core::status::KeyStatus;
use leptos::prelude::*;

use crate::format;

/// The status of a key.
#[component]
pub fn StatusBadge(status: KeyStatus) -> impl IntoView {
    let class = match status {
        KeyStatus::Active => "badge ok",
        KeyStatus::Pending => "badge warn",
        KeyStatus::Revoked => "badge bad",
        KeyStatus::Disabled | KeyStatus::Expired => "badge calm",
    };
    view! { <span class=class>{format::status(status)}</span> }
}
