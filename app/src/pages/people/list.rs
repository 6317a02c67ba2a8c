//! The table of people, and the way to the next fifty.

use claviger_core::wire::user::{ApiAccessEnd, User};
use leptos::prelude::*;

use super::state::PeopleState;
use crate::{
    api::Place,
    components::{
        button::Button,
        empty::Empty,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic, optional, text},
        moment::{Moment, UsedMoment},
        skeleton::Bone,
        table::{Cell, ColumnHead},
    },
    format::user_role,
    session::use_session,
};

/// The list in each of its states.
#[component]
pub fn List() -> impl IntoView {
    let state = expect_context::<PeopleState>();
    dynamic(move || {
        match state.list.get() {
        None => view! { <div aria-busy="true"><p class="visually-hidden" role="status">"Loading people"</p> {table(skeleton())}</div> }.fixed(),
        Some(Err(error)) => {
            let again = Callback::new(move |()| state.ask_again());
            view! { <ErrorState title="The people could not be loaded" error=error on_retry=again /> }.fixed()
        }
        Some(Ok((rows, _))) if rows.is_empty() => untrack(|| nobody(state)),
        Some(Ok((rows, _))) => table(rows.into_iter().map(|user| row(user, state)).collect()),
    }
    })
}

/// Nobody is found; of an organization there is always an owner, or one who is invited.
fn nobody(state: PeopleState) -> Fixed {
    if state.api_only() && state.search.get().trim().is_empty() {
        return view! {
            <Empty title="Nobody has API access" sentence="Whoever switches it on, on their profile, is listed here.">
                <a class="button" href=state.address_of(false)>
                    "Show everyone"
                </a>
            </Empty>
        }
        .fixed();
    }
    let all = Callback::new(move |()| state.search_for(String::new()));
    view! {
        <Empty title="Nothing found" sentence="Nobody here has this in their name or e-mail.">
            <Button on_press=all>"Show all"</Button>
        </Empty>
    }
    .fixed()
}

fn skeleton() -> Vec<Fixed> {
    let row = |_| {
        view! {
            <tr role="row">
                <Cell label="Name"><Bone width="long" /><Bone width="mid" /></Cell>
                <Cell label="Role"><Bone width="mid" /></Cell>
                <Cell label="API access"><Bone width="short" /><Bone width="short" /></Cell>
                <Cell label="Last used"><Bone width="short" /></Cell>
                <Cell label="Last seen"><Bone width="short" /></Cell>
                <Cell label="Status"><Bone width="short" /></Cell>
            </tr>
        }
        .fixed()
    };
    (0..6).map(row).collect()
}

fn table(rows: Vec<Fixed>) -> Fixed {
    view! {
        <table class="table people" role="table" aria-label="People">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="Name" />
                    <ColumnHead label="Role" />
                    <ColumnHead label="API access" />
                    <ColumnHead label="Last used" />
                    <ColumnHead label="Last seen" />
                    <ColumnHead label="Status" />
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .fixed()
}

fn row(user: User, state: PeopleState) -> Fixed {
    let you = use_session().user_id() == user.id;
    let page = untrack(|| state.viewed.people_page()).person(user.id);
    let seen = match user.last_seen_at {
        Some(at) => view! { <Moment at=at /> }.fixed(),
        None => view! { <span class="quiet">"Not signed in"</span> }.fixed(),
    };
    let (access, keys) = (api_access(&user), keys(user.live_keys));
    let User { name, email, role, active, last_used_at, .. } = user;
    view! {
        <tr role="row">
            <Cell label="Name">
                <a class="key-name" href=page.address()>
                    {name}
                </a>
                <span class="quiet">{you.then_some("You · ")} {email}</span>
            </Cell>
            <Cell label="Role">
                <span>{user_role(role)}</span>
            </Cell>
            <Cell label="API access">{access} <span class="quiet">{keys}</span></Cell>
            <Cell label="Last used">
                <UsedMoment at=last_used_at />
            </Cell>
            <Cell label="Last seen">{seen}</Cell>
            <Cell label="Status">{status(active)}</Cell>
        </tr>
    }
    .fixed()
}

/// Whether somebody may come in: a dot and a word.
pub fn status(active: bool) -> Fixed {
    if active {
        view! { <span class="badge ok">"Active"</span> }.fixed()
    } else {
        view! { <span class="badge calm">"Deactivated"</span> }.fixed()
    }
}

fn api_access(user: &User) -> Fixed {
    match &user.api_access_ended {
        _ if user.api_access => view! { <span>"On"</span> }.fixed(),
        Some(ended) if ended.how == ApiAccessEnd::Cleared => view! { <span class="warn-text">"Cleared"</span> }.fixed(),
        _ => view! { <span class="quiet">"Off"</span> }.fixed(),
    }
}

fn keys(live: u32) -> String {
    match live {
        0 => "No keys".to_owned(),
        1 => "1 key".to_owned(),
        keys => format!("{keys} keys"),
    }
}

/// How many there are, and the buttons when there is more than one page.
#[component]
pub fn Pager() -> impl IntoView {
    let state = expect_context::<PeopleState>();
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
        1 => "1 person".to_owned(),
        all if place.num_pages <= 1 => format!("{all} people"),
        all => format!("{from}–{to} of {all} people"),
    }
}
