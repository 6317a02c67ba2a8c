//! The one showing of a link with which somebody comes in. It lives in this dialog only.

use leptos::prelude::*;

use super::{
    button::Button,
    dialog::Dialog,
    fixed::{Fix, Fixed, dynamic},
    leaving::ask_first,
    secret_box::BrassBox,
};

/// What the dialog says.
pub struct LinkWords {
    /// "Copy this link and send it to …".
    pub title: &'static str,
    /// Whom it lets in, and for how long it is good.
    pub lead: Fixed,
    /// What it is called, and the same while it is masked.
    pub labels: (&'static str, &'static str),
    /// What it means that it was not copied.
    pub lost: &'static str,
}

/// Shows the link, and lets it go only once it was copied or is not wanted.
#[component]
pub fn LinkDialog(
    words: LinkWords,
    link: String,
    /// What stands for it until it is shown; of a link the address without its token.
    #[prop(optional, into)]
    masked: Option<String>,
    /// Is told when the link is gone.
    on_closed: Callback<()>,
    /// The id of what has the focus afterwards.
    #[prop(into)]
    return_to: String,
) -> impl IntoView {
    let LinkWords { title, lead, labels, lost } = words;
    let masked = masked.unwrap_or_else(|| mask(&link));
    let link = StoredValue::new(link);
    let shown = RwSignal::new(false);
    let copied = RwSignal::new(false);
    let asking = RwSignal::new(false);
    ask_first(copied, asking);

    let close = Callback::new(move |()| {
        link.set_value(String::new());
        on_closed.run(());
    });
    let ask = Callback::new(move |()| if copied.get_untracked() { close.run(()) } else { asking.set(true) });
    let on_copied = Callback::new(move |()| {
        copied.set(true);
        asking.set(false);
    });
    let whole = Callback::new(move |()| link.try_get_value().unwrap_or_default());
    view! {
        <Dialog title=title on_dismiss=ask class="dialog wide" return_to=return_to>
            <p class="dialog-lead">"You will see it only once; we cannot show it again."</p>
            {lead}
            <BrassBox labels=labels masked=masked whole=whole shown=shown on_copied=on_copied />
            {dynamic(move || if asking.get() {
                view! {
                    <div class="note warn" role="alert">
                        <p>{lost} " Close anyway?"</p>
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
