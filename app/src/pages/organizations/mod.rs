//! All organizations, for system administrators.

mod create;
mod delete;
mod invite;
mod list;
mod state;

use leptos::prelude::*;

use self::{
    create::CreateDialog,
    delete::DeleteDialog,
    invite::InviteDialog,
    list::{List, Pager},
    state::{Open, OrganizationsState},
};
use crate::{
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        field::Field,
        fixed::{Fix, Fixed, dynamic, text},
        icon::Icon,
    },
    session::use_session,
};

chunk! {
    /// The list of organizations.
    Page organizations: pub fn organizations_page() => view! { <OrganizationsPage /> }.fixed()
}

/// The list, its search, and the dialogs that make and remove.
#[component]
fn OrganizationsPage() -> impl IntoView {
    let session = use_session();
    let state = OrganizationsState::new(session);
    provide_context(state);
    let create = Callback::new(move |()| state.open.set(Open::Create));
    view! {
        <div class="page-head">
            <h1>"Organizations"</h1>
            <Button
                kind=ButtonKind::Primary
                id="create-organization"
                disabled=Signal::derive(move || !session.may_write())
                on_press=create
            >
                {Icon::Plus.view()}
                "Create organization"
            </Button>
        </div>
        <search class="organizations-search">
            <Field
                id="organizations-search"
                label="Search by name"
                kind="search"
                value=text(move || state.search.get())
                on_input=Callback::new(move |text| state.search_for(text))
            />
        </search>
        <List />
        <Pager />
        {dynamic(move || match state.open.get() {
            Open::Nothing => Fixed::nothing(),
            Open::Create => view! { <CreateDialog /> }.fixed(),
            Open::Invite(name, link) => view! { <InviteDialog name=name link=link /> }.fixed(),
            Open::Delete(organization) => view! { <DeleteDialog organization=*organization /> }.fixed(),
        })}
    }
    .fixed()
}
