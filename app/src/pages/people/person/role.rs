//! "Change role".

use claviger_core::user::{UserChange, UserRole};
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
        fixed::{on, spawn},
        select::{Choices, Options},
    },
    format::user_role,
};

/// Asks for the role. Nobody makes somebody more than they are themself.
#[component]
pub fn RoleDialog() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let doing = Doing::new();
    // Read again with each press: after a conflict it is another one.
    let known = move || state.user.with_untracked(|user| user.as_ref().map(|user| (user.role, user.version)));
    let (role, _) = known().unwrap_or((UserRole::Member, 0));
    let email = state.user.with_untracked(|user| user.as_ref().map(|user| user.email.clone()));
    let chosen = RwSignal::new(role);
    let roles = roles_up_to(untrack(|| rank(state.session)));
    let options = Options::new(&roles, move || chosen.get(), move |role| chosen.set(role));
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
        spawn(async move {
            let change = UserChange { role: Some(new), ..UserChange::default() };
            let outcome = api::people::change(state.id, &change, Some(version)).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(user) => {
                    state.toasts.say(format!("{} is {} now", user.name, user_role(user.role).to_lowercase()));
                    state.learn(user);
                }
                Err(error) => state.failed(error, Some(doing)),
            }
        });
    };
    view! {
        <Dialog title=format!("Change the role of {}?", state.name()) on_dismiss=cancel class="dialog wide" return_to=ROLE>
            <form class="form" on:submit=on(submit) novalidate>
                <Choices name="role" legend="Role" options=options sentences=ROLE_SENTENCES />
                <p class="quiet">
                    "Their keys follow at once: those of owners and administrators manage keys, those of members manage nothing. A sign-in link that was sent to them is void."
                </p>
                <p class="quiet">
                    "Where people come in by Cloudflare Access, whoever has the address " <strong>{email}</strong> " has the role: see that it is theirs."
                </p>
                <ErrorNote error=doing.failure />
                <div class="dialog-actions">
                    <Button on_press=cancel>"Cancel"</Button>
                    <SubmitButton busy=doing.busy>"Change role"</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}
