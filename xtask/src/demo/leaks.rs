//! A key whose secret GitHub has found, which nobody has dealt with yet; and what of use is known of all keys.

use std::fmt::Write;

use claviger_core::{
    leak::{Leak, LeakSource},
    time::{HOUR, MINUTE, Timestamp},
};
use serde_json::json;

use super::{
    history::Event,
    keys::DemoKey,
    sql::{literal, moment},
};

/// Whose secret it was.
const LEAKED: &str = "Status page";
/// How long ago it was found, in milliseconds.
const AGO: i64 = 2 * HOUR + 11 * MINUTE;
const URL: &str = "https://github.com/halvorsen-example/status/blob/1f0c2b7/config/production.toml";

fn leak(now: i64) -> Leak {
    Leak::reported(LeakSource::GitHub, Some(URL), Timestamp::from_millis(now - AGO))
}

/// The statements, after those of keys and secrets.
pub fn add(sql: &mut String, keys: &[DemoKey], now: i64) {
    if let Some((id, _)) = leaked(keys) {
        let _ = writeln!(
            sql,
            "UPDATE api_keys SET leak = {}, version = version + 1, updated_at = {} WHERE id = {id};\n\
             UPDATE secrets SET reported_at = {} WHERE key_id = {id};",
            literal(&json!(json!(leak(now)).to_string())),
            now - AGO,
            now - AGO,
        );
    }
    let _ = writeln!(
        sql,
        "UPDATE api_keys SET used_day = (SELECT max(last_used_at) FROM secrets WHERE key_id = api_keys.id) / 86400000;"
    );
}

/// That it was reported.
pub fn history(keys: &[DemoKey], now: i64) -> Option<Event> {
    let (id, key) = leaked(keys)?;
    Some(Event {
        at: now - AGO,
        organization: 1,
        by: ("system", None, "System"),
        action: "api_key.leaked",
        target: ("api_key", id, key.name.to_owned()),
        details: json!({ "source": "github", "changes": { "leak": [null, {
            "reported_at": moment(now - AGO), "source": "github", "url": URL, "resolved_at": null }] } }),
    })
}

fn leaked(keys: &[DemoKey]) -> Option<(i64, &DemoKey)> {
    (1_i64..).zip(keys).find(|(_, key)| key.name == LEAKED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_kept_with_its_address() {
        assert_eq!(leak(1_800_000_000_000).url.as_deref(), Some(URL));
        assert!(leaked(&super::super::keys::all()).is_some());
    }
}
