//! A labelled field: hint below the label, error below the field, both tied to it.

use leptos::prelude::*;

use super::icon::Icon;

/// The line that says what is wrong with a field. It is there before it has text, so that screen readers hear it appear.
#[component]
pub fn FieldProblem(id: String, #[prop(into)] problem: Signal<Option<String>>) -> impl IntoView {
    view! {
        <p class="field-problem" id=id aria-live="polite">
            {move || problem.get().map(|text| view! { {Icon::Alert.view()} <span>{text}</span> })}
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
    #[prop(optional, into)] problem: Signal<Option<String>>,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] maxlength: Option<u32>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let problem_id = format!("{id}-problem");
    let described_by = if hint.is_some() { format!("{hint_id} {problem_id}") } else { problem_id.clone() };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <input
                id=id
                type=kind
                autocomplete=autocomplete
                autofocus=autofocus
                maxlength=maxlength
                spellcheck="false"
                aria-describedby=described_by
                aria-invalid=move || problem.get().map(|_| "true")
                prop:value=value
                on:input=move |event| on_input.run(event_target_value(&event))
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
    #[prop(optional, into)] problem: Signal<Option<String>>,
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
                aria-invalid=move || problem.get().map(|_| "true")
                prop:value=value
                on:input=move |event| on_input.run(event_target_value(&event))
            ></textarea>
            <FieldProblem id=problem_id problem=problem />
        </div>
    }
}
