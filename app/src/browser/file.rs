//! Files that are chosen in the page: they are read here, and sent nowhere.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;

/// The largest that is read, in bytes: what is chosen by mistake may be a film.
const LARGEST: f64 = 65_536.0;

/// The text of the file that is chosen in this field, if one is; nothing within for one that is too large or cannot be read.
pub async fn chosen(id: &str) -> Option<Option<String>> {
    let field: HtmlInputElement = document().get_element_by_id(id)?.dyn_into().ok()?;
    let file = field.files()?.get(0)?;
    if file.size() > LARGEST {
        return Some(None);
    }
    Some(JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()))
}
