//! Settings of an organization: one's own, or another one for system administrators.

mod address;
mod fields;
mod form;
mod model;

use leptos::prelude::*;

use self::{address::AddressSection, form::SettingsForm};
pub use self::{
    fields::{LimitField, NameField, PlanField, PrefixField, Problems, focus_first},
    model::{Filled, SettingsFields},
};
use crate::{
    api,
    components::{
        elsewhere::Elsewhere,
        error::ErrorState,
        fixed::{Fix, dynamic, watch},
    },
    remote::Remote,
    session::use_session,
    viewed::use_viewed,
};

/// The form, filled with what is stored now.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let session = use_session();
    let id = untrack(|| use_viewed().id());
    // Asked anew each time: the form says what is stored, not what was when the console was opened.
    let organization = Remote::new(move || Box::pin(api::organizations::find(id)));
    watch(move || {
        if let Some(Err(error)) = organization.get() {
            session.interrupted(&error, Callback::new(move |()| organization.refetch()));
        }
    });
    view! {
        <Elsewhere />
        <div class="page-head">
            <h1>"Settings"</h1>
        </div>
        {dynamic(move || match organization.get() {
            None => view! { <p class="quiet" role="status">"Loading"</p> }.fixed(),
            Some(Ok(organization)) => view! { <SettingsForm organization=organization /> }.fixed(),
            Some(Err(error)) => {
                view! {
                    <ErrorState
                        title="The settings could not be loaded"
                        error=error
                        on_retry=Callback::new(move |()| organization.refetch())
                    />
                }
                    .fixed()
            }
        })}
        <AddressSection />
    }
    .fixed()
}
