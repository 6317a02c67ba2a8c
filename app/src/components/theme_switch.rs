//! System, light or dark.

use leptos::prelude::*;

use super::fixed::on;
use crate::browser::theme::Theme;

/// Three radio buttons in one control.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let chosen = RwSignal::new(Theme::chosen());
    let choose = move |theme: Theme| {
        theme.choose();
        chosen.set(theme);
    };
    let options = Theme::ALL.map(|theme| {
        view! {
            <label class="segment">
                <input
                    type="radio"
                    name="theme"
                    prop:checked=Signal::derive(move || chosen.get() == theme)
                    on:change=on(move |_| choose(theme))
                />
                <span>{theme.label()}</span>
            </label>
        }
    });
    view! {
        <fieldset class="segments">
            <legend>"Theme"</legend>
            <div class="segments-list">{options}</div>
        </fieldset>
    }
}
