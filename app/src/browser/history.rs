//! Steps in the browser's history. A page may ask to hear of them before the router does.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::Event;

type Hear = Rc<dyn Fn(&Event)>;

thread_local! {
    static FIRST: RefCell<Option<Hear>> = const { RefCell::new(None) };
}

/// Before the router listens: Chromium calls the window's listeners in the order in which they came, whatever their phase.
pub fn listen() {
    let heard = Closure::<dyn FnMut(Event)>::new(|event: Event| {
        let first = FIRST.with_borrow(Clone::clone);
        if let Some(hear) = first {
            hear(&event);
        }
    });
    let _ = window().add_event_listener_with_callback("popstate", heard.as_ref().unchecked_ref());
    // For as long as there is a console.
    heard.forget();
}

/// Hears of steps before the router, until its owner is gone.
pub fn hear_first(hear: impl Fn(&Event) + 'static) {
    let hear: Hear = Rc::new(hear);
    FIRST.set(Some(Rc::clone(&hear)));
    let kept = SendWrapper::new(hear);
    on_cleanup(move || {
        FIRST.with_borrow_mut(|first| {
            // Another one may have come before this one went.
            if first.as_ref().is_some_and(|first| Rc::ptr_eq(first, &*kept)) {
                *first = None;
            }
        });
    });
}

/// Goes so many steps; negative is back.
pub fn step(by: i32) {
    if let Ok(history) = window().history() {
        let _ = history.go_with_delta(by);
    }
}

/// The place of this page in the history, where the browser tells it.
#[expect(clippy::cast_possible_truncation, reason = "a history is not that long")]
pub fn place() -> Option<i32> {
    let of = |value: &JsValue, name: &str| js_sys::Reflect::get(value, &JsValue::from_str(name)).ok();
    let navigation = of(&window(), "navigation").filter(JsValue::is_object)?;
    let entry = of(&navigation, "currentEntry").filter(JsValue::is_object)?;
    of(&entry, "index")?.as_f64().map(|index| index as i32)
}
