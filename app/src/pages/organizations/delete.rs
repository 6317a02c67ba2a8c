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
            Some(Held {
                people: api::organizations::people(id).await?,
                keys: api::keys::count(Some(id), "order_by=id").await.ok()?,
                personal: api::keys::count(Some(id), "kind=personal").await.ok()?,
            })
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
                {goes} " Everything that uses its keys stops working. The audit log stays. This cannot be undone."
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

/// What an organization holds: its people, all keys, and the personal ones among them.
#[derive(Clone, Copy)]
struct Held {
    people: u32,
    keys: u32,
    personal: u32,
}

/// "Its 3 people, with their 2 personal keys, and its 12 service keys, 9 of them live, go, and so do all sessions."
fn what_goes(live: u32, held: Option<Held>) -> String {
    let among = if live == 0 { String::new() } else { format!(", {live} of them live,") };
    let counted = |count: u32, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let Some(Held { people, keys, personal }) = held else {
        return format!("Its people and its keys{among} go, and so do all sessions.");
    };
    let service = match keys.saturating_sub(personal) {
        0 => None,
        all if all == live => Some(format!("its {}", counted(all, "live service key"))),
        all => Some(format!("its {}{among}", counted(all, "service key"))),
    };
    let keys = counted(personal, "personal key");
    let people = match (people, personal) {
        (0, _) => None,
        (1, 0) => Some("its one person".to_owned()),
        (1, _) => Some(format!("its one person, with {keys},")),
        (people, 0) => Some(format!("its {people} people")),
        (people, _) => Some(format!("its {people} people, with their {keys},")),
    };
    match (people, service) {
        (None, None) => "It has neither people nor keys.".to_owned(),
        (None, Some(service)) => capital(&format!("{service} go.")),
        (Some(people), None) => capital(&format!("{people} go, and so do all sessions.")),
        (Some(people), Some(service)) => capital(&format!("{people} and {service} go, and so do all sessions.")),
    }
}

/// As at the beginning of a sentence.
fn capital(text: &str) -> String {
    text.strip_prefix("its ").map_or_else(|| text.to_owned(), |rest| format!("Its {rest}"))
}

#[cfg(test)]
mod tests {
    use super::{Held, what_goes};

    #[test]
    fn what_goes_is_counted() {
        for (live, held, told) in [
            (0, None, "Its people and its keys go, and so do all sessions."),
            (2, None, "Its people and its keys, 2 of them live, go, and so do all sessions."),
            (
                1,
                Some((1, 4, 1)),
                "Its one person, with 1 personal key, and its 3 service keys, 1 of them live, go, and so do all sessions.",
            ),
            (
                1,
                Some((1, 2, 1)),
                "Its one person, with 1 personal key, and its 1 live service key go, and so do all sessions.",
            ),
            (0, Some((3, 2, 2)), "Its 3 people, with their 2 personal keys, go, and so do all sessions."),
            (2, Some((1, 2, 0)), "Its one person and its 2 live service keys go, and so do all sessions."),
            (0, Some((3, 0, 0)), "Its 3 people go, and so do all sessions."),
            (0, Some((0, 2, 0)), "Its 2 service keys go."),
            (0, Some((0, 0, 0)), "It has neither people nor keys."),
        ] {
            let held = held.map(|(people, keys, personal)| Held { people, keys, personal });
            assert_eq!(what_goes(live, held), told);
        }
    }
}
