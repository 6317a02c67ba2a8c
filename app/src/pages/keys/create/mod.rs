//! Making a key: the form's model, its draft, and the dialog.

mod attempt;
mod dialog;
mod draft;
mod fields;
mod lifetimes;
mod lost;
mod model;

pub use self::{
    dialog::CreateDialog,
    lifetimes::Lifetimes,
    model::{Expiry, Purpose, scopes},
};
