//! One's own: the name, API access and its key, the keys, where one is signed in, and where the API is.

mod access;
mod agent;
mod name;
mod passkey_dialogs;
mod passkeys;
mod sessions;
mod state;

use leptos::prelude::*;

use self::{
    access::{AccessSection, OffDialog, RegenerateDialog},
    name::NameSection,
    passkeys::passkeys_section,
    sessions::SessionsSection,
    state::{Ask, Profile},
};
use crate::{
    chunks::chunk,
    components::{
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, optional, text},
        personal_keys::PersonalKeys,
        skeleton::Bone,
    },
    format::user_role,
    pages::{
        keys::{own_key_form, reveal::RevealDialog},
        settings::AddressSection,
    },
    routes::Page,
    session::use_session,
};

chunk! {
    /// The page about oneself.
    Page profile: pub fn profile_page() => view! { <ProfilePage /> }.fixed()
}

#[component]
fn ProfilePage() -> impl IntoView {
    let session = use_session();
    let state = Profile::new(session);
    provide_context(state);
    // Memos: what is typed and read must not be drawn anew because something was asked for again.
    let known = Memo::new(move |_| state.user.with(Option::is_some));
    let failure = Memo::new(move |_| state.answer.get().and_then(Result::err).filter(|error| !error.is_signed_out()));
    let may_write = Memo::new(move |_| session.may_write());
    let what = text(move || {
        let session = session.current();
        session
            .map(|session| format!("{} of {}", user_role(session.user.role), session.organization.name))
            .unwrap_or_default()
    });
    view! {
        <div class="page-head">
            <h1>"Profile"</h1>
        </div>
        <p class="page-lead">{what}</p>
        {optional(move || (!may_write.get()).then(|| view! {
            <p class="notice">"You signed in with a read-only key: you can look, and change nothing but where you are signed in."</p>
        }.fixed()))}
        {dynamic(move || match (known.get(), failure.get()) {
            (true, _) => view! { <NameSection /> <AccessSection /> }.fixed(),
            (false, None) => view! { <Loading /> }.fixed(),
            (false, Some(error)) => {
                let again = Callback::new(move |()| state.refresh());
                view! { <ErrorState title="Your profile could not be loaded" error=error on_retry=again /> }.fixed()
            }
        })}
        <section class="key-section" aria-labelledby="profile-keys">
            <div class="section-head">
                <h2 id="profile-keys">"Your keys"</h2>
                {optional(move || may_write.get().then(|| view! {
                    <a class="button" href=own_key_form()>"Create key"</a>
                }.fixed()))}
            </div>
            <PersonalKeys keys=state.keys list=Page::Keys />
        </section>
        {passkeys_section(state)}
        <SessionsSection />
        <div class="key-section">
            <AddressSection />
        </div>
        {dynamic(move || match state.open.get() {
            None => Fixed::nothing(),
            Some(Ask::Regenerate) => view! { <RegenerateDialog /> }.fixed(),
            Some(Ask::Off) => view! { <OffDialog /> }.fixed(),
            Some(Ask::Reveal(minted, note)) => view! {
                <RevealDialog
                    minted=*minted
                    on_closed=Callback::new(move |_| state.revealed())
                    note=note
                    return_to=Some(access::REGENERATE.to_owned())
                />
            }
            .fixed(),
        })}
    }
    .fixed()
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="profile-loading" aria-busy="true">
            <p class="visually-hidden" role="status">"Loading your profile"</p>
            {(0..6).map(|_| view! { <Bone width="long" /> }).collect_view()}
        </div>
    }
}
