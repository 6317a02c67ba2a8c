//! Whatever an authenticator sends: nothing panics, and every cut or changed byte is read as something or refused.

use proptest::prelude::*;
use serde_json::json;

use super::{
    tests::{PARTY, good},
    *,
};

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), challenge_text in "\\PC{0,20}") {
        let _ = register(&PARTY, &challenge_text, &bytes, &bytes);
        let _ = (attested(&bytes).is_ok(), AuthenticatorData::read(&bytes).is_ok(), challenge(&bytes));
        for algorithm in Algorithm::ALL {
            let _ = plain_signature(algorithm, &bytes);
        }
    }

    #[test]
    fn no_cut_and_no_changed_byte_panics(cut in 0_usize..300, place in 0_usize..300, value: u8) {
        let mut vector = good();
        if let Some(byte) = vector.attestation_object.get_mut(place) {
            *byte = value;
        }
        vector.attestation_object.truncate(cut.max(1));
        let known = Known { algorithm: Algorithm::Es256, sign_count: 0, backup_eligible: true };
        let _ = (vector.made(), vector.used(known));
    }

    #[test]
    fn a_cut_registration_is_never_one(cut in 1_usize..200) {
        let mut vector = good();
        let length = vector.attestation_object.len() - cut;
        vector.attestation_object.truncate(length);
        prop_assert!(vector.made().is_err());
    }

    #[test]
    fn no_body_panics(text in "\\PC{0,60}", number: i64) {
        for body in [json!({ "client_data": text, "attestation_object": number }), json!({ "name": text, "transports": [text] }), json!([text])] {
            let _ = (Made::read(&body), Answered::read(&body), Rename::read(&body));
        }
    }
}
