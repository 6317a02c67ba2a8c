//! Files that are made in the page and saved: nothing of them is on any server.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// The browser has begun to save it by then.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// Saves texts, one after the other, as a file of comma-separated values.
pub fn save(name: &str, parts: impl IntoIterator<Item = String>) {
    save_all(name, &parts.into_iter().map(JsValue::from).collect());
}

/// The same of texts that the browser holds already.
pub fn save_all(name: &str, parts: &js_sys::Array) {
    save_as(name, "text/csv;charset=utf-8", parts);
}

/// Saves texts as a file of this type.
pub fn save_as(name: &str, media_type: &str, parts: &js_sys::Array) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let Ok(blob) = Blob::new_with_str_sequence_and_options(parts, &options) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    if let Ok(link) = document().create_element("a")
        && let Ok(link) = link.dyn_into::<HtmlAnchorElement>()
    {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&address);
        },
        KEPT_FOR,
    );
}
