//! "Export CSV": all keys that the filters match, as a file that is made here.

use claviger_core::csv;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::state::KeysState;
use crate::{
    api,
    browser::{download, intl, page},
    chunks::chunk,
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
    let export = Asked { asked: RwSignal::new(false), busy: RwSignal::new(false) };
    view! {
        <button
            type="button"
            id=ID
            class="pill export"
            title="What the search and the filters match, up to 100,000 keys. Never a secret."
            aria-busy=flag(move || export.busy.get())
            on:click=press(move || export.start())
        >
            "Export CSV"
        </button>
        {optional(move || export.asked.get().then(|| exporting(export)))}
    }
}

/// Whether there is an export.
#[derive(Clone, Copy)]
struct Asked {
    /// It is wanted: for as long as it is, what does it is drawn.
    asked: RwSignal<bool>,
    /// It is under way.
    busy: RwSignal<bool>,
}

impl Asked {
    /// A second press while the first is under way does nothing.
    fn start(self) {
        if !self.busy.get_untracked() {
            self.asked.set(true);
        }
    }

    fn stop(self) {
        self.asked.set(false);
        self.busy.set(false);
    }
}

chunk! {
    /// Makes the file, and shows how far it is.
    Part export: fn exporting(export: Asked) => view! { <Exporting export=export /> }.fixed()
}

#[component]
fn Exporting(export: Asked) -> impl IntoView {
    let state = expect_context::<KeysState>();
    let done = RwSignal::new(0);
    export.busy.set(true);
    spawn(run(export, state, done));
    let long = Memo::new(move |_| done.get() > 0);
    let total = move || {
        state.list.with(|list| match list {
            Some(Ok((_, place))) => usize::try_from(place.num_records).unwrap_or(MOST).min(MOST),
            _ => 0,
        })
    };
    let cancel = Callback::new(move |()| {
        export.stop();
        page::focus(ID);
    });
    optional(move || {
        long.get().then(|| {
            view! {
                <span class="export-progress">
                    <label>
                        {text(move || format!("{} of {} keys", done.get(), total().max(done.get())))}
                        <progress
                            max=text(move || total().max(done.get()).to_string())
                            value=text(move || done.get().to_string())
                        ></progress>
                    </label>
                    <Button on_press=cancel>"Cancel"</Button>
                </span>
            }
            .fixed()
        })
    })
}

/// Goes on for as long as there is `done`, which counts the keys that are there: it goes with what shows it.
async fn run(export: Asked, state: KeysState, done: RwSignal<usize>) {
    let request = format!("{}&per_page={PER_REQUEST}", state.query.get_untracked().matching());
    let organization = state.viewed.elsewhere_untracked();
    // Held by the browser, so that the program's own memory does not grow with it.
    let parts = js_sys::Array::of1(&JsValue::from(csv::BOM.to_owned() + &csv::line(csv::KEY_COLUMNS)));
    let (mut count, mut cursor) = (0, Some(String::new()));
    while let Some(after) = cursor.take_if(|_| count < MOST) {
        let answer = api::keys::after(organization, &request, &after).await;
        if done.is_disposed() {
            return;
        }
        match answer {
            Ok((keys, next)) => {
                parts.push(&JsValue::from(keys.iter().map(csv::key).collect::<String>()));
                count += keys.len();
                if next.is_some() {
                    done.set(count);
                }
                cursor = next;
            }
            Err(error) => {
                end(export);
                if !state.session.interrupted(&error, Callback::new(move |()| export.start())) {
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
    end(export);
}

fn end(export: Asked) {
    export.stop();
    // Cancel, which may have had the focus, is gone.
    request_animation_frame(|| {
        if page::focused().is_none() && !page::has_dialog() {
            page::focus(ID);
        }
    });
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
