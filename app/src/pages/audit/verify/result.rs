//! What a check has found, in sentences.

use claviger_core::{audit::check::Outcome, wire::audit::Head};
use leptos::prelude::*;
use serde_json::json;
use wasm_bindgen::JsValue;

use crate::{
    browser::{download, intl},
    components::{
        button::Button,
        fixed::{Fix, Fixed},
        icon::Icon,
    },
};

/// Where it stands, for the focus.
pub const ID: &str = "verify-result";

/// The outcome, with how many records are not sealed yet.
pub fn result(outcome: &Outcome, waiting: i64) -> Fixed {
    let Outcome { records, head, unchecked, unseen, kept, findings, unlisted, .. } = outcome;
    let (class, icon) = match (findings.is_empty(), unchecked) {
        (true, false) => ("note ok", Icon::Check),
        (true, true) => ("note warn", Icon::Alert),
        (false, _) => ("note bad", Icon::Alert),
    };
    let all = i64::try_from(findings.len()).unwrap_or(i64::MAX).saturating_add(*unlisted);
    let found: Vec<_> = findings.iter().map(|finding| view! { <li>{finding.sentence(intl::exact)}</li> }).collect();
    let more = (*unlisted > 0).then(|| view! { <li>{format!("And {unlisted} more of these kinds.")}</li> });
    let listed = (!found.is_empty()).then(|| {
        view! {
            <ul>{found} {more}</ul>
            <p>
                "Somebody has written to the database past Claviger. Keep this list and an export of the log, find out who can do that, and compare with a copy of the database from before: docs/AUDIT.md, “When something is found”."
            </p>
        }
    });
    view! {
        <div class=class role=if findings.is_empty() { "status" } else { "alert" } id=ID tabindex="-1">
            {icon.view()}
            <div>
                <p><strong>{said(*records, all)}</strong></p>
                {listed}
                <p>{signed(head.as_ref(), *unchecked, findings.is_empty())} " " {unseen_words(*unseen)} " " {waiting_words(waiting)}</p>
                {kept.as_ref().map(|head| view! { <p>{held(head)}</p> })}
                {head.clone().map(to_keep)}
            </div>
        </div>
    }
    .fixed()
}

/// The signed head, to be kept elsewhere: what is kept here only could be replaced together with the log.
fn to_keep(head: Head) -> Fixed {
    let (key, hash, record) = (head.public_key.clone(), head.hash.clone(), head.audit_id);
    let save = Callback::new(move |()| {
        let file = json!({ "head": head, "message": head.message() }).to_string();
        let day = head.signed_at.to_string().get(..10).unwrap_or_default().to_owned();
        let parts = js_sys::Array::of1(&JsValue::from(file));
        download::save_as(&format!("claviger-audit-head-{day}.json"), "application/json", &parts);
    });
    view! {
        <details class="verify-more">
            <summary>"Keep the proof"</summary>
            <p>
                "Save the signed head and keep it where nobody can change it who can change this database. A later log must contain record "
                {record} " with this seal."
            </p>
            <dl class="log-more">
                <div><dt>"Seal"</dt><dd><code>{hash}</code></dd></div>
                <div><dt>"Public key"</dt><dd><code>{key}</code></dd></div>
            </dl>
            <Button on_press=save>"Save signed head"</Button>
        </details>
    }
    .fixed()
}

fn said(records: i64, findings: i64) -> String {
    match (findings, records) {
        (0, 0) => "There is nothing to check yet.".to_owned(),
        (0, 1) => "The one record is as it was sealed.".to_owned(),
        (0, all) => format!("All {all} records are as they were sealed."),
        (1, all) => format!("The log is not what it was. Of {all} records:"),
        (found, all) => format!("The log is not what it was: {found} findings in {all} records."),
    }
}

fn signed(head: Option<&Head>, unchecked: bool, is_whole: bool) -> String {
    match head {
        _ if unchecked => "This browser cannot check signatures (Ed25519): only the seals were checked, which whoever writes to the database can make anew. Chrome and Edge since 137, Firefox since 129 and Safari since 17 can, over HTTPS."
            .to_owned(),
        Some(head) => format!("Signed up to record {} on {}.", head.audit_id, intl::exact(head.signed_at)),
        None if is_whole => "No head is signed that holds: the first is signed within minutes, then one each day.".to_owned(),
        None => "No head is signed that holds.".to_owned(),
    }
}

fn unseen_words(unseen: i64) -> String {
    match unseen {
        0 => String::new(),
        1 => "1 record is for system administrators only: its digest was checked.".to_owned(),
        unseen => format!("{unseen} records are for system administrators only: their digests were checked."),
    }
}

fn held(proof: &Head) -> String {
    format!("It holds record {} with the seal of the proof that you kept.", proof.audit_id)
}

fn waiting_words(waiting: i64) -> String {
    match waiting {
        0 => String::new(),
        1 => "1 newer record is sealed within a minute or so.".to_owned(),
        waiting => format!("{waiting} newer records are sealed within minutes."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_a_sentence() {
        assert_eq!(said(0, 0), "There is nothing to check yet.");
        assert_eq!(said(1, 0), "The one record is as it was sealed.");
        assert_eq!(said(120, 0), "All 120 records are as they were sealed.");
        assert_eq!(said(120, 1), "The log is not what it was. Of 120 records:");
        assert_eq!(said(120, 2), "The log is not what it was: 2 findings in 120 records.");
        assert_eq!((waiting_words(0), unseen_words(0)), (String::new(), String::new()));
        assert_eq!(unseen_words(1), "1 record is for system administrators only: its digest was checked.");
        assert_eq!(unseen_words(2), "2 records are for system administrators only: their digests were checked.");
    }
}
