//! A signed head that was kept elsewhere, to compare with: an older database that was put back holds in itself, and only that
//! shows it.

use claviger_core::wire::audit::Head;
use leptos::prelude::*;
use serde_json::Value;

use crate::{
    browser::{file, page},
    components::field::FieldProblem,
};

const ID: &str = "verify-proof";
/// What the field is folded into.
const FOLD: &str = "verify-compare";
/// Where it is said what does not fit.
const PROBLEM: &str = "verify-proof-problem";

/// Where the saved file is chosen.
#[component]
pub fn Proof(problem: RwSignal<String>) -> impl IntoView {
    view! {
        <details class="verify-more" id=FOLD>
            <summary>"Compare with a proof that you kept"</summary>
            <p class="quiet">
                "Choose a signed head that was saved here before. The log must hold what it names, or it was cut off, sealed anew, or put back to an earlier day."
            </p>
            <div class="field">
                <label for=ID>"Signed head"</label>
                <input id=ID type="file" accept=".json,application/json" aria-describedby=PROBLEM />
                <FieldProblem id=PROBLEM.to_owned() problem=problem />
            </div>
        </details>
    }
}

/// Leads back to the field, also when it was folded away meanwhile: beneath it stands what does not fit.
pub fn show() {
    if let Some(fold) = document().get_element_by_id(FOLD) {
        let _ = fold.set_attribute("open", "");
    }
    page::focus(ID);
}

/// The head in the file that was chosen, if one was.
///
/// # Errors
/// A sentence, when it is no such file.
pub async fn chosen() -> Result<Option<Head>, &'static str> {
    match file::chosen(ID).await {
        None => Ok(None),
        Some(text) => {
            text.and_then(|text| read(&text)).map(Some).ok_or("This is no file that was saved by “Save signed head”.")
        }
    }
}

fn read(text: &str) -> Option<Head> {
    let mut saved: Value = serde_json::from_str(text).ok()?;
    serde_json::from_value(saved.get_mut("head")?.take()).ok()
}
