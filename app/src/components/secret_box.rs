//! The brass box that holds a secret. It is the only one of its kind, so that people learn what it means.

use claviger_core::secret::{MARKER, Secret};
use leptos::{ev, prelude::*};

use super::{
    copy_button::CopyButton,
    fixed::{dynamic, on, press, text},
    icon::Icon,
};
use crate::browser::page;

/// A secret, masked until it is asked for. While it is masked its text is not in the page.
#[component]
pub fn SecretBox(secret: StoredValue<Option<Secret>>, shown: RwSignal<bool>, on_copied: Callback<()>) -> impl IntoView {
    let masked = secret.try_with_value(|secret| secret.as_ref().map(mask)).flatten().unwrap_or_default();
    let whole = Callback::new(move |()| expose(secret));
    view! { <BrassBox labels=("API key", "API key, masked") masked=masked whole=whole shown=shown on_copied=on_copied /> }
}

/// The box around any text that is shown once.
#[component]
pub fn BrassBox(
    /// What it holds, and the same while it is masked.
    labels: (&'static str, &'static str),
    masked: String,
    whole: Callback<(), String>,
    shown: RwSignal<bool>,
    on_copied: Callback<()>,
) -> impl IntoView {
    // Selected and copied with the keyboard, or dragged over: the whole of it is what counts.
    let by_hand = move |_: ev::ClipboardEvent| {
        if shown.get_untracked() && page::selected().contains(&whole.run(())) {
            on_copied.run(());
        }
    };
    let content = move || if shown.get() { whole.run(()) } else { masked.clone() };
    let label = text(move || if shown.get() { labels.0 } else { labels.1 }.to_owned());
    view! {
        <div class="secret-box">
            <code class="secret-text" aria-label=label role="group" on:copy=on(by_hand)>
                {text(content)}
            </code>
            <div class="secret-actions">
                <button
                    type="button"
                    class="button"
                    on:click=press(move || shown.update(|shown| *shown = !*shown))
                >
                    {dynamic(move || if shown.get() { Icon::EyeOff } else { Icon::Eye }.view())}
                    {text(move || if shown.get() { "Hide" } else { "Show" }.to_owned())}
                </button>
                <CopyButton label="Copy" whole=whole on_copied=on_copied primary=true autofocus=true />
            </div>
        </div>
    }
}

/// The whole text, for the clipboard.
pub fn expose(secret: StoredValue<Option<Secret>>) -> String {
    secret
        .try_with_value(|secret| secret.as_ref().map(|secret| secret.expose().to_owned()))
        .flatten()
        .unwrap_or_default()
}

/// `clv_••••…••••9aZ1`, as long as the secret itself: the box does not change its size when it is shown.
pub fn mask(secret: &Secret) -> String {
    let text = secret.expose();
    let head = text.find(MARKER).map_or(0, |at| at + MARKER.len());
    let tail = text.len().saturating_sub(4);
    text.char_indices().map(|(at, character)| if at < head || at >= tail { character } else { '•' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_the_marker_and_four_characters() {
        let secret = Secret::mint(None, |bytes| {
            bytes.fill(9);
            Ok::<_, ()>(())
        })
        .unwrap();
        let masked = mask(&secret);
        assert_eq!(masked.chars().count(), secret.expose().len());
        assert!(masked.starts_with("clv_••••"));
        assert_eq!(masked.chars().filter(|character| *character != '•').count(), 8);
        assert!(masked.ends_with(&secret.expose()[49..]));
    }
}
