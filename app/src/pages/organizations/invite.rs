//! The one showing of an invitation link. It lives in this dialog only.

use leptos::prelude::*;

use super::state::OrganizationsState;
use crate::components::{
    button::Button,
    dialog::Dialog,
    fixed::{Fix, dynamic},
    leaving::ask_first,
    secret_box::BrassBox,
};

/// Shows the link, and lets it go only once it was copied or is not wanted.
#[component]
pub fn InviteDialog(name: String, link: String) -> impl IntoView {
    let state = expect_context::<OrganizationsState>();
    let masked = mask(&link);
    let link = StoredValue::new(link);
    let shown = RwSignal::new(false);
    let copied = RwSignal::new(false);
    let asking = RwSignal::new(false);
    ask_first(copied, asking);

    let close = Callback::new(move |()| {
        link.set_value(String::new());
        state.changed();
    });
    let ask = Callback::new(move |()| if copied.get_untracked() { close.run(()) } else { asking.set(true) });
    let on_copied = Callback::new(move |()| {
        copied.set(true);
        asking.set(false);
    });
    let whole = Callback::new(move |()| link.try_get_value().unwrap_or_default());
    view! {
        <Dialog
            title="Copy this link and send it to the first owner"
            on_dismiss=ask
            class="dialog wide"
            return_to="create-organization"
        >
            <p class="dialog-lead">"You will see it only once; we cannot show it again."</p>
            <p class="quiet">
                "Whoever opens it first becomes the owner of " <strong>{name}</strong> ". Single use, 72 hours."
            </p>
            <BrassBox
                labels=("Invitation link", "Invitation link, masked")
                masked=masked
                whole=whole
                shown=shown
                on_copied=on_copied
            />
            {dynamic(move || if asking.get() {
                view! {
                    <div class="note warn" role="alert">
                        <p>"You have not copied it. Without it nobody can come in. Close anyway?"</p>
                        <div class="note-actions">
                            <Button on_press=Callback::new(move |()| asking.set(false)) autofocus=true>
                                "Go back"
                            </Button>
                            <Button on_press=close>"Close anyway"</Button>
                        </div>
                    </div>
                }.fixed()
            } else {
                view! { <div class="dialog-actions"><Button on_press=ask>"Close"</Button></div> }.fixed()
            })}
        </Dialog>
    }
}

/// The address is no secret; the token behind `=` is, and as long as it is.
fn mask(link: &str) -> String {
    let (address, token) = link.split_once('=').unwrap_or(("", link));
    format!("{address}={}", "•".repeat(token.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn a_mask_has_the_address_and_nothing_of_the_token() {
        assert_eq!(mask("https://k.example/invite#token=abc"), "https://k.example/invite#token=•••");
        assert_eq!(mask("abc"), "=•••");
    }
}
