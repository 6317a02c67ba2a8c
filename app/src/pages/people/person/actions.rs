//! The buttons in the head, and the menu beside them.

use claviger_core::user::UserChange;
use leptos::prelude::*;

use super::state::{Ask, OnePerson};
use crate::{
    api,
    components::{
        button::Button,
        fixed::{Fix, optional, spawn},
        menu::{Menu, MenuItem},
    },
    routes::Page,
};

/// For the focus to come back to.
pub const ROLE: &str = "person-role";
/// The same.
pub const LINK: &str = "person-link";
/// The same.
pub const MENU: &str = "person-menu";

/// What this session can do to the person; or why it cannot.
#[component]
pub fn Actions(missing: Memo<bool>) -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let may = Memo::new(move |_| state.may());
    let active = Memo::new(move |_| state.user.with(|user| user.as_ref().is_some_and(|user| user.active)));
    let ask = move |what: Ask| Callback::new(move |()| state.open.set(Some(what.clone())));
    view! {
        <div class="key-actions">
            {optional(move || {
                let may = may.get();
                if missing.get() {
                    None
                } else if may.oneself {
                    Some(view! { <a class="button" href=Page::Profile.path()>"This is you: your profile"</a> }.fixed())
                } else if may.too_high {
                    Some(view! { <p class="quiet">"Only an owner can change an owner."</p> }.fixed())
                } else if may.change {
                    let active = active.get();
                    Some(view! {
                        <Button id=ROLE on_press=ask(Ask::Role)>"Change role…"</Button>
                        {may.link.then(|| view! { <Button id=LINK on_press=ask(Ask::Link)>"Sign-in link…"</Button> })}
                        {(!active).then(|| view! {
                            <Button busy=state.doing.busy on_press=Callback::new(move |()| reactivate(state))>"Reactivate"</Button>
                        })}
                        <Menu label="More actions" id=MENU>
                            {active.then(|| view! { <MenuItem on_choose=ask(Ask::Deactivate)>"Deactivate…"</MenuItem> })}
                            <MenuItem on_choose=ask(Ask::Remove)>"Remove…"</MenuItem>
                        </Menu>
                    }.fixed())
                } else {
                    None
                }
            })}
        </div>
    }
}

/// Without a question: it can be taken back.
fn reactivate(state: OnePerson) {
    if !state.doing.begins() {
        return;
    }
    spawn(async move {
        let change = UserChange { active: Some(true), ..UserChange::default() };
        let outcome = api::people::change(state.id, &change, None).await;
        if !state.doing.ended() {
            return;
        }
        match outcome {
            Ok(user) => {
                state.toasts.say(format!("Reactivated {}. Their keys work again, and they can sign in.", user.name));
                state.learn(user);
                request_animation_frame(|| {
                    crate::browser::page::focus(ROLE);
                });
            }
            Err(error) => state.failed(error, None),
        }
    });
}
