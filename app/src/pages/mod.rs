//! The pages, by noun.

pub mod audit;
pub mod guide;
pub mod key;
pub mod key_actions;
pub mod keys;
pub mod not_found;
pub mod organizations;
pub mod people;
pub mod profile;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod webhooks;
