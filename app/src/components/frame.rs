//! Around every page of the signed in: the bar with the organization, the navigation and the account.

mod account;
mod asking;
mod bar;
mod gate;
mod interrupted;
mod refused;
mod step_up;
mod switcher;

use claviger_core::organization::Plan;
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_location;

use self::{
    asking::Asking,
    bar::Bar,
    gate::Gate,
    refused::{Refused, refused},
};
use super::{
    fixed::{Fix, Fixed, dynamic, flag, on, watch},
    outage::OutagePlace,
};
use crate::{
    browser::page,
    pages::{
        audit::audit_page,
        guide::guide_page,
        key::key_page,
        keys::KeysPage,
        organizations::organizations_page,
        people::{people_page, person_page},
        profile::profile_page,
        settings::settings_page,
        webhooks::{webhook_page, webhooks_page},
    },
    routes::{self, Page},
    session::use_session,
    viewed::{Viewed, use_page},
};

/// The frame; its page is drawn once somebody is known to be signed in.
#[component]
pub fn Frame() -> impl IntoView {
    view! { <Gate page=inside /> }.fixed()
}

fn inside() -> Fixed {
    let shown = use_page();
    let viewed = Viewed::new(shown, use_session());
    provide_context(viewed);
    // An active key of a trial does not work: it is not shown in the colour of those that do (status.css).
    let trial = flag(move || viewed.usage().is_some_and(|usage| usage.plan == Plan::Trial));
    let first = StoredValue::new(true);
    watch(move || {
        page::title(shown.get());
        // Whoever followed a link reads on at the new page's heading.
        if !first.try_update_value(|first| std::mem::replace(first, false)).unwrap_or(true) {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            request_animation_frame(page::focus_heading);
        }
    });
    let search = use_location().search;
    watch(move || {
        // Pages of single keys and people lead back to it.
        if let list @ (Page::Keys | Page::OrganizationKeys(_) | Page::People | Page::OrganizationPeople(_)) =
            shown.get()
        {
            let query = search.get();
            routes::remember_list(&if query.is_empty() {
                list.address()
            } else {
                format!("{}?{query}", list.address())
            });
        }
    });
    view! {
            <a class="skip" href="#main" on:click=on(skip)>"Skip to content"</a>
            <div class="frame">
                <Bar />
                <main class="main" id="main" tabindex="-1" data-trial=trial>
                    <OutagePlace />
                    <Content />
                </main>
            </div>
            <Asking />
    }
    .fixed()
}

/// The page, or why it is not for this person.
#[component]
fn Content() -> impl IntoView {
    let session = use_session();
    let viewed = crate::viewed::use_viewed();
    let shown = use_page();
    // Memos, so that the page is not drawn again when the session or the organization merely changes.
    let system = Memo::new(move |_| session.is_system_admin());
    let manages = Memo::new(move |_| session.manages());
    let missing = Memo::new(move |_| viewed.is_missing());
    dynamic(move || match shown.get() {
        // Of an organization that is gone the log stays.
        Page::OrganizationAuditLog(_) if system.get() => audit_page(),
        page if page.organization().is_some() && missing.get() => refused(Refused::NoSuchOrganization),
        Page::Organizations if system.get() => organizations_page(),
        Page::Organizations => refused(Refused::NotSystemAdmin),
        Page::Settings | Page::OrganizationSettings(_) if manages.get() => settings_page(),
        Page::Settings | Page::OrganizationSettings(_) => refused(Refused::Member),
        Page::AuditLog | Page::OrganizationAuditLog(_) if manages.get() => audit_page(),
        Page::AuditLog | Page::OrganizationAuditLog(_) => refused(Refused::MemberOfLog),
        Page::Guide => guide_page(),
        Page::People | Page::OrganizationPeople(_) if manages.get() => people_page(),
        Page::Person(id) | Page::OrganizationPerson(_, id) if manages.get() => person_page(id),
        Page::People | Page::OrganizationPeople(_) | Page::Person(_) | Page::OrganizationPerson(..) => {
            refused(Refused::MemberOfPeople)
        }
        Page::Profile => profile_page(),
        Page::Webhooks | Page::OrganizationWebhooks(_) => webhooks_page(),
        Page::Webhook(id) | Page::OrganizationWebhook(_, id) => webhook_page(id),
        Page::Key(id) | Page::OrganizationKey(_, id) => key_page(id),
        _ => view! { <KeysPage /> }.fixed(),
    })
}

// Not followed as a link: the address belongs to the list's filters.
fn skip(event: ev::MouseEvent) {
    event.prevent_default();
    page::focus("main");
}
