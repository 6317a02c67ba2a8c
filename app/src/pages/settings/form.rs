//! The form: one Save for all of it.

use claviger_core::organization::{Organization, Plan, SYSTEM_ORGANIZATION};
use leptos::{ev, prelude::*};

use super::{
    SettingsFields,
    fields::{LeakField, LifetimeFields, LimitField, NameField, PlanField, PrefixField, StrictField},
    saving::Saving,
    trial::trial_dialog,
};
use crate::{
    components::{
        button::SubmitButton,
        conflict::conflict_dialog,
        error::ErrorNote,
        fixed::{Fix, on, optional, text, watch},
        leaving::{LeaveDialog, guard},
    },
    routes::Page,
    session::use_session,
    usage,
};

/// Shows what is stored, and stores what is changed.
#[component]
pub fn SettingsForm(organization: Organization) -> impl IntoView {
    let session = use_session();
    // Not tracked: a new session of the same person must not draw the form anew, without what was typed.
    let (system, may_write) = untrack(|| (session.is_system_admin(), session.may_write()));
    // Everything else would stop with it; one that is on trial all the same has to get out of it.
    let always_paid = organization.id == SYSTEM_ORGANIZATION && organization.plan == Plan::Paid;
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
    let gone = Memo::new(move |_| failure.with(|error| error.as_ref().is_some_and(|error| error.status == 404)));
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
                            {(!always_paid).then(|| view! { <PlanField fields=fields /> })}
                            <LimitField fields=fields problems=problems />
                            <p class="field-note" role="status">{text(move || {
                                let limit = fields.with(|fields| fields.key_limit.trim().parse().ok());
                                viewed.record().zip(limit).map(|(record, limit)| beyond(record.live_keys, limit)).unwrap_or_default()
                            })}</p>
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
                {optional(move || gone.get().then(|| view! {
                    <p><a href=Page::Organizations.path()>"Go to Organizations"</a></p>
                }.fixed()))}
                {optional(move || may_write.then(|| view! {
                    <div class="settings-save">
                        <SubmitButton busy=busy disabled=Signal::derive(move || !changed.get())>"Save"</SubmitButton>
                        <span class="quiet" role="status">{says}</span>
                    </div>
                }.fixed()))}
            </fieldset>
        </form>
        {optional(move || saving.asks_about_trial.get().then(|| trial_dialog(saving)))}
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
    let number = |count: u32| usage::number(u64::from(count));
    format!("{plan} · {} of {} keys in use", number(organization.live_keys), number(organization.key_limit))
}

/// What a limit means that is below what is there already, before it is saved.
fn beyond(live: u32, limit: u32) -> String {
    if limit >= live {
        return String::new();
    }
    let keys = usage::of(u64::from(live), "live service key");
    format!(
        "It has {keys} already. None of them stops, and none can be made until there are fewer than the limit allows."
    )
}
