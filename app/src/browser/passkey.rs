//! `navigator.credentials`: making and using passkeys. Bytes are turned into base64url here and not by the browser's own
//! `parse…FromJSON`, which Safari has only since 18.4.

use claviger_core::{
    passkey::{from_base64url, to_base64url},
    wire::passkey::{AskedPasskey, KnownPasskey, NewPasskey},
};
use js_sys::{Function, JSON, Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The person waved it away, or nothing fitted.
    Dismissed,
    /// This authenticator has one already.
    Registered,
    /// The browser cannot, or not here.
    Unable,
}

impl Trouble {
    /// What to say.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Dismissed => "No passkey was used. Try again when you are ready.",
            Self::Registered => "This device has a passkey of yours already.",
            Self::Unable => "This browser cannot use passkeys here.",
        }
    }
}

/// Whether this browser knows passkeys.
pub fn is_known() -> bool {
    get(&window(), "PublicKeyCredential").is_ok_and(|known| known.is_function())
}

/// Has a passkey made; answers the body for the server.
pub async fn make(asked: &NewPasskey, name: &str) -> Result<Value, Trouble> {
    let algorithms: Vec<Value> =
        asked.algorithms.iter().map(|number| json!({ "type": "public-key", "alg": number })).collect();
    let options = parsed(&json!({
        "rp": { "id": asked.rp_id, "name": "Claviger" },
        "user": { "name": asked.user_name, "displayName": asked.user_display_name },
        "pubKeyCredParams": algorithms,
        "attestation": "none",
        "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
    }))?;
    set(&options, "challenge", &bytes(&asked.challenge)?)?;
    set(&get(&options, "user")?, "id", &bytes(&asked.user_handle)?)?;
    set(&options, "excludeCredentials", &credentials(&asked.exclude)?)?;
    let response = get(&call("create", &options).await?, "response")?;
    // Browsers of some years ago cannot tell.
    let transports: Value = get(&response, "getTransports")
        .ok()
        .filter(JsValue::is_function)
        .and_then(|tell| tell.unchecked_into::<Function>().call1(&response, &JsValue::NULL).ok())
        .and_then(|told| JSON::stringify(&told).ok()?.as_string())
        .and_then(|told| serde_json::from_str(&told).ok())
        .unwrap_or_default();
    Ok(json!({
        "name": name, "client_data": text(&response, "clientDataJSON")?,
        "attestation_object": text(&response, "attestationObject")?, "transports": transports,
    }))
}

/// Has a passkey used; answers the body for the server.
pub async fn answer(asked: &AskedPasskey) -> Result<Value, Trouble> {
    let options = parsed(&json!({ "rpId": asked.rp_id, "userVerification": "required" }))?;
    set(&options, "challenge", &bytes(&asked.challenge)?)?;
    set(&options, "allowCredentials", &credentials(&asked.allow)?)?;
    let credential = call("get", &options).await?;
    let response = get(&credential, "response")?;
    Ok(json!({
        "credential_id": text(&credential, "rawId")?, "client_data": text(&response, "clientDataJSON")?,
        "authenticator_data": text(&response, "authenticatorData")?, "signature": text(&response, "signature")?,
        "user_handle": text(&response, "userHandle").ok(),
    }))
}

async fn call(method: &str, options: &JsValue) -> Result<JsValue, Trouble> {
    let credentials = get(&get(&window(), "navigator")?, "credentials")?;
    let function = get(&credentials, method)?;
    if !function.is_function() {
        return Err(Trouble::Unable);
    }
    let given = parsed(&json!({}))?;
    set(&given, "publicKey", options)?;
    let promise = function.unchecked_into::<Function>().call1(&credentials, &given).map_err(|error| trouble(&error))?;
    let credential = JsFuture::from(promise.unchecked_into::<Promise>()).await.map_err(|error| trouble(&error))?;
    if credential.is_null() { Err(Trouble::Dismissed) } else { Ok(credential) }
}

fn trouble(error: &JsValue) -> Trouble {
    match get(error, "name").ok().and_then(|name| name.as_string()).as_deref() {
        Some("NotAllowedError" | "AbortError") => Trouble::Dismissed,
        Some("InvalidStateError") => Trouble::Registered,
        _ => Trouble::Unable,
    }
}

fn credentials(known: &[KnownPasskey]) -> Result<JsValue, Trouble> {
    let all = known.iter().map(|known| json!({ "type": "public-key", "transports": known.transports }));
    let list = parsed(&all.collect::<Vec<_>>().into())?;
    for (place, known) in known.iter().enumerate() {
        set(&get(&list, &place.to_string())?, "id", &bytes(&known.credential_id)?)?;
    }
    Ok(list)
}

fn parsed(value: &Value) -> Result<JsValue, Trouble> {
    JSON::parse(&value.to_string()).map_err(|_| Trouble::Unable)
}

fn get(object: &JsValue, name: &str) -> Result<JsValue, Trouble> {
    Reflect::get(object, &name.into()).map_err(|_| Trouble::Unable)
}

fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<(), Trouble> {
    Reflect::set(object, &name.into(), value).map(drop).map_err(|_| Trouble::Unable)
}

fn bytes(text: &str) -> Result<JsValue, Trouble> {
    let bytes = from_base64url(text).ok_or(Trouble::Unable)?;
    Ok(Uint8Array::from(bytes.as_slice()).into())
}

fn text(object: &JsValue, name: &str) -> Result<String, Trouble> {
    let buffer = get(object, name)?;
    // Null where an authenticator does not say whose its passkey is.
    if buffer.is_object() { Ok(to_base64url(&Uint8Array::new(&buffer).to_vec())) } else { Err(Trouble::Unable) }
}
