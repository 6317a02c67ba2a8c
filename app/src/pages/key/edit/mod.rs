//! Editing a key in place: the form where its facts were.

mod change;
mod fields;
mod inputs;
mod own;
mod saving;
mod told;

use claviger_core::key::{KeyKind, KeySource, Role};
use leptos::{ev, prelude::*};

#[cfg(test)]
pub use self::change::tests::key as sample;
pub use self::fields::pretty;
use self::{
    inputs::{AccessField, ExpiryField, NameFields, RoleField, ScopesField, StatusField},
    own::OwnDialog,
    saving::Saving,
};
use super::state::OneKey;
use crate::components::{
    button::{Button, SubmitButton},
    conflict::conflict_dialog,
    error::ErrorNote,
    extras::{self, AllowedIpsField, ClientIpHeaderField, CreditsFields, Extras, MetadataField, RateFields},
    fixed::{Fix, on, optional, text},
    leaving::{LeaveDialog, guard},
};

/// Filled with what is stored; one Save for all of it.
#[component]
pub fn EditKey() -> impl IntoView {
    let state = expect_context::<OneKey>();
    // It is drawn only while there is a key.
    untrack(|| state.key.get()).map(|key| {
        let may_change_role = key.kind == KeyKind::Service && key.source == KeySource::Minted;
        // Only the organization of system administrators may have keys that manage everything.
        let system = untrack(|| state.session.is_system_admin()) && state.viewed.elsewhere_untracked().is_none();
        let saving = Saving::new(state, key);
        let Saving { fields, problems, failure, busy, changed, .. } = saving;
        let extras = extras::Form {
            id: "key",
            refill_id: "key-refill_interval",
            value: Signal::derive(move || fields.with(|fields| fields.extras.clone())),
            typed: Callback::new(move |(part, typed): (fn(&mut Extras) -> &mut String, String)| {
                fields.update(|fields| *part(&mut fields.extras) = typed);
            }),
            refill: Callback::new(move |interval| fields.update(|fields| fields.extras.refill_interval = interval)),
            problems,
        };
        // A memo: the field must not be drawn anew while one types in it.
        let verifies = Memo::new(move |_| fields.with(|fields| fields.role == Role::Verifier));
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
        let keys = untrack(|| state.viewed.keys_page()).address();
        let gone = Memo::new(move |_| failure.with(|error| error.as_ref().is_some_and(|error| error.status == 404)));
        let unchanged = Signal::derive(move || !changed.get());
        view! {
            <section aria-labelledby="key-editing">
                <h2 id="key-editing" class="visually-hidden">"Edit the key"</h2>
                <form class="key-form" on:submit=on(submit) novalidate>
                    <NameFields fields=fields problems=problems />
                    {may_change_role.then(|| view! { <RoleField fields=fields problems=problems system=system /> })}
                    <div class="pair">
                        <StatusField fields=fields />
                        <AccessField fields=fields problems=problems />
                    </div>
                    <ExpiryField saving=saving />
                    <ScopesField fields=fields problems=problems />
                    <AllowedIpsField form=extras />
                    <RateFields form=extras />
                    <CreditsFields form=extras />
                    {optional(move || verifies.get().then(|| view! { <ClientIpHeaderField form=extras /> }.fixed()))}
                    <MetadataField form=extras />
                    <ErrorNote error=failure kept="What you typed is still here." />
                    {optional(move || gone.get().then(|| view! {
                        <p><a href=keys.clone()>"Go to Keys"</a></p>
                    }.fixed()))}
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
