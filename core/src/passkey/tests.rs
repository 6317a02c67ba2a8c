//! The test vectors of WebAuthn Level 3 (`vectors.json`, from its section "Test Vectors"), and tampered copies of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;

use super::*;

pub(super) const PARTY: RelyingParty<'_> = RelyingParty { id: "example.org", origins: &["https://example.org"] };

/// One passkey, made and used.
#[derive(Clone)]
pub(super) struct Vector {
    name: String,
    pub challenges: [String; 2],
    pub client_data: [Vec<u8>; 2],
    pub attestation_object: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
}

pub(super) fn vectors() -> Vec<Vector> {
    let all: Vec<Value> = serde_json::from_str(include_str!("vectors.json")).unwrap();
    let vector = |vector: &Value| {
        let bytes = |part: &str, name: &str| {
            let text = vector[part][name].as_str().unwrap().as_bytes();
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            text.chunks(2).map(byte).collect::<Vec<u8>>()
        };
        Vector {
            name: vector["name"].as_str().unwrap().to_owned(),
            challenges: ["made", "used"].map(|part| URL_SAFE_NO_PAD.encode(bytes(part, "challenge"))),
            client_data: ["made", "used"].map(|part| bytes(part, "clientDataJSON")),
            attestation_object: bytes("made", "attestationObject"),
            authenticator_data: bytes("used", "authenticatorData"),
            signature: bytes("used", "signature"),
        }
    };
    all.iter().map(vector).collect()
}

/// A vector whose two ceremonies both pass.
pub(super) fn good() -> Vector {
    vectors().into_iter().find(|vector| vector.name == "packed-es256").unwrap()
}

impl Vector {
    pub fn made(&self) -> Result<Registered, Flaw> {
        register(&PARTY, &self.challenges[0], &self.client_data[0], &self.attestation_object)
    }

    pub fn used(&self, known: Known) -> Result<Assertion, Flaw> {
        let client_data = &self.client_data[1];
        assert(&PARTY, &self.challenges[1], known, client_data, &self.authenticator_data, &self.signature)
    }

    fn known(&self) -> Result<(PublicKey, Known), Flaw> {
        let data = attested(&self.attestation_object)?;
        let known = |algorithm| Known { algorithm, sign_count: 0, backup_eligible: data.backup_eligible() };
        let (_, key) = data.credential.clone().unwrap();
        let known = known(key.algorithm);
        Ok((key, known))
    }

    fn says(&self, ceremony: usize, name: &str, value: impl Into<Value>) -> Self {
        let mut data: Value = serde_json::from_slice(&self.client_data[ceremony]).unwrap();
        data[name] = value.into();
        let mut changed = self.clone();
        changed.client_data[ceremony] = data.to_string().into_bytes();
        changed
    }
}

fn is_signed(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key.jwk[name].as_str().unwrap()).unwrap();
    match key.algorithm {
        Algorithm::EdDsa => UnparsedPublicKey::new(&ED25519, part("x")).verify(message, signature).is_ok(),
        Algorithm::Es256 => {
            let point = [&[4][..], &part("x"), &part("y")].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
        }
        Algorithm::Rs256 => RsaPublicKeyComponents { n: part("n"), e: part("e") }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok(),
    }
}

#[test]
fn each_vector_passes_or_is_refused_for_what_the_specification_says_about_it() {
    use Flaw::{Algorithm, CrossOrigin, NotVerified};
    let outcomes: Vec<_> = vectors()
        .iter()
        .map(|vector| {
            let used = vector.known().and_then(|(_, known)| vector.used(known));
            (vector.name.clone(), vector.made().err(), used.err())
        })
        .collect();
    let expected = [
        ("none-es256", Some(NotVerified), Some(NotVerified)),
        ("packed-self-es256", None, Some(NotVerified)),
        ("none-es256-crossOrigin", Some(CrossOrigin), Some(CrossOrigin)),
        ("none-es256-topOrigin", Some(CrossOrigin), Some(CrossOrigin)),
        ("none-es256-long-credential-id", Some(NotVerified), None),
        ("packed-es256", None, None),
        ("packed-es384", Some(Algorithm), Some(Algorithm)),
        ("packed-es512", Some(Algorithm), Some(Algorithm)),
        ("packed-rs256", None, Some(NotVerified)),
        ("packed-eddsa", Some(NotVerified), Some(NotVerified)),
        ("packed-ed448", Some(Algorithm), Some(Algorithm)),
        ("tpm-es256", None, None),
        ("android-key-es256", None, Some(NotVerified)),
        ("apple-es256", Some(NotVerified), Some(NotVerified)),
        ("fido-u2f-es256", Some(NotVerified), Some(NotVerified)),
    ];
    assert_eq!(outcomes, expected.map(|(name, made, used)| (name.to_owned(), made, used)));
}

/// Also of those that do not verify their user: the signature does not depend on it.
#[test]
fn the_signature_of_every_vector_is_good_and_any_other_is_not() {
    let mut checked = [0; 3];
    for vector in vectors() {
        let Ok((key, _)) = vector.known() else { continue };
        let message = signed(&vector.authenticator_data, &vector.client_data[1]);
        let signature = plain_signature(key.algorithm, &vector.signature).unwrap();
        assert!(is_signed(&key, &message, &signature), "{}", vector.name);
        for place in [0, signature.len() / 2, signature.len() - 1] {
            let mut wrong = signature.clone();
            wrong[place] ^= 1;
            assert!(!is_signed(&key, &message, &wrong), "{} {place}", vector.name);
        }
        let mut other = message.clone();
        other[33] ^= 1;
        assert!(!is_signed(&key, &other, &signature), "{}", vector.name);
        checked[Algorithm::ALL.iter().position(|algorithm| *algorithm == key.algorithm).unwrap()] += 1;
    }
    assert_eq!(checked, [1, 10, 1]);
}

#[test]
fn what_a_ceremony_gives_is_what_was_sent() {
    let vector = good();
    let made = vector.made().unwrap();
    assert_eq!((made.sign_count, made.backup_eligible, made.backed_up), (0, true, false));
    let (key, known) = vector.known().unwrap();
    assert_eq!(made.key, key);
    let used = vector.used(known).unwrap();
    assert!(is_signed(&key, &used.signed, &used.signature));
    assert_eq!(challenge(&vector.client_data[1]).as_ref(), Ok(&vector.challenges[1]));
    let long = vectors().into_iter().find(|vector| vector.name.contains("long")).unwrap();
    assert_eq!(attested(&long.attestation_object).unwrap().credential.unwrap().0.len(), 1_023);
}

#[test]
fn a_tampered_registration_is_refused_with_its_own_reason() {
    let vector = good();
    // Where the authenticator data begins: behind the hash of the relying party's id.
    let hash = Sha256::digest(b"example.org");
    let start = vector.attestation_object.windows(32).position(|window| *window == *hash).unwrap();
    let with = |place: usize, change: fn(u8) -> u8| {
        let mut changed = vector.clone();
        changed.attestation_object[place] = change(changed.attestation_object[place]);
        changed
    };
    let flags = start + 32;
    let mut longer = vector.clone();
    longer.attestation_object.push(0);
    let mut shorter = vector.clone();
    shorter.attestation_object.pop();
    for (what, changed, flaw) in [
        ("kind", vector.says(0, "type", "webauthn.get"), Flaw::Kind),
        ("challenge", vector.says(0, "challenge", "AAAA"), Flaw::Challenge),
        ("padded challenge", vector.says(0, "challenge", format!("{}=", vector.challenges[0])), Flaw::Challenge),
        ("origin", vector.says(0, "origin", "https://example.org.evil.example"), Flaw::Origin),
        ("port", vector.says(0, "origin", "https://example.org:444"), Flaw::Origin),
        ("scheme", vector.says(0, "origin", "http://example.org"), Flaw::Origin),
        ("no origin", vector.says(0, "origin", Value::Null), Flaw::Origin),
        ("cross origin", vector.says(0, "crossOrigin", true), Flaw::CrossOrigin),
        ("cross origin in words", vector.says(0, "crossOrigin", "false"), Flaw::CrossOrigin),
        ("top origin", vector.says(0, "topOrigin", "https://example.org"), Flaw::CrossOrigin),
        ("relying party", with(start, |byte| byte ^ 1), Flaw::Party),
        ("absent", with(flags, |byte| byte & !1), Flaw::NotPresent),
        ("not verified", with(flags, |byte| byte & !4), Flaw::NotVerified),
        ("backed up, not eligible", with(flags, |byte| byte & !8 | 16), Flaw::Backup),
        ("no credential", with(flags, |byte| byte & !64), Flaw::Trailing),
        ("extensions announced", with(flags, |byte| byte | 128), Flaw::Truncated),
        ("trailing", longer, Flaw::Trailing),
        ("truncated", shorter, Flaw::Truncated),
    ] {
        assert_eq!(changed.made().err(), Some(flaw), "{what}");
    }
}

#[test]
fn a_tampered_use_is_refused_with_its_own_reason() {
    let vector = good();
    let (key, known) = vector.known().unwrap();
    let with = |place: usize, change: fn(u8) -> u8| {
        let mut changed = vector.clone();
        changed.authenticator_data[place] = change(changed.authenticator_data[place]);
        changed
    };
    let cut = |length: usize| {
        let mut changed = vector.clone();
        changed.authenticator_data.truncate(length);
        changed
    };
    let mut longer = vector.clone();
    longer.authenticator_data.push(0);
    for (what, changed, flaw) in [
        ("kind", vector.says(1, "type", "webauthn.create"), Flaw::Kind),
        ("challenge", vector.says(1, "challenge", vector.challenges[0].as_str()), Flaw::Challenge),
        ("origin", vector.says(1, "origin", "https://www.example.org"), Flaw::Origin),
        ("cross origin", vector.says(1, "crossOrigin", true), Flaw::CrossOrigin),
        ("relying party", with(31, |byte| byte ^ 128), Flaw::Party),
        ("absent", with(32, |byte| byte & !1), Flaw::NotPresent),
        ("not verified", with(32, |byte| byte & !4), Flaw::NotVerified),
        ("backed up, not eligible", with(32, |byte| byte & !8 | 16), Flaw::Backup),
        ("no longer eligible", with(32, |byte| byte & !8), Flaw::Backup),
        ("truncated", cut(36), Flaw::Truncated),
        ("empty", cut(0), Flaw::Truncated),
        ("trailing", longer, Flaw::Trailing),
    ] {
        assert_eq!(changed.used(known).err(), Some(flaw), "{what}");
    }
    // What no check sees, the signature does.
    let other = vector.says(1, "extraData", "other").used(known).unwrap();
    assert!(!is_signed(&key, &other.signed, &other.signature));
}

#[test]
fn a_counter_that_does_not_grow_is_a_copy() {
    let vector = good();
    let (_, known) = vector.known().unwrap();
    for (before, now, verdict) in
        [(0, 0, true), (0, 1, true), (1, 2, true), (1, 1, false), (2, 1, false), (1, 0, false)]
    {
        let mut changed = vector.clone();
        changed.authenticator_data[33..37].copy_from_slice(&u32::to_be_bytes(now));
        let used = changed.used(Known { sign_count: before, ..known }).unwrap();
        assert_eq!((used.check_counter().is_ok(), used.sign_count), (verdict, now), "{before} {now}");
    }
}

#[test]
fn only_the_der_of_two_numbers_is_an_ecdsa_signature() {
    let plain = |bytes: &[u8]| plain_signature(Algorithm::Es256, bytes);
    let one_and_two = plain(&[0x30, 6, 2, 1, 1, 2, 1, 2]).unwrap();
    assert_eq!((one_and_two.len(), one_and_two[31], one_and_two[63]), (64, 1, 2));
    let long = [&[0x30, 38, 2, 33, 0][..], &[0xff; 32], &[2, 1, 1]].concat();
    assert_eq!(plain(&long).unwrap()[..32], [0xff; 32]);
    let too_long = [&[0x30, 38, 2, 33][..], &[0x7f; 33], &[2, 1, 1]].concat();
    for wrong in [
        &[][..],
        &[0x30, 6, 2, 1, 1, 2, 1],
        &[0x30, 6, 2, 1, 1, 2, 1, 2, 0],
        &[0x30, 7, 2, 1, 1, 2, 1, 2, 0],
        &[0x31, 6, 2, 1, 1, 2, 1, 2],
        &[0x30, 6, 3, 1, 1, 2, 1, 2],
        &[0x30, 6, 2, 1, 0x80, 2, 1, 2],
        &[0x30, 7, 2, 2, 0, 1, 2, 1, 2],
        &[0x30, 6, 2, 1, 0, 2, 1, 2],
        &[0x30, 5, 2, 0, 2, 1, 2],
        &[1; 64],
        &too_long,
    ] {
        assert_eq!(plain(wrong), Err(Flaw::Signature), "{wrong:x?}");
    }
}

#[test]
fn a_passkey_is_asked_for_again_after_15_minutes() {
    let now = Timestamp::from_millis(1_795_000_000_000);
    let ago = |minutes: i64| Some(now.plus(-minutes * MINUTE));
    for (passkeys, verified_at, due) in [
        (0, None, false),
        (0, ago(60), false),
        (1, None, true),
        (1, ago(0), false),
        (1, ago(14), false),
        (1, ago(15), true),
        (3, ago(16), true),
    ] {
        assert_eq!(step_up_due(passkeys, verified_at, now), due, "{passkeys} {verified_at:?}");
    }
}
