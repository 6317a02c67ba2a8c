//! The one showing of a signing secret.

use leptos::prelude::*;

use crate::components::{
    fixed::Fix,
    link_dialog::{LinkDialog, LinkWords},
};

const PREFIX: &str = "whsec_";

/// Shows it, and lets it go only once it was copied or is not wanted.
#[component]
pub fn SecretDialog(secret: String, on_closed: Callback<()>, #[prop(into)] return_to: String) -> impl IntoView {
    let lead = view! {
        <p class="quiet">
            "The receiver checks with it that messages come from here, as Standard Webhooks 1.0 says. It is not your API key."
        </p>
    };
    let words = LinkWords {
        title: "Copy the signing secret into the receiver",
        lead: lead.fixed(),
        labels: ("Signing secret", "Signing secret, masked"),
        lost: "You have not copied it. Without it the receiver cannot check messages; the secret can be replaced later.",
    };
    let masked = mask(&secret);
    view! { <LinkDialog words=words link=secret masked=masked on_closed=on_closed return_to=return_to /> }
}

/// As long as the secret: the box does not change its size when it is shown.
fn mask(secret: &str) -> String {
    let hidden = secret.strip_prefix(PREFIX).unwrap_or(secret);
    format!("{PREFIX}{}", "•".repeat(hidden.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn a_mask_has_nothing_of_the_secret_not_even_behind_its_padding() {
        assert_eq!(mask("whsec_YWJj="), "whsec_•••••");
    }
}
