//! A menu of actions.

use leptos::prelude::*;

use super::{
    fixed::{Slot, press},
    icon::Icon,
    popup::{Popup, PopupContext},
};

/// The ⋯ button and what it offers, which is built when it is first opened.
#[component]
pub fn Menu(#[prop(into)] label: String, #[prop(into)] id: String, children: Slot) -> impl IntoView {
    view! {
        <Popup label=label trigger_id=id class="popup menu" role="menu" trigger=Icon::Dots>
            {children.draw()}
        </Popup>
    }
}

/// One action. The menu is closed, and the focus back on its button, before it runs: a dialog it opens returns the focus
/// there.
#[component]
pub fn MenuItem(#[prop(into)] on_choose: Callback<()>, children: Slot) -> impl IntoView {
    let popup = expect_context::<PopupContext>();
    let choose = press(move || {
        popup.close();
        on_choose.run(());
    });
    view! {
        <button type="button" class="menu-item" role="menuitem" tabindex="-1" on:click=choose>
            {children.draw()}
        </button>
    }
}
