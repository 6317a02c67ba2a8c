//! One person: who they are, whether their keys call the API, their keys; and what an administrator can do about it.

mod access;
mod actions;
mod edit;
mod facts;
mod link;
mod remove;
mod role;
mod state;
mod ways_in;
mod words;

use leptos::prelude::*;

use self::{
    access::{AccessSection, ClearDialog, OffDialog},
    actions::Actions,
    edit::EditDialog,
    facts::Facts,
    link::{LinkDialog, LinkShown},
    remove::{DeactivateDialog, RemoveDialog},
    role::RoleDialog,
    state::{Ask, OnePerson},
    ways_in::ways_in_section,
};
use super::list::status;
use crate::{
    api::ApiError,
    browser::page,
    components::{
        elsewhere::Elsewhere,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, optional, text, watch},
        notice::Notice,
        personal_keys::PersonalKeys,
        skeleton::Bone,
    },
    entries,
    format::user_role,
    pages::webhooks::person_webhooks,
    routes,
    session::use_session,
    viewed::use_page,
};

/// What stands below the head.
#[derive(Clone, PartialEq)]
enum Shown {
    Loading,
    Missing,
    Failed(ApiError),
    Person,
}

/// The page of the person with this id.
#[component]
pub fn PersonPage(id: i64) -> impl IntoView {
    let state = OnePerson::new(id, use_session());
    provide_context(state);
    let shown_page = use_page();
    watch(move || {
        if let Some(user) = state.user.get() {
            page::title_about(&user.name, shown_page.get_untracked());
        }
    });
    // A memo: what somebody reads must not be drawn anew because it was asked for again.
    let shown = Memo::new(move |_| match state.answer.get() {
        None => Shown::Loading,
        Some(Err(error)) if error.status == 404 => Shown::Missing,
        Some(Err(error)) if state.user.with(Option::is_none) => Shown::Failed(error),
        Some(_) => Shown::Person,
    });
    let missing = Memo::new(move |_| shown.get() == Shown::Missing);
    let list = shown_page.get_untracked();
    let log = untrack(|| state.viewed.audit_page());
    let inactive = Memo::new(move |_| state.user.with(|user| user.as_ref().is_some_and(|user| !user.active)));
    view! {
        <Elsewhere />
        <Head missing=missing />
        {dynamic(move || match shown.get() {
            Shown::Loading => view! { <Loading /> }.fixed(),
            Shown::Missing => gone(),
            Shown::Failed(error) => {
                let again = Callback::new(move |()| state.refresh());
                view! { <ErrorState title="The person could not be loaded" error=error on_retry=again /> }.fixed()
            }
            Shown::Person => view! {
                <Facts />
                <AccessSection />
                <section class="key-section" aria-labelledby="person-keys">
                    <h2 id="person-keys">"Keys"</h2>
                    {optional(move || inactive.get().then(|| view! {
                        <Notice>
                            <span>"This person is deactivated: none of these keys works, whatever its own status. Reactivate the person, and they work again."</span>
                        </Notice>
                    }.fixed()))}
                    <PersonalKeys keys=state.keys list=untrack(|| state.viewed.keys_page()) />
                </section>
                {ways_in_section(
                    id,
                    Signal::derive(move || state.name_tracked()),
                    Memo::new(move |_| state.may().change),
                    Memo::new(move |_| state.user.with(|user| user.as_ref().map_or(0, |user| user.version))),
                )}
                {person_webhooks(id)}
                <section class="key-section" aria-labelledby="person-log">
                    <h2 id="person-log">"History"</h2>
                    <p class="log-links">
                        <a href=entries::about(log, "actor=user", id)>"What they did"</a>
                        <a href=entries::about(log, "target=user", id)>"What was done to them"</a>
                    </p>
                </section>
            }
            .fixed(),
        })}
        {dynamic(move || match state.open.get() {
            None => Fixed::nothing(),
            Some(Ask::Edit) => view! { <EditDialog /> }.fixed(),
            Some(Ask::Role) => view! { <RoleDialog /> }.fixed(),
            Some(Ask::Link) => view! { <LinkDialog /> }.fixed(),
            Some(Ask::LinkShown(link)) => view! { <LinkShown link=link /> }.fixed(),
            Some(Ask::Deactivate) => view! { <DeactivateDialog /> }.fixed(),
            Some(Ask::Remove) => view! { <RemoveDialog list=list.list().map(routes::list_address).unwrap_or_default() /> }.fixed(),
            Some(Ask::Off) => view! { <OffDialog /> }.fixed(),
            Some(Ask::Clear) => view! { <ClearDialog /> }.fixed(),
        })}
    }
    .fixed()
}

/// The way back to the list, the name, status and role, and what can be done.
#[component]
fn Head(missing: Memo<bool>) -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let list = use_page().get_untracked().list().map(routes::list_address).unwrap_or_default();
    let name =
        Memo::new(move |_| state.user.with(|user| user.as_ref().map(|user| user.name.clone())).unwrap_or_default());
    let marks = Memo::new(move |_| state.user.with(|user| user.as_ref().map(|user| (user.active, user.role))));
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a href=list>"People"</a>
            <span aria-hidden="true">"/"</span>
            <span class="crumb" aria-current="page">{text(move || if missing.get() { String::new() } else { name.get() })}</span>
        </nav>
        <div class="page-head key-head">
            <div class="key-title">
                <h1>{dynamic(move || heading(missing.get(), name.get()))}</h1>
                <p class="key-marks">
                    {optional(move || {
                        let (active, role) = marks.get().filter(|_| !missing.get())?;
                        Some(view! { {status(active)} <span class="quiet">{user_role(role)}</span> }.fixed())
                    })}
                </p>
            </div>
            <Actions missing=missing />
        </div>
    }
}

fn heading(missing: bool, name: String) -> Fixed {
    if missing {
        "There is no such person".fixed()
    } else if name.is_empty() {
        view! { <span class="visually-hidden">"Person"</span> <Bone width="long" /> }.fixed()
    } else {
        name.fixed()
    }
}

fn gone() -> Fixed {
    let list = use_page().get_untracked().list().map(routes::list_address).unwrap_or_default();
    view! {
        <p class="page-lead">"They were removed, or they are not yours to see, or the address has a mistake in it."</p>
        <p>
            <a class="button" href=list>
                "Back to People"
            </a>
        </p>
    }
    .fixed()
}

#[component]
fn Loading() -> impl IntoView {
    let lines: Vec<_> =
        (0..6).map(|_| view! { <div><dt><Bone width="mid" /></dt><dd><Bone width="long" /></dd></div> }).collect();
    view! {
        <div aria-busy="true">
            <p class="visually-hidden" role="status">"Loading the person"</p>
            <dl class="key-facts" aria-hidden="true">{lines}</dl>
        </div>
    }
}
