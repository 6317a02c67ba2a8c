//! Choosing the organization to look at, for system administrators.

use claviger_core::organization::Organization;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::{
    api::{self, ApiError, Place},
    browser::{intl, page},
    chunks::chunk,
    components::{
        button::Button,
        dialog::Dialog,
        error::ErrorState,
        field::Field,
        fixed::{Fix, Fixed, dynamic, on, optional, press},
        icon::Icon,
    },
    format::told_apart,
    remote::Remote,
    routes::Page,
    session::use_session,
    viewed::use_viewed,
};

/// More are found by their name.
const SHOWN: u32 = 20;
/// The field's id.
const SEARCH: &str = "switcher-search";

/// The button beside the organization's name, and what it opens.
#[component]
pub fn Switcher() -> impl IntoView {
    let open = RwSignal::new(false);
    let close = Callback::new(move |()| open.set(false));
    view! {
        <button
            type="button"
            class="icon-button"
            id="switcher"
            aria-haspopup="dialog"
            aria-label="Switch organization"
            on:click=press(move || open.set(true))
        >
            {Icon::Selector.view()}
        </button>
        {optional(move || open.get().then(|| switch_dialog(close)))}
    }
}

chunk! {
    /// Asks which.
    Part switcher: fn switch_dialog(on_close: Callback<()>) => view! { <SwitchDialog on_close=on_close /> }.fixed()
}

#[component]
fn SwitchDialog(on_close: Callback<()>) -> impl IntoView {
    let session = use_session();
    let search = RwSignal::new(String::new());
    let found = Remote::new(move || {
        let query = api::organizations::query(&search.get(), 0, SHOWN);
        Box::pin(async move { api::organizations::list(&query).await })
    });
    crate::components::fixed::watch(move || {
        if let Some(Err(error)) = found.get() {
            session.interrupted(&error, Callback::new(move |()| found.refetch()));
        }
    });
    // Enter goes to the only one; not to what was found for less than what is in the field by now.
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let typed = intl::lower(search.get_untracked().trim());
        let only = untrack(|| {
            found.with(|found| match found {
                Some(Ok((organizations, _))) => match organizations.as_slice() {
                    [one] => intl::lower(&one.name).contains(&typed),
                    _ => false,
                },
                _ => false,
            })
        });
        if let Some(link) = links().into_iter().next().filter(|_| only) {
            link.click();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let down = match event.key().as_str() {
            "ArrowDown" => true,
            "ArrowUp" => false,
            _ => return,
        };
        event.prevent_default();
        step(down);
    };
    view! {
        <Dialog title="Switch organization" on_dismiss=on_close return_to="switcher">
            <form on:submit=on(submit) on:keydown=on(on_key) novalidate>
            <Field
                id=SEARCH
                label="Name"
                autofocus=true
                value=search
                on_input=Callback::new(move |text| search.set(text))
            />
            <div class="switcher-list" aria-live="polite">
                {dynamic(move || match found.get() {
                    None => view! { <p class="quiet" role="status">"Loading"</p> }.fixed(),
                    Some(Ok(found)) => rows(found, on_close),
                    Some(Err(error)) => failed(error, found),
                })}
            </div>
            <div class="dialog-actions">
                <Button on_press=on_close>"Cancel"</Button>
            </div>
            </form>
        </Dialog>
    }
}

/// Those that are listed, in their order.
fn links() -> Vec<HtmlElement> {
    let Ok(all) = document().query_selector_all(".switcher-link") else { return Vec::new() };
    (0..all.length()).filter_map(|index| all.get(index)?.dyn_into().ok()).collect()
}

/// To the next of them or the one before; before the first is the field.
fn step(down: bool) {
    let links = links();
    let focused = page::focused();
    let at = links.iter().position(|link| focused.as_ref() == Some(link));
    let next = match (at, down) {
        (None, true) => links.first(),
        (Some(at), true) => links.get(at + 1),
        (Some(at), false) if at > 0 => links.get(at - 1),
        (_, false) => {
            page::focus(SEARCH);
            None
        }
    };
    if let Some(next) = next {
        let _ = next.focus();
    }
}

fn rows((organizations, place): (Vec<Organization>, Place), on_close: Callback<()>) -> Fixed {
    if organizations.is_empty() {
        return view! { <p class="quiet">"No organization has this in its name."</p> }.fixed();
    }
    let (viewed, own) = (use_viewed().id(), use_session().organization_id());
    let more = place.num_records > SHOWN;
    let links: Vec<_> = organizations
        .into_iter()
        .map(|organization| {
            let id = organization.id;
            let page = if id == own { Page::Keys } else { Page::OrganizationKeys(id) };
            view! {
                <li>
                    <a
                        class="switcher-link"
                        href=page.address()
                        aria-current=if id == viewed { "true" } else { "false" }
                        on:click=press(move || on_close.run(()))
                    >
                        <span>{organization.name}</span>
                        <span class="quiet">{(id == own).then_some("Yours · ")} {told_apart(id, organization.key_prefix.as_deref())}</span>
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <ul>{links}</ul>
        {more.then(|| view! { <p class="field-note">"There are more: type a part of the name."</p> })}
    }
    .fixed()
}

fn failed(error: ApiError, found: Remote<Result<(Vec<Organization>, Place), ApiError>>) -> Fixed {
    let again = Callback::new(move |()| found.refetch());
    view! { <ErrorState title="The organizations could not be loaded" error=error on_retry=again /> }.fixed()
}
