//! The form: one Save for all of it.

use claviger_core::organization::{Organization, Plan};
use leptos::{ev, prelude::*};

use super::{
    SettingsFields,
    fields::{LeakField, LifetimeFields, LimitField, NameField, PlanField, PrefixField, StrictField},
    saving::Saving,
};
use crate::{
    components::{
        button::SubmitButton,
        conflict::conflict_dialog,
        error::ErrorNote,
        fixed::{Fix, on, optional, text, watch},
        leaving::{LeaveDialog, guard},
    },
    session::use_session,
};

/// Shows what is stored, and stores what is changed.
#[component]
pub fn SettingsForm(organization: Organization) -> impl IntoView {
    let session = use_session();
    // Not tracked: a new session of the same person must not draw the form anew, without what was typed.
    let (system, may_write) = untrack(|| (session.is_system_admin(), session.may_write()));
    let saving = Saving::new(session, organization);
    let Saving { viewed, fields, before, problems, failure, busy, changed, .. } = saving;
    let leaving = guard(changed.into());
    // What others changed meanwhile is shown, unless it would take away what was typed.
    watch(move || {
        if let Some(record) = viewed.record().filter(|_| !changed.get_untracked()) {
            fields.set(SettingsFields::of(&record));
            before.set(record);
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
                    <h2>"Leaked keys"</h2>
                    <LeakField fields=fields />
                    <p class="field-note">
                        "Whoever holds a key can always end it themselves. The last key with which an owner can sign in is only flagged."
                    </p>
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
        {optional(move || {
            saving.has_conflict.get().then(|| {
                let decide = Callback::new(move |()| saving.decide());
                conflict_dialog("Somebody else has changed these settings", saving.conflict, decide)
            })
        })}
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
