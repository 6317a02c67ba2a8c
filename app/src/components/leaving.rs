//! Asks before something is lost by leaving: typed work, or a secret that is shown only once. By a link, by Back, by a reload,
//! by Cancel.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, Event, HtmlElement, MouseEvent};

use crate::{
    browser::history::{self, place, step},
    components::{
        button::Button,
        dialog::Dialog,
        fixed::{Fix, optional, watch},
    },
};

/// The id of the button that signs out: that leaves the page like a link.
pub const SIGN_OUT: &str = "sign-out";

/// Where somebody wanted to go.
#[derive(Clone, PartialEq)]
enum Way {
    /// A link's address.
    To(String),
    /// So many steps in the history; negative is back.
    Step(i32),
    /// Only out of the form.
    Stop,
    /// Out of the console.
    SignOut,
}

/// What is asked about.
#[derive(Clone, Copy)]
pub struct Leaving {
    way: RwSignal<Option<Way>>,
    /// Whether there is anything to lose.
    guarded: Signal<bool>,
    /// Steps in the history that are our own.
    own_steps: StoredValue<u32>,
    /// It was asked, and may go.
    let_go: StoredValue<bool>,
    /// Follows a link.
    follow: StoredValue<Callback<String>>,
}

impl Leaving {
    /// Asks before the form is left.
    pub fn stop(self) {
        self.way.set(Some(Way::Stop));
    }

    fn is_guarded(self) -> bool {
        !self.let_go.try_get_value().unwrap_or(true) && self.guarded.try_get_untracked().unwrap_or(false)
    }

    /// Whether somebody wants to leave, tracked.
    fn is_asked(self) -> bool {
        self.way.with(Option::is_some)
    }

    fn stay(self) {
        self.way.set(None);
    }

    fn go(self, on_stop: Callback<()>) {
        let Some(way) = self.way.get_untracked() else { return };
        self.way.set(None);
        self.let_go.set_value(true);
        match way {
            Way::To(address) => self.follow.get_value().run(address),
            Way::Step(by) => step(by),
            Way::Stop => on_stop.run(()),
            Way::SignOut => {
                if let Some(Ok(button)) = document().get_element_by_id(SIGN_OUT).map(JsCast::dyn_into::<HtmlElement>) {
                    button.click();
                }
            }
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
        let Some(link) = target.and_then(|target| target.closest("a[href],#sign-out").ok().flatten()) else { return };
        if link.id() == SIGN_OUT {
            event.prevent_default();
            event.stop_propagation();
            return self.way.set(Some(Way::SignOut));
        }
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

/// Asks, while `guarded` and for as long as its owner is drawn, before the page is left.
pub fn guard(guarded: Signal<bool>) -> Leaving {
    let navigate = use_navigate();
    let follow = Callback::new(move |address: String| navigate(&address, NavigateOptions::default()));
    let leaving = Leaving {
        way: RwSignal::new(None),
        guarded,
        own_steps: StoredValue::new(0),
        let_go: StoredValue::new(false),
        follow: StoredValue::new(follow),
    };
    unload_guard(Signal::derive(move || leaving.is_guarded()));
    let here = place();
    on_click(move |event| leaving.clicked(event));
    history::hear_first(move |event| leaving.stepped(event, here));
    leaving
}

/// For what is shown only once: until it is `copied`, whoever goes elsewhere is asked as if they had closed it.
pub fn ask_first(copied: RwSignal<bool>, asking: RwSignal<bool>) {
    let leaving = guard(Signal::derive(move || !copied.get()));
    watch(move || {
        if leaving.is_asked() {
            leaving.stay();
            asking.set(true);
        }
    });
}

/// While `unsafe_to_leave`, the browser asks before the page goes.
pub fn unload_guard(unsafe_to_leave: Signal<bool>) {
    let handle = window_event_listener(ev::beforeunload, move |event| {
        if unsafe_to_leave.get_untracked() {
            event.prevent_default();
            // Older browsers ask only when this is set.
            event.set_return_value("not saved yet");
        }
    });
    on_cleanup(move || handle.remove());
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

/// "Leave without saving?" `on_stop` leaves only the form.
#[component]
pub fn LeaveDialog(leaving: Leaving, on_stop: Callback<()>) -> impl IntoView {
    let stay = Callback::new(move |()| leaving.stay());
    let go = Callback::new(move |()| leaving.go(on_stop));
    let asked = Memo::new(move |_| leaving.is_asked());
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
