//! The page as a whole: its title, its focus, its address.

use std::cell::Cell;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::routes::Page;

/// What the tab says, for as long as this page is shown.
pub fn title(page: Page) {
    document().set_title(page.title());
}

/// What the tab says of a page about something that has a name.
pub fn title_about(name: &str, page: Page) {
    document().set_title(&format!("{name}: {}", page.title()));
}

/// Starts afresh.
pub fn reload() {
    let _ = location().reload();
}

/// `https://keys.example.com`, for commands that are to run as pasted.
pub fn origin() -> String {
    location().origin().unwrap_or_default()
}

/// Path and query of this page.
pub fn address() -> String {
    let location = location();
    format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default())
}

/// Whether `public/boot.js` has taken something like a key out of the address; answers it once.
pub fn was_scrubbed() -> bool {
    const MARK: &str = "data-scrubbed";
    document().document_element().is_some_and(|root| {
        let marked = root.has_attribute(MARK);
        let _ = root.remove_attribute(MARK);
        marked
    })
}

/// The element that has the focus, unless it is the page itself.
pub fn focused() -> Option<HtmlElement> {
    let element = document().active_element()?;
    let is_page = element.tag_name() == "BODY";
    (!is_page).then(|| element.dyn_into().ok()).flatten()
}

/// The text that is selected.
pub fn selected() -> String {
    let selection = window().get_selection().ok().flatten();
    selection.map(|selection| String::from(selection.to_string())).unwrap_or_default()
}

/// Focuses the element with this id; answers whether there is one.
pub fn focus(id: &str) -> bool {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// After the next drawing: brings the first such element into view.
pub fn scroll_to(selector: &'static str) {
    request_animation_frame(move || {
        if let Ok(Some(element)) = document().query_selector(selector) {
            element.scroll_into_view_with_bool(false);
        }
    });
}

/// After the next drawing: focuses the element with this id, once it is there.
pub fn focus_soon(id: String) {
    request_animation_frame(move || {
        focus(&id);
    });
}

/// Focuses `node` once it is drawn. Not `autofocus`: that works only in what is there when a page or dialog opens.
pub fn focus_when_drawn(node: NodeRef<leptos::html::Button>) {
    crate::components::fixed::watch(move || {
        if let Some(button) = node.get() {
            // At once: a frame later it would take the focus back from whoever pressed Tab meanwhile.
            let _ = button.focus();
        }
    });
}

thread_local! {
    /// Whether the heading should have the focus as soon as it is there.
    static HEADING_AWAITED: Cell<bool> = const { Cell::new(false) };
}

/// Focuses the page's heading: where to be when what had the focus is gone. A page that is not there yet gets it later.
pub fn focus_heading() {
    let heading = document().query_selector("main h1").ok().flatten();
    HEADING_AWAITED.set(heading.is_none());
    if let Some(Ok(heading)) = heading.map(JsCast::dyn_into::<HtmlElement>) {
        let _ = heading.set_attribute("tabindex", "-1");
        let _ = heading.focus();
    }
}

/// A page has come: its heading gets the focus if it should have had it before.
#[cfg(feature = "split")]
pub fn focus_awaited_heading() {
    if HEADING_AWAITED.take() {
        focus_heading();
    }
}

/// Whether a modal dialog or a menu is open; the page's own shortcuts then rest.
pub fn has_dialog() -> bool {
    document().query_selector("dialog[open], .popup:popover-open").is_ok_and(|dialog| dialog.is_some())
}

/// Whether what is being answered is a click that follows another one at once, by the browser's own count.
pub fn is_second_click() -> bool {
    let event = js_sys::Reflect::get(&window(), &"event".into()).ok();
    let detail = event.and_then(|event| js_sys::Reflect::get(&event, &"detail".into()).ok());
    detail.and_then(|detail| detail.as_f64()).is_some_and(|count| count > 1.0)
}

/// Whether the event comes from a field that takes text, where letters are text and no shortcuts.
pub fn is_typing(event: &web_sys::Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    target.is_some_and(|target| match target.tag_name().as_str() {
        "INPUT" => !matches!(target.get_attribute("type").as_deref(), Some("checkbox" | "radio")),
        "TEXTAREA" | "SELECT" => true,
        _ => target.is_content_editable(),
    })
}
