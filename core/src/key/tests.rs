use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn fields(body: serde_json::Value) -> Vec<String> {
    let problems = NewKey::read(&body, NOW).expect_err("must be refused");
    problems.errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn absent_attributes_get_the_least() {
    let new = NewKey::read(&json!({"name": " Billing "}), NOW).unwrap();
    assert_eq!((new.name.as_str(), new.role, new.access), ("Billing", Role::Integration, Access::ReadOnly));
    assert_eq!((new.active, new.expires_at, new.scopes.len()), (true, None, 0));
}

#[test]
fn bare_and_wrapped_bodies_mean_the_same() {
    let bare = NewKey::read(&json!({"name": "A", "active": false, "api_key": null}), NOW);
    let wrapped = NewKey::read(&json!({"api_key": {"name": "A", "active": false}}), NOW);
    assert_eq!(bare, wrapped);
    assert_eq!(fields(json!({"api_key": {"name": "A"}, "name": "B"})), ["name"]);
}

#[test]
fn what_was_read_can_be_sent_back() {
    let body = json!({"id": 7, "name": "A", "status": "active", "api_key": null, "version": 3, "created_by": {"type": "user"}});
    assert!(NewKey::read(&body, NOW).is_ok());
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let body = json!({
        "name": "", "role": "root", "access": "write", "active": "yes", "expires_at": "2020-01-01T00:00:00Z",
        "scopes": ["a b"], "metadata": [], "description": 7, "nmae": "typo",
    });
    let mut named = fields(body);
    named.sort();
    assert_eq!(named, ["access", "active", "description", "expires_at", "metadata", "name", "nmae", "role", "scopes"]);
    assert_eq!(fields(json!({"name": "A", "expires_at": "10000-01-01T00:00:00Z"})), ["expires_at"]);
    assert_eq!(fields(json!([])), [""]);
    assert_eq!(fields(json!({"name": "A", "metadata": {"a": "x".repeat(METADATA_LIMIT)}})), ["metadata"]);
}

#[test]
fn a_secret_is_refused_wherever_it_is_pasted() {
    let secret = crate::secret::Secret::mint(None, |bytes| {
        bytes.fill(9);
        Ok::<_, ()>(())
    })
    .unwrap();
    for body in [
        json!({"name": secret.expose()}),
        json!({"name": "A", "description": format!("use {}", secret.expose())}),
        json!({"name": "A", "metadata": {"note": secret.expose()}}),
        json!({"name": "A", "metadata": {secret.expose(): 1}}),
        json!({"name": "A", "scopes": [secret.expose()]}),
        json!({"name": "A", "unknown": {"deep": secret.expose()}}),
        json!({"name": "A", secret.expose(): 1}),
        json!({"api_key": {"name": "A"}, secret.expose(): 1}),
        json!({"name": format!("{}\u{200d}{}", &secret.expose()[..20], &secret.expose()[20..])}),
    ] {
        let problems = NewKey::read(&body, NOW).unwrap_err();
        assert!(problems.contains_secret);
        assert!(!format!("{problems:?}").contains(secret.expose()));
    }
}

#[test]
fn roles_are_ordered_by_strength() {
    assert!(Role::Integration < Role::Verifier && Role::Verifier < Role::OrganizationAdmin);
    assert!(Role::OrganizationAdmin < Role::SystemAdmin && Access::ReadOnly < Access::ReadWrite);
}

proptest! {
    #[test]
    fn no_body_panics(text in "\\PC{0,60}") {
        let value = serde_json::from_str(&text).unwrap_or(json!({"name": text, "expires_at": text, "scopes": [text]}));
        let _ = NewKey::read(&value, NOW);
    }
}
