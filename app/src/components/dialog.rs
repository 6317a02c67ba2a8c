//! A modal dialog: the native element, opened when it is drawn and closed when it goes.

use leptos::{ev, html, prelude::*};

use super::{
    fixed::{Slot, on, watch},
    unique_id,
};
use crate::browser::page;

/// Draws its children in a modal dialog. Esc and the back gesture ask through `on_dismiss`: whoever opened the dialog
/// decides whether it goes. Afterwards the focus returns to where it was.
#[component]
pub fn Dialog(
    #[prop(into)] title: String,
    #[prop(into)] on_dismiss: Callback<()>,
    #[prop(default = "dialog")] class: &'static str,
    /// The id of what gets the focus when the element that had it is gone.
    #[prop(optional, into)]
    return_to: Option<String>,
    children: Slot,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let title_id = unique_id("dialog-title");
    let labelled_by = title_id.clone();
    let opener = StoredValue::new_local(page::focused());

    watch(move || {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    on_cleanup(move || {
        let opener = opener.try_get_value().flatten();
        let return_to = return_to.clone();
        request_animation_frame(move || {
            // Something else took the focus meanwhile, such as the next dialog.
            if page::focused().is_some() {
                return;
            }
            match opener {
                Some(opener) if opener.is_connected() => drop(opener.focus()),
                _ if return_to.as_deref().is_some_and(page::focus) => {}
                Some(_) => page::focus_heading(),
                None => {}
            }
        });
    });

    // Prevented here, Esc never reaches the browser's own closing, which a second Esc would otherwise force.
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            event.stop_propagation();
            on_dismiss.run(());
        }
    };
    let on_cancel = move |event: ev::Event| {
        event.prevent_default();
        on_dismiss.run(());
    };
    // A browser may close a dialog without asking (Android's back gesture, twice): it comes back and asks.
    let on_close = move |_: ev::Event| {
        if let Some(dialog) = node.get_untracked()
            && dialog.is_connected()
        {
            let _ = dialog.show_modal();
            on_dismiss.run(());
        }
    };
    view! {
        <dialog
            class=class
            node_ref=node
            aria-labelledby=labelled_by
            on:keydown=on(on_key)
            on:cancel=on(on_cancel)
            on:close=on(on_close)
        >
            <h2 id=title_id>{title}</h2>
            {children.draw()}
        </dialog>
    }
}
