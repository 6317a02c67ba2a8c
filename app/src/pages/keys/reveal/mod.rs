//! The one showing of a new key's secret.

mod dialog;
mod snippet;

pub use self::dialog::RevealDialog;
