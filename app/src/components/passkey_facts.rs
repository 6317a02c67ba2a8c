//! What is told of a passkey wherever it is listed: what it is called, where it works, and how it came about.

use claviger_core::wire::passkey::{Passkey, PasskeyOrigin, PasskeyWay};
use leptos::prelude::*;

use super::fixed::{Fix, Fixed};

/// A line each.
pub fn passkey_facts(passkey: &Passkey) -> Fixed {
    let Passkey { name, synced, host, usable, origin, .. } = passkey;
    let place = if *synced { "Synced between devices" } else { "On one device only" };
    let elsewhere = host.as_ref().filter(|_| !usable).map(|host| {
        view! { <span class="warn-text">{format!("Made for {host}; cannot be used here")}</span> }
    });
    let origin = origin.as_ref().map(|origin| view! { <span class="quiet">{registered(origin)}</span> });
    view! {
        <span class="key-name">{name.clone()}</span>
        <span class="quiet">{place}</span>
        {elsewhere}
        {origin}
    }
    .fixed()
}

fn registered(origin: &PasskeyOrigin) -> String {
    let name = origin.name.as_deref().unwrap_or_default();
    let with = match (origin.way, &origin.hint) {
        (PasskeyWay::Key, Some(hint)) => format!("with the key {hint}"),
        (PasskeyWay::Key, None) => format!("with the key “{name}”"),
        (PasskeyWay::Passkey, _) => format!("with the passkey “{name}”"),
        (PasskeyWay::CloudflareAccess, _) => "by way of Cloudflare Access".to_owned(),
    };
    let ended = match (origin.key_ended, origin.way) {
        (false, _) => "",
        (true, PasskeyWay::Key) => ", which was ended since",
        (true, _) => ", by way of a key that was ended since",
    };
    format!("Registered {with}{ended}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn how_a_passkey_came_about_is_a_line() {
        for (origin, line) in [
            (
                json!({"way": "key", "name": "Mine", "hint": "clv_4fGh…9aZ1", "key_id": 7, "key_ended": false}),
                "Registered with the key clv_4fGh…9aZ1",
            ),
            (
                json!({"way": "key", "name": "Mine", "hint": "clv_4fGh…9aZ1", "key_id": 7, "key_ended": true}),
                "Registered with the key clv_4fGh…9aZ1, which was ended since",
            ),
            (json!({"way": "passkey", "name": "Laptop", "key_ended": false}), "Registered with the passkey “Laptop”"),
            (
                json!({"way": "passkey", "name": "Laptop", "key_id": 7, "key_ended": true}),
                "Registered with the passkey “Laptop”, by way of a key that was ended since",
            ),
            (json!({"way": "cloudflare_access", "key_ended": false}), "Registered by way of Cloudflare Access"),
        ] {
            assert_eq!(registered(&serde_json::from_value(origin).unwrap()), line);
        }
    }
}
