//! "Export CSV" and "Export JSON": all entries that the filters match, as a file that is made here.

use claviger_core::{
    audit::export::{COLUMNS, csv_line, json_entry},
    csv,
};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::state::LogState;
use crate::{
    api,
    browser::{download, intl, page},
    components::{
        button::Button,
        fixed::{Fix, flag, optional, press, spawn, text},
    },
};

/// The most entries in one file.
const MOST: usize = 100_000;
/// Entries in one request.
const PER_REQUEST: u32 = 1_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

impl Format {
    const fn id(self) -> &'static str {
        match self {
            Self::Csv => "export-csv",
            Self::Json => "export-json",
        }
    }
}

/// The export that is under way.
#[derive(Clone, Copy)]
struct Exporting {
    format: RwSignal<Option<Format>>,
    done: RwSignal<usize>,
    number: StoredValue<u32>,
}

/// The buttons, and beside them how far a long export is.
#[component]
pub fn Export() -> impl IntoView {
    let state = expect_context::<LogState>();
    let export = Exporting { format: RwSignal::new(None), done: RwSignal::new(0), number: StoredValue::new(0) };
    let long = Memo::new(move |_| export.done.get() > 0);
    let cancel = Callback::new(move |()| export.stop());
    view! {
        <span class="log-exports">
            {button(state, export, Format::Csv, "Export CSV")}
            {button(state, export, Format::Json, "Export JSON")}
        </span>
        {optional(move || long.get().then(|| view! {
            <span class="export-progress">
                <label>{text(move || format!("{} entries", export.done.get()))} " " <progress></progress></label>
                <Button on_press=cancel>"Cancel"</Button>
            </span>
        }.fixed()))}
    }
}

fn button(state: LogState, export: Exporting, format: Format, label: &'static str) -> impl IntoView {
    view! {
        <button
            type="button"
            id=format.id()
            class="pill export"
            title="What the filters match, up to 100,000 entries."
            aria-busy=flag(move || export.format.get() == Some(format))
            on:click=press(move || export.start(state, format))
        >
            {label}
        </button>
    }
}

impl Exporting {
    /// A second press while one is under way does nothing.
    fn start(self, state: LogState, format: Format) {
        if self.format.get_untracked().is_none() {
            let number = self.number.get_value() + 1;
            self.number.set_value(number);
            self.format.set(Some(format));
            spawn(self.run(state, format, number));
        }
    }

    fn stop(self) {
        let format = self.format.get_untracked();
        self.number.update_value(|number| *number += 1);
        self.format.set(None);
        self.done.set(0);
        // Cancel, which may have had the focus, is gone.
        request_animation_frame(move || {
            if let Some(format) = format.filter(|_| page::focused().is_none() && !page::has_dialog()) {
                page::focus(format.id());
            }
        });
    }

    async fn run(self, state: LogState, format: Format, number: u32) {
        let (filters, organization) = (state.filters(), state.viewed.id_untracked());
        // Held by the browser, so that the program's own memory does not grow with it.
        let parts = js_sys::Array::of1(&JsValue::from(match format {
            Format::Csv => csv::BOM.to_owned() + &csv::line(COLUMNS),
            Format::Json => "[".to_owned(),
        }));
        let (mut count, mut after) = (0, None);
        loop {
            let answer = api::audit::page(organization, &filters, PER_REQUEST, after.as_deref()).await;
            // Cancelled, or the page is gone.
            if self.number.try_get_value() != Some(number) {
                return;
            }
            match answer {
                Ok((records, next)) => {
                    let lines: String = match format {
                        Format::Csv => records.iter().map(csv_line).collect(),
                        Format::Json => {
                            let entry = |(at, record)| {
                                format!("{}\n{}", if count + at == 0 { "" } else { "," }, json_entry(record))
                            };
                            records.iter().enumerate().map(entry).collect()
                        }
                    };
                    parts.push(&JsValue::from(lines));
                    count += records.len();
                    after = next.filter(|_| count < MOST);
                    if after.is_none() {
                        break;
                    }
                    self.done.set(count);
                }
                Err(error) => {
                    self.stop();
                    let again = Callback::new(move |()| self.start(state, format));
                    if !state.session.interrupted(&error, again) {
                        state.toasts.fail(format!("The export stopped, and nothing was saved. {}", error.message));
                    }
                    return;
                }
            }
        }
        let day = intl::now().to_string().get(..10).unwrap_or_default().to_owned();
        match format {
            Format::Csv => download::save_all(&format!("claviger-audit-log-{day}.csv"), &parts),
            Format::Json => {
                parts.push(&JsValue::from("\n]\n"));
                download::save_as(&format!("claviger-audit-log-{day}.json"), "application/json", &parts);
            }
        }
        state.toasts.say(said(count));
        self.stop();
    }
}

fn said(count: usize) -> String {
    match count {
        1 => "Exported 1 entry".to_owned(),
        _ if count >= MOST => format!("Exported the newest {count} entries, the most that fit in one file"),
        _ => format!("Exported {count} entries"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said() {
        assert_eq!(said(1), "Exported 1 entry");
        assert_eq!(said(7), "Exported 7 entries");
        assert_eq!(said(100_000), "Exported the newest 100000 entries, the most that fit in one file");
    }
}
