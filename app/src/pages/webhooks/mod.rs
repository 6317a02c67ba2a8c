//! Webhooks: whom an organization, or a person, has told of changes.

mod form;
mod list;
mod one;
mod secret;
mod words;

use claviger_core::wire::webhook::Webhook;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use self::{
    form::{MakeDialog, Making},
    list::{List, PersonWebhooks},
    one::WebhookPage,
    secret::SecretDialog,
};
use crate::{
    api::{self, ApiError, webhooks::Whose},
    chunks::chunk,
    components::{
        button::{Button, ButtonKind},
        elsewhere::Elsewhere,
        fixed::{Fix, Fixed, dynamic, text, watch},
        icon::Icon,
    },
    remote::Remote,
    session::use_session,
    viewed::use_viewed,
};

chunk! {
    /// The webhooks of the organization that is looked at, or a member's own.
    Page webhooks: pub fn webhooks_page() => view! { <WebhooksPage /> }.fixed()
}

chunk! {
    /// The page of the webhook with this id.
    Page webhooks: pub fn webhook_page(id: i64) => view! { <WebhookPage id=id /> }.fixed()
}

chunk! {
    /// The webhooks of one person, on their page.
    Section webhooks: pub fn person_webhooks(id: i64) => view! { <PersonWebhooks id=id /> }.fixed()
}

/// The button that makes one.
const ADD: &str = "add-webhook";

/// The dialog that is open.
#[derive(Clone)]
enum Open {
    Nothing,
    Make,
    Secret(Box<Webhook>, String),
}

/// The list, and the dialogs that make one.
#[component]
fn WebhooksPage() -> impl IntoView {
    let session = use_session();
    let viewed = use_viewed();
    let list: Remote<Result<Vec<Webhook>, ApiError>> = Remote::new(move || {
        let organization = viewed.id();
        Box::pin(api::webhooks::list(Whose::Organization(organization)))
    });
    watch(move || {
        if let Some(Err(error)) = list.get() {
            session.interrupted(&error, Callback::new(move |()| list.refetch()));
        }
    });
    let open = RwSignal::new(Open::Nothing);
    let may_write = Memo::new(move |_| session.may_write());
    let make = Callback::new(move |()| open.set(Open::Make));
    let navigate = StoredValue::new_local(use_navigate());
    let lead = text(move || {
        if session.is_member() {
            "Addresses that are told when something happens to your keys or to you."
        } else {
            "Addresses that are told when something happens to keys, people or the organization."
        }
        .to_owned()
    });
    view! {
        <Elsewhere />
        <div class="page-head">
            <h1>"Webhooks"</h1>
            <Button kind=ButtonKind::Primary id=ADD disabled=Signal::derive(move || !may_write.get()) on_press=make>
                {Icon::Plus.view()}
                "Add webhook…"
            </Button>
        </div>
        <p class="page-lead">{lead}</p>
        <List list=list on_add=make />
        {dynamic(move || match open.get() {
            Open::Nothing => Fixed::nothing(),
            Open::Make => view! {
                <MakeDialog making=Making::new(session, untrack(|| viewed.id()))
                    on_made=Callback::new(move |(webhook, secret)| open.set(Open::Secret(Box::new(webhook), secret)))
                    on_dismiss=Callback::new(move |()| open.set(Open::Nothing)) />
            }.fixed(),
            Open::Secret(webhook, secret) => {
                let page = untrack(|| viewed.webhooks_page()).webhook(webhook.id).address();
                let closed = Callback::new(move |()| {
                    open.set(Open::Nothing);
                    // Where it can be tested.
                    navigate.with_value(|navigate| navigate(&page, leptos_router::NavigateOptions::default()));
                });
                view! { <SecretDialog secret=secret on_closed=closed return_to=ADD /> }.fixed()
            }
        })}
    }
    .fixed()
}
