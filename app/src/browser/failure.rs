//! The failure pages are drawn by `public/boot.js`, because they must show when nothing of this does.

use std::panic;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = claviger, js_name = panicked)]
    fn show_panic(message: &str);
    #[wasm_bindgen(js_namespace = claviger, js_name = started)]
    fn show_started();
    #[wasm_bindgen(js_namespace = claviger, js_name = lastRequest)]
    fn keep_last_request(id: &str);
    #[cfg(feature = "split")]
    #[wasm_bindgen(js_namespace = claviger, js_name = missing)]
    fn look_for_update();
}

/// From now on a panic shows its page. In a development build the page has the message and the place in the source.
pub fn install_panic_page() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        show_panic(&if cfg!(debug_assertions) { info.to_string() } else { String::new() });
    }));
}

/// The application is on the page.
pub fn started() {
    show_started();
}

/// A chunk did not load. If that is because a new version replaced it, the page reloads itself.
#[cfg(feature = "split")]
pub fn chunk_missing() {
    look_for_update();
}

/// The id of the latest answer, which a failure page repeats.
pub fn last_request(id: &str) {
    keep_last_request(id);
}
