//! Whether one's keys call the API: on, regenerated, off; and who ended it.

use claviger_core::{
    organization::Plan,
    status::KeyStatus,
    wire::user::{ApiAccessEnd, User},
};
use leptos::prelude::*;

use super::state::{Ask, Profile};
use crate::{
    api,
    browser::page,
    components::{
        button::{Button, ButtonKind},
        confirm::{Confirm, Doing},
        error::ErrorNote,
        fixed::{Fix, Fixed, dynamic, optional, spawn},
        moment::{Moment, UsedMoment},
    },
    format,
};

/// For the focus to come back to.
pub const REGENERATE: &str = "regenerate";
/// The same; Enable stands where Off was.
const SWITCH: &str = "api-access";

/// The switch, the default key, and what can be done with both.
#[component]
pub fn AccessSection() -> impl IntoView {
    let state = expect_context::<Profile>();
    // Memos: a button that has the focus must not be drawn anew because something was asked for again.
    let user = Memo::new(move |_| state.user.get());
    let on = Memo::new(move |_| state.user.with(|user| user.as_ref().is_some_and(|user| user.api_access)));
    let ended = Memo::new(move |_| user.get().is_some_and(|user| user.api_access_ended.is_some()));
    let key = Memo::new(move |_| state.default_key());
    let pending = Memo::new(move |_| key.get().is_some_and(|key| key.status == KeyStatus::Pending));
    let may_write = Memo::new(move |_| state.session.may_write());
    let trial =
        Memo::new(move |_| state.session.current().is_some_and(|session| session.organization.plan == Plan::Trial));
    let allow = Callback::new(move |()| {
        // The second press of a double click, when the first was so fast that the button is the other one by now.
        if !page::is_second_click() {
            state.allow();
        }
    });
    let ask = move |what: Ask| {
        Callback::new(move |()| {
            if !page::is_second_click() {
                state.open.set(Some(what.clone()));
            }
        })
    };
    view! {
        <section class="key-section" aria-labelledby="api-access-title">
            <h2 id="api-access-title">"API access"</h2>
            {optional(move || user.get().map(|user| said(&user, state)))}
            {optional(move || trial.get().then(|| view! {
                <p class="notice">"Your organization is on trial: until whoever runs this Claviger upgrades it, its keys do not work."</p>
            }.fixed()))}
            {optional(move || {
                let key = key.get().filter(|_| on.get())?;
                let used = key.last_used_at;
                Some(match key.hint {
                    Some(hint) => view! {
                        <p>"Your API key " <code>{hint.to_string()}</code> <span class="quiet">" · " {used.map(|_| "last used ")} <UsedMoment at=used /></span></p>
                    }.fixed(),
                    None => view! { <p>"Your API key has no secret yet."</p> }.fixed(),
                })
            })}
            <ErrorNote error=state.doing.failure />
            {dynamic(move || {
                if !may_write.get() {
                    return Fixed::nothing();
                }
                let busy = state.doing.busy;
                if !on.get() {
                    let label = if ended.get() { "Enable again" } else { "Enable API access" };
                    return view! {
                        <div class="person-buttons">
                            <Button id=SWITCH kind=ButtonKind::Primary busy=busy on_press=allow>{label}</Button>
                        </div>
                    }.fixed();
                }
                let first = if pending.get() {
                    view! { <Button id=REGENERATE kind=ButtonKind::Primary busy=busy on_press=allow>"Show my API key"</Button> }.fixed()
                } else {
                    view! { <Button id=REGENERATE on_press=ask(Ask::Regenerate)>"Regenerate…"</Button> }.fixed()
                };
                view! {
                    <div class="person-buttons">
                        {first}
                        <Button id=SWITCH on_press=ask(Ask::Off)>"Switch off…"</Button>
                    </div>
                }.fixed()
            })}
        </section>
    }
}

fn said(user: &User, state: Profile) -> Fixed {
    let me = Some(state.session.user_id());
    match &user.api_access_ended {
        _ if user.api_access => view! {
            <p><strong>"On."</strong> " Your keys call the API, and are good when somebody verifies them."</p>
        }
        .fixed(),
        Some(ended) => {
            let (at, by) = (ended.at, format::actor(&ended.by, me));
            let (how, means) = match ended.how {
                ApiAccessEnd::Off => ("Switched off", " Your keys are kept; they sign you in, and work again when it is on."),
                ApiAccessEnd::Cleared => ("Cleared", " All keys that you had then were revoked. Enable it again, and you get a new one."),
            };
            view! {
                <p><strong>{how}</strong> " by " {by} ", " <Moment at=at /> "." {means}</p>
            }
            .fixed()
        }
        None => view! {
            <p><strong>"Off."</strong> " Enable it, and you are shown your API key, once. Have a safe place for it ready."</p>
        }
        .fixed(),
    }
}

/// Another secret: what uses the one before stops.
#[component]
pub fn RegenerateDialog() -> impl IntoView {
    let state = expect_context::<Profile>();
    let doing = Doing::new();
    let attempt = StoredValue::new(api::keys::attempt());
    let key = untrack(|| state.default_key());
    let own = move |id: Option<i64>| {
        id.is_some() && untrack(|| state.session.current()).and_then(|session| session.key).map(|key| key.id) == id
    };
    let signed_in_with = own(key.as_ref().map(|key| key.id));
    let regenerate = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::people::regenerate(state.session.user_id(), &attempt.get_value()).await;
            // The session went with the secret that was pasted for it. The new one is at hand: nobody has to paste again.
            let mut note = "The one before does not work any more.".to_owned();
            if let Ok(minted) = &outcome
                && own(Some(minted.key.id))
            {
                match api::session::sign_in(minted.secret.expose()).await {
                    Ok(session) => state.session.signed_in(session),
                    Err(_) => note.push_str(" You will be asked to sign in with this one."),
                }
            }
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(minted) => {
                    state.know(&minted.key);
                    state.open.set(Some(Ask::Reveal(Box::new(minted), Some(note))));
                }
                Err(error) if state.session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(mut error) => {
                    if error.code == "already_created" {
                        error.message = "A new key was made, but it got lost on the way, and cannot be shown again. Pressing the button again makes another.".to_owned();
                        attempt.set_value(api::keys::attempt());
                    } else if error.is_uncertain() {
                        error.message.push_str(
                            " The new key may have been made. Press the button again: it will not be made twice.",
                        );
                    }
                    doing.failure.set(Some(error));
                }
            }
        });
    });
    view! {
        <Confirm
            title="Regenerate your API key?"
            yes="Regenerate"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=regenerate
            on_cancel=Callback::new(move |()| state.open.set(None))
            return_to=REGENERATE
        >
            <p class="dialog-lead">
                "You get a new key, shown once in the next step. The one that you have stops working at once, and so does everything that uses it."
            </p>
            {key.and_then(|key| key.hint).map(|hint| view! { <p>"It stops: " <code class="hint">{hint.to_string()}</code></p> })}
            {signed_in_with.then(|| view! {
                <p class="note warn">
                    "It is the key you are signed in with: you stay signed in here if the new one arrives, and are signed out wherever else you used it. Should it get lost on the way, you are signed out here too: come in with a passkey or another key of yours, or ask an administrator for a sign-in link. The only owner of an organization asks a system administrator for it; the only one of the system organization, whoever runs this Claviger: "
                    <code>"cargo xtask recover"</code> ", or " <code>"cargo xtask deploy --new-setup-token"</code> " where it is deployed."
                </p>
            })}
            <p class="quiet">"To give what uses it time to change over, open the key below and rotate it instead."</p>
        </Confirm>
    }
}

/// Off: nothing is lost.
#[component]
pub fn OffDialog() -> impl IntoView {
    let state = expect_context::<Profile>();
    let doing = Doing::new();
    let off = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::people::end(state.session.user_id()).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(user) => {
                    state.toasts.say("Switched off API access. Your keys stopped working, and are kept.");
                    state.learn(user);
                    state.open.set(None);
                }
                Err(error) if state.session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) => doing.failure.set(Some(error)),
            }
        });
    });
    view! {
        <Confirm
            title="Switch off your API access?"
            yes="Switch off"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=off
            on_cancel=Callback::new(move |()| state.open.set(None))
            return_to=SWITCH
        >
            <p class="dialog-lead">
                "Everything that uses one of your keys stops working. The keys are kept, and work again when you enable it; you still sign in with them."
            </p>
        </Confirm>
    }
}
