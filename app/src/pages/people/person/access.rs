//! Whether their keys call the API, and its end: off, or cleared.

use claviger_core::wire::{key::Key, user::User};
use leptos::prelude::*;

use super::{
    state::{Ask, May, OnePerson},
    words,
};
use crate::{
    api,
    components::{
        button::{Button, ButtonKind},
        confirm::{Confirm, Doing},
        fixed::{Fix, Fixed, optional, spawn, text},
        moment::{Moment, UsedMoment},
        notice::Notice,
        passkeys_too::{Beside, fate, passkeys_too},
        stopping::Stopping,
    },
    format,
};

const SWITCH: &str = "person-access";
const CLEAR: &str = "person-clear";

/// On, or who ended it and when; with what can be done about it.
#[component]
pub fn AccessSection() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let user = Memo::new(move |_| state.user.get());
    let may = Memo::new(move |_| state.may());
    let locked_out = Memo::new(move |_| state.is_locked_out());
    view! {
        <section class="key-section" aria-labelledby="person-access-title">
            <h2 id="person-access-title">"API access"</h2>
            {optional(move || user.get().map(|user| said(&user, state)))}
            {optional(move || user.get().map(|user| buttons(user.api_access, may.get(), state)))}
            {optional(move || (locked_out.get() && !may.get().oneself).then(|| view! {
                <Notice>
                    <span>"They have no key left to sign in with. Unless they have a passkey, or come by Cloudflare Access, a sign-in link lets them in again."</span>
                </Notice>
            }.fixed()))}
        </section>
    }
}

fn said(user: &User, state: OnePerson) -> Fixed {
    let me = Some(state.session.user_id());
    match &user.api_access_ended {
        _ if user.api_access => view! {
            <p><strong>"On."</strong> " Their keys call the API, and are good when somebody verifies them."</p>
        }
        .fixed(),
        Some(ended) => {
            let (how, at, by) = (words::ended(ended), ended.at, format::actor(&ended.by, me));
            view! { <p><strong>{how}</strong> " by " {by} ", " <Moment at=at /> ". They can switch it on again on their profile."</p> }.fixed()
        }
        None => view! { <p><strong>"Off."</strong> " They can switch it on on their profile, and are shown their key then."</p> }.fixed(),
    }
}

fn buttons(on: bool, may: May, state: OnePerson) -> Fixed {
    let ask = move |what: Ask| Callback::new(move |()| state.open.set(Some(what.clone())));
    view! {
        <div class="person-buttons">
            {(may.access && on).then(|| view! { <Button id=SWITCH on_press=ask(Ask::Off)>"Switch off…"</Button> })}
            {(may.access && !on).then(|| view! {
                <Button id=SWITCH busy=state.doing.busy on_press=Callback::new(move |()| allow(state))>"Switch on"</Button>
            })}
            {may.clear.then(|| view! { <Button id=CLEAR on_press=ask(Ask::Clear)>"Clear API key…"</Button> })}
        </div>
    }
    .fixed()
}

/// Without a question: it can be taken back.
fn allow(state: OnePerson) {
    // The second press of a double click, when the first was so fast that the button is the other one by now.
    if crate::browser::page::is_second_click() || !state.doing.begins() {
        return;
    }
    spawn(async move {
        let outcome = api::people::allow(state.id, &api::keys::attempt()).await;
        if !state.doing.ended() {
            return;
        }
        match outcome {
            // Nobody is shown the secret of another person's key.
            Ok((user, _)) => {
                state.toasts.say(format!("Switched on API access of {}", user.name));
                state.learn(user);
                request_animation_frame(|| {
                    crate::browser::page::focus(SWITCH);
                });
            }
            Err(error) => state.failed(error, None),
        }
    });
}

/// Off: nothing is lost.
#[component]
pub fn OffDialog() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let doing = Doing::new();
    let name = state.name();
    let off = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::people::end(state.id).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(user) => {
                    stopping(state, format!("Switched off API access of {}", user.name), &user.name);
                    state.learn(user);
                }
                Err(error) => state.failed(error, Some(doing)),
            }
        });
    });
    view! {
        <Confirm
            title=format!("Switch off API access of {name}?")
            yes="Switch off"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=off
            on_cancel=Callback::new(move |()| state.close())
            return_to=SWITCH
        >
            <p class="dialog-lead">
                "Every integration that uses their keys stops working. The keys are kept, and work again when it is on; they still sign in with them."
            </p>
            <Stops state=state />
        </Confirm>
    }
}

/// Clear: their keys end for ever.
#[component]
pub fn ClearDialog() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let doing = Doing::new();
    let name = state.name();
    let passkeys = RwSignal::new(None);
    let clear = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::people::clear(state.id, fate(passkeys)).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(cleared) => {
                    let revoked = words::keys(usize::try_from(cleared.revoked).unwrap_or_default());
                    let name = cleared.user.name.clone();
                    let removed = match cleared.passkeys_removed {
                        0 => "",
                        1 => ", and a passkey removed",
                        _ => ", and passkeys removed",
                    };
                    stopping(state, format!("Cleared the API key of {name}: {revoked} revoked{removed}"), &name);
                    state.cleared(cleared.user);
                }
                Err(error) => state.failed(error, Some(doing)),
            }
        });
    });
    view! {
        <Confirm
            title=format!("Clear the API key of {name}?")
            yes="Yes, clear"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=clear
            on_cancel=Callback::new(move |()| state.close())
            return_to=CLEAR
        >
            <p class="dialog-lead">
                "All their keys are revoked: every integration that uses one stops working. This cannot be undone."
            </p>
            <Stops state=state />
            {passkeys_too(state.id, Beside::Clear, passkeys)}
            <p class="quiet">
                "API access goes off, and they are signed out. A sign-in link lets them in again; then they can enable API access and get a new key."
            </p>
        </Confirm>
    }
}

/// The keys that stop, with when each was last used.
#[component]
fn Stops(state: OnePerson) -> impl IntoView {
    optional(move || {
        let keys = state.live_keys().filter(|keys| !keys.is_empty())?;
        let line = |key: Key| {
            let Key { name, hint, last_used_at, .. } = key;
            view! {
                <div>
                    <dt>{name} " " {hint.map(|hint| view! { <code class="hint">{hint.to_string()}</code> })}</dt>
                    <dd><UsedMoment at=last_used_at /></dd>
                </div>
            }
        };
        let title =
            text(move || format!("What stops: {}", words::keys(state.live_keys().map_or(0, |keys| keys.len()))));
        Some(
            view! { <dl class="facts stops" aria-label=title>{keys.into_iter().map(line).collect_view()}</dl> }.fixed(),
        )
    })
}

/// Says that it is done, and how long it can take until nobody accepts the keys any more.
fn stopping(state: OnePerson, done: String, name: &str) {
    let strict = untrack(|| state.viewed.record()).is_some_and(|organization| organization.strict);
    Stopping { done, subject: format!("The keys of {name} are"), strict }.say(state.toasts);
}
