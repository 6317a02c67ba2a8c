//! "Copy this key and keep it somewhere safe". The secret lives in this dialog only, and is wiped when it closes.

use claviger_core::{secret::Secret, wire::key::Key};
use leptos::{ev, prelude::*};

use super::snippet::{Snippet, snippets};
use crate::{
    api::Minted,
    browser::{page, theme::Theme},
    components::{
        button::Button,
        copy_button::CopyButton,
        dialog::Dialog,
        fixed::{Fix, dynamic, on, text},
        leaving::ask_first,
        secret_box::{SecretBox, expose, mask},
    },
    pages::keys::create::Purpose,
    routes::Page,
};

/// Shows the secret, and lets it go only once it was copied or is not wanted.
#[component]
pub fn RevealDialog(
    minted: Minted,
    /// Is told when the secret is gone.
    on_closed: Callback<Key>,
    /// What holds beside the new secret.
    note: Option<String>,
    /// The id of what has the focus afterwards.
    return_to: Option<String>,
) -> impl IntoView {
    let Minted { key, secret } = minted;
    let purpose = Purpose::of(key.role);
    let name = key.name.clone();
    let active = key.active;
    let secret = StoredValue::new(Some(secret));
    let key = StoredValue::new(key);
    let shown = RwSignal::new(false);
    let copied = RwSignal::new(false);
    let asking = RwSignal::new(false);
    ask_first(copied, asking);

    let close = Callback::new(move |()| {
        secret.set_value(None);
        on_closed.run(key.get_value());
    });
    let ask = Callback::new(move |()| if copied.get_untracked() { close.run(()) } else { asking.set(true) });
    let on_copied = Callback::new(move |()| {
        copied.set(true);
        asking.set(false);
    });
    view! {
        <Dialog title="Copy this key and keep it somewhere safe" on_dismiss=ask class="dialog wide" return_to=return_to.unwrap_or_default()>
            <p class="dialog-lead">"You will see it only once; we cannot show it again."</p>
            <p class="quiet">"The secret of " <strong>{name}</strong></p>
            {note.map(|note| view! { <p>{note}</p> })}
            <SecretBox secret=secret shown=shown on_copied=on_copied />
            {(!active).then(|| view! {
                <p class="note warn">"It is not activated: these commands are refused until the key is enabled."</p>
            })}
            <Commands purpose=purpose secret=secret shown=shown on_copied=on_copied />
            // In another tab: this dialog is the only place where the secret is.
            <p class="quiet reveal-links">
                <a href=Page::Guide.path() target="_blank" rel="noopener">"Integration guide" <span class="visually-hidden">" (in another tab)"</span></a>
                <a href=Theme::reference() target="_blank" rel="external noopener">"API reference" <span class="visually-hidden">" (in another tab)"</span></a>
            </p>
            {dynamic(move || if asking.get() {
                view! {
                <div class="note warn" role="alert">
                    <p>"You have not copied it. Close anyway?"</p>
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

#[component]
fn Commands(
    purpose: Purpose,
    secret: StoredValue<Option<Secret>>,
    shown: RwSignal<bool>,
    on_copied: Callback<()>,
) -> impl IntoView {
    let origin = page::origin();
    let masked = secret.with_value(|secret| secret.as_ref().map(mask)).unwrap_or_default();
    let count = snippets(purpose, &origin, &masked).len();
    let snippet = StoredValue::new(move |at: usize, real: bool| {
        let secret = if real { expose(secret) } else { masked.clone() };
        snippets(purpose, &origin, &secret).into_iter().nth(at)
    });
    let by_hand = move |_: ev::ClipboardEvent| {
        if shown.get_untracked() && page::selected().contains(&expose(secret)) {
            on_copied.run(());
        }
    };
    let each = (0..count).filter_map(|at| {
        let Snippet { title, copy, .. } = snippet.with_value(|snippet| snippet(at, false))?;
        let command = move |real: bool| {
            snippet
                .try_with_value(|snippet| snippet(at, real))
                .flatten()
                .map(|snippet| snippet.text)
                .unwrap_or_default()
        };
        let whole = Callback::new(move |()| command(true));
        Some(view! {
            <figure class="snippet">
                <figcaption>
                    <span>{title}</span>
                    <CopyButton label=copy whole=whole on_copied=on_copied />
                </figcaption>
                <pre tabindex="0" on:copy=on(by_hand)><code>{text(move || command(shown.get()))}</code></pre>
            </figure>
        })
    });
    view! { <div class="snippets">{each.collect_view()}</div> }
}
