use claviger_core::{
    key::METADATA_LIMIT,
    network::MOST_RANGES,
    time::{DAY, HOUR},
};
use serde_json::{Value, json};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// A key with something in every part.
pub fn key() -> Key {
    serde_json::from_value(json!({
        "id": 7, "organization_id": 1, "kind": "service", "name": "Billing", "description": "A note", "role": "integration",
        "access": "read_only", "scopes": ["a.*", "b.read"], "active": true, "status": "active", "hint": "clv_4fGh…9aZ1",
        "api_key": null, "secrets": [], "user_id": null, "user_name": null,
        "created_by": {"type": "user", "id": 1, "name": "Ada"},
        "created_at": "2026-11-21T00:00:00.000Z", "updated_at": "2026-11-21T00:00:00.000Z",
        "expires_at": "2027-02-18T09:30:00.000Z", "last_used_at": null, "rotated_at": null, "revoked_at": null,
        "revoked_by": null, "revoke_reason": null, "system_generated": false, "source": "minted",
        "allowed_ips": ["10.0.0.0/8", "2001:db8::/32"], "rate_limit": {"limit": 100, "window_seconds": 60},
        "credits": {"remaining": 5, "refill_amount": 100, "refill_interval": "monthly"},
        "metadata": {"team": "billing"}, "version": 3,
    }))
    .unwrap()
}

fn read(edit: impl FnOnce(&mut KeyFields)) -> Result<Value, Vec<(String, String)>> {
    let before = key();
    let mut fields = KeyFields::of(&before);
    edit(&mut fields);
    let filled =
        Filled { fields: &fields, before: &before, now: NOW, custom: Timestamp::parse("2030-01-01T00:00:00Z") };
    let change = KeyChange::try_from(filled);
    change
        .map(|change| json!(change))
        .map_err(|errors| errors.into_iter().map(|error| (error.field, error.message)).collect())
}

fn refused(edit: impl FnOnce(&mut KeyFields)) -> (String, String) {
    let mut errors = read(edit).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

#[test]
fn what_only_verifiers_have_goes_with_their_role() {
    let before = Key { role: Role::Verifier, client_ip_header: Some("x-client".into()), ..key() };
    let fields = KeyFields { role: Role::Integration, ..KeyFields::of(&before) };
    let filled = Filled { fields: &fields, before: &before, now: NOW, custom: None };
    assert_eq!(json!(KeyChange::try_from(filled).unwrap()), json!({"role": "integration", "client_ip_header": null}));
}

#[test]
fn only_what_was_changed_is_sent() {
    assert_eq!(read(|_| ()).unwrap(), json!({}));
    assert_eq!(read(|fields| fields.name = " Export ".into()).unwrap(), json!({"name": "Export"}));
    assert_eq!(read(|fields| fields.active = false).unwrap(), json!({"active": false}));
    assert_eq!(read(|fields| fields.scopes = "a.*,b.read".into()).unwrap(), json!({}), "the same, written differently");
    assert_eq!(read(|fields| fields.extras.metadata = "{\"team\":\"billing\"}".into()).unwrap(), json!({}));
    assert_eq!(read(|fields| fields.extras.allowed_ips += "\n\n").unwrap(), json!({}));
    assert_eq!(
        read(|fields| fields.extras.limit = "200".into()).unwrap(),
        json!({"rate_limit": {"limit": 200, "window_seconds": 60}})
    );
}

#[test]
fn an_emptied_field_is_cleared() {
    let cleared = read(|fields| {
        fields.description.clear();
        fields.scopes.clear();
        fields.until = Until::Chosen(Expiry::Never);
        fields.extras.allowed_ips = "\n".into();
        fields.extras.limit.clear();
        fields.extras.window.clear();
        fields.extras.remaining.clear();
        fields.extras.refill_amount.clear();
        fields.extras.refill_interval = None;
        fields.extras.metadata = " ".into();
    });
    let all = json!({"description": "", "scopes": [], "expires_at": null, "allowed_ips": [], "rate_limit": null, "credits": null, "metadata": {}});
    assert_eq!(cleared.unwrap(), all);
}

#[test]
fn an_expiry_is_what_is_stored_until_another_is_chosen() {
    let chosen = |expiry| read(|fields| fields.until = Until::Chosen(expiry)).unwrap()["expires_at"].clone();
    assert_eq!(chosen(Expiry::Hours(1)), json!(NOW.plus(HOUR)));
    assert_eq!(chosen(Expiry::Days(30)), json!(NOW.plus(30 * DAY)));
    assert_eq!(chosen(Expiry::Custom), json!("2030-01-01T00:00:00.000Z"));
    // Taken from another version of the key.
    let other = read(|fields| fields.until = Until::Stored(None));
    assert_eq!(other.unwrap(), json!({"expires_at": null}));
}

#[test]
fn each_bad_line_is_named() {
    let (field, message) =
        refused(|fields| fields.extras.allowed_ips = "10.0.0.0/8\n10.0.0.300\n\n::1\n10.0.0.1/8".into());
    assert_eq!(field, "allowed_ips");
    assert!(message.ends_with("Not so: line 2, “10.0.0.300”; line 5, “10.0.0.1/8”."), "{message}");
    let many = vec!["::1"; MOST_RANGES + 1].join("\n");
    assert_eq!(refused(|fields| fields.extras.allowed_ips = many).1, "Must be at most 50 lines.");
}

#[test]
fn metadata_says_where_it_is_not_json() {
    let message = |text: &str| {
        let (field, message) = refused(|fields| fields.extras.metadata = text.to_owned());
        assert_eq!(field, "metadata");
        message
    };
    assert!(message("{\n  \"a\": 1,\n  b\n}").contains("line 3 column 3"), "{}", message("{\n  \"a\": 1,\n  b\n}"));
    assert!(message("[1]").starts_with("Must be a JSON object"));
    assert!(message(&format!("{{\"a\": \"{}\"}}", "x".repeat(METADATA_LIMIT))).contains("4096"));
}

#[test]
fn a_verifiers_header_is_a_name_or_nothing() {
    let header = |text: &str| read(|fields| fields.extras.client_ip_header = text.to_owned());
    assert_eq!(header(" X-Client-Address ").unwrap(), json!({"client_ip_header": "x-client-address"}));
    assert_eq!(header(" ").unwrap(), json!({}), "as before: none");
    for text in ["a b", "Cookie", "CF-Connecting-IP"] {
        assert_eq!(refused(|fields| fields.extras.client_ip_header = text.to_owned()).0, "client_ip_header");
    }
}

#[test]
fn half_a_limit_is_refused_where_the_other_half_is_missing() {
    for (edit, at) in [
        ((|fields: &mut KeyFields| fields.extras.limit.clear()) as fn(&mut KeyFields), "rate_limit"),
        (|fields| fields.extras.limit = "0".into(), "rate_limit"),
        (|fields| fields.extras.window.clear(), "window"),
        (|fields| fields.extras.window = "2678401".into(), "window"),
        (|fields| fields.extras.remaining.clear(), "credits"),
        (|fields| fields.extras.remaining = "-1".into(), "credits"),
        (|fields| fields.extras.refill_amount.clear(), "refill_amount"),
        (|fields| fields.extras.refill_amount = "0".into(), "refill_amount"),
        (|fields| fields.extras.refill_amount = "many".into(), "refill_amount"),
        (|fields| fields.extras.refill_interval = None, "refill_amount"),
    ] {
        assert_eq!(refused(edit).0, at);
    }
    let without = read(|fields| {
        fields.extras.refill_amount.clear();
        fields.extras.refill_interval = None;
    });
    assert_eq!(without.unwrap()["credits"]["remaining"], 5);
}

#[test]
fn every_field_that_does_not_fit_is_named_in_the_order_of_the_form() {
    let errors = read(|fields| {
        fields.extras.metadata = "{".into();
        fields.name = " ".into();
        fields.extras.allowed_ips = "x".into();
        fields.scopes = "a..b".into();
    });
    let names: Vec<String> = errors.unwrap_err().into_iter().map(|(field, _)| field).collect();
    assert_eq!(names, ["name", "scopes", "allowed_ips", "metadata"]);
}
