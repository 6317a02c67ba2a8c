//! Asks before a key ends for ever.

use claviger_core::{
    text::Note,
    wire::{key::Key, usage::UsageRange},
};
use leptos::prelude::*;

use super::{Asked, KeyAction, Outcome, is_own, passkeys_beside};
use crate::{
    api::{self, ApiError},
    browser::page,
    components::{
        button::{Button, ButtonKind},
        dialog::Dialog,
        error::ErrorNote,
        field::Field,
        fixed::{Fix, Fixed, spawn, text},
        key_facts::KeyFacts,
        moment::UsedMoment,
        passkeys_too::fate,
        stopping::Stopping,
        toast::use_toasts,
    },
    remote::Remote,
    session::use_session,
    usage,
    viewed::use_viewed,
};

const REASON: &str = "revoke-reason";

/// "Every integration that uses this key stops working."
#[component]
pub fn RevokeDialog(asked: Asked) -> impl IntoView {
    let Asked { key, on_outcome, instead, return_to } = asked;
    let (session, viewed) = (use_session(), use_viewed());
    let toasts = use_toasts();
    let own = is_own(session, &key);
    let offered = KeyAction::offered(&key, session);
    let (id, name) = (key.id, key.name.clone());
    let strict = move || untrack(|| viewed.record()).is_some_and(|organization| organization.strict);
    let used = used(&key);
    let passkeys = RwSignal::new(None);
    let beside = passkeys_beside(session, &key, passkeys);
    let reason = RwSignal::new(String::new());
    let problem = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);

    let close = Callback::new(move |()| {
        if !busy.get_untracked() {
            on_outcome.run(Outcome::Dismissed);
        }
    });
    let refuse = move |wrong: String| {
        problem.set(wrong);
        page::focus(REASON);
    };
    let revoke = Callback::new(move |()| {
        let name = name.clone();
        failure.set(None);
        problem.set(String::new());
        let note = match Note::parse(&reason.get_untracked()) {
            Ok(note) => note,
            Err(wrong) => return refuse(wrong.to_string()),
        };
        busy.set(true);
        spawn(async move {
            let reason = Some(note.as_str()).filter(|reason| !reason.is_empty());
            let outcome = api::keys::revoke(id, reason, fate(passkeys)).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(_) if own => session.leave(),
                Ok(key) => {
                    let stopping =
                        Stopping { done: format!("Revoked {name}"), subject: format!("{name} is"), strict: strict() };
                    stopping.say(toasts);
                    on_outcome.run(Outcome::Changed(Box::new(key)));
                }
                Err(error) if error.status == 404 => {
                    toasts.say(format!("{name} was deleted already"));
                    on_outcome.run(Outcome::Gone);
                }
                Err(error) if error.code == "already_revoked" => {
                    toasts.say(format!("{name} was revoked already"));
                    on_outcome.run(Outcome::Stale);
                }
                // The reason stays in its field; pressing the button again goes on.
                Err(error) if session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) if !error.field("reason").is_empty() => refuse(error.field("reason")),
                Err(error) => failure.set(Some(error)),
            }
        });
    });
    view! {
        <Dialog title=format!("Revoke “{}”?", key.name) on_dismiss=close return_to=return_to>
            {own.then(|| view! { <p class="note warn">"This is the key you are signed in with: you will be signed out."</p> })}
            <p class="dialog-lead">"Every integration that uses this key stops working. This cannot be undone."</p>
            <KeyFacts key=key more=used />
            <Field
                id=REASON
                label="Reason (optional)"
                hint="Up to 500 characters, read by everybody who sees this key"
                value=reason
                on_input=Callback::new(move |text| reason.set(text))
                problem=problem
            />
            {beside}
            <Milder offered=offered instead=instead busy=busy />
            <ErrorNote error=failure />
            <div class="dialog-actions">
                <Button on_press=close autofocus=true>
                    "Cancel"
                </Button>
                <Button kind=ButtonKind::Danger on_press=revoke busy=busy>
                    "Yes, revoke"
                </Button>
            </div>
        </Dialog>
    }
}

/// Whether somebody still needs it.
fn used(key: &Key) -> Fixed {
    let id = key.id;
    let day = Remote::new(move || Box::pin(api::usage::of_key(id, UsageRange::Day)));
    let calls = text(move || match day.get() {
        None => "…".to_owned(),
        Some(Err(_)) => "Not known".to_owned(),
        Some(Ok(day)) => match usage::sums(&day.totals) {
            (0, _) => "No calls".to_owned(),
            (all, refused) => format!("{}, {}", usage::of(all, "call"), usage::share_refused(all, refused)),
        },
    });
    let last = key.last_used_at;
    view! {
        <div>
            <dt>"Last used"</dt>
            <dd><UsedMoment at=last /></dd>
        </div>
        <div>
            <dt>"Last 24 h"</dt>
            <dd aria-live="polite">{calls}</dd>
        </div>
    }
    .fixed()
}

/// What ends less, for who is not sure.
#[component]
fn Milder(offered: Vec<KeyAction>, instead: Callback<KeyAction>, busy: RwSignal<bool>) -> impl IntoView {
    let offer = move |action: KeyAction, says: &'static str, effect: &'static str| {
        offered.contains(&action).then(|| {
            view! {
                <li>
                    <Button kind=ButtonKind::Text disabled=busy on_press=Callback::new(move |()| instead.run(action))>
                        {says}
                    </Button>
                    {effect}
                </li>
            }
        })
    };
    view! {
        <ul class="milder" aria-label="Instead">
            {offer(KeyAction::Disable, "Disable instead", " stops it for now; it can be enabled again.")}
            {offer(KeyAction::Rotate, "Rotate instead", " gives it a new secret, and the old one time to be replaced.")}
        </ul>
    }
}
