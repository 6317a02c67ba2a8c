//! Which key this is, in a dialog that asks about it.

use claviger_core::wire::key::Key;
use leptos::prelude::*;

use super::{badge::StatusBadge, fixed::Fixed, moment::Moment};
use crate::{format, session::use_session};

/// Name and hint, who made it and when, and its status.
#[component]
pub fn KeyFacts(
    key: Key,
    /// More facts, below.
    #[prop(optional)]
    more: Option<Fixed>,
) -> impl IntoView {
    let me = use_session().current().map(|session| session.user.id);
    let by = format::actor(&key.created_by, me);
    view! {
        <dl class="facts">
            <div>
                <dt>"Key"</dt>
                <dd>
                    <span class="key-name">{key.name}</span>
                    {key.hint.map(|hint| view! { <code class="hint">{hint.to_string()}</code> })}
                </dd>
            </div>
            {key.user_name.map(|owner| view! { <div><dt>"Belongs to"</dt><dd>{owner}</dd></div> })}
            <div>
                <dt>"Created"</dt>
                <dd><Moment at=key.created_at /> " by " {by}</dd>
            </div>
            <div>
                <dt>"Status"</dt>
                <dd><StatusBadge status=key.status /></dd>
            </div>
            {more}
        </dl>
    }
}
