//! The buttons in the head, the menu beside them, and the dialogs that they open.

use leptos::prelude::*;

use super::state::OneKey;
use crate::{
    browser::{clipboard, page},
    components::{
        button::Button,
        fixed::{Fix, dynamic, optional, spawn, watch},
        menu::{Menu, MenuItem},
        toast::use_toasts,
    },
    pages::key_actions::{KeyAction, Outcome, done_at_once, key_action_dialog},
};

/// What this session may do to the key.
#[component]
pub fn Actions() -> impl IntoView {
    let state = expect_context::<OneKey>();
    let may_edit = Memo::new(move |_| state.may_edit());
    let edit = Callback::new(move |()| state.edit(true));
    // Whoever takes from their own key what lets them edit reads on at the heading.
    let could = StoredValue::new(false);
    watch(move || {
        let can = may_edit.get();
        if could.get_value() && !can {
            request_animation_frame(|| {
                if page::focused().is_none() {
                    page::focus_heading();
                }
            });
        }
        could.set_value(can);
    });
    // Memos: a button that has the focus must not be drawn anew because the clock has moved on.
    let offered = Memo::new(move |_| {
        let key =
            state.key.get().zip(state.status()).map(|(key, status)| claviger_core::wire::key::Key { status, ..key });
        key.map(|key| KeyAction::offered(&key, state.session)).unwrap_or_default()
    });
    view! {
        <div class="key-actions">
            {optional(move || may_edit.get().then(|| view! {
                <Button id="key-edit" on_press=edit>"Edit"</Button>
            }.fixed()))}
            {dynamic(move || offered.get().into_iter().filter(|action| !in_menu(*action)).map(|action| view! {
                <Button id=button_id(action) busy=busy(state, action) on_press=start(state, action)>{action.label()}</Button>
            }).collect_view().fixed())}
            {dynamic(move || view! { <More offered=offered.get() /> }.fixed())}
        </div>
    }
}

/// What ends a key for good is a step further away.
const fn in_menu(action: KeyAction) -> bool {
    matches!(action, KeyAction::Revoke | KeyAction::Delete)
}

/// For the focus to come back to, also when the button was drawn anew; Enable stands where Disable was.
const fn button_id(action: KeyAction) -> &'static str {
    match action {
        KeyAction::Disable | KeyAction::Enable => SWITCH,
        _ => "key-secret",
    }
}

const SWITCH: &str = "key-switch";

fn busy(state: OneKey, action: KeyAction) -> Signal<bool> {
    Signal::derive(move || button_id(action) == SWITCH && state.switching.get())
}

fn start(state: OneKey, action: KeyAction) -> Callback<()> {
    let toasts = use_toasts();
    let Came(came) = expect_context();
    Callback::new(move |()| {
        let Some(key) = state.key.get_untracked() else { return };
        // The second press of a double click, when the first was so fast that the button is the other one by now.
        if button_id(action) == SWITCH && page::is_second_click() {
            return;
        }
        if done_at_once(action, &key, came, state.session, toasts) {
            state.switching.set(true);
        } else {
            state.asking.set(Some(action));
        }
    })
}

#[component]
fn More(offered: Vec<KeyAction>) -> impl IntoView {
    let state = expect_context::<OneKey>();
    let toasts = use_toasts();
    let copy = move |what: &'static str, text: String| {
        spawn(async move {
            if clipboard::copy(&text).await {
                toasts.say(format!("Copied the {what}"));
            } else {
                toasts.fail("The browser did not allow copying");
            }
        });
    };
    let hint = move || state.key.with_untracked(|key| key.as_ref()?.hint.as_ref().map(ToString::to_string));
    let copy_hint = Callback::new(move |()| copy("hint", hint().unwrap_or_default()));
    let copy_id = Callback::new(move |()| copy("id", state.id.to_string()));
    let ending: Vec<_> = offered.into_iter().filter(|action| in_menu(*action)).collect();
    view! {
        <Menu label="More actions" id="key-menu">
            {hint().map(|_| view! { <MenuItem on_choose=copy_hint>"Copy hint"</MenuItem> })}
            <MenuItem on_choose=copy_id>"Copy id"</MenuItem>
            {(!ending.is_empty()).then(|| view! { <hr /> })}
            {ending
                .into_iter()
                .map(|action| view! { <MenuItem on_choose=start(state, action)>{action.label()}</MenuItem> })
                .collect_view()}
        </Menu>
    }
}

/// Is told what came of an action. It belongs to the page: Undo, in a toast, may be pressed when the button is another.
#[derive(Clone, Copy)]
pub struct Came(Callback<Outcome>);

impl Came {
    /// For this page.
    pub fn new(state: OneKey) -> Self {
        Self(Callback::new(move |outcome| {
            state.asking.set(None);
            state.switching.set(false);
            match outcome {
                Outcome::Dismissed => {}
                Outcome::Changed(key) => state.learn(*key),
                Outcome::Stale => state.refresh(),
                // Nothing is left to look at.
                Outcome::Gone => return state.leave(),
            }
            state.viewed.refresh();
            // Two frames: a dialog that goes gives the focus back in the first.
            request_animation_frame(|| {
                request_animation_frame(|| {
                    // The button that opened it may be gone by now.
                    if page::focused().is_none() && !page::focus(SWITCH) && !page::focus("key-menu") {
                        page::focus_heading();
                    }
                });
            });
        }))
    }
}

/// The dialog that is open.
#[component]
pub fn Dialogs() -> impl IntoView {
    let state = expect_context::<OneKey>();
    let Came(came) = expect_context();
    optional(move || {
        let action = state.asking.get()?;
        let key = state.key.get_untracked()?;
        Some(key_action_dialog(action, key, came))
    })
}
