//! Settings of an organization: one's own, or another one for system administrators.

mod address;
mod fields;
mod form;
mod model;
mod part;
mod saving;
mod trial;

use leptos::prelude::*;

use self::form::SettingsForm;
pub use self::{
    address::AddressSection,
    fields::{LimitField, NameField, PlanField, PrefixField, Problems, focus_first},
    model::{Filled, SettingsFields},
};
use crate::{
    chunks::chunk,
    components::{
        elsewhere::Elsewhere,
        error::ErrorState,
        fixed::{Fix, optional, watch},
    },
    session::use_session,
    viewed::use_viewed,
};

chunk! {
    /// The settings of the organization that is looked at.
    Page settings: pub fn settings_page() => view! { <SettingsPage /> }.fixed()
}

/// The form, filled with what is stored now.
#[component]
fn SettingsPage() -> impl IntoView {
    let session = use_session();
    let viewed = use_viewed();
    // What is known may be as old as the console has been open.
    viewed.refresh();
    watch(move || {
        if let Some(error) = viewed.failure() {
            session.interrupted(&error, Callback::new(move |()| viewed.refresh()));
        }
    });
    // A memo that stays true: the form is drawn once, or what was typed would go with the next answer.
    let begun = Memo::new(move |begun| begun == Some(&true) || viewed.record().is_some());
    let form = optional(move || {
        if begun.get() {
            return untrack(|| viewed.record())
                .map(|organization| view! { <SettingsForm organization=organization /> }.fixed());
        }
        let again = Callback::new(move |()| viewed.refresh());
        Some(match viewed.failure() {
            Some(error) => {
                view! { <ErrorState title="The settings could not be loaded" error=error on_retry=again /> }.fixed()
            }
            None => view! { <p class="quiet" role="status">"Loading"</p> }.fixed(),
        })
    });
    view! {
        <Elsewhere />
        <div class="page-head">
            <h1>"Settings"</h1>
        </div>
        {form}
        <AddressSection />
    }
    .fixed()
}
