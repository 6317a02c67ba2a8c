//! What opens at a button and floats: a native popover, so that Esc and a press elsewhere close it. It is placed by script
//! because not every browser we support can anchor it in CSS yet. What floats is built
//! when it is first opened: a list has one at each row.

use leptos::{ev, html, prelude::*};

use super::{
    fixed::{Slot, flag, on, optional},
    icon::Icon,
    unique_id,
};
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
    trigger: Icon,
    children: Slot,
) -> impl IntoView {
    let id = unique_id("popup");
    let context = PopupContext { popover: NodeRef::new(), trigger: NodeRef::new() };
    let open = RwSignal::new(false);
    let opened = RwSignal::new(false);

    let on_before = move |_: ev::Event| {
        if !opened.get_untracked() {
            opened.set(true);
        }
        if let (Some(trigger), Some(popover)) = (context.trigger.get_untracked(), context.popover.get_untracked()) {
            // All of the account is its button.
            let whole = trigger.closest(".account").ok().flatten();
            let rect =
                whole.map_or_else(|| trigger.get_bounding_client_rect(), |whole| whole.get_bounding_client_rect());
            place(&popover, &rect);
        }
    };
    let on_toggle = move |_: ev::Event| {
        let now =
            context.popover.get_untracked().is_some_and(|popover| popover.matches(":popover-open").unwrap_or(false));
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
    let on_trigger = move |event: ev::KeyboardEvent| {
        if role == "menu"
            && event.key() == "ArrowDown"
            && let Some(popover) = context.popover.get_untracked()
        {
            event.prevent_default();
            let _ = popover.show_popover();
        }
    };
    // It is fixed to the window: when its button moves away, it goes.
    let hide_on_scroll = move || {
        let on_scroll = window_event_listener(ev::scroll, move |_| {
            if open.get_untracked()
                && let Some(popover) = context.popover.get_untracked()
            {
                let _ = popover.hide_popover();
            }
        });
        on_cleanup(move || on_scroll.remove());
    };
    let mut children = Some(children);
    let content = optional(move || {
        let children = opened.get().then(|| children.take()).flatten()?;
        hide_on_scroll();
        provide_context(context);
        Some(untrack(|| children.draw()))
    });

    view! {
        <button
            type="button"
            class=trigger_class
            id=trigger_id
            node_ref=context.trigger
            popovertarget=id.clone()
            aria-label=label.clone()
            aria-haspopup=(role == "menu").then_some("menu")
            aria-expanded=flag(move || open.get())
            on:keydown=on(on_trigger)
        >
            {trigger.view()}
        </button>
        <div
            id=id
            class=class
            popover="auto"
            role=role
            aria-label=label
            node_ref=context.popover
            on:beforetoggle=on(on_before)
            on:toggle=on(on_toggle)
            on:keydown=on(on_key)
        >
            {content}
        </div>
    }
}

/// Puts the popover beside its button, on the side where there is room. Through the CSSOM, which a strict
/// Content-Security-Policy allows.
fn place(popover: &web_sys::HtmlElement, button: &web_sys::DomRect) {
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    // Whole pixels: the formatting of floats alone is 10 KB.
    #[expect(clippy::cast_possible_truncation, reason = "a window is not that large")]
    let px = |value: f64| format!("{}px", value.max(8.0) as i32);
    let below = height - button.bottom() > 280.0 || button.top() < height / 2.0;
    let from_left = button.left() < width / 2.0;
    let (above, under) = (px(height - button.top() + 4.0), px(button.bottom() + 4.0));
    let (left, right) = (px(button.left()), px(width - button.right()));
    let auto = || "auto".to_owned();
    let (top, bottom) = if below { (under, auto()) } else { (auto(), above) };
    let (left, right) = if from_left { (left, auto()) } else { (auto(), right) };
    let _ = web_sys::HtmlElement::style(popover).set_property("inset", &format!("{top} {right} {bottom} {left}"));
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
        (Step::Next, Some(at)) => {
            if at >= last {
                0
            } else {
                at + 1
            }
        }
        (Step::Previous, Some(at)) => at - 1,
    };
    if let Some(item) = items.get(next) {
        let _ = item.focus();
    }
}
