//! A person's first sign-in key, shown once, and the way in with it: after setting up and after an invitation.

use std::sync::Arc;

use claviger_core::secret::Secret;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    api::{self, ApiError},
    components::{
        button::{Button, ButtonKind},
        error::ErrorNote,
        fixed::{Fix, dynamic, spawn},
        leaving::ask_first,
        plain::PlainPage,
        secret_box::{SecretBox, expose},
    },
    routes::Page,
    session::use_session,
};

/// The one copy of that key.
#[derive(Clone)]
pub struct FirstKey(Arc<Secret>);

impl FirstKey {
    /// Keeps it until the page is left.
    pub fn new(secret: Secret) -> Self {
        Self(Arc::new(secret))
    }
}

/// Shows the key, and signs in with it.
#[component]
pub fn FirstKeyPage(page: Page, key: FirstKey) -> impl IntoView {
    let session = use_session();
    let secret = StoredValue::new(Some(Secret::clone(&key.0)));
    let shown = RwSignal::new(false);
    let copied = RwSignal::new(false);
    let asking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<ApiError>);
    ask_first(copied, asking);

    let navigate = use_navigate();
    let enter = Callback::new(move |()| {
        let navigate = navigate.clone();
        busy.set(true);
        failure.set(None);
        spawn(async move {
            match api::session::sign_in(&expose(secret)).await {
                Ok(new) => {
                    copied.set(true);
                    session.signed_in(new);
                    navigate(Page::Keys.path(), NavigateOptions { replace: true, ..NavigateOptions::default() });
                }
                Err(error) => {
                    busy.set(false);
                    failure.set(Some(error));
                }
            }
        });
    });
    let sign_in = Callback::new(move |()| if copied.get_untracked() { enter.run(()) } else { asking.set(true) });
    let on_copied = Callback::new(move |()| {
        copied.set(true);
        asking.set(false);
    });
    view! {
        <PlainPage page=page heading="Copy this key and keep it somewhere safe">
            <p class="quiet">"You will see it only once; we cannot show it again. It signs you in, and it never expires."</p>
            <SecretBox secret=secret shown=shown on_copied=on_copied />
            <ErrorNote error=failure kept="Your key is still here." />
            {dynamic(move || if asking.get() {
                view! {
                <div class="note warn" role="alert">
                    <p>"You have not copied it. Without it you cannot sign in again."</p>
                    <div class="note-actions">
                        <Button on_press=Callback::new(move |()| asking.set(false)) autofocus=true>
                            "Go back"
                        </Button>
                        <Button on_press=enter busy=busy>
                            "Sign in anyway"
                        </Button>
                    </div>
                </div>
                }.fixed()
            } else {
                view! { <Button kind=ButtonKind::Primary busy=busy on_press=sign_in>"Sign in with this key"</Button> }.fixed()
            })}
        </PlainPage>
    }
}
