//! What is done to many keys at once.

mod asking;
mod bar;
mod dialog;
mod forms;
mod secrets;
mod words;

pub use self::{bar::BulkBar, dialog::BulkDialog};
