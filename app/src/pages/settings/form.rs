//! The form: one Save for all of it.

use claviger_core::organization::{Organization, OrganizationChange, Plan};
use leptos::{ev, prelude::*};

use super::{
    Filled, SettingsFields,
    fields::{LifetimeFields, LimitField, NameField, PlanField, PrefixField, Problems, StrictField},
    focus_first,
};
use crate::{
    api::{self, ApiError},
    components::{
        button::SubmitButton,
        error::ErrorNote,
        fixed::{Fix, on, optional, spawn, text, watch},
        leaving::{LeaveDialog, guard},
        toast::{ToastContext, use_toasts},
    },
    session::{SessionContext, use_session},
    viewed::{Viewed, use_viewed},
};

/// Shows what is stored, and stores what is changed.
#[component]
pub fn SettingsForm(organization: Organization) -> impl IntoView {
    let session = use_session();
    // Not tracked: a new session of the same person must not draw the form anew, without what was typed.
    let (system, may_write) = untrack(|| (session.is_system_admin(), session.may_write()));
    let stored = SettingsFields::of(&organization);
    let saving = Saving {
        id: organization.id,
        session,
        viewed: use_viewed(),
        toasts: use_toasts(),
        fields: RwSignal::new(stored.clone()),
        before: RwSignal::new(stored),
        problems: RwSignal::new(Vec::new()),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let Saving { viewed, fields, before, problems, failure, busy, .. } = saving;
    let changed = Memo::new(move |_| fields.with(|fields| before.with(|before| fields != before)));
    let leaving = guard(changed.into());
    // What others changed meanwhile is shown, unless it would take away what was typed.
    watch(move || {
        if let Some(record) = viewed.record().filter(|_| !changed.get_untracked()) {
            let stored = SettingsFields::of(&record);
            fields.set(stored.clone());
            before.set(stored);
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        saving.send();
    };
    let says = text(move || if changed.get() { "Not saved yet." } else { "" }.to_owned());
    view! {
        {(!may_write)
            .then(|| view! { <p class="notice">"You signed in with a read-only key: you can look, and change nothing."</p> })}
        <form on:submit=on(submit) novalidate>
            <fieldset class="settings" disabled=!may_write>
                <section class="settings-section">
                    <h2>"Organization"</h2>
                    <NameField fields=fields problems=problems />
                </section>
                <section class="settings-section">
                    <h2>"Keys"</h2>
                    <PrefixField fields=fields problems=problems />
                    <LifetimeFields fields=fields problems=problems />
                </section>
                <section class="settings-section">
                    <h2>"Verification"</h2>
                    <StrictField fields=fields />
                </section>
                <section class="settings-section">
                    <h2>"Plan and limit"</h2>
                    <p>{text(move || viewed.record().map(in_use).unwrap_or_default())}</p>
                    {if system {
                        view! {
                            <PlanField fields=fields />
                            <LimitField fields=fields problems=problems />
                        }
                            .fixed()
                    } else {
                        view! {
                            <p class="quiet">
                                "Only a system administrator, whoever runs this Claviger, changes the plan and raises the limit."
                            </p>
                        }
                            .fixed()
                    }}
                </section>
                <ErrorNote error=failure kept="What you typed is still here." />
                {optional(move || may_write.then(|| view! {
                    <div class="settings-save">
                        <SubmitButton busy=busy disabled=Signal::derive(move || !changed.get())>"Save"</SubmitButton>
                        <span class="quiet" role="status">{says}</span>
                    </div>
                }.fixed()))}
            </fieldset>
        </form>
        <LeaveDialog leaving=leaving on_stop=Callback::new(|()| ()) />
    }
}

/// "Paid · 18 of 25 keys in use"
fn in_use(organization: Organization) -> String {
    let plan = match organization.plan {
        Plan::Paid => "Paid",
        Plan::Trial => "Trial",
    };
    format!("{plan} · {} of {} keys in use", organization.live_keys, organization.key_limit)
}

/// One attempt to save. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
struct Saving {
    id: i64,
    session: SessionContext,
    viewed: Viewed,
    toasts: ToastContext,
    fields: RwSignal<SettingsFields>,
    /// What is stored.
    before: RwSignal<SettingsFields>,
    problems: Problems,
    failure: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
}

impl Saving {
    fn send(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.problems.set(Vec::new());
        self.failure.set(None);
        let (fields, before) = (self.fields.get_untracked(), self.before.get_untracked());
        let change = match OrganizationChange::try_from(Filled { fields: &fields, before: &before }) {
            Ok(change) if change == OrganizationChange::default() => {
                self.fields.set(before);
                return self.toasts.say("Nothing was changed");
            }
            Ok(change) => change,
            Err(errors) => return self.refuse(ApiError { errors, ..ApiError::network() }),
        };
        self.busy.set(true);
        spawn(async move {
            let outcome = api::organizations::change(self.id, &change).await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(organization) => {
                    let stored = SettingsFields::of(&organization);
                    // What was typed while it was on its way is not saved yet, and stays.
                    if self.fields.with_untracked(|now| *now == fields) {
                        self.fields.set(stored.clone());
                    }
                    self.before.set(stored);
                    self.toasts.say("Saved");
                    self.viewed.refresh();
                    self.session.refresh();
                }
                Err(error) if self.session.interrupted(&error, Callback::new(move |()| self.send())) => {}
                Err(error) if !error.errors.is_empty() => self.refuse(error),
                Err(error) => self.failure.set(Some(error)),
            }
        });
    }

    /// Shows what is wrong beside each field, with the focus on the first.
    fn refuse(self, error: ApiError) {
        focus_first(&error.errors);
        self.problems.set(error.errors);
    }
}
