//! With what they come in beside keys: their passkeys, and where they are signed in; and the end of both.

use claviger_core::wire::{passkey::Passkey, user::SessionRow};
use leptos::prelude::*;

use crate::{
    api::{self, ApiError},
    browser::page,
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        confirm::{Confirm, Doing},
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, optional, spawn, text},
        moment::Moment,
        passkey_facts::passkey_facts,
        skeleton::Bone,
        table::{Cell, ColumnHead},
        toast::{ToastContext, use_toasts},
    },
    remote::Remote,
    session::{SessionContext, use_session},
};

const TITLE: &str = "person-ways-in";
const PASSKEYS: &str = "person-passkeys";
const SESSIONS: &str = "person-sessions";

chunk! {
    /// Passkeys and sessions of a person. With all that shows passkeys.
    Section passkeys: pub fn ways_in_section(id: i64, name: Signal<String>, may: Memo<bool>, version: Memo<i64>) =>
        view! { <WaysIn id=id name=name may=may version=version /> }.fixed()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Passkeys,
    Sessions,
}

/// All signals.
#[derive(Clone, Copy)]
struct State {
    id: i64,
    name: Signal<String>,
    passkeys: Remote<Result<Vec<Passkey>, ApiError>>,
    sessions: Remote<Result<Vec<SessionRow>, ApiError>>,
    open: RwSignal<Option<Ask>>,
    session: SessionContext,
    toasts: ToastContext,
}

#[component]
fn WaysIn(id: i64, name: Signal<String>, may: Memo<bool>, version: Memo<i64>) -> impl IntoView {
    // What is done to the person elsewhere on the page may end some of them.
    let passkeys = Remote::new(move || {
        version.track();
        Box::pin(api::passkeys::of(id))
    });
    let sessions = Remote::new(move || {
        version.track();
        Box::pin(api::sessions::of(id))
    });
    let open = RwSignal::new(None);
    let state = State { id, name, passkeys, sessions, open, session: use_session(), toasts: use_toasts() };
    let some_passkeys = Memo::new(move |_| passkeys.get().is_some_and(|list| list.is_ok_and(|list| !list.is_empty())));
    let some_sessions = Memo::new(move |_| sessions.get().is_some_and(|list| list.is_ok_and(|list| !list.is_empty())));
    let ask = move |what: Ask| Callback::new(move |()| open.set(Some(what)));
    view! {
        <section class="key-section" aria-labelledby=TITLE>
            <h2 id=TITLE tabindex="-1">"Signing in"</h2>
            {dynamic(move || match (passkeys.get(), sessions.get()) {
                (Some(Err(error)), _) | (_, Some(Err(error))) => {
                    let again = Callback::new(move |()| state.refresh());
                    view! { <ErrorState title="Passkeys and sessions could not be loaded" error=error on_retry=again /> }.fixed()
                }
                (Some(Ok(passkeys)), Some(Ok(sessions))) => {
                    let said = said(&passkeys, &sessions);
                    view! { <p>{said}</p> {(!passkeys.is_empty()).then(|| table(&passkeys))} }.fixed()
                }
                _ => view! {
                    <div aria-busy="true"><p class="visually-hidden" role="status">"Loading passkeys and sessions"</p> <Bone width="long" /></div>
                }.fixed(),
            })}
            {optional(move || (may.get() && (some_passkeys.get() || some_sessions.get())).then(|| view! {
                <div class="person-buttons">
                    {some_passkeys.get().then(|| view! { <Button id=PASSKEYS on_press=ask(Ask::Passkeys)>"Remove all passkeys…"</Button> })}
                    {some_sessions.get().then(|| view! { <Button id=SESSIONS on_press=ask(Ask::Sessions)>"Sign out everywhere…"</Button> })}
                </div>
            }.fixed()))}
            {dynamic(move || match open.get() {
                None => Fixed::nothing(),
                Some(Ask::Passkeys) => passkeys_dialog(state),
                Some(Ask::Sessions) => sessions_dialog(state),
            })}
        </section>
    }
}

/// How many of each.
fn said(passkeys: &[Passkey], sessions: &[SessionRow]) -> String {
    let here = match passkeys.len() {
        0 => "No passkey".to_owned(),
        count => counted(count, "passkey"),
    };
    match sessions.len() {
        0 => format!("{here}, and signed in nowhere."),
        1 => format!("{here}, and signed in at one place."),
        count => format!("{here}, and signed in at {count} places."),
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn table(passkeys: &[Passkey]) -> Fixed {
    let rows: Vec<Fixed> = passkeys.iter().map(row).collect();
    view! {
        <table class="table plain-table sessions" role="table" aria-label="Passkeys">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="Passkey" />
                    <ColumnHead label="Added" />
                    <ColumnHead label="Last used" />
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .fixed()
}

fn row(passkey: &Passkey) -> Fixed {
    let facts = passkey_facts(passkey);
    let (added, used) = (passkey.created_at, passkey.last_used_at);
    let used = match used {
        Some(at) => view! { <Moment at=at /> }.fixed(),
        None => view! { <span>"Never used"</span> }.fixed(),
    };
    view! {
        <tr role="row">
            <Cell label="Passkey">{facts}</Cell>
            <Cell label="Added">
                <Moment at=added />
            </Cell>
            <Cell label="Last used">{used}</Cell>
        </tr>
    }
    .fixed()
}

fn passkeys_dialog(state: State) -> Fixed {
    let doing = Doing::new();
    let remove = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::passkeys::remove_all(state.id).await;
            if !doing.ended() {
                return;
            }
            let done = |removed: u32| {
                format!(
                    "Removed {} of {}",
                    counted(usize::try_from(removed).unwrap_or_default(), "passkey"),
                    state.name.get_untracked()
                )
            };
            state.settle(outcome.map(done), doing);
        });
    });
    view! {
        <Confirm
            title=format!("Remove all passkeys of {}?", state.name.get_untracked())
            yes="Yes, remove"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=remove
            on_cancel=Callback::new(move |()| state.open.set(None))
            return_to=PASSKEYS
        >
            <p class="dialog-lead">
                "They can no longer sign in with them, are signed out wherever they did, and are not asked for them any more. This cannot be undone."
            </p>
            <p class="quiet">
                "Their keys stay, and so does where they signed in with one. Who has no key left comes in by a sign-in link."
            </p>
        </Confirm>
    }
    .fixed()
}

fn sessions_dialog(state: State) -> Fixed {
    let doing = Doing::new();
    let end = Callback::new(move |()| {
        if !doing.begins() {
            return;
        }
        spawn(async move {
            let outcome = api::sessions::end_all(state.id).await;
            if !doing.ended() {
                return;
            }
            let done = |_| format!("Signed {} out everywhere", state.name.get_untracked());
            state.settle(outcome.map(done), doing);
        });
    });
    let places = text(move || match state.sessions.get() {
        Some(Ok(sessions)) if sessions.len() == 1 => {
            "1 session ends: what they have typed there and not saved is lost.".to_owned()
        }
        Some(Ok(sessions)) => {
            format!("{} sessions end: what they have typed there and not saved is lost.", sessions.len())
        }
        _ => String::new(),
    });
    view! {
        <Confirm
            title=format!("Sign {} out everywhere?", state.name.get_untracked())
            yes="Yes, sign out"
            kind=ButtonKind::Danger
            doing=doing
            on_yes=end
            on_cancel=Callback::new(move |()| state.open.set(None))
            return_to=SESSIONS
        >
            <p class="dialog-lead">{places}</p>
            <p class="quiet">
                "Keys and passkeys stay: who has one signs in again. To keep somebody out, end those too, or deactivate the person."
            </p>
        </Confirm>
    }
    .fixed()
}

impl State {
    fn refresh(self) {
        self.passkeys.refetch();
        self.sessions.refetch();
    }

    /// What came of it, for the dialog or a toast.
    fn settle(self, outcome: Result<String, ApiError>, doing: Doing) {
        match outcome {
            Ok(done) => {
                self.toasts.say(done);
                self.open.set(None);
                self.refresh();
                // The button that was pressed goes.
                request_animation_frame(|| {
                    page::focus(TITLE);
                });
            }
            // Pressing the button again goes on.
            Err(error) if self.session.interrupted(&error, Callback::new(|()| ())) => {}
            Err(error) => doing.failure.set(Some(error)),
        }
    }
}
