//! The platform's part in passkeys: which site they belong to, and whether a signature is good.

use claviger_core::passkey::{Algorithm, Flaw, PublicKey, RelyingParty};
use http::StatusCode;
use worker::{
    js_sys::{JSON, Object, Promise, Uint8Array},
    url::Host,
    wasm_bindgen::{JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use crate::{error::Failure, incoming::Incoming};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = verify, catch)]
    fn subtle_verify(algorithm: &JsValue, key: &JsValue, signature: &Object, data: &Object)
    -> Result<Promise, JsValue>;
}

/// This Claviger as browsers know it: the host and the origin that the platform says was asked for, as for the cookie. A zone
/// routes no other hosts to a Worker than its owner's, and a `LOCAL` one answers loopback hosts only.
pub struct Site {
    host: String,
    origin: String,
    local: bool,
}

impl Site {
    /// The site of a request.
    ///
    /// # Errors
    /// 409 `passkeys_need_a_name` for an address, to which browsers bind no passkeys.
    pub fn of(incoming: &Incoming) -> Result<Self, Failure> {
        let Some(Host::Domain(host)) = incoming.url.host() else {
            return Err(Failure::new(
                StatusCode::CONFLICT,
                "passkeys_need_a_name",
                "Browsers bind passkeys to a name, and this is an address. Open the console as localhost, or by its own name.",
            ));
        };
        let origin = incoming.url.origin().ascii_serialization();
        Ok(Self { host: host.to_owned(), origin, local: incoming.local })
    }

    /// What passkeys are bound to.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Runs `judge` as the relying party.
    ///
    /// # Errors
    /// What it refuses, as 403 `passkey_refused`.
    pub fn judge<T>(&self, judge: impl FnOnce(&RelyingParty<'_>) -> Result<T, Flaw>) -> Result<T, Failure> {
        // Trunk's development server passes requests on from its own port.
        let origins = [self.origin.as_str(), "http://localhost:8080"];
        let origins = if self.local { &origins[..] } else { origins.split_at(1).0 };
        judge(&RelyingParty { id: &self.host, origins }).map_err(Failure::passkey_refused)
    }
}

/// Makes sure that a new key is one: a point that is not on its curve could never sign.
///
/// # Errors
/// 403 `passkey_refused`.
pub async fn check_key(key: &PublicKey) -> Result<(), Failure> {
    import(key.algorithm, &key.jwk.to_string()).await.map(|_| ()).map_err(|_| Failure::passkey_refused(Flaw::Key))
}

/// Makes sure that `signature` is one of `signed` with the key `jwk`.
///
/// # Errors
/// 403 `passkey_refused`; 500 for a stored key that is none.
pub async fn check_signature(algorithm: Algorithm, jwk: &str, signed: &[u8], signature: &[u8]) -> Result<(), Failure> {
    if verify(algorithm, jwk, signed, signature).await? {
        Ok(())
    } else {
        Err(Failure::passkey_refused(Flaw::Signature))
    }
}

/// Whether `signature` is one of `signed` with the key `jwk`.
///
/// # Errors
/// 500 for a key that is none.
pub async fn verify(algorithm: Algorithm, jwk: &str, signed: &[u8], signature: &[u8]) -> Result<bool, Failure> {
    let broken = |error: JsValue| Failure::internal(format!("WebCrypto: {error:?}"));
    let key = import(algorithm, jwk).await.map_err(broken)?;
    let (signature, signed) = (Uint8Array::from(signature), Uint8Array::from(signed));
    let promise = subtle_verify(&parameters(algorithm).map_err(broken)?, &key, &signature, &signed).map_err(broken)?;
    Ok(JsFuture::from(promise).await.map_err(broken)?.as_bool() == Some(true))
}

async fn import(algorithm: Algorithm, jwk: &str) -> Result<JsValue, JsValue> {
    let usages = JSON::parse(r#"["verify"]"#)?;
    JsFuture::from(import_key("jwk", &JSON::parse(jwk)?, &parameters(algorithm)?, false, &usages)?).await
}

/// For importing and for verifying: each takes what it needs.
fn parameters(algorithm: Algorithm) -> Result<JsValue, JsValue> {
    JSON::parse(match algorithm {
        Algorithm::EdDsa => r#"{"name":"Ed25519"}"#,
        Algorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#,
        Algorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
    })
}
