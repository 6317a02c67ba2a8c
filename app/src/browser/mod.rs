//! What the console asks of the browser: small wrappers, so that components name what they want and not how.

pub mod clipboard;
pub mod download;
pub mod failure;
pub mod file;
pub mod history;
pub mod intl;
pub mod link_token;
pub mod page;
pub mod passkey;
pub mod pause;
pub mod signature;
pub mod storage;
pub mod theme;
