//! One's own name and address.

use claviger_core::{text::Name, user::UserChange};
use leptos::{ev, prelude::*};

use super::state::Profile;
use crate::{
    api,
    browser::page,
    components::{
        button::SubmitButton,
        confirm::Doing,
        error::ErrorNote,
        field::Field,
        fixed::{Fix, on, optional, spawn, text, watch},
    },
};

const NAME: &str = "profile-name";

/// The name, to be changed; the address, which an administrator changes.
#[component]
pub fn NameSection() -> impl IntoView {
    let state = expect_context::<Profile>();
    let stored =
        Memo::new(move |_| state.user.with(|user| user.as_ref().map(|user| user.name.clone())).unwrap_or_default());
    let email = text(move || state.user.with(|user| user.as_ref().map(|user| user.email.clone())).unwrap_or_default());
    let name = RwSignal::new(stored.get_untracked());
    let problem = RwSignal::new(String::new());
    let doing = Doing::new();
    let changed = Memo::new(move |_| name.with(|name| *name != stored.get()));
    let seen = StoredValue::new(stored.get_untracked());
    // What was stored elsewhere is shown, unless it would take away what was typed.
    watch(move || {
        let stored = stored.get();
        if name.get_untracked() == seen.get_value() {
            name.set(stored.clone());
        }
        seen.set_value(stored);
    });
    let refuse = move |wrong: String| {
        problem.set(wrong);
        page::focus(NAME);
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        problem.set(String::new());
        let new = match Name::parse(&name.get_untracked()) {
            Ok(new) => new,
            Err(wrong) => return refuse(wrong.to_string()),
        };
        if !changed.get_untracked() || !doing.begins() {
            return;
        }
        spawn(async move {
            let change = UserChange { name: Some(new), ..UserChange::default() };
            let outcome = api::people::change(state.session.user_id(), &change, None).await;
            if !doing.ended() {
                return;
            }
            match outcome {
                Ok(user) => {
                    name.set(user.name.clone());
                    state.learn(user);
                    state.toasts.say("Saved");
                    state.session.refresh();
                }
                // What was typed stays; pressing the button again goes on.
                Err(error) if state.session.interrupted(&error, Callback::new(|()| ())) => {}
                Err(error) if !error.field("name").is_empty() => refuse(error.field("name")),
                Err(error) => doing.failure.set(Some(error)),
            }
        });
    };
    let may_write = Memo::new(move |_| state.session.may_write());
    view! {
        <section aria-labelledby="profile-you">
            <h2 id="profile-you" class="visually-hidden">"You"</h2>
            <form class="profile-form" on:submit=on(submit) novalidate>
                <fieldset class="settings" disabled=Signal::derive(move || !may_write.get())>
                    <Field
                        id=NAME
                        label="Your name"
                        autocomplete="name"
                        value=name
                        on_input=Callback::new(move |text| name.set(text))
                        problem=problem
                    />
                    <p class="quiet">{email}</p>
                    <ErrorNote error=doing.failure kept="What you typed is still here." />
                    {optional(move || may_write.get().then(|| view! {
                        <div>
                            <SubmitButton busy=doing.busy disabled=Signal::derive(move || !changed.get())>"Save"</SubmitButton>
                        </div>
                    }.fixed()))}
                </fieldset>
            </form>
        </section>
    }
}
