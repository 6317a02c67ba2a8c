//! Who am I, in which organization; the theme; signing out.

use claviger_core::wire::session::Session;
use leptos::{ev, prelude::*};

use crate::{
    api,
    browser::intl,
    chunks::chunk,
    components::{
        button::Button,
        fixed::{Fix, on, optional, spawn, text},
        icon::Icon,
        leaving::SIGN_OUT,
        popup::{Popup, PopupContext},
        theme_switch::ThemeSwitch,
        toast::use_toasts,
    },
    format::user_role,
    routes::Page,
    session::use_session,
};

/// The account at the foot of the bar.
#[component]
pub fn Account() -> impl IntoView {
    let session = use_session();
    let user = move || session.current().map(|session| session.user);
    let name = text(move || user().map(|user| user.name).unwrap_or_default());
    let initials = text(move || user().map(|user| initials(&user.name)).unwrap_or_default());
    let role = text(move || user().map(|user| user_role(user.role)).unwrap_or_default().to_owned());
    view! {
        <div class="account">
            <span class="avatar" aria-hidden="true">{initials}</span>
            <div class="account-names">
                <p class="account-name">{name}</p>
                <p class="account-role">{role}</p>
            </div>
            <Popup label="Account" trigger_class="icon-button account-button" trigger=Icon::Selector>
                {account_menu()}
            </Popup>
        </div>
    }
}

chunk! {
    /// What the account's button opens.
    Part account: fn account_menu() => view! { <Opened /> }.fixed()
}

#[component]
fn Opened() -> impl IntoView {
    let session = use_session();
    view! {
        {optional(move || session.current().map(|session| view! { <Who session=session /> }.fixed()))}
        <Profile />
        <ThemeSwitch />
        <SignOut />
    }
}

#[component]
fn Who(session: Session) -> impl IntoView {
    let Session { user, organization, key, ends_at, .. } = session;
    let (class, with) = key.map_or(("", "a passkey".to_owned()), |key| ("hint", key.hint.to_string()));
    view! {
        <div class="who">
            <p class="who-name">{user.name}</p>
            <p>{user.email}</p>
            <p>{format!("{} of {}", user_role(user.role), organization.name)}</p>
            <p class="who-key">
                "Signed in with " <span class=class>{with}</span> " until " {intl::day(ends_at)}
            </p>
        </div>
    }
}

#[component]
fn Profile() -> impl IntoView {
    let popup = expect_context::<PopupContext>();
    view! {
        <a class="button" href=Page::Profile.path() on:click=on(move |_: ev::MouseEvent| popup.close())>
            "Your profile"
        </a>
    }
}

#[component]
fn SignOut() -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let popup = expect_context::<PopupContext>();
    let busy = RwSignal::new(false);
    let sign_out = move || {
        busy.set(true);
        spawn(async move {
            let outcome = api::session::sign_out().await;
            busy.try_set(false);
            match outcome {
                Ok(()) => session.sign_out(),
                Err(error) if error.is_signed_out() => session.sign_out(),
                Err(error) => {
                    popup.close();
                    toasts.fail(format!("Not signed out. {}", error.message));
                }
            }
        });
    };
    view! {
        <Button id=SIGN_OUT busy=busy on_press=Callback::new(move |()| sign_out())>
            "Sign out"
        </Button>
    }
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    words.next().into_iter().chain(words.next_back()).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        for (name, letters) in [("Ada Lovelace", "AL"), ("ada", "a"), ("Jean Luc Picard", "JP"), ("", "")] {
            assert_eq!(initials(name), letters);
        }
    }
}
