//! Choices: a native select, and radio buttons with a sentence each.

use leptos::prelude::*;

use super::{field::FieldProblem, icon::Icon};

/// A native select with its label above, or inside the control's frame when `inline`.
#[component]
pub fn Select<T: Copy + PartialEq + Send + Sync + 'static>(
    #[prop(into)] id: String,
    label: &'static str,
    /// What can be chosen, and what each is called.
    options: Vec<(T, &'static str)>,
    #[prop(into)] value: Signal<T>,
    on_change: Callback<T>,
    #[prop(optional)] inline: bool,
    #[prop(optional, into)] problem: Signal<Option<String>>,
    #[prop(optional, into)] note: Signal<Option<String>>,
) -> impl IntoView {
    let problem_id = format!("{id}-problem");
    let note_id = format!("{id}-note");
    let described_by = (!inline).then(|| format!("{note_id} {problem_id}"));
    let values = StoredValue::new(options.iter().map(|(value, _)| *value).collect::<Vec<_>>());
    let choose = move |event| {
        let index = event_target_value(&event).parse::<usize>().ok();
        if let Some(value) = index.and_then(|index| values.with_value(|values| values.get(index).copied())) {
            on_change.run(value);
        }
    };
    let rows = options.into_iter().enumerate().map(|(index, (option, name))| {
        view! { <option value=index.to_string() prop:selected=move || value.get() == option>{name}</option> }
    });
    view! {
        <div class="field" class:field-inline=inline>
            <label for=id.clone()>{label}</label>
            <div class="select">
                <select id=id aria-describedby=described_by on:change=choose>
                    {rows.collect_view()}
                </select>
                {Icon::ChevronDown.view()}
            </div>
            {(!inline)
                .then(|| {
                    view! {
                        <p class="field-note" id=note_id>{move || note.get()}</p>
                        <FieldProblem id=problem_id problem=problem />
                    }
                })}
        </div>
    }
}

/// One of several radio choices.
#[derive(Clone, Copy)]
pub struct Choice<T> {
    /// What it stands for.
    pub value: T,
    /// Its name.
    pub label: &'static str,
    /// The sentence beneath, or empty.
    pub sentence: &'static str,
}

/// Radio buttons under a question.
#[component]
pub fn Choices<T: Copy + PartialEq + Send + Sync + 'static>(
    /// Also the radio group's name.
    name: &'static str,
    legend: &'static str,
    choices: Vec<Choice<T>>,
    #[prop(into)] value: Signal<T>,
    on_change: Callback<T>,
) -> impl IntoView {
    let rows = choices.into_iter().enumerate().map(|(index, choice)| {
        let id = format!("{name}-{index}");
        let sentence_id = format!("{id}-sentence");
        let described_by = (!choice.sentence.is_empty()).then(|| sentence_id.clone());
        view! {
            <div class="choice">
                <input
                    type="radio"
                    name=name
                    id=id.clone()
                    aria-describedby=described_by
                    prop:checked=move || value.get() == choice.value
                    on:change=move |_| on_change.run(choice.value)
                />
                <label for=id>{choice.label}</label>
                {(!choice.sentence.is_empty()).then(|| view! { <p id=sentence_id>{choice.sentence}</p> })}
            </div>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>{legend}</legend>
            <div class="choices-list">{rows.collect_view()}</div>
        </fieldset>
    }
}
