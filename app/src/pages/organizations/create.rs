//! "Create organization": the form, sent once.

use claviger_core::organization::OrganizationChange;
use leptos::{ev, prelude::*};

use super::state::{Open, OrganizationsState};
use crate::{
    api::{self, ApiError},
    components::{
        button::{Button, SubmitButton},
        dialog::Dialog,
        error::ErrorNote,
        fixed::{on, spawn},
        leaving::{LeaveDialog, guard},
    },
    pages::settings::{Filled, LimitField, NameField, PlanField, PrefixField, Problems, SettingsFields, focus_first},
};

/// Asks for name, plan, limit and prefix; the rest is in the organization's settings.
#[component]
pub fn CreateDialog() -> impl IntoView {
    let state = expect_context::<OrganizationsState>();
    let creation = Creation {
        state,
        fields: RwSignal::new(SettingsFields::new()),
        problems: RwSignal::new(Vec::new()),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let Creation { fields, problems, failure, busy, .. } = creation;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        creation.send();
    };
    // While the answer is on its way the dialog stays: it carries the link.
    let close = Callback::new(move |()| state.open.set(Open::Nothing));
    let filled = Signal::derive(move || fields.with(|fields| *fields != SettingsFields::new()));
    let leaving = guard(filled);
    let dismiss = Callback::new(move |()| match (busy.get_untracked(), filled.get_untracked()) {
        (true, _) => {}
        (false, true) => leaving.stop(),
        (false, false) => close.run(()),
    });
    view! {
        <Dialog title="Create organization" on_dismiss=dismiss class="dialog wide" return_to="create-organization">
            <form class="form" on:submit=on(submit) novalidate>
                <p class="quiet">"It gets a link, shown once, with which its first owner comes in."</p>
                <NameField fields=fields problems=problems autofocus=true />
                <PlanField fields=fields />
                <LimitField fields=fields problems=problems />
                <PrefixField fields=fields problems=problems of_new=true />
                <ErrorNote error=failure kept="What you typed is still here." />
                <div class="dialog-actions">
                    <Button on_press=dismiss disabled=busy>
                        "Cancel"
                    </Button>
                    <SubmitButton busy=busy>"Create organization"</SubmitButton>
                </div>
            </form>
        </Dialog>
        <LeaveDialog leaving=leaving on_stop=close />
    }
}

/// One attempt. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
struct Creation {
    state: OrganizationsState,
    fields: RwSignal<SettingsFields>,
    problems: Problems,
    failure: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
}

impl Creation {
    fn send(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.problems.set(Vec::new());
        self.failure.set(None);
        // A name that is like nothing typed yet, so that an empty one is refused.
        let before = SettingsFields { name: "\0".to_owned(), ..SettingsFields::new() };
        let fields = self.fields.get_untracked();
        let new = match OrganizationChange::try_from(Filled { fields: &fields, before: &before }) {
            Ok(new) => new,
            Err(errors) => return self.refuse(ApiError { errors, ..ApiError::network() }),
        };
        self.busy.set(true);
        spawn(async move {
            let outcome = api::organizations::create(&new).await;
            self.busy.set(false);
            match outcome {
                Ok((organization, link)) => self.state.open.set(Open::Invite(organization.name, link)),
                Err(error) if self.state.session.interrupted(&error, Callback::new(move |()| self.send())) => {}
                Err(error) if !error.errors.is_empty() => self.refuse(error),
                Err(mut error) => {
                    if error.is_network() {
                        error.message.push_str(" It may have been made: look at the list before you try again.");
                    }
                    self.failure.set(Some(error));
                }
            }
        });
    }

    fn refuse(self, error: ApiError) {
        focus_first(&error.errors);
        self.problems.set(error.errors);
    }
}
