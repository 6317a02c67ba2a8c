use proptest::prelude::*;
use serde_json::{Value, json};

use super::{change::LONGEST_GRACE, *};
use crate::{
    status::KeyStatus,
    time::{DAY, Timestamp},
    wire::key::{Actor, Key},
};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn fields(body: Value) -> Vec<String> {
    let problems = NewKey::read(&body, Defaults::LEAST, NOW).expect_err("must be refused");
    problems.errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn absent_attributes_get_the_least() {
    let new = NewKey::read(&json!({"name": " Billing "}), Defaults::LEAST, NOW).unwrap();
    assert_eq!((new.name.as_str(), new.role, new.access), ("Billing", Role::Integration, Access::ReadOnly));
    assert_eq!((new.active, new.expires_at, new.scopes.len()), (true, None, 0));
}

#[test]
fn bare_and_wrapped_bodies_mean_the_same() {
    let bare = NewKey::read(&json!({"name": "A", "active": false, "api_key": null}), Defaults::LEAST, NOW);
    let wrapped = NewKey::read(&json!({"api_key": {"name": "A", "active": false}}), Defaults::LEAST, NOW);
    assert_eq!(bare, wrapped);
    assert_eq!(fields(json!({"api_key": {"name": "A"}, "name": "B"})), ["name"]);
}

#[test]
fn what_was_read_can_be_sent_back() {
    let body = json!({"id": 7, "name": "A", "status": "active", "api_key": null, "version": 3, "created_by": {"type": "user"}});
    assert!(NewKey::read(&body, Defaults::LEAST, NOW).is_ok());
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
        let problems = NewKey::read(&body, Defaults::LEAST, NOW).unwrap_err();
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
        let _ = NewKey::read(&value, Defaults::LEAST, NOW);
    }
}

fn key() -> Key {
    serde_json::from_value(json!({
        "id": 7, "organization_id": 2, "kind": "service", "name": "A", "description": "", "role": "integration",
        "access": "read_only", "scopes": [], "active": true, "status": "active", "hint": "clv_old", "api_key": null,
        "secrets": [{"hint": "clv_old", "created_at": NOW, "ends_at": null, "last_used_at": null}], "user_id": null,
        "created_by": {"type": "system", "id": null, "name": "System"}, "created_at": NOW, "updated_at": NOW,
        "expires_at": null, "last_used_at": null, "rotated_at": null, "revoked_at": null, "revoked_by": null,
        "revoke_reason": null, "system_generated": false, "source": "minted", "allowed_ips": [], "rate_limit": null,
        "credits": null, "metadata": {"a": 1}, "version": 1,
    }))
    .unwrap()
}

fn change(body: Value) -> KeyChange {
    KeyChange::read(&body).unwrap()
}

#[test]
fn absent_stays_and_null_clears() {
    let limited = key()
        .changed(&change(json!({"expires_at": NOW.plus(5), "rate_limit": {"limit": 1, "window_seconds": 1}})), NOW);
    let limited = limited.unwrap();
    let cleared =
        limited.changed(&change(json!({"expires_at": null, "rate_limit": null, "metadata": null})), NOW).unwrap();
    assert_eq!((cleared.expires_at, cleared.rate_limit, cleared.metadata.len()), (None, None, 0));
    assert_eq!(cleared.differences(&limited), ["expires_at", "metadata", "rate_limit"]);
    assert_eq!(cleared.version, 3);
    let problems = KeyChange::read(&json!({"name": null, "role": null, "access": null, "active": null})).unwrap_err();
    assert_eq!(problems.errors.len(), 4);
}

#[test]
fn a_key_that_was_read_can_be_put_back() {
    let mut old = key();
    old.expires_at = Some(NOW.plus(-5));
    let same = change(serde_json::to_value(&old).unwrap());
    assert_eq!(old.changed(&same, NOW), Ok(old.clone()), "its past expiry is not new");
    let problems = old.changed(&change(json!({"expires_at": NOW.plus(-4)})), NOW).unwrap_err();
    assert!(matches!(problems, Refused::Fields(problems) if problems.errors[0].field == "expires_at"));
}

#[test]
fn a_personal_or_imported_key_keeps_its_role() {
    let role = change(json!({"role": "verifier"}));
    assert_eq!(key().changed(&role, NOW).unwrap().role, Role::Verifier);
    for odd in [Key { kind: KeyKind::Personal, ..key() }, Key { source: KeySource::Imported, ..key() }] {
        assert!(matches!(odd.changed(&role, NOW), Err(Refused::Fields(_))));
        assert!(odd.changed(&change(json!({"role": "integration"})), NOW).is_ok());
    }
}

#[test]
fn only_a_verifier_names_the_header_of_its_clients_address() {
    let header = |role: &str, name: Value| json!({"name": "A", "role": role, "client_ip_header": name});
    let new = NewKey::read(&header("verifier", json!(" X-Client-Address ")), Defaults::LEAST, NOW).unwrap();
    assert_eq!(new.client_ip_header.as_ref().map(ClientIpHeader::as_str), Some("x-client-address"));
    for (role, name) in [
        ("integration", json!("x-client-address")),
        ("organization_admin", json!("x-client-address")),
        ("verifier", json!("cookie")),
        ("verifier", json!("")),
        ("verifier", json!(7)),
    ] {
        assert_eq!(fields(header(role, name.clone())), ["client_ip_header"], "{role} {name}");
    }
    assert!(NewKey::read(&header("integration", json!(null)), Defaults::LEAST, NOW).is_ok());

    let verifier = Key { role: Role::Verifier, ..key() };
    let set = verifier.changed(&change(json!({"client_ip_header": "X-Client-Address"})), NOW).unwrap();
    assert_eq!(set.client_ip_header.as_deref(), Some("x-client-address"));
    assert_eq!(set.differences(&verifier), ["client_ip_header"]);
    assert_eq!(set.changed(&change(json!({"name": "A"})), NOW).unwrap(), set, "absent stays");
    assert_eq!(set.changed(&change(json!({"client_ip_header": null})), NOW).unwrap().client_ip_header, None);
    for (key, body) in [
        (key(), json!({"client_ip_header": "x-client-address"})),
        (set.clone(), json!({"role": "integration"})),
        (set.clone(), json!({"role": "integration", "client_ip_header": "x-other"})),
    ] {
        let refused = key.changed(&change(body.clone()), NOW);
        assert!(
            matches!(refused, Err(Refused::Fields(problems)) if problems.errors[0].field == "client_ip_header"),
            "{body}"
        );
    }
    assert!(set.changed(&change(json!({"role": "integration", "client_ip_header": null})), NOW).is_ok());
}

#[test]
fn the_old_secret_works_on_for_its_grace_and_never_past_the_key() {
    let hint = |text: &str| crate::secret::Hint::stored(text.into());
    let once = key().rotated(hint("clv_new"), 60_000, NOW).unwrap();
    assert_eq!(once.hint, Some(hint("clv_new")));
    assert_eq!(once.secrets[1].ends_at, Some(NOW.plus(60_000)));
    let later = NOW.plus(1_000);
    let twice = once.rotated(hint("clv_newer"), 60_000, later).unwrap();
    let ends: Vec<_> = twice.secrets.iter().map(|secret| secret.ends_at).collect();
    assert_eq!(ends, [None, Some(later.plus(60_000)), Some(later)], "the older one stops at once");
    let long_after = NOW.plus(DAY);
    let thrice = twice.rotated(hint("clv_newest"), 0, long_after).unwrap();
    let ends: Vec<_> = thrice.secrets.iter().map(|secret| secret.ends_at).collect();
    assert_eq!(
        ends,
        [None, Some(long_after), Some(later.plus(60_000)), Some(later)],
        "what has ended stays as it ended"
    );

    let brief = Key { expires_at: Some(NOW.plus(5_000)), ..key() };
    assert_eq!(brief.rotated(hint("x"), 60_000, NOW).unwrap().secrets[1].ends_at, Some(NOW.plus(5_000)));
    assert_eq!(key().rotated(hint("x"), 365 * DAY, NOW).unwrap().secrets[1].ends_at, Some(NOW.plus(LONGEST_GRACE)));
}

#[test]
fn what_is_over_is_not_brought_back() {
    let hint = || crate::secret::Hint::stored("clv_x".into());
    let by = Actor { kind: crate::wire::key::ActorKind::System, id: None, name: "System".into() };
    let revoked = key().revoked(&by, Some("lost"), NOW).unwrap();
    assert_eq!((revoked.status, revoked.revoke_reason.as_deref()), (KeyStatus::Revoked, Some("lost")));
    assert_eq!(revoked.revoked(&by, None, NOW), Err(Refused::Revoked));
    assert_eq!(revoked.rotated(hint(), 0, NOW), Err(Refused::Revoked));
    assert_eq!(revoked.changed(&change(json!({"name": "B"})), NOW), Err(Refused::Revoked));
    assert_eq!(revoked.changed(&change(serde_json::to_value(&revoked).unwrap()), NOW), Ok(revoked.clone()));
    let expired = Key { expires_at: Some(NOW), ..key() };
    assert_eq!(expired.rotated(hint(), 0, NOW), Err(Refused::Expired));
    let pending = Key { secrets: vec![], hint: None, ..key() };
    assert_eq!(pending.rotated(hint(), 0, NOW), Err(Refused::Pending));
    assert_eq!(pending.minted(hint(), NOW).unwrap().status, KeyStatus::Active);
    assert_eq!(key().minted(hint(), NOW), Err(Refused::HasSecret));
}

#[test]
fn a_range_that_does_not_fit_is_named_by_its_place() {
    let read = |ranges: Value| NewKey::read(&json!({"name": "A", "allowed_ips": ranges}), Defaults::LEAST, NOW);
    for (ranges, said) in [
        (json!(["203.0.113.0/24", "10.0.0.5/8"]), "Entry 2 is an address within a range"),
        (json!(["gateway"]), "Entry 1 must be an address or a range"),
    ] {
        let refused = read(ranges).unwrap_err().errors;
        assert_eq!(refused[0].field, "allowed_ips");
        assert!(refused[0].message.starts_with(said), "{}", refused[0].message);
    }
}

#[test]
fn a_new_key_agrees_with_what_a_request_says_of_whose_it_is() {
    let service = Belonging { organization_id: 2, user_id: None };
    let personal = Belonging { organization_id: 2, user_id: Some(7) };
    let named = |belonging: Belonging, body: Value| {
        let problems = belonging.agrees(&body).err().map(|problems| problems.errors).unwrap_or_default();
        problems.into_iter().map(|error| error.field).collect::<Vec<_>>()
    };
    for (belonging, body, fields) in [
        (service, json!({"name": "A"}), vec![]),
        (service, json!({"organization_id": 2, "kind": "service", "user_id": null, "id": 9}), vec![]),
        (personal, json!({"organization_id": 2, "kind": "personal", "user_id": 7}), vec![]),
        (
            service,
            json!({"organization_id": 1, "kind": "personal", "user_id": 7}),
            vec!["organization_id", "kind", "user_id"],
        ),
        (service, json!({"api_key": {"user_id": "7"}}), vec!["user_id"]),
        (personal, json!({"api_key": {"user_id": 8}}), vec!["user_id"]),
        (personal, json!({"kind": "service"}), vec!["kind"]),
    ] {
        assert_eq!(named(belonging, body.clone()), fields, "{body}");
    }
}
