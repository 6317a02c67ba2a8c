//! What opens at a button and floats: a native popover, so that Esc and a press elsewhere close it. It is placed by script
//! because not every browser we support can anchor it in CSS yet.

use leptos::{ev, html, prelude::*};

use super::unique_id;
use crate::browser::page;

/// Lets what is inside close the popup.
#[derive(Clone, Copy)]
pub struct PopupContext {
    popover: NodeRef<html::Div>,
    trigger: NodeRef<html::Button>,
}

impl PopupContext {
    /// Closes it, with the focus back on its button.
    pub fn close(self) {
        if let Some(popover) = self.popover.get_untracked() {
            let _ = popover.hide_popover();
        }
        if let Some(trigger) = self.trigger.get_untracked() {
            let _ = trigger.focus();
        }
    }
}

/// A button with something that floats below it, or above where there is no room.
#[component]
pub fn Popup(
    #[prop(into)] label: String,
    #[prop(default = "icon-button")] trigger_class: &'static str,
    #[prop(default = "popup")] class: &'static str,
    /// The ARIA role of what floats; `menu` also makes the arrow keys walk.
    #[prop(default = "group")]
    role: &'static str,
    #[prop(optional, into)] trigger_id: Option<String>,
    trigger: ViewFn,
    children: Children,
) -> impl IntoView {
    let id = unique_id("popup");
    let context = PopupContext { popover: NodeRef::new(), trigger: NodeRef::new() };
    provide_context(context);
    let open = RwSignal::new(false);
    let place = RwSignal::new(Place::default());

    let on_before = move |_: ev::Event| {
        if let Some(trigger) = context.trigger.get_untracked() {
            place.set(Place::at(&trigger.get_bounding_client_rect()));
        }
    };
    let on_toggle = move |_| {
        let now = context.popover.get_untracked().is_some_and(|popover| popover.matches(":popover-open").unwrap_or(false));
        open.set(now);
        if now && role == "menu" {
            move_focus(context, Step::First);
        } else if !now && page::focused().is_none_or(|focused| is_inside(context, &focused)) {
            context.close();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => Step::Next,
            "ArrowUp" => Step::Previous,
            "Home" => Step::First,
            "End" => Step::Last,
            "Tab" if role == "menu" => return context.close(),
            _ => return,
        };
        if role == "menu" {
            event.prevent_default();
            move_focus(context, step);
        }
    };
    // It is fixed to the window: when its button moves away, it goes.
    let on_scroll = window_event_listener(ev::scroll, move |_| {
        if open.get_untracked()
            && let Some(popover) = context.popover.get_untracked()
        {
            let _ = popover.hide_popover();
        }
    });
    on_cleanup(move || on_scroll.remove());

    view! {
        <button
            type="button"
            class=trigger_class
            id=trigger_id
            node_ref=context.trigger
            popovertarget=id.clone()
            aria-label=label.clone()
            aria-haspopup=(role == "menu").then_some("menu")
            aria-expanded=move || open.get().to_string()
        >
            {trigger.run()}
        </button>
        <div
            id=id
            class=class
            popover="auto"
            role=role
            aria-label=label
            node_ref=context.popover
            style:top=move || place.get().top
            style:bottom=move || place.get().bottom
            style:left=move || place.get().left
            style:right=move || place.get().right
            on:beforetoggle=on_before
            on:toggle=on_toggle
            on:keydown=on_key
        >
            {children()}
        </div>
    }
}

/// Distances from the window's edges, as CSS.
#[derive(Clone, Default, PartialEq, Eq)]
struct Place {
    top: String,
    bottom: String,
    left: String,
    right: String,
}

impl Place {
    fn at(button: &web_sys::DomRect) -> Self {
        let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
        let (width, height) = (size(window().inner_width()), size(window().inner_height()));
        let px = |value: f64| format!("{}px", value.max(8.0));
        let auto = || "auto".to_owned();
        let below = height - button.bottom() > 280.0 || button.top() < height / 2.0;
        let from_left = button.left() < width / 2.0;
        Self {
            top: if below { px(button.bottom() + 4.0) } else { auto() },
            bottom: if below { auto() } else { px(height - button.top() + 4.0) },
            left: if from_left { px(button.left()) } else { auto() },
            right: if from_left { auto() } else { px(width - button.right()) },
        }
    }
}

#[derive(Clone, Copy)]
enum Step {
    First,
    Last,
    Next,
    Previous,
}

fn is_inside(context: PopupContext, element: &web_sys::HtmlElement) -> bool {
    context.popover.get_untracked().is_some_and(|popover| popover.contains(Some(element)))
}

fn move_focus(context: PopupContext, step: Step) {
    use wasm_bindgen::JsCast;
    let Some(popover) = context.popover.get_untracked() else { return };
    let Ok(list) = popover.query_selector_all("[role=menuitem]") else { return };
    let items: Vec<web_sys::HtmlElement> = (0..list.length()).filter_map(|at| list.item(at)?.dyn_into().ok()).collect();
    let focused = page::focused();
    let at = items.iter().position(|item| Some(item) == focused.as_ref());
    let last = items.len().saturating_sub(1);
    let next = match (step, at) {
        (Step::First, _) | (Step::Next, None) => 0,
        (Step::Last, _) | (Step::Previous, None | Some(0)) => last,
        (Step::Next, Some(at)) => if at >= last { 0 } else { at + 1 },
        (Step::Previous, Some(at)) => at - 1,
    };
    if let Some(item) = items.get(next) {
        let _ = item.focus();
    }
}
