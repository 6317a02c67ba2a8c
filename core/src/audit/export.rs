//! Entries of the log as lines of a file, each with its sentence.

use serde_json::{Value, json};

use super::sentence::sentence;
use crate::{csv, time::Timestamp, wire::audit::AuditRecord};

/// The first line of a file of comma-separated values.
pub const COLUMNS: [&str; 13] = [
    "id",
    "at",
    "actor_type",
    "actor_id",
    "actor",
    "action",
    "target_type",
    "target_id",
    "target",
    "sentence",
    "changes",
    "ip",
    "request_id",
];

/// The line of an entry, under [`COLUMNS`].
#[must_use]
pub fn csv_line(record: &AuditRecord) -> String {
    let id = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    let changes: Vec<String> = record
        .changes
        .iter()
        .map(|change| format!("{}: {} → {}", change.field, text(&change.before), text(&change.after)))
        .collect();
    let cells: [String; COLUMNS.len()] = [
        record.id.to_string(),
        record.at.to_string(),
        record.actor.kind.word().to_owned(),
        id(record.actor.id),
        record.actor.name.clone(),
        record.action.clone(),
        record.target.kind.word().to_owned(),
        id(record.target.id),
        record.target.name.clone(),
        told(record),
        changes.join("; "),
        record.ip.clone().unwrap_or_default(),
        record.request_id.clone(),
    ];
    csv::line(cells)
}

/// The entry as the API answers it, with its sentence.
#[must_use]
pub fn json_entry(record: &AuditRecord) -> String {
    let mut entry = json!(record);
    if let Some(entry) = entry.as_object_mut() {
        entry.insert("sentence".to_owned(), told(record).into());
    }
    entry.to_string()
}

/// For whoever reads the file: nobody is "you".
fn told(record: &AuditRecord) -> String {
    sentence(record, None, |moment: Timestamp| moment.to_string())
}

/// A value of a change as one reads it.
#[must_use]
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(on) => if *on { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> AuditRecord {
        serde_json::from_value(json!({
            "id": 4, "organization_id": 1, "at": "2026-11-21T09:00:00Z", "actor": {"type": "user", "id": 7, "name": "=Ada"},
            "action": "api_key.updated", "target": {"type": "api_key", "id": 9, "name": "Billing, \"old\""},
            "changes": [{"field": "active", "before": true, "after": false}, {"field": "scopes", "before": [], "after": ["a"]}],
            "details": {}, "ip": null, "request_id": "1f0c6a52b7d3e894",
        }))
        .unwrap()
    }

    #[test]
    fn a_line_has_a_cell_for_each_column_and_is_no_formula() {
        assert_eq!(
            csv_line(&record()),
            "\"4\",\"2026-11-21T09:00:00.000Z\",\"user\",\"7\",\"'=Ada\",\"api_key.updated\",\"api_key\",\"9\",\"Billing, \"\"old\"\"\",\
             \"'=Ada changed the key “Billing, \"\"old\"\"”: disabled it and changed the scopes to a.\",\
             \"active: yes → no; scopes: [] → [\"\"a\"\"]\",\"\",\"1f0c6a52b7d3e894\"\r\n"
        );
    }

    #[test]
    fn an_entry_reads_as_the_api_has_it_with_a_sentence_more() {
        let entry: Value = serde_json::from_str(&json_entry(&record())).unwrap();
        assert_eq!(serde_json::from_value::<AuditRecord>(entry.clone()).unwrap(), record());
        assert!(entry["sentence"].as_str().unwrap().starts_with("=Ada changed"));
    }
}
