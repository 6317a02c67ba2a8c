//! "Export CSV": all keys that the filters match, as a file that is made here.

use claviger_core::csv;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::state::KeysState;
use crate::{
    api,
    browser::{download, intl, page},
    components::{
        button::Button,
        fixed::{Fix, flag, optional, press, spawn, text},
    },
};

/// The most keys in one file.
const MOST: usize = 100_000;
/// Keys in one request.
const PER_REQUEST: u32 = 1_000;
const ID: &str = "export";

/// The button, and beside it how far a long export is.
#[component]
pub fn Export() -> impl IntoView {
    let state = expect_context::<KeysState>();
    let export = Exporting { state, done: RwSignal::new(None), number: StoredValue::new(0) };
    let long = Memo::new(move |_| export.done.get().is_some_and(|done| done > 0));
    let total = move || {
        state.list.with(|list| match list {
            Some(Ok((_, place))) => usize::try_from(place.num_records).unwrap_or(MOST).min(MOST),
            _ => 0,
        })
    };
    let done = move || export.done.get().unwrap_or(0);
    let cancel = Callback::new(move |()| {
        export.stop();
        page::focus(ID);
    });
    let progress = optional(move || {
        long.get().then(|| {
            view! {
                <span class="export-progress">
                    <label>
                        {text(move || format!("{} of {} keys", done(), total().max(done())))}
                        <progress
                            max=text(move || total().max(done()).to_string())
                            value=text(move || done().to_string())
                        ></progress>
                    </label>
                    <Button on_press=cancel>"Cancel"</Button>
                </span>
            }
            .fixed()
        })
    });
    view! {
        <button
            type="button"
            id=ID
            class="pill export"
            title="What the search and the filters match, up to 100,000 keys. Never a secret."
            aria-busy=flag(move || export.done.get().is_some())
            on:click=press(move || export.start())
        >
            "Export CSV"
        </button>
        {progress}
    }
}

#[derive(Clone, Copy)]
struct Exporting {
    state: KeysState,
    /// How many keys are there, while it runs.
    done: RwSignal<Option<usize>>,
    /// Which run this is: one that was stopped finds another number.
    number: StoredValue<u32>,
}

impl Exporting {
    /// A second press while the first is under way does nothing.
    fn start(self) {
        if self.done.get_untracked().is_some() {
            return;
        }
        self.done.set(Some(0));
        self.number.update_value(|number| *number += 1);
        let number = self.number.get_value();
        let state = self.state;
        let request = format!("{}&per_page={PER_REQUEST}", untrack(|| state.query.get()).matching());
        spawn(async move {
            let organization = state.viewed.elsewhere_untracked();
            // Held by the browser, so that the program's own memory does not grow with it.
            let parts = js_sys::Array::of1(&JsValue::from(csv::BOM.to_owned() + &csv::line(csv::KEY_COLUMNS)));
            let (mut count, mut cursor) = (0, Some(String::new()));
            while let Some(after) = cursor.take_if(|_| count < MOST) {
                let answer = api::keys::after(organization, &request, &after).await;
                if self.number.try_get_value() != Some(number) {
                    return;
                }
                match answer {
                    Ok((keys, next)) => {
                        parts.push(&JsValue::from(keys.iter().map(csv::key).collect::<String>()));
                        count += keys.len();
                        if next.is_some() {
                            self.done.set(Some(count));
                        }
                        cursor = next;
                    }
                    Err(error) => {
                        self.stop();
                        if !state.session.interrupted(&error, Callback::new(move |()| self.start())) {
                            state.toasts.fail(format!("The export stopped, and nothing was saved. {}", error.message));
                        }
                        return;
                    }
                }
            }
            let cut = cursor.is_some();
            let day = intl::now().to_string().get(..10).unwrap_or_default().to_owned();
            download::save_all(&format!("claviger-keys-{day}.csv"), &parts);
            state.toasts.say(said(count, cut));
            self.stop();
        });
    }

    fn stop(self) {
        self.number.update_value(|number| *number += 1);
        self.done.set(None);
        request_animation_frame(|| {
            if page::focused().is_none() && !page::has_dialog() {
                page::focus(ID);
            }
        });
    }
}

fn said(count: usize, cut: bool) -> String {
    match count {
        _ if cut => format!("Exported the first {count} keys, the most that fit in one file"),
        1 => "Exported 1 key".to_owned(),
        _ => format!("Exported {count} keys"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said() {
        assert_eq!(said(1, false), "Exported 1 key");
        assert_eq!(said(100_000, false), "Exported 100000 keys");
        assert_eq!(said(100_000, true), "Exported the first 100000 keys, the most that fit in one file");
    }
}
