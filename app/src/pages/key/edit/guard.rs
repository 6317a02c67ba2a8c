//! Asks before typed work is left behind: by a link, by Back, by a reload, by Cancel.

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, Event, MouseEvent};

use crate::{
    browser::history::{self, place, step},
    components::{
        button::Button,
        dialog::Dialog,
        fixed::{Fix, optional},
    },
    pages::{key::state::OneKey, keys::reveal::unload_guard},
};

/// Where somebody wanted to go.
#[derive(Clone, PartialEq)]
enum Way {
    /// A link's address.
    To(String),
    /// So many steps in the history; negative is back.
    Step(i32),
    /// Only out of the form.
    Stop,
}

/// What is asked about.
#[derive(Clone, Copy)]
pub struct Leaving {
    way: RwSignal<Option<Way>>,
    /// Whether there is anything to lose.
    guarded: Memo<bool>,
    /// Steps in the history that are our own.
    own_steps: StoredValue<u32>,
    /// It was asked, and may go.
    let_go: StoredValue<bool>,
}

impl Leaving {
    /// Asks before the form is left.
    pub fn stop(self) {
        self.way.set(Some(Way::Stop));
    }

    fn is_guarded(self) -> bool {
        !self.let_go.try_get_value().unwrap_or(true) && self.guarded.try_get_untracked().unwrap_or(false)
    }

    fn go(self, state: OneKey) {
        let Some(way) = self.way.get_untracked() else { return };
        self.way.set(None);
        self.let_go.set_value(true);
        match way {
            Way::To(address) => state.go(address),
            Way::Step(by) => step(by),
            Way::Stop => state.edit(false),
        }
    }

    /// The router follows links from the window; the document's own phase comes before.
    fn clicked(self, event: &Event) {
        let Some(event) = event.dyn_ref::<MouseEvent>() else { return };
        let elsewhere =
            event.button() != 0 || event.meta_key() || event.alt_key() || event.ctrl_key() || event.shift_key();
        if elsewhere || event.default_prevented() || !self.is_guarded() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(link) = target.and_then(|target| target.closest("a[href]").ok().flatten()) else { return };
        let href = link.get_attribute("href").unwrap_or_default();
        // Others leave the application, and the browser asks.
        let inside = href.starts_with('/')
            && !link.has_attribute("target")
            && link.get_attribute("rel").as_deref() != Some("external");
        if inside {
            event.prevent_default();
            event.stop_propagation();
            self.way.set(Some(Way::To(href)));
        }
    }

    /// The address has changed already: it is changed back, and the router hears of neither.
    fn stepped(self, event: &Event, here: Option<i32>) {
        let own = self.own_steps.try_get_value().unwrap_or_default();
        if own > 0 {
            self.own_steps.set_value(own - 1);
            event.stop_immediate_propagation();
        } else if self.is_guarded() {
            event.stop_immediate_propagation();
            // Without the Navigation API nobody says how far it went: one step back, as a rule.
            let by = place().zip(here).map_or(-1, |(now, here)| now - here);
            self.own_steps.set_value(1);
            step(-by);
            self.way.set(Some(Way::Step(by)));
        }
    }
}

/// Guards the page for as long as the form is drawn, while `guarded`.
pub fn listen(guarded: Memo<bool>) -> Leaving {
    let leaving =
        Leaving { way: RwSignal::new(None), guarded, own_steps: StoredValue::new(0), let_go: StoredValue::new(false) };
    unload_guard(Signal::derive(move || leaving.is_guarded()));
    let here = place();
    on_click(move |event| leaving.clicked(event));
    history::hear_first(move |event| leaving.stepped(event, here));
    leaving
}

/// Hears of clicks before anybody else, until its owner is gone.
fn on_click(hear: impl Fn(&Event) + 'static) {
    let heard = Closure::<dyn FnMut(Event)>::new(move |event: Event| hear(&event));
    let _ = document().add_event_listener_with_callback_and_bool("click", heard.as_ref().unchecked_ref(), true);
    let kept = SendWrapper::new(heard);
    on_cleanup(move || {
        let heard = kept.take();
        let _ = document().remove_event_listener_with_callback_and_bool("click", heard.as_ref().unchecked_ref(), true);
    });
}

/// "Leave without saving?"
#[component]
pub fn LeaveDialog(leaving: Leaving) -> impl IntoView {
    let state = expect_context::<OneKey>();
    let stay = Callback::new(move |()| leaving.way.set(None));
    let go = Callback::new(move |()| leaving.go(state));
    let asked = Memo::new(move |_| leaving.way.with(Option::is_some));
    optional(move || {
        asked.get().then(|| {
            view! {
                <Dialog title="Leave without saving?" on_dismiss=stay>
                    <p class="dialog-lead">"What you have changed is not saved yet."</p>
                    <div class="dialog-actions">
                        <Button on_press=go>"Leave without saving"</Button>
                        <Button on_press=stay autofocus=true>
                            "Keep editing"
                        </Button>
                    </div>
                </Dialog>
            }
            .fixed()
        })
    })
}
