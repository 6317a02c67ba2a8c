use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair, UnparsedPublicKey},
};
use serde_json::{Value, json};

use super::*;
use crate::{secret::Secret, time::DAY, wire::key::ActorKind};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

pub(super) fn secret(byte: u8) -> Secret {
    Secret::mint(None, |bytes| {
        bytes.fill(byte);
        Ok::<_, ()>(())
    })
    .unwrap()
}

pub(super) fn key(facts: &Value) -> Key {
    let mut key = json!({
        "id": 7, "organization_id": 1, "kind": "service", "name": "Billing", "description": "", "role": "integration",
        "access": "read_only", "scopes": [], "active": true, "status": "active", "hint": "clv_4fGh…9aZ1",
        "secrets": [{"hint": "clv_4fGh…9aZ1", "created_at": NOW}], "created_by": {"type": "user", "id": 1, "name": "Ada"},
        "created_at": NOW, "updated_at": NOW, "system_generated": false, "source": "minted", "allowed_ips": [],
        "metadata": {}, "version": 1,
    });
    key.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
    serde_json::from_value(key).unwrap()
}

fn system() -> Actor {
    Actor { kind: ActorKind::System, id: None, name: "System".to_owned() }
}

#[test]
fn a_batch_tells_secrets_from_other_words_and_names_what_is_no_text() {
    let (one, two) = (secret(1), secret(2));
    let body = json!({"keys": [one.expose(), "correct horse battery staple", format!(" {}\n", two.expose()), one.expose(),
        one.expose().replace('1', "2"), format!("key={}", one.expose()), "clv_"]});
    let read = read_batch(&body, None).unwrap();
    let wanted = [Some(&one), None, Some(&two), Some(&one), None, None, None];
    assert_eq!(read.iter().map(Option::as_ref).collect::<Vec<_>>(), wanted);
    let many = |n| json!({"keys": vec!["x"; n]});
    assert_eq!(read_batch(&many(100), None).unwrap().len(), 100);
    for (body, field) in [
        (many(101), "keys"),
        (many(0), "keys"),
        (json!({}), "keys"),
        (json!({"keys": "x"}), "keys"),
        (json!({"keys": [one.expose(), 7]}), "keys[1]"),
        (json!({"keys": [null]}), "keys[0]"),
        (json!({"keys": [""]}), "keys[0]"),
        (json!({"keys": ["x".repeat(513)]}), "keys[0]"),
        (json!({"keys": ["x"], "key": "y"}), "key"),
    ] {
        assert_eq!(read_batch(&body, None).unwrap_err().errors[0].field, field);
    }
}

#[test]
fn the_key_that_a_request_is_made_with_is_more_likely_a_slip_than_a_leak() {
    let (own, other) = (secret(1), secret(2));
    let body = json!({"keys": [other.expose(), own.expose()]});
    assert_eq!(read_batch(&body, Some(&own)).unwrap_err().errors[0].field, "keys[1]");
    assert_eq!(read_batch(&body, None).unwrap(), [Some(other), Some(own)]);
}

#[test]
fn who_reports_what_decides_what_becomes_of_the_key() {
    use LeakPolicy::{Flag, Revoke};
    use LeakSource::{GitHub, Possession};
    let live = key(&json!({}));
    let open = key(&json!({"leak": {"reported_at": NOW, "source": "github", "url": null, "resolved_at": null}}));
    let closed = key(&json!({"leak": {"reported_at": NOW, "source": "github", "url": null, "resolved_at": NOW}}));
    let revoked = key(&json!({"revoked_at": NOW}));
    let (works, graced, retired) = (None, Some(NOW.plus(1)), Some(NOW));
    for (key, ends_at, before, source, policy, response) in [
        (&live, works, false, Possession, Flag, Response::Revoke),
        (&live, graced, false, Possession, Flag, Response::Revoke),
        (&live, retired, false, Possession, Revoke, Response::Flag),
        (&live, retired, true, Possession, Revoke, Response::Nothing),
        (&open, works, true, Possession, Flag, Response::Revoke),
        (&closed, works, true, Possession, Flag, Response::Revoke),
        (&revoked, works, false, Possession, Flag, Response::Nothing),
        (&live, works, false, GitHub, Flag, Response::Flag),
        (&live, graced, false, GitHub, Revoke, Response::Revoke),
        (&live, retired, false, GitHub, Revoke, Response::Flag),
        (&open, works, true, GitHub, Flag, Response::Nothing),
        // The policy became stricter, and nobody has dealt with it yet.
        (&open, works, true, GitHub, Revoke, Response::Revoke),
        // Sent again by somebody who has kept it.
        (&closed, works, true, GitHub, Revoke, Response::Nothing),
        (&closed, works, false, GitHub, Revoke, Response::Revoke),
        (&revoked, works, false, GitHub, Revoke, Response::Nothing),
    ] {
        let reported = Reported { ends_at, before, source, policy };
        assert_eq!(reported.response(key, NOW), response, "{reported:?}");
    }
}

#[test]
fn a_report_stays_open_until_somebody_ends_the_secret_or_says_that_they_have_dealt_with_it() {
    let leak = Leak::reported(LeakSource::GitHub, Some("https://github.com/a/b/blob/c/d.txt"), NOW);
    let flagged = key(&json!({})).leaked(&leak, NOW);
    assert_eq!((flagged.version, flagged.leak.as_ref()), (2, Some(&leak)));
    let later = NOW.plus(DAY);
    let is_open = |key: &Key| key.leak.as_ref().unwrap().is_open();
    let hint = flagged.hint.clone().unwrap();
    assert!(is_open(&flagged.rotated(hint.clone(), 1, later).unwrap()));
    assert!(!is_open(&flagged.rotated(hint, 0, later).unwrap()));
    assert!(!is_open(&flagged.revoked(&system(), None, later).unwrap()));
    let resolved = flagged.leak_resolved(later);
    assert_eq!((resolved.version, is_open(&resolved)), (3, false));
    assert_eq!(resolved.leak_resolved(later.plus(1)), resolved);
    let ended = flagged.ended_by(&leak, &system(), later).unwrap();
    assert!(is_open(&ended) && ended.revoked_at == Some(later) && ended.version == 3);
    assert!(ended.ended_by(&leak, &system(), later).is_err());
    assert!(!is_open(&ended.leak_resolved(later)), "a revoked key's report can be dealt with too");
}

#[test]
fn an_address_is_kept_only_if_it_is_a_plain_one_without_a_secret() {
    let kept = |url: &str| Leak::reported(LeakSource::GitHub, Some(url), NOW).url.is_some();
    assert!(kept("https://github.com/octocat/Hello-World/blob/12345600/foo/bar.txt"));
    let with_secret = format!("https://github.com/search?q={}", secret(1).expose());
    let long = format!("https://github.com/{}", "x".repeat(500));
    for url in ["", "http://github.com/", "javascript:alert(1)", "https://a b/", "https://ä/", "https://a/\u{202e}"] {
        assert!(!kept(url), "{url}");
    }
    assert!(!kept(&with_secret) && !kept(&long));
}

/// A key of GitHub's, and what it lists.
fn signer() -> (EcdsaKeyPair, Value) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
    // The point begins with the byte that ends the prefix.
    let der = [&github_prefix()[..26], pair.public_key().as_ref()].concat();
    let lines = STANDARD.encode(der).as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n");
    (pair, json!({"key_identifier": "one", "key": pem, "is_current": true}))
}

/// From OpenSSL, and not from what is tested.
fn github_prefix() -> Vec<u8> {
    STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE").unwrap()
}

#[test]
fn a_report_is_checked_with_the_key_that_it_names() {
    let (pair, listed) = signer();
    let body = br#"[{"source":"commit","token":"some_token","type":"some_type","url":""}]"#;
    let signature = STANDARD.encode(pair.sign(&SystemRandom::new(), body).unwrap());
    let envelope = Envelope::read(Some("one"), Some(&signature)).unwrap();
    assert_eq!((envelope.key_id.as_str(), envelope.signature.len()), ("one", 64));
    let keys = read_keys(json!({"public_keys": [listed]}).to_string().as_bytes()).unwrap();
    let jwk: Value = serde_json::from_str(&keys[0].jwk).unwrap();
    let coordinate =
        |name: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    assert_eq!(point, pair.public_key().as_ref());
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    assert!(public.verify(body, &envelope.signature).is_ok());
    assert!(public.verify(b"[]", &envelope.signature).is_err());
}

#[test]
fn headers_that_do_not_fit_are_named() {
    use EnvelopeFlaw::{Malformed, NoKeyId, NoSignature, UnknownKey};
    let good = "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==";
    assert!(Envelope::read(Some("one"), Some(good)).is_ok(), "GitHub's own example");
    let raw = STANDARD.encode([1; 64]);
    let long = "x".repeat(129);
    for (key_id, signature, flaw) in [
        (None, Some(good), NoKeyId),
        (Some(" "), Some(good), NoKeyId),
        (Some("one"), None, NoSignature),
        (Some("one"), Some(""), NoSignature),
        (Some("one"), Some("not base64!"), Malformed),
        (Some("one"), Some(raw.as_str()), Malformed),
        (Some("one"), good.get(..80), Malformed),
        (Some("one"), Some("MAA="), Malformed),
        (Some(long.as_str()), Some(good), UnknownKey),
    ] {
        assert_eq!(Envelope::read(key_id, signature), Err(flaw));
        assert!(flaw.header().starts_with("Github-Public-Key-") && flaw.explain().ends_with('.'));
    }
}

#[test]
fn keys_that_are_none_are_left_out_and_older_ones_are_not() {
    let (_, listed) = signer();
    let mut older = listed.clone();
    (older["key_identifier"], older["is_current"]) = (json!("older"), json!(false));
    let with = |name: &str, value: Value| {
        let mut other = listed.clone();
        other[name] = value;
        other
    };
    let short = STANDARD.encode(github_prefix());
    let all = json!({"public_keys": [listed, older, with("key", json!("PEM")), with("key", Value::Null), with("key_identifier", json!("")),
        with("key", json!(format!("-----BEGIN PUBLIC KEY-----{short}-----END PUBLIC KEY-----"))), 7]});
    let keys = read_keys(all.to_string().as_bytes()).unwrap();
    assert_eq!(keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["one", "older"]);
    for body in ["", "{}", "[]", r#"{"public_keys":{}}"#] {
        assert!(read_keys(body.as_bytes()).is_none());
    }
}

#[test]
fn a_report_is_read_with_what_is_new_in_it_and_answered_without_a_secret() {
    let (known, unknown) = (secret(1), secret(2));
    let find = |token: &str| json!({"token": token, "type": "claviger_key", "url": "https://github.com/a", "source": "Commit", "new": 1});
    let body = json!([find(known.expose()), find(unknown.expose()), find("clv_nothing"), {"token": "x"}]);
    let finds = read_report(&body).unwrap();
    assert_eq!(finds.iter().map(|find| find.secret.is_some()).collect::<Vec<_>>(), [true, true, false, false]);
    let told: Vec<Feedback> =
        finds.iter().filter_map(|find| feedback(find, find.secret.as_ref() == Some(&known))).collect();
    assert_eq!(
        told.iter().map(|told| told.label).collect::<Vec<_>>(),
        [Label::TruePositive, Label::FalsePositive, Label::FalsePositive]
    );
    assert_eq!((told[0].token_hash.clone(), told[0].token_type.as_str()), (known.hash().to_hex(), "claviger_key"));
    assert!(!json!(told).to_string().contains("clv_"));
    for (body, field) in [(json!({}), ""), (json!([{"token": "x"}, {}]), "[1].token"), (json!([7]), "[0].token")] {
        assert_eq!(read_report(&body).unwrap_err().errors[0].field, field);
    }
}
