//! The people of an organization, for its owners and administrators: who they are, whose keys call the API, who was invited.

mod invitations;
mod invite;
mod list;
mod person;
mod state;

use claviger_core::{key::Role, user::UserRole};
use leptos::prelude::*;

use self::{
    invitations::{Invitations, WithdrawDialog},
    invite::{InviteDialog, InviteLinkDialog},
    list::{List, Pager},
    person::PersonPage,
    state::{Open, PeopleState},
};
use crate::{
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        elsewhere::Elsewhere,
        field::Field,
        fixed::{Fix, Fixed, dynamic, text},
        icon::Icon,
    },
    session::{SessionContext, use_session},
    viewed::use_viewed,
};

chunk! {
    /// The people of the organization that is looked at.
    Page people: pub fn people_page() => view! { <PeoplePage /> }.fixed()
}

chunk! {
    /// The page of the person with this id.
    Page people: pub fn person_page(id: i64) => view! { <PersonPage id=id /> }.fixed()
}

/// The highest role of a person that this session reaches, as the Worker counts it.
fn rank(session: SessionContext) -> UserRole {
    session.current().map_or(UserRole::Member, |session| match session.role {
        Role::SystemAdmin => UserRole::Owner,
        _ => session.user.role,
    })
}

/// The list, its search and its two views, and who was invited.
#[component]
fn PeoplePage() -> impl IntoView {
    let session = use_session();
    let viewed = use_viewed();
    let state = PeopleState::new(session);
    provide_context(state);
    let invite = Callback::new(move |()| state.open.set(Open::Invite));
    let may_write = Memo::new(move |_| session.may_write());
    let lead = text(move || {
        if state.api_only() {
            "People whose keys call the API. Open one to see their keys, to switch API access off, or to clear them."
        } else {
            "Who belongs to the organization, and what they may do."
        }
        .to_owned()
    });
    view! {
        <Elsewhere />
        <div class="page-head">
            <h1>"People"</h1>
            <Button
                kind=ButtonKind::Primary
                id="invite"
                disabled=Signal::derive(move || !may_write.get())
                on_press=invite
            >
                {Icon::Plus.view()}
                "Invite…"
            </Button>
        </div>
        <nav class="tabs" aria-label="Which people">
            <Tab label="Everyone" state=state api_only=false />
            <Tab label="API management" state=state api_only=true />
        </nav>
        <p class="page-lead">{lead}</p>
        <search class="organizations-search">
            <Field
                id="people-search"
                label="Search by name or e-mail"
                kind="search"
                value=text(move || state.search.get())
                on_input=Callback::new(move |text| state.search_for(text))
            />
        </search>
        <List />
        <Pager />
        <Invitations />
        {dynamic(move || match state.open.get() {
            Open::Nothing => Fixed::nothing(),
            Open::Invite => view! { <InviteDialog organization=viewed.name() /> }.fixed(),
            Open::Link(link, whom) => view! { <InviteLinkDialog link=link whom=whom /> }.fixed(),
            Open::Withdraw(invite) => view! { <WithdrawDialog invite=*invite /> }.fixed(),
        })}
    }
    .fixed()
}

/// A view of the list. A link: it has an address of its own.
#[component]
fn Tab(label: &'static str, state: PeopleState, api_only: bool) -> impl IntoView {
    let current = text(move || if state.api_only() == api_only { "page" } else { "false" }.to_owned());
    view! {
        <a class="tab" href=text(move || state.address_of(api_only)) aria-current=current>
            {label}
        </a>
    }
}
