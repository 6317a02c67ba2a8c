//! A labelled field: hint below the label, error below the field, both tied to it.

use leptos::{html, prelude::*};

use super::{
    fixed::{Fix, flag, optional, typed, watch},
    icon::Icon,
};

/// The line that says what is wrong with a field. It is there before it has text, so that screen readers hear it appear.
#[component]
pub fn FieldProblem(id: String, #[prop(into)] problem: Signal<String>) -> impl IntoView {
    view! {
        <p class="field-problem" id=id aria-live="polite">
            {optional(move || {
                let text = problem.get();
                (!text.is_empty()).then(|| view! { {Icon::Alert.view()} <span>{text}</span> }.fixed())
            })}
        </p>
    }
}

/// One line of text.
#[component]
pub fn Field(
    #[prop(into)] id: String,
    #[prop(into)] label: &'static str,
    #[prop(into)] value: Signal<String>,
    on_input: Callback<String>,
    #[prop(optional, into)] problem: Signal<String>,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] inputmode: Option<&'static str>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let problem_id = format!("{id}-problem");
    let described_by = if hint.is_some() { format!("{hint_id} {problem_id}") } else { problem_id.clone() };
    let node = NodeRef::<html::Input>::new();
    if autofocus {
        watch(move || {
            if let Some(input) = node.get() {
                let _ = input.focus();
            }
        });
    }
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <input
                id=id
                type=kind
                autocomplete=autocomplete
                node_ref=node
                maxlength=maxlength
                inputmode=inputmode
                spellcheck="false"
                aria-describedby=described_by
                aria-invalid=flag(move || problem.with(|problem| !problem.is_empty()))
                prop:value=value
                on:input=typed(on_input)
            />
            <FieldProblem id=problem_id problem=problem />
        </div>
    }
}

/// Some lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] id: String,
    #[prop(into)] label: &'static str,
    #[prop(into)] value: Signal<String>,
    on_input: Callback<String>,
    #[prop(optional, into)] problem: Signal<String>,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let problem_id = format!("{id}-problem");
    let described_by = if hint.is_some() { format!("{hint_id} {problem_id}") } else { problem_id.clone() };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <textarea
                id=id
                rows="2"
                aria-describedby=described_by
                aria-invalid=flag(move || problem.with(|problem| !problem.is_empty()))
                prop:value=value
                on:input=typed(on_input)
            ></textarea>
            <FieldProblem id=problem_id problem=problem />
        </div>
    }
}
