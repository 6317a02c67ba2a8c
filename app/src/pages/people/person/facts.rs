//! Who they are.

use leptos::prelude::*;

use super::{
    edit::EDIT,
    state::{Ask, OnePerson},
};
use crate::components::{
    button::Button,
    fixed::{Fix, Fixed, optional},
    moment::{Moment, UsedMoment},
};

/// The attributes, one on a line.
#[component]
pub fn Facts() -> impl IntoView {
    let state = expect_context::<OnePerson>();
    let fact = |label: &'static str, value: Fixed| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    // A memo: a text that somebody has selected must not go because the person was asked for again.
    let user = Memo::new(move |_| state.user.get());
    let may_edit = Memo::new(move |_| state.may().change);
    let edit = Callback::new(move |()| state.open.set(Some(Ask::Edit)));
    view! {
        <section class="key-section" aria-labelledby="person-facts">
            <h2 id="person-facts">"Details"</h2>
            {optional(move || {
                let user = user.get()?;
                let seen = match user.last_seen_at {
                    Some(at) => view! { <Moment at=at /> }.fixed(),
                    None => view! { <span class="quiet">"Not signed in"</span> }.fixed(),
                };
                let (used, joined) = (user.last_used_at, user.created_at);
                Some(view! {
                    <dl class="key-facts">
                        {fact("E-mail", user.email.fixed())}
                        {fact("Keys", format!("{} of {}, with the one that the system makes", user.live_keys, user.personal_key_limit).fixed())}
                        {fact("Keys last used", view! { <UsedMoment at=used /> }.fixed())}
                        {fact("Last seen", seen)}
                        {fact("Joined", view! { <Moment at=joined /> }.fixed())}
                        {fact("Id", view! { <code>{user.id.to_string()}</code> }.fixed())}
                    </dl>
                }.fixed())
            })}
            {optional(move || may_edit.get().then(|| view! {
                <div class="person-buttons"><Button id=EDIT on_press=edit>"Edit details…"</Button></div>
            }.fixed()))}
        </section>
    }
}
