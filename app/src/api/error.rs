//! Why a request did not work, in the server's words where it had any.

use claviger_core::input::FieldError;
use serde_json::{Map, Value};

/// A request that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The answer's status; 0 when there was no answer.
    pub status: u16,
    /// The stable `error_code`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The fields that did not fit.
    pub errors: Vec<FieldError>,
    /// Finds the request in the server's log.
    pub request_id: Option<String>,
}

impl ApiError {
    /// No answer came.
    pub fn network() -> Self {
        Self::own(0, "network", "No answer came from Claviger. Check your connection.", None)
    }

    /// A part of the program did not come.
    #[cfg(feature = "split")]
    pub fn unloaded() -> Self {
        Self::own(0, "unloaded", "Check your connection, then try again. Nothing was lost.", None)
    }

    /// An answer came that is not Claviger's: a proxy's, or cut short.
    pub fn unreadable(status: u16, request_id: Option<String>) -> Self {
        Self::own(status, "unreadable", "The answer could not be read.", request_id)
    }

    /// There is no such thing here.
    pub fn missing() -> Self {
        Self::own(404, "not_found", "There is no such key here.", None)
    }

    /// What the console itself has found out.
    pub fn own_words(message: &str) -> Self {
        Self::own(409, "refused", message.trim(), None)
    }

    /// A refusal, as its envelope words it.
    pub fn refused(status: u16, mut envelope: Map<String, Value>, request_id: Option<String>) -> Self {
        let text = |name| envelope.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        let code = text("error_code").unwrap_or_default();
        let message = text("error_message").unwrap_or_else(|| "The request was refused.".to_owned());
        let errors = envelope.remove("errors").unwrap_or_default();
        Self { status, code, message, errors: serde_json::from_value(errors).unwrap_or_default(), request_id }
    }

    /// Nobody is signed in, or not any more.
    pub const fn is_signed_out(&self) -> bool {
        self.status == 401
    }

    /// No answer came.
    pub const fn is_network(&self) -> bool {
        self.status == 0
    }

    /// Nobody knows whether the request was carried out: no answer came, or one that says nothing about it.
    pub fn is_uncertain(&self) -> bool {
        self.status == 0 || self.status >= 500 || self.code == "unreadable"
    }

    /// The key that an earlier attempt has made, whose answer and secret did not arrive.
    pub fn already_created(&self) -> Option<i64> {
        // "It was then: 7."
        let told = if self.code == "already_created" { self.field("api_key_ids") } else { String::new() };
        told.split(|character: char| !character.is_ascii_digit()).find_map(|digits| digits.parse().ok())
    }

    /// In development: trunk answers for a Worker that is not there, or nobody answers at all.
    pub fn is_missing_worker(&self) -> bool {
        cfg!(debug_assertions) && (self.is_network() || (self.code == "unreadable" && self.status >= 500))
    }

    /// The message about one field, or nothing.
    pub fn field(&self, name: &str) -> String {
        message_for(&self.errors, name)
    }

    fn own(status: u16, code: &str, message: &str, request_id: Option<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned(), errors: Vec::new(), request_id }
    }
}

/// What is said about one field, or nothing.
pub fn message_for(errors: &[FieldError], field: &str) -> String {
    errors.iter().find(|error| error.field == field).map(|error| error.message.clone()).unwrap_or_default()
}
