//! Everything that is known about the key.

use claviger_core::{key::Role, status::KeyStatus, wire::key::Key};
use leptos::prelude::*;

use super::{edit::pretty, state::OneKey, words};
use crate::{
    components::{
        fixed::{Fix, Fixed, optional},
        moment::{ExpiryMoment, Moment, UsedMoment},
    },
    format,
};

/// The attributes, one on a line.
#[component]
pub fn Facts() -> impl IntoView {
    let state = expect_context::<OneKey>();
    // A memo: a text that somebody has selected must not go because the clock has moved on.
    let status = Memo::new(move |_| state.status());
    view! {
        <section class="key-section" aria-labelledby="key-facts">
            <h2 id="key-facts">"Details"</h2>
            {optional(move || {
                let status = status.get()?;
                state.key.get().map(|key| list(state, &key, status))
            })}
        </section>
    }
}

fn list(state: OneKey, key: &Key, status: KeyStatus) -> Fixed {
    let me = state.session.current().map(|session| session.user.id);
    let none = |text: &'static str| view! { <span class="quiet">{text}</span> }.fixed();
    let used = view! { <UsedMoment at=key.last_used_at /> }.fixed();
    let (created_at, created_by) = (key.created_at, words::maker(key, me));
    let (expires_at, rate, credits) = (key.expires_at, key.rate_limit, key.credits);
    let metadata = pretty(key);
    let fact = |label: &'static str, value: Fixed| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    view! {
        <dl class="key-facts">
            {revoked(key, me).map(|how| fact("Revoked", how))}
            {fact("Kind", words::kind(key).fixed())}
            {fact("Owner", words::owner(key, &state.viewed.name()).fixed())}
            {fact("Role", words::role(key.role).fixed())}
            {fact("Access", words::access(key.access).fixed())}
            {fact("Scopes", codes(key.scopes.iter().map(|scope| scope.as_str().to_owned()), "None"))}
            {fact("Created", view! { <Moment at=created_at /> " by " {created_by} }.fixed())}
            {fact("Expires", view! { <ExpiryMoment at=expires_at status=status /> }.fixed())}
            {fact("Last used", used)}
            {fact("Allowed addresses", codes(key.allowed_ips.iter().map(ToString::to_string), "Anywhere"))}
            {fact("Rate limit", rate.map_or_else(|| none("None"), |rate| words::rate_limit(rate).fixed()))}
            {fact("Credits", credits.map_or_else(|| none("No limit"), |credits| words::credits(credits).fixed()))}
            {(key.role == Role::Verifier).then(|| fact("Client address header", codes(key.client_ip_header.clone().into_iter(), "None")))}
            {fact("Metadata", if metadata.is_empty() {
                none("None")
            } else {
                view! { <pre class="key-metadata" tabindex="0" aria-label="Metadata">{metadata}</pre> }.fixed()
            })}
            {fact("Source", words::source(key.source).fixed())}
            {fact("Id", view! { <code>{key.id.to_string()}</code> }.fixed())}
        </dl>
    }
    .fixed()
}

/// When, by whom, and why.
fn revoked(key: &Key, me: Option<i64>) -> Option<Fixed> {
    let at = key.revoked_at?;
    let by = key.revoked_by.as_ref().map(|actor| format!(" by {}", format::actor(actor, me)));
    let why = key.revoke_reason.clone().map(|reason| format!("“{reason}”"));
    Some(view! { <Moment at=at /> {by} {why.map(|why| view! { <p class="quiet">{why}</p> })} }.fixed())
}

fn codes(items: impl Iterator<Item = String>, none: &'static str) -> Fixed {
    let items: Vec<_> = items.map(|item| view! { <li><code>{item}</code></li> }).collect();
    if items.is_empty() {
        view! { <span class="quiet">{none}</span> }.fixed()
    } else {
        view! { <ul class="codes">{items}</ul> }.fixed()
    }
}
