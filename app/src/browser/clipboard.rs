//! Writing to the clipboard.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    // Bound by hand because it is absent, and not merely refusing, on a page that came over plain HTTP.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    fn write_text(text: &str) -> Result<js_sys::Promise, JsValue>;
}

/// Whether the browser took the text.
pub async fn copy(text: &str) -> bool {
    match write_text(text) {
        Ok(written) => JsFuture::from(written).await.is_ok(),
        Err(_) => false,
    }
}
