//! Access, kind, role and owner: what else the list is narrowed by.

use claviger_core::{
    key::{Access, KeyKind, Role},
    wire::user::User,
};
use leptos::prelude::*;

use super::{query::Filters, state::KeysState};
use crate::{
    api,
    components::{
        fixed::{Fix, Fixed, optional},
        select::{Options, Select},
    },
    format,
    remote::Remote,
};

/// People to choose among; whoever is not there is found on People, with their keys.
const PEOPLE: u32 = 200;

/// A choice each, the first of which is none.
#[component]
pub fn FilterRow(state: KeysState) -> impl IntoView {
    let accesses =
        [(Access::ReadOnly, format::access(Access::ReadOnly)), (Access::ReadWrite, format::access(Access::ReadWrite))];
    let kinds = [(KeyKind::Service, "Service"), (KeyKind::Personal, "Personal")];
    let system = untrack(|| state.session.is_system_admin()) && state.viewed.elsewhere_untracked().is_none();
    let roles = [
        (Role::Integration, "Integration"),
        (Role::Verifier, "Verifies keys"),
        (Role::OrganizationAdmin, "Manages keys"),
        (Role::SystemAdmin, "Manages everything"),
    ];
    let roles: Vec<_> = roles.into_iter().filter(|(role, _)| system || *role != Role::SystemAdmin).collect();
    // Members have only their own.
    let manages = untrack(|| state.session.manages());
    view! {
        <div class="filter-row" role="group" aria-label="Filters">
            <Select id="filter-access" label="Access" inline=true
                options=choices(state, &accesses, |filters| filters.access, |filters, access| filters.access = access) />
            {manages.then(|| view! {
                <Select id="filter-kind" label="Kind" inline=true
                    options=choices(state, &kinds, |filters| filters.kind, |filters, kind| filters.kind = kind) />
                <Select id="filter-role" label="Role" inline=true
                    options=choices(state, &roles, |filters| filters.role, |filters, role| filters.role = role) />
                <Owner state=state />
            })}
        </div>
    }
}

/// "Any", and each of these.
fn choices<T: Copy + PartialEq + Send + Sync + 'static>(
    state: KeysState,
    all: &[(T, &str)],
    get: fn(&Filters) -> Option<T>,
    set: fn(&mut Filters, Option<T>),
) -> Options {
    let mut choices = vec![(None, "Any")];
    choices.extend(all.iter().map(|(value, label)| (Some(*value), *label)));
    Options::new(
        &choices,
        move || state.query.with(|query| get(&query.filters)),
        move |chosen| state.change(|query| set(&mut query.filters, chosen)),
    )
}

/// Whose; asked for when it is shown.
#[component]
fn Owner(state: KeysState) -> impl IntoView {
    let organization = state.viewed.id_untracked();
    let people = Remote::new(move || {
        let query = api::people::query("", false, 0, PEOPLE);
        Box::pin(
            async move { api::people::list(organization, &query).await.map(|(people, _)| people).unwrap_or_default() },
        )
    });
    let known = Memo::new(move |_| people.get());
    optional(move || known.get().map(|people| owner(state, &people)))
}

fn owner(state: KeysState, people: &[User]) -> Fixed {
    let all: Vec<_> = people.iter().map(|person| (person.id, person.name.as_str())).collect();
    view! {
        <Select id="filter-owner" label="Owner" inline=true
            options=choices(state, &all, |filters| filters.user, |filters, user| filters.user = user) />
    }
    .fixed()
}
