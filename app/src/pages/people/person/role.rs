//! "Change role".

use claviger_core::{
    text::Email,
    user::{UserChange, UserRole},
};
use leptos::{ev, prelude::*};

use super::{
    super::{
        invite::{ROLE_SENTENCES, roles_up_to},
        rank,
    },
    actions::ROLE,
    state::OnePerson,
};
use crate::{
    api,
    components::{
        button::{Button, SubmitButton},
        confirm::Doing,
        dialog::Dialog,
        error::ErrorNote,
        fixed::{Fix, on, optional, spawn},
        select::{Choices, Options},
    },
    format::user_role,
};

/// Asks for the role. Nobody makes somebody more than they are themself; and where who let them in could not give it, the Worker
/// refuses first, and what ends with it is said before it is asked for again.
#[component]
pub fn RoleDialog() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let doing = Doing::new();
    // Read again with each press: after a conflict it is another one.
    let known = move || state.user.with_untracked(|user| user.as_ref().map(|user| (user.role, user.version)));
    let (role, _) = known().unwrap_or((UserRole::Member, 0));
    let email = state.user.with_untracked(|user| user.as_ref().map(|user| user.email.clone()));
    let chosen = RwSignal::new(role);
    // What they come in with has to end, and that was said.
    let ending = RwSignal::new(false);
    let roles = roles_up_to(untrack(|| rank(state.session)));
    let options = Options::new(
        &roles,
        move || chosen.get(),
        move |role| {
            chosen.set(role);
            ending.set(false);
        },
    );
    let cancel = Callback::new(move |()| {
        if !doing.busy.get_untracked() {
            state.close();
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let new = chosen.get_untracked();
        let Some((role, version)) = known() else { return };
        if new == role {
            return cancel.run(());
        }
        if !doing.begins() {
            return;
        }
        let end = ending.get_untracked();
        // Shown below: whoever presses the button has seen whose it is.
        let address = state.user.with_untracked(|user| user.as_ref().and_then(|user| Email::parse(&user.email).ok()));
        spawn(async move {
            let change = UserChange {
                role: Some(new),
                email: address.filter(|_| new > role),
                end_credentials: end.then_some(true),
                ..UserChange::default()
            };
            let outcome = api::people::change(state.id, &change, Some(version)).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(user) => {
                    let (name, role) = (&user.name, user_role(user.role).to_lowercase());
                    state.toasts.say(if end {
                        format!("{name} is {role} now. Make a sign-in link for them to come in with.")
                    } else {
                        format!("{name} is {role} now")
                    });
                    state.learn(user);
                }
                Err(error) if error.code == "credentials_must_end" => ending.set(true),
                Err(error) => state.failed(error, Some(doing)),
            }
        });
    };
    view! {
        <Dialog title=format!("Change the role of {}?", state.name()) on_dismiss=cancel class="dialog wide" return_to=ROLE>
            <form class="form" on:submit=on(submit) novalidate>
                <Choices name="role" legend="Role" options=options sentences=ROLE_SENTENCES />
                <div role="status">
                    {optional(move || ending.get().then(|| view! {
                        <p class="note warn">
                            "Somebody let this person in who could not give them this role, and who may still hold a key of theirs. "
                            <strong>"Their keys, passkeys and sessions end with it."</strong>
                            " Then make a sign-in link for them: with it they come in again."
                        </p>
                    }.fixed()))}
                </div>
                {optional(move || (!ending.get()).then(|| view! {
                    <p class="quiet">
                        "Their keys follow at once: those of owners and administrators manage keys, those of members manage nothing. A sign-in link that was sent to them is void."
                    </p>
                }.fixed()))}
                <p class="quiet">
                    "Where people come in by Cloudflare Access, whoever has the address " <strong>{email}</strong> " has the role: see that it is theirs."
                </p>
                <ErrorNote error=doing.failure />
                <div class="dialog-actions">
                    <Button on_press=cancel>"Cancel"</Button>
                    <SubmitButton busy=doing.busy>
                        {move || if ending.get() { "Change role, and end them" } else { "Change role" }}
                    </SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}
