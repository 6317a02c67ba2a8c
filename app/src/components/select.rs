//! Choices: a native select, and radio buttons with a sentence each. They count their options: one type for all.

use leptos::{ev, prelude::*};

use super::{
    field::FieldProblem,
    fixed::{on, text},
    icon::Icon,
};

/// Options by their place, and what to do with the chosen one.
#[derive(Clone)]
pub struct Options {
    names: Vec<String>,
    value: Signal<usize>,
    on_change: Callback<usize>,
}

impl Options {
    /// `value` is one of `options`; another one chosen is passed to `on_change`.
    pub fn new<T: Copy + PartialEq + Send + Sync + 'static>(
        options: &[(T, &str)],
        value: impl Fn() -> T + Send + Sync + 'static,
        on_change: impl Fn(T) + Send + Sync + 'static,
    ) -> Self {
        let values: Vec<T> = options.iter().map(|(value, _)| *value).collect();
        let all = values.clone();
        Self {
            names: options.iter().map(|(_, name)| (*name).to_owned()).collect(),
            value: Signal::derive(move || {
                let value = value();
                values.iter().position(|option| *option == value).unwrap_or_default()
            }),
            on_change: Callback::new(move |at: usize| {
                if let Some(value) = all.get(at) {
                    on_change(*value);
                }
            }),
        }
    }
}

/// A native select with its label above, or inside the control's frame when `inline`.
#[component]
pub fn Select(
    id: &'static str,
    label: &'static str,
    options: Options,
    #[prop(optional)] inline: bool,
    #[prop(optional, into)] problem: Signal<String>,
    #[prop(optional, into)] note: Signal<String>,
) -> impl IntoView {
    let Options { names, value, on_change } = options;
    let problem_id = format!("{id}-problem");
    let note_id = format!("{id}-note");
    let described_by = (!inline).then(|| format!("{note_id} {problem_id}"));
    let choose = move |event: ev::Event| {
        if let Ok(at) = event_target_value(&event).parse() {
            on_change.run(at);
        }
    };
    let rows: Vec<_> = names
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            view! { <option value=at.to_string() prop:selected=Signal::derive(move || value.get() == at)>{name}</option> }
        })
        .collect();
    view! {
        <div class=if inline { "field field-inline" } else { "field" }>
            <label for=id>{label}</label>
            <div class="select">
                <select id=id aria-describedby=described_by on:change=on(choose)>
                    {rows}
                </select>
                {Icon::ChevronDown.view()}
            </div>
            {(!inline)
                .then(|| {
                    view! {
                        <p class="field-note" id=note_id>{text(move || note.get())}</p>
                        <FieldProblem id=problem_id problem=problem />
                    }
                })}
        </div>
    }
}

/// Radio buttons under a question; `sentences` has a line for each option, or is empty.
#[component]
pub fn Choices(
    /// Also the radio group's name.
    name: &'static str,
    legend: &'static str,
    options: Options,
    #[prop(into)] sentences: Vec<&'static str>,
) -> impl IntoView {
    let Options { names, value, on_change } = options;
    let rows: Vec<_> = names
        .into_iter()
        .enumerate()
        .map(|(at, label)| {
            let id = format!("{name}-{at}");
            let sentence_id = format!("{id}-sentence");
            view! {
                <div class="choice">
                    <input
                        type="radio"
                        name=name
                        id=id.clone()
                        aria-describedby=sentence_id.clone()
                        prop:checked=Signal::derive(move || value.get() == at)
                        on:change=on(move |_| on_change.run(at))
                    />
                    <label for=id>{label}</label>
                    <p id=sentence_id>{sentences.get(at).copied()}</p>
                </div>
            }
        })
        .collect();
    view! {
        <fieldset class="choices">
            <legend>{legend}</legend>
            <div class="choices-list">{rows}</div>
        </fieldset>
    }
}
