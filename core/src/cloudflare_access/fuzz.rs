//! Whatever comes in the header or from the team: nothing panics.

use proptest::prelude::*;
use serde_json::json;

use super::{
    tests::{NOW, claims, settings, token},
    *,
};

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}", parts in prop::collection::vec("[A-Za-z0-9_-]{0,40}", 0..5)) {
        for text in [text, parts.join(".")] {
            if let Ok(assertion) = Assertion::read(&text) {
                let _ = assertion.judge(&settings(), NOW);
            }
        }
    }

    #[test]
    fn no_claim_panics(name in "iss|aud|exp|nbf|iat|type|email", text in "\\PC{0,40}", number: f64) {
        for value in [json!(text), json!(number), json!([text]), json!({ text.as_str(): number }), json!(null)] {
            let mut claims = claims();
            claims[name.as_str()] = value;
            let text = token(&json!({ "alg": "RS256", "kid": "one" }), &claims);
            let _ = Assertion::read(&text).unwrap().judge(&settings(), NOW);
        }
    }

    #[test]
    fn no_keys_and_no_settings_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,60}") {
        let _ = (read_keys(&bytes), Settings::read(&text, &text, &text), Settings::read("a.example", &text, &text));
    }
}
