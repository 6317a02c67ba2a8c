//! The table of organizations, and the way to the next fifty.

use claviger_core::organization::{Organization, Plan};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::state::{Open, OrganizationsState};
use crate::{
    api::Place,
    components::{
        button::Button,
        empty::Empty,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, optional, text},
        menu::{Menu, MenuItem},
        moment::Moment,
        skeleton::Bone,
        table::{Cell, ColumnHead},
    },
    format::told_apart,
    routes::Page,
    session::use_session,
    usage,
};

/// The list in each of its states.
#[component]
pub fn List() -> impl IntoView {
    let state = expect_context::<OrganizationsState>();
    dynamic(move || {
        match state.list.get() {
        None => view! { <div aria-busy="true"><p class="visually-hidden" role="status">"Loading organizations"</p> {table(skeleton())}</div> }.fixed(),
        Some(Err(error)) => {
            let again = Callback::new(move |()| state.list.refetch());
            view! { <ErrorState title="The organizations could not be loaded" error=error on_retry=again /> }.fixed()
        }
        Some(Ok((rows, _))) if rows.is_empty() => {
            let all = Callback::new(move |()| state.search_for(String::new()));
            view! {
                <Empty title="Nothing found" sentence="No organization has this in its name.">
                    <Button on_press=all>"Show all"</Button>
                </Empty>
            }
            .fixed()
        }
        Some(Ok((rows, _))) => table(rows.into_iter().map(row).collect()),
    }
    })
}

fn skeleton() -> Vec<Fixed> {
    let row = |_| {
        view! {
            <tr role="row">
                <Cell label="Name"><Bone width="long" /><Bone width="mid" /></Cell>
                <Cell label="Plan"><Bone width="short" /></Cell>
                <Cell label="Keys"><Bone width="mid" /></Cell>
                <Cell label="Created"><Bone width="short" /></Cell>
                <Cell label="Actions"><span></span></Cell>
            </tr>
        }
        .fixed()
    };
    (0..6).map(row).collect()
}

fn table(rows: Vec<Fixed>) -> Fixed {
    view! {
        <table class="table organizations" role="table" aria-label="Organizations">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="Name" />
                    <ColumnHead label="Plan" />
                    <ColumnHead label="Keys" />
                    <ColumnHead label="Created" />
                    <th scope="col" role="columnheader">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .fixed()
}

fn row(organization: Organization) -> Fixed {
    let Organization { id, name, plan, key_limit, live_keys, key_prefix, created_at, .. } = organization.clone();
    let own = use_session().organization_id() == id;
    let (keys, settings) =
        if own { (Page::Keys, Page::Settings) } else { (Page::OrganizationKeys(id), Page::OrganizationSettings(id)) };
    let plan = match plan {
        Plan::Paid => view! { <span>"Paid"</span> }.fixed(),
        Plan::Trial => view! { <span class="badge warn">"Trial"</span> }.fixed(),
    };
    view! {
        <tr role="row">
            <Cell label="Name">
                <a class="key-name" href=keys.address()>
                    {name}
                </a>
                <span class="quiet">
                    {own.then_some("Yours · ")} {told_apart(id, key_prefix.as_deref())}
                </span>
            </Cell>
            <Cell label="Plan">{plan}</Cell>
            <Cell label="Keys">
                <span data-full=(live_keys >= key_limit).to_string()>{format!("{} of {} keys", usage::number(live_keys.into()), usage::number(key_limit.into()))}</span>
            </Cell>
            <Cell label="Created">
                <Moment at=created_at />
            </Cell>
            <td role="cell" class="actions">
                {actions(organization, keys, settings, own)}
            </td>
        </tr>
    }
    .fixed()
}

fn actions(organization: Organization, keys: Page, settings: Page, own: bool) -> Fixed {
    let state = expect_context::<OrganizationsState>();
    let may_delete = !own && use_session().may_write();
    let navigate = use_navigate();
    let go = Callback::new(move |page: Page| navigate(&page.address(), leptos_router::NavigateOptions::default()));
    let label = format!("Actions for {}", organization.name);
    let id = format!("organization-actions-{}", organization.id);
    view! {
        <Menu label=label id=id>
            <MenuItem on_choose=Callback::new(move |()| go.run(keys))>"Show its keys"</MenuItem>
            <MenuItem on_choose=Callback::new(move |()| go.run(settings))>"Edit settings"</MenuItem>
            {may_delete
                .then(|| {
                    view! {
                        <hr />
                        <MenuItem on_choose=Callback::new(move |()| {
                            state.open.set(Open::Delete(Box::new(organization.clone())));
                        })>"Delete…"</MenuItem>
                    }
                })}
        </Menu>
    }
    .fixed()
}

/// How many there are, and the buttons when there is more than one page.
#[component]
pub fn Pager() -> impl IntoView {
    let state = expect_context::<OrganizationsState>();
    let place =
        move || state.list.with(|list| list.as_ref().and_then(|list| list.as_ref().ok()).map(|(_, place)| *place));
    view! {
        <div class="pager">
            <p role="status">{text(move || place().map(sentence).unwrap_or_default())}</p>
            {optional(move || {
                let Place { page, num_pages, .. } = place().filter(|place| place.num_pages > 1)?;
                Some(
                    view! {
                        <nav class="pager-buttons" aria-label="Pages">
                            <Button disabled=Signal::stored(page == 0) on_press=Callback::new(move |()| state.turn_to(page.saturating_sub(1)))>
                                "Previous"
                            </Button>
                            <Button disabled=Signal::stored(page + 1 >= num_pages) on_press=Callback::new(move |()| state.turn_to(page + 1))>
                                "Next"
                            </Button>
                        </nav>
                    }
                        .fixed(),
                )
            })}
        </div>
    }
}

fn sentence(place: Place) -> String {
    let from = place.page.saturating_mul(place.per_page) + 1;
    let to = place.num_records.min(place.page.saturating_add(1).saturating_mul(place.per_page));
    match place.num_records {
        0 => String::new(),
        1 => "1 organization".to_owned(),
        all if place.num_pages <= 1 => format!("{all} organizations"),
        all => format!("{from}–{to} of {all} organizations"),
    }
}
