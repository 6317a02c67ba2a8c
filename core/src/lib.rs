//! What can be decided without I/O: the secret's format, key rules, status, scopes, who may do what, and the wire types
//! that the Worker writes and the console reads.
//!
//! Nothing here reads a clock, a random source or a network: time and random bytes are arguments, so that every rule can be
//! tested natively and compiles unchanged into both halves.

pub mod audit;
pub mod authorize;
pub mod cloudflare_access;
pub mod contact;
pub mod csv;
pub mod envelope;
pub mod freshness;
pub mod hygiene;
pub mod input;
pub mod key;
pub mod leak;
pub mod meter;
pub mod network;
pub mod organization;
pub mod passkey;
#[cfg(feature = "schema")]
mod schema;
pub mod scope;
pub mod secret;
pub mod status;
pub mod text;
pub mod time;
pub mod usage;
pub mod user;
pub mod verify;
pub mod webhook;
pub mod wire;
