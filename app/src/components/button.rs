//! Buttons. While its work is under way a button keeps its place and width, shows a spinner and does nothing.

use leptos::prelude::*;

use super::fixed::{Slot, flag, press};
use crate::browser::page;

/// How much a button asks for attention.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one primary action of a page or dialog.
    Primary,
    /// Anything else.
    #[default]
    Plain,
    /// Destroys; only in the dialog that asks.
    Danger,
    /// A link in a sentence that acts.
    Text,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Danger => "button danger",
            Self::Text => "button-text",
        }
    }
}

/// A button that acts.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(into)] on_press: Callback<()>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] id: Option<String>,
    children: Slot,
) -> impl IntoView {
    let act = press(move || {
        if !busy.get_untracked() {
            on_press.run(());
        }
    });
    let node = NodeRef::new();
    if autofocus {
        page::focus_when_drawn(node);
    }
    view! {
        <button
            node_ref=node
            type="button"
            id=id
            class=kind.class()
            aria-busy=flag(move || busy.get())
            prop:disabled=disabled
            on:click=act
        >
            {children.draw()}
        </button>
    }
}

/// The button that sends its form. The form's own handler guards against sending twice.
#[component]
pub fn SubmitButton(
    #[prop(into)] busy: Signal<bool>,
    #[prop(default = ButtonKind::Primary)] kind: ButtonKind,
    #[prop(optional, into)] disabled: Signal<bool>,
    children: Slot,
) -> impl IntoView {
    // Not `disabled` while busy: the focus would be lost.
    view! {
        <button
            type="submit"
            class=kind.class()
            aria-busy=flag(move || busy.get())
            prop:disabled=disabled
        >
            {children.draw()}
        </button>
    }
}
