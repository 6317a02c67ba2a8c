//! Whatever is sent to a door: nothing panics, nothing that was presented is repeated, and what is read is what was written.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Ask;
use crate::{
    scope::{Scope, cover},
    secret::hashes_of_presented,
};

const FIELDS: &str = "(key|access|scopes|scope|ip|cost|max_age_ms|requests|token|kye|)";

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        "(read_only|read_write|invoices\\.(read|\\*)|::1|10\\.0\\.0\\.1)".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((FIELDS, inner), 0..6).prop_map(|pairs| Value::from(Map::from_iter(pairs))),
        ]
    })
}

fn pairs(pairs: &[(String, String)]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    pairs.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()))
}

fn scope() -> impl Strategy<Value = Scope> {
    "([a-c]\\.){0,3}([a-c]|\\*)".prop_map(|text| Scope::parse(&text).unwrap())
}

proptest! {
    #[test]
    fn no_body_panics(body in anything()) {
        let _ = (Ask::read(&body), Ask::read_batch(&body));
    }

    #[test]
    fn no_form_and_no_query_panics(all in prop::collection::vec((FIELDS, "\\PC{0,30}"), 0..6), key in "\\PC{0,30}") {
        let _ = (Ask::of_form(pairs(&all)), Ask::of_query(key, pairs(&all)));
    }

    #[test]
    fn what_was_presented_is_never_repeated(key in "[!-~]{12,600}", more in anything()) {
        let bodies = [
            json!({"key": key, "kye": more}),
            json!({"key": key, "access": more, "scopes": more, "ip": more}),
            json!({"requests": [{"key": key, "ip": more}, more]}),
            json!({"key": [key]}),
        ];
        for body in bodies {
            let problems = [Ask::read(&body).err(), Ask::read_batch(&body).err()];
            for error in problems.into_iter().flatten().flat_map(|problems| problems.errors) {
                prop_assert!(!error.message.contains(&key) && !error.field.contains(&key));
            }
        }
    }

    #[test]
    fn what_was_asked_is_read(key in "\\PC{1,100}", scopes in prop::collection::vec(scope(), 0..50), ip: std::net::IpAddr, age in 0..i64::MAX) {
        let body = json!({"key": key, "scopes": scopes, "ip": ip.to_string(), "max_age_ms": age});
        let ask = Ask::read(&body).unwrap();
        prop_assert!(ask.key == key && ask.scopes == scopes && ask.ip == Some(ip) && ask.max_age_ms == Some(age));
    }

    #[test]
    fn presented_texts_have_at_most_two_hashes(text in "\\PC{0,600}", organization_id: i64) {
        prop_assert!(hashes_of_presented(&text, Some(organization_id)).len() <= 2);
    }

    #[test]
    fn a_scope_covers_itself_and_what_the_covered_covers(one in scope(), two in scope(), three in scope()) {
        prop_assert!(one.covers(&one));
        prop_assert!(!(one.covers(&two) && two.covers(&three)) || one.covers(&three));
        prop_assert!(cover(std::slice::from_ref(&one), &[]));
    }

    #[test]
    fn no_text_panics_as_a_scope(text in "\\PC{0,120}", other in scope()) {
        if let Some(scope) = Scope::parse(&text) {
            let _ = (scope.covers(&other), other.covers(&scope));
            prop_assert_eq!(scope.as_str(), text);
        }
    }
}
