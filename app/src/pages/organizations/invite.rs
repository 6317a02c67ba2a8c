//! The one showing of the invitation link of an organization's first owner.

use leptos::prelude::*;

use super::state::OrganizationsState;
use crate::components::{
    fixed::Fix,
    link_dialog::{LinkDialog, LinkWords},
};

/// Shows the link, and lets it go only once it was copied or is not wanted.
#[component]
pub fn InviteDialog(name: String, link: String) -> impl IntoView {
    let state = expect_context::<OrganizationsState>();
    let lead = view! {
        <p class="quiet">
            "Whoever opens it first becomes the owner of " <strong>{name}</strong> ". Single use, 72 hours."
        </p>
    };
    let words = LinkWords {
        title: "Copy this link and send it to the first owner",
        lead: lead.fixed(),
        labels: ("Invitation link", "Invitation link, masked"),
        lost: "You have not copied it. Without it nobody can come in.",
    };
    view! {
        <LinkDialog words=words link=link on_closed=Callback::new(move |()| state.changed()) return_to="create-organization" />
    }
}
