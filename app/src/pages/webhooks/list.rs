//! The table of webhooks: of an organization, and of one person.

use claviger_core::wire::webhook::Webhook;
use leptos::prelude::*;

use super::words;
use crate::{
    api::{self, ApiError, webhooks::Whose},
    components::{
        button::{Button, ButtonKind},
        empty::Empty,
        error::ErrorState,
        fixed::{Fix, Fixed, dynamic},
        moment::Moment,
        skeleton::Bone,
        table::{Cell, ColumnHead},
    },
    remote::Remote,
    session::use_session,
    viewed::use_viewed,
};

/// What a list is asked for.
type Listed = Remote<Result<Vec<Webhook>, ApiError>>;

/// The list in each of its states.
#[component]
pub fn List(list: Listed, on_add: Callback<()>) -> impl IntoView {
    let session = use_session();
    let may_write = Memo::new(move |_| session.may_write());
    dynamic(move || {
        match list.get() {
        Some(Ok(rows)) if rows.is_empty() => view! {
            <Empty title="No webhooks yet" sentence="A webhook has each change told to an address of yours, signed, within seconds.">
                <Button kind=ButtonKind::Primary disabled=Signal::derive(move || !may_write.get()) on_press=on_add>
                    "Add webhook…"
                </Button>
            </Empty>
        }
        .fixed(),
        answer => shown(answer, list),
    }
    })
}

/// A person's, below their keys.
#[component]
pub fn PersonWebhooks(id: i64) -> impl IntoView {
    let list: Listed = Remote::new(move || Box::pin(api::webhooks::list(Whose::Person(id))));
    view! {
        <section class="key-section" aria-labelledby="person-webhooks">
            <h2 id="person-webhooks">"Webhooks"</h2>
            {dynamic(move || match list.get() {
                Some(Ok(rows)) if rows.is_empty() => view! { <p class="quiet">"They have none of their own."</p> }.fixed(),
                answer => shown(answer, list),
            })}
        </section>
    }
    .fixed()
}

fn shown(answer: Option<Result<Vec<Webhook>, ApiError>>, list: Listed) -> Fixed {
    match answer {
        None => {
            let rows = (0..3).map(|_| skeleton()).collect();
            view! { <div aria-busy="true"><p class="visually-hidden" role="status">"Loading the webhooks"</p> {table(rows)}</div> }
                .fixed()
        }
        Some(Err(error)) => {
            let again = Callback::new(move |()| list.refetch());
            view! { <ErrorState title="The webhooks could not be loaded" error=error on_retry=again /> }.fixed()
        }
        Some(Ok(rows)) => table(rows.into_iter().map(row).collect()),
    }
}

fn table(rows: Vec<Fixed>) -> Fixed {
    view! {
        <table class="table webhooks" role="table" aria-label="Webhooks">
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHead label="URL" />
                    <ColumnHead label="Entity" />
                    <ColumnHead label="Operation type" />
                    <ColumnHead label="Last delivered" />
                    <ColumnHead label="Status" />
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .fixed()
}

fn skeleton() -> Fixed {
    view! {
        <tr role="row">
            <Cell label="URL"><Bone width="long" /><Bone width="mid" /></Cell>
            <Cell label="Entity"><Bone width="short" /></Cell>
            <Cell label="Operation type"><Bone width="mid" /></Cell>
            <Cell label="Last delivered"><Bone width="short" /></Cell>
            <Cell label="Status"><Bone width="short" /></Cell>
        </tr>
    }
    .fixed()
}

fn row(webhook: Webhook) -> Fixed {
    let me = use_session().user_id();
    let page = untrack(|| use_viewed().webhooks_page()).webhook(webhook.id).address();
    let delivered = match webhook.last_delivered_at {
        Some(at) => view! { <Moment at=at /> }.fixed(),
        None => view! { <span class="quiet">"Nothing yet"</span> }.fixed(),
    };
    let whose = words::whose(&webhook, me);
    let about = if webhook.description.is_empty() { whose } else { format!("{whose} · {}", webhook.description) };
    let (entities, operations) = (words::entities(&webhook.events), words::operations(&webhook.events));
    let (status, off, url) = (words::status(&webhook), webhook.off_reason.map(words::off), webhook.url);
    let title = url.clone();
    view! {
        <tr role="row">
            <Cell label="URL">
                <a class="key-name" href=page title=title>
                    {url}
                </a>
                <span class="quiet">{about}</span>
            </Cell>
            <Cell label="Entity">
                <span>{entities}</span>
            </Cell>
            <Cell label="Operation type">
                <span class="by">{operations}</span>
            </Cell>
            <Cell label="Last delivered">{delivered}</Cell>
            <Cell label="Status">
                {status}
                {off.map(|reason| view! { <span class="by quiet">{reason}</span> })}
            </Cell>
        </tr>
    }
    .fixed()
}
