//! Making a key: the form's model, its draft, and the dialog.

mod dialog;
mod draft;
mod fields;
mod lifetimes;
mod model;

pub use self::{dialog::CreateDialog, model::Purpose};
