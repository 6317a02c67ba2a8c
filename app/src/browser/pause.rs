//! Letting the browser do something else.

use js_sys::Promise;
use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Goes on after whatever else waits for the page: a click, the next drawing.
pub async fn pause() {
    let promise = Promise::new(&mut |go_on, _| {
        let _ = window().set_timeout_with_callback(&go_on);
    });
    let _ = JsFuture::from(promise).await;
}
