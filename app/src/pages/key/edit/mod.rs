//! Editing a key in place: the form where its facts were.

mod change;
mod fields;
mod inputs;
mod own;
mod saving;
mod told;

use claviger_core::key::Role;
use leptos::{ev, prelude::*};

#[cfg(test)]
pub use self::change::tests::key as sample;
pub use self::fields::pretty;
use self::{
    inputs::{
        AccessField, AllowedIpsField, ClientIpHeaderField, CreditsFields, ExpiryField, MetadataField, NameFields,
        RateFields, ScopesField, StatusField,
    },
    own::OwnDialog,
    saving::Saving,
};
use super::state::OneKey;
use crate::components::{
    button::{Button, SubmitButton},
    conflict::conflict_dialog,
    error::ErrorNote,
    fixed::{Fix, on, optional, text},
    leaving::{LeaveDialog, guard},
};

/// Filled with what is stored; one Save for all of it.
#[component]
pub fn EditKey() -> impl IntoView {
    let state = expect_context::<OneKey>();
    // It is drawn only while there is a key.
    untrack(|| state.key.get()).map(|key| {
        let verifies = key.role == Role::Verifier;
        let saving = Saving::new(state, key);
        let Saving { fields, problems, failure, busy, changed, .. } = saving;
        let leaving = guard(changed.into());
        let submit = move |event: ev::SubmitEvent| {
            event.prevent_default();
            saving.send();
        };
        let cancel = Callback::new(move |()| {
            if changed.get_untracked() {
                leaving.stop();
            } else {
                state.edit(false);
            }
        });
        let says = text(move || if changed.get() { "Not saved yet." } else { "" }.to_owned());
        let unchanged = Signal::derive(move || !changed.get());
        view! {
            <section aria-labelledby="key-editing">
                <h2 id="key-editing" class="visually-hidden">"Edit the key"</h2>
                <form class="key-form" on:submit=on(submit) novalidate>
                    <NameFields fields=fields problems=problems />
                    <div class="pair">
                        <StatusField fields=fields />
                        <AccessField fields=fields problems=problems />
                    </div>
                    <ExpiryField saving=saving />
                    <ScopesField fields=fields problems=problems />
                    <AllowedIpsField fields=fields problems=problems />
                    <RateFields fields=fields problems=problems />
                    <CreditsFields fields=fields problems=problems />
                    {verifies.then(|| view! { <ClientIpHeaderField fields=fields problems=problems /> })}
                    <MetadataField fields=fields problems=problems />
                    <ErrorNote error=failure kept="What you typed is still here." />
                    <div class="settings-save">
                        <SubmitButton busy=busy disabled=unchanged>"Save"</SubmitButton>
                        <Button on_press=cancel>"Cancel"</Button>
                        <span class="quiet" role="status">{says}</span>
                    </div>
                </form>
                {optional(move || saving.asking.get().map(|says| view! { <OwnDialog saving=saving says=says /> }.fixed()))}
                <LeaveDialog leaving=leaving on_stop=Callback::new(move |()| state.edit(false)) />
                {optional(move || {
                    saving.has_conflict.get().then(|| {
                        let decide = Callback::new(move |()| saving.decide());
                        conflict_dialog("Somebody else has changed this key", saving.conflict, decide)
                    })
                })}
            </section>
        }
        .fixed()
    })
}
