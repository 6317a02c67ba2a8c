//! What a new organization does first: a list that ticks itself by what is there, and goes when all of it is.

use leptos::{ev, prelude::*};

use super::{
    create::Purpose,
    offer::over_key,
    state::{KeysState, Open},
};
use crate::{
    api::{self, ApiError},
    browser::{page, storage},
    components::{
        button::{Button, ButtonKind},
        fixed::{Fix, Fixed, dynamic, watch},
        icon::Icon,
    },
    remote::Remote,
    routes::Page,
};

/// What is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Done {
    verifier: bool,
    integration: bool,
    /// A verifier key and a key that callers present were both used.
    verified: bool,
    invited: bool,
}

impl Done {
    /// Looks.
    async fn ask(organization: i64) -> Result<Self, ApiError> {
        let used_last = async |role: &str| {
            let query = format!("kind=service&status=pending,active&role={role}&order_by=-last_used_at&per_page=1");
            let (keys, _) = api::keys::list(None, &query).await?;
            Ok::<_, ApiError>(keys.first().map(|key| key.last_used_at.is_some()))
        };
        let (verifier, integration) = (used_last("verifier").await?, used_last("integration").await?);
        let several = api::organizations::people(organization).await.is_some_and(|people| people > 1);
        Ok(Self {
            verifier: verifier.is_some(),
            integration: integration.is_some(),
            verified: verifier == Some(true) && integration == Some(true),
            invited: several || !api::people::invites(organization).await?.is_empty(),
        })
    }

    const fn all(self) -> bool {
        self.verifier && self.integration && self.verified && self.invited
    }
}

/// The list; `over` is set when it is done with.
#[component]
pub fn Steps(state: KeysState, over: RwSignal<bool>) -> impl IntoView {
    let organization = state.viewed.id_untracked();
    let answer = Remote::new(move || {
        state.counted.track();
        Box::pin(async move { Done::ask(organization).await.ok() })
    });
    // Whoever has been at a terminal or another tab comes back to what is true now.
    let handle = window_event_listener(ev::focus, move |_| answer.refetch());
    on_cleanup(move || handle.remove());

    // A memo: a button that has the focus must not be drawn anew because the same came again.
    let done = Memo::new(move |before: Option<&Option<Done>>| answer.get().flatten().or_else(|| *before?));
    let close = move || {
        storage::local_set(&over_key(state), Some("1"));
        over.set(true);
    };
    watch(move || {
        if done.get().is_some_and(Done::all) {
            close();
        }
    });
    let dismiss = Callback::new(move |()| {
        close();
        page::focus_heading();
    });
    dynamic(move || {
        let Some(done) = done.get().filter(|done| !done.all()) else { return Fixed::nothing() };
        let make = |purpose| Callback::new(move |()| state.show(Open::Create(purpose)));
        let create = |purpose, label: &'static str| {
            view! { <Button kind=ButtonKind::Text on_press=make(purpose)>{label}</Button> }.fixed()
        };
        view! {
            <section class="steps" aria-labelledby="steps">
                <div class="steps-head">
                    <h2 id="steps">"First steps"</h2>
                    <Button kind=ButtonKind::Text on_press=dismiss>"Dismiss"</Button>
                </div>
                <ol>
                    {step(done.verifier, "Create a verifier key", "Your service asks about other keys with it.", || {
                        create(Purpose::Verifier, "Create the verifier key")
                    })}
                    {step(done.integration, "Create an integration key", "The first of your callers presents it.", || {
                        create(Purpose::Integration, "Create the integration key")
                    })}
                    {step(done.verified, "Verify it from your service", "Ticked when both keys were used, after some seconds.", || {
                        view! { <a href=Page::Guide.path()>"Read how to verify"</a> }.fixed()
                    })}
                    {step(done.invited, "Invite a colleague", "Somebody who can stand in for you.", || {
                        view! { <a href=Page::People.path()>"Invite somebody"</a> }.fixed()
                    })}
                </ol>
            </section>
        }
        .fixed()
    })
}

fn step(done: bool, what: &'static str, why: &'static str, way: impl FnOnce() -> Fixed) -> Fixed {
    let mark = if done { Icon::Check.view() } else { Fixed::nothing() };
    view! {
        <li data-done=done.to_string()>
            <span class="step-mark" aria-hidden="true">{mark}</span>
            <div>
                <p>{what} {done.then(|| view! { <span class="visually-hidden">" (done)"</span> })}</p>
                {(!done).then(|| view! { <p class="quiet">{why}</p> })}
            </div>
            {(!done).then(way)}
        </li>
    }
    .fixed()
}
