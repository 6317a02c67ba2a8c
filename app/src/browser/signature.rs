//! Ed25519 signatures, checked by the browser.

use claviger_core::passkey::from_base64url;
use js_sys::{JSON, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &Object,
        algorithm: &str,
        extractable: bool,
        usages: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = verify, catch)]
    fn subtle_verify(algorithm: &str, key: &JsValue, signature: &Object, data: &Object) -> Result<Promise, JsValue>;
}

/// Whether `signature` is one of `message` with this key, both in base64url; `None` where the browser cannot tell: it knows no
/// Ed25519 (Chromium before 137), or the page was not loaded over TLS.
pub async fn is_good(public_key: &str, message: &str, signature: &str) -> Option<bool> {
    let (Some(public_key), Some(signature)) = (from_base64url(public_key), from_base64url(signature)) else {
        return Some(false);
    };
    if public_key.len() != 32 {
        return Some(false);
    }
    checked(&public_key, message, &signature).await.ok()?.as_bool()
}

async fn checked(public_key: &[u8], message: &str, signature: &[u8]) -> Result<JsValue, JsValue> {
    const ED25519: &str = "Ed25519";
    let usages = JSON::parse(r#"["verify"]"#)?;
    let key = JsFuture::from(import_key("raw", &Uint8Array::from(public_key), ED25519, false, &usages)?).await?;
    let (signature, message) = (Uint8Array::from(signature), Uint8Array::from(message.as_bytes()));
    JsFuture::from(subtle_verify(ED25519, &key, &signature, &message)?).await
}
