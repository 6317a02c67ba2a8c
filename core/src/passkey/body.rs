//! The bodies of requests about passkeys.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::{
    input::{Fields, Problem, Problems, text},
    text::Name,
};

/// What a passkey is called whose person does not say.
const DEFAULT_NAME: &str = "Passkey";
/// Kinds of transport that are kept, for the browser's next question.
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/// A passkey as the browser hands it over when it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// What its person calls it.
    pub name: String,
    /// `response.clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `response.attestationObject`.
    pub attestation_object: Vec<u8>,
    /// `response.getTransports()`, as far as it is known what they mean.
    pub transports: Vec<&'static str>,
}

impl Made {
    /// Reads the body.
    ///
    /// # Errors
    /// Every field that does not fit.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "passkey")?;
        let name = fields.optional("name", |value| text(value, Name::parse));
        let client_data = fields.required("client_data", bytes);
        let attestation_object = fields.required("attestation_object", bytes);
        let transports = fields.optional("transports", transports);
        let (client_data, attestation_object) = fields.finish_with(client_data.zip(attestation_object))?;
        Ok(Self {
            name: name.map_or_else(|| DEFAULT_NAME.to_owned(), |name| name.as_str().to_owned()),
            client_data,
            attestation_object,
            transports: transports.unwrap_or_default(),
        })
    }
}

/// A passkey as the browser hands it over when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// `id`, in base64url.
    pub credential_id: String,
    /// `response.clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `response.authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `response.signature`.
    pub signature: Vec<u8>,
    /// `response.userHandle`, in base64url.
    pub user_handle: Option<String>,
}

impl Answered {
    /// Reads the body.
    ///
    /// # Errors
    /// Every field that does not fit.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "passkey")?;
        let id = fields.required("credential_id", bytes);
        let client_data = fields.required("client_data", bytes);
        let authenticator_data = fields.required("authenticator_data", bytes);
        let signature = fields.required("signature", bytes);
        let user_handle = fields.optional("user_handle", bytes);
        let all = id.zip(client_data).zip(authenticator_data.zip(signature));
        let ((id, client_data), (authenticator_data, signature)) = fields.finish_with(all)?;
        // Encoded anew: stored and compared in one form.
        Ok(Self {
            credential_id: URL_SAFE_NO_PAD.encode(id),
            client_data,
            authenticator_data,
            signature,
            user_handle: user_handle.map(|handle| URL_SAFE_NO_PAD.encode(handle)),
        })
    }
}

/// Another name for a passkey.
#[derive(Clone, Debug, PartialEq)]
pub struct Rename {
    /// What its person calls it from now on.
    pub name: Name,
}

impl Rename {
    /// Reads the body.
    ///
    /// # Errors
    /// Every field that does not fit.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let mut fields = Fields::of(body, "passkey")?;
        fields.ignore(&["id", "current", "synced", "host", "usable", "origin", "created_at", "last_used_at"]);
        let name = fields.required("name", |value| text(value, Name::parse));
        Ok(Self { name: fields.finish_with(name)? })
    }
}

/// Bytes as they are written in requests and answers.
#[must_use]
pub fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes that are written so.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn bytes(value: &Value) -> Result<Vec<u8>, Problem> {
    let text = value.as_str().ok_or("Must be bytes in base64url, without padding.")?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| "Must be bytes in base64url, without padding.".into())
}

fn transports(value: &Value) -> Result<Vec<&'static str>, Problem> {
    let words = value.as_array().filter(|words| words.iter().all(Value::is_string));
    let words = words.ok_or("Must be a list of words.")?;
    // New kinds come up; what is not known yet is no reason to refuse a passkey.
    Ok(TRANSPORTS.into_iter().filter(|known| words.iter().any(|word| word == known)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_field_that_does_not_fit_is_named() {
        let fields = |problems: Problems| problems.errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        assert_eq!(fields(Made::read(&json!({})).unwrap_err()), ["client_data", "attestation_object"]);
        let made =
            json!({ "name": 7, "client_data": "a+b", "attestation_object": "AA==", "transports": ["usb", 1], "x": 1 });
        let wrong = fields(Made::read(&made).unwrap_err());
        assert_eq!(wrong, ["name", "client_data", "attestation_object", "transports", "x"]);
        let used = json!({ "credential_id": null, "user_handle": 1 });
        let wrong = fields(Answered::read(&used).unwrap_err());
        assert_eq!(wrong, ["credential_id", "client_data", "authenticator_data", "signature", "user_handle"]);
    }

    #[test]
    fn unknown_transports_are_left_out_and_a_name_is_given() {
        let made =
            json!({ "client_data": "e30", "attestation_object": "AA", "transports": ["teleport", "usb", "internal"] });
        let made = Made::read(&made).unwrap();
        assert_eq!((made.name.as_str(), made.transports.as_slice()), ("Passkey", &["usb", "internal"][..]));
        assert_eq!(made.client_data, b"{}");
    }
}
