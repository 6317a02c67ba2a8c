//! Import: keys that another system has made, by the SHA-256 of their secrets, all of them or none.

mod lines;

use leptos::{ev, prelude::*};
use serde_json::Value;

use super::state::KeysState;
use crate::{
    api,
    browser::{intl, page},
    components::{
        button::{Button, SubmitButton},
        confirm::Doing,
        dialog::Dialog,
        error::ErrorNote,
        field::TextArea,
        fixed::{Fix, on, optional, spawn},
    },
    usage,
};

/// The field's id.
const LINES: &str = "import-lines";
/// So many problems are told at once.
const TOLD: usize = 10;

/// Takes lines or JSON, says what each line has to be, and what is wrong with which.
#[component]
pub fn ImportDialog() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let import = Import {
        state,
        text: RwSignal::new(String::new()),
        problems: RwSignal::new(Vec::new()),
        doing: Doing::new(),
        attempt: StoredValue::new(api::keys::attempt()),
    };
    let Import { text, problems, doing, .. } = import;
    let close = Callback::new(move |()| {
        if doing.busy.get_untracked() {
            return;
        }
        state.close();
        // They may be there.
        if doing.failure.get_untracked().is_some_and(|error| error.is_uncertain()) {
            state.refresh();
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        import.send();
    };
    view! {
        <Dialog title="Import keys" on_dismiss=close class="dialog wide">
            <form class="form import" on:submit=on(submit) novalidate>
                <p class="dialog-lead">
                    "Keys that another system has made go on working for those who have them. Claviger needs their SHA-256, never the keys themselves."
                </p>
                <TextArea
                    id=LINES
                    label="Keys"
                    hint="One on a line: the SHA-256 of the key in 64 hexadecimal digits, a comma, and its name. Or the JSON that the API takes, with all else that a key can have."
                    value=text
                    on_input=Callback::new(move |typed| text.set(typed))
                />
                <div role="alert">
                    {optional(move || {
                        let all = problems.get();
                        let more = all.len().saturating_sub(TOLD);
                        (!all.is_empty()).then(|| {
                            let told: Vec<_> = all.into_iter().take(TOLD).map(|told| view! { <li>{told}</li> }).collect();
                            view! {
                                <div class="note bad import-problems">
                                    <p>"Nothing was imported."</p>
                                    <ul>{told}</ul>
                                    {(more > 0).then(|| view! { <p>{format!("And {more} more.")}</p> })}
                                </div>
                            }
                            .fixed()
                        })
                    })}
                </div>
                <p class="quiet">"All of them or none. They are integrations, and count towards the limit."</p>
                <ErrorNote error=doing.failure kept="What you pasted is still here." />
                <div class="dialog-actions">
                    <Button on_press=close disabled=doing.busy>
                        "Cancel"
                    </Button>
                    <SubmitButton busy=doing.busy>"Import"</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}

/// What importing works with. Signals only, so that it can be tried again after signing in.
#[derive(Clone, Copy)]
struct Import {
    state: KeysState,
    text: RwSignal<String>,
    problems: RwSignal<Vec<String>>,
    doing: Doing,
    attempt: StoredValue<String>,
}

impl Import {
    /// A second press while the first is under way does nothing. What is not a hash never leaves the browser.
    fn send(self) {
        if !self.doing.begins() {
            return;
        }
        self.problems.set(Vec::new());
        match lines::read(&self.text.get_untracked(), self.state.viewed.id_untracked(), intl::now()) {
            Ok((body, lines)) => self.ask(body, lines),
            Err(problems) => {
                self.doing.ended();
                self.refuse(problems);
            }
        }
    }

    fn ask(self, body: Value, lines: Vec<usize>) {
        let attempt = self.attempt.get_value();
        let organization = self.state.viewed.elsewhere_untracked();
        spawn(async move {
            let outcome = api::keys::import(organization, &body, &attempt).await;
            if !self.doing.ended() {
                return;
            }
            match outcome {
                Ok(count) => {
                    self.state.toasts.say(format!("Imported {}", usage::of(count, "key")));
                    self.state.close();
                    self.state.refresh();
                }
                Err(error) if self.state.session.interrupted(&error, Callback::new(move |()| self.send())) => {}
                Err(mut error) if error.is_uncertain() => {
                    error
                        .message
                        .push_str(" They may have been imported. Press Import again: it will not be done twice.");
                    self.doing.failure.set(Some(error));
                }
                Err(error) => {
                    // The next is another attempt.
                    self.attempt.set_value(api::keys::attempt());
                    if error.errors.is_empty() {
                        self.doing.failure.set(Some(error));
                    } else {
                        self.refuse(lines::told(&error.errors, &lines));
                    }
                }
            }
        });
    }

    fn refuse(self, problems: Vec<String>) {
        self.problems.set(problems);
        page::focus(LINES);
    }
}
