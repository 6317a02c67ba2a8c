//! What the Worker writes and the console reads, one file a noun. The rules live with the nouns themselves.

pub mod audit;
pub mod bulk;
pub mod import;
pub mod key;
pub mod organization;
pub mod session;
pub mod setup;
pub mod usage;
pub mod verify;
pub mod whoami;
