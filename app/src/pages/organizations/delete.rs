//! Asks before an organization goes, with everything in it.

use claviger_core::organization::Organization;
use leptos::{ev, prelude::*};

use super::state::{Open, OrganizationsState};
use crate::{
    api::{self, ApiError},
    components::{
        button::{Button, ButtonKind, SubmitButton},
        dialog::Dialog,
        error::ErrorNote,
        field::Field,
        fixed::{on, spawn, text},
        toast::use_toasts,
    },
    format::told_apart,
    remote::Remote,
};

/// Says what goes with it, and has the name typed.
#[component]
pub fn DeleteDialog(organization: Organization) -> impl IntoView {
    let state = expect_context::<OrganizationsState>();
    let toasts = use_toasts();
    let Organization { id, name, live_keys, key_prefix, .. } = organization;
    // Until it is known how many there are, it is said that they go.
    let held = Remote::new(move || {
        Box::pin(async move {
            let all = api::keys::count(Some(id), "order_by=id").await.ok()?;
            Some((all, api::keys::count(Some(id), "kind=personal").await.ok()?))
        })
    });
    let typed = RwSignal::new(String::new());
    let problem = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);

    let close = Callback::new(move |()| {
        if !busy.get_untracked() {
            state.open.set(Open::Nothing);
        }
    });
    let title = format!("Delete {name}?");
    let goes = text(move || what_goes(live_keys, held.get().flatten()));
    let refuse = move |text: String| {
        problem.set(text);
        crate::browser::page::focus("delete-organization-name");
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        problem.set(String::new());
        failure.set(None);
        let name = name.clone();
        if typed.get_untracked().trim() != name {
            return refuse(format!("Must be exactly {name}"));
        }
        busy.set(true);
        spawn(async move {
            let outcome = api::organizations::delete(id, &name).await;
            busy.set(false);
            match outcome {
                Ok(()) => {
                    toasts.say(format!("Deleted {name}"));
                    state.changed();
                }
                Err(error) if error.status == 404 => {
                    toasts.say(format!("{name} was deleted already"));
                    state.changed();
                }
                // The name stays in its field; pressing the button again goes on.
                Err(error) if state.session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) if !error.errors.is_empty() => refuse(error.field("name")),
                Err(error) => failure.set(Some(error)),
            }
        });
    };
    view! {
        <Dialog title=title on_dismiss=close>
            <p class="quiet">{told_apart(id, key_prefix.as_deref())}</p>
            <p class="dialog-lead">
                {goes} ", go, and so do their sessions. Everything that uses these keys stops working. The audit log stays. This cannot be undone."
            </p>
            <form class="form" on:submit=on(submit) novalidate>
                <Field
                    id="delete-organization-name"
                    label="Type its name to confirm"
                    autofocus=true
                    value=typed
                    on_input=Callback::new(move |text| typed.set(text))
                    problem=problem
                />
                <ErrorNote error=failure />
                <div class="dialog-actions">
                    <Button on_press=close>"Cancel"</Button>
                    <SubmitButton kind=ButtonKind::Danger busy=busy>"Yes, delete"</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}

/// "Its people, with their 2 personal keys, and its 12 service keys, 9 of them live": `held` are all keys, and the personal
/// ones among them.
fn what_goes(live: u32, held: Option<(u32, u32)>) -> String {
    let live = if live == 0 { String::new() } else { format!(", {live} of them live") };
    let counted = |count: u32, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match held {
        None => format!("Its people, and its keys{live}"),
        Some((all, personal)) => {
            let service = counted(all.saturating_sub(personal), "service key");
            format!("Its people, with their {}, and its {service}{live}", counted(personal, "personal key"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::what_goes;

    #[test]
    fn what_goes_is_counted() {
        for (live, held, told) in [
            (0, None, "Its people, and its keys"),
            (2, None, "Its people, and its keys, 2 of them live"),
            (1, Some((4, 1)), "Its people, with their 1 personal key, and its 3 service keys, 1 of them live"),
            (0, Some((2, 2)), "Its people, with their 2 personal keys, and its 0 service keys"),
        ] {
            assert_eq!(what_goes(live, held), told);
        }
    }
}
