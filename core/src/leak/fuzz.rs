//! Whatever is sent, or listed by who says that they are GitHub: nothing panics, and nothing that was sent is repeated.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{tests::secret, *};

proptest! {
    #[test]
    fn no_batch_panics_or_is_repeated(texts in prop::collection::vec("[!-~]{12,600}", 0..4), name in "keys|key|\\PC{0,8}", number: i64) {
        for value in [json!(texts), json!([texts, number]), json!(number), Value::Null] {
            let body = json!({ name.as_str(): value });
            for error in read_batch(&body, Some(&secret(1))).err().into_iter().flat_map(|problems| problems.errors) {
                prop_assert!(texts.iter().all(|text| !error.message.contains(text.as_str()) && !error.field.contains(text.as_str())));
            }
        }
    }

    #[test]
    fn no_header_panics(key_id in "\\PC{0,200}", signature in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = Envelope::read(Some(&key_id), Some(&signature));
        if let Ok(envelope) = Envelope::read(Some(&key_id), Some(&STANDARD.encode(bytes))) {
            prop_assert_eq!(envelope.signature.len(), 64);
        }
    }

    #[test]
    fn no_list_of_keys_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), pem in "\\PC{0,100}", der in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = read_keys(&bytes);
        for text in [pem, STANDARD.encode(der)] {
            for key in [text.clone(), format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----")] {
                let list = json!({ "public_keys": [{ "key_identifier": "a", "key": key }] });
                let _ = read_keys(list.to_string().as_bytes());
            }
        }
    }

    #[test]
    fn no_report_panics(token in "\\PC{0,100}", kind in "\\PC{0,200}", url in "\\PC{0,600}") {
        for item in [json!({ "token": token, "type": kind, "url": url }), json!({ "token": [token], "type": 7, "url": null })] {
            for find in read_report(&json!([item])).into_iter().flatten() {
                let leak = Leak::reported(LeakSource::GitHub, find.url.as_deref(), Timestamp::from_millis(0));
                prop_assert!(leak.url.is_none_or(|url| url.len() <= 500));
                let _ = feedback(&find, true);
            }
        }
    }
}
