//! What pages are made of, one component a file.

pub mod access_form;
pub mod badge;
pub mod button;
pub mod chart;
pub mod confirm;
pub mod conflict;
pub mod copy_button;
pub mod dialog;
pub mod elsewhere;
pub mod empty;
pub mod error;
pub mod extras;
pub mod field;
pub mod first_key;
pub mod fixed;
pub mod frame;
pub mod icon;
pub mod key_facts;
pub mod key_form;
pub mod leaving;
pub mod link_dialog;
pub mod menu;
pub mod moment;
pub mod notice;
pub mod outage;
pub mod passkey_facts;
pub mod passkey_form;
pub mod passkeys_too;
pub mod personal_keys;
pub mod plain;
pub mod popup;
pub mod secret_box;
pub mod select;
pub mod skeleton;
pub mod spark;
pub mod stopping;
pub mod table;
pub mod theme_switch;
pub mod toast;

use std::sync::atomic::{AtomicUsize, Ordering};

/// An id that no other element has, for labels and descriptions.
pub fn unique_id(what: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    format!("{what}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
