//! Signatures as Standard Webhooks 1.0 has them: HMAC-SHA256 (RFC 2104) with a secret that is derived (HKDF, RFC 5869) and not stored.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

const BLOCK: usize = 64;
const PURPOSE: &[u8] = b"claviger webhook signing secret";

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut padded = [0_u8; BLOCK];
    if key.len() > BLOCK {
        let short: [u8; 32] = Sha256::digest(key).into();
        padded.iter_mut().zip(short).for_each(|(place, byte)| *place = byte);
    } else {
        padded.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    }
    let mut inner = Sha256::new();
    inner.update(padded.map(|byte| byte ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(padded.map(|byte| byte ^ 0x5c));
    outer.update(inner.finalize());
    padded.zeroize();
    outer.finalize().into()
}

/// One block of output: 256 bits is what a secret has.
fn hkdf(material: &[u8], salt: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut pseudorandom = hmac(salt, &[material]);
    let mut parts = info.to_vec();
    parts.push(&[1]);
    let output = hmac(&pseudorandom, &parts);
    pseudorandom.zeroize();
    output
}

/// What the secret of a webhook is derived from, beside the Worker's own.
#[derive(Clone, Copy, Debug)]
pub struct Derivation<'a> {
    /// 128 random bits, in hexadecimal, as the row has them.
    pub salt: &'a str,
    /// Raised by each rotation.
    pub generation: i64,
}

/// The secret of a webhook. It is told once, and never stored.
pub struct SigningSecret([u8; 32]);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(redacted)")
    }
}

impl Drop for SigningSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl SigningSecret {
    /// Derives it from the Worker's secret.
    #[must_use]
    pub fn derive(worker_secret: &str, from: Derivation<'_>) -> Self {
        // Text as it is stored: of a fixed length, so that no two webhooks share a salt with another generation.
        Self(hkdf(worker_secret.as_bytes(), from.salt.as_bytes(), &[PURPOSE, &from.generation.to_be_bytes()]))
    }

    /// The text that receivers are configured with: `whsec_` and base64. For the one answer that tells it.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let code = hmac(&self.0, &[id.as_bytes(), b".", seconds.to_string().as_bytes(), b".", body.as_bytes()]);
        format!("v1,{}", STANDARD.encode(code))
    }
}

/// The header `webhook-signature`: one signature for each secret that is good at the moment.
#[must_use]
pub fn signatures(secrets: &[SigningSecret], id: &str, seconds: i64, body: &str) -> String {
    let all: Vec<String> = secrets.iter().map(|secret| secret.sign(id, seconds, body)).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let long = [0xaa; 131];
        let cases: [(&[u8], &[u8], &str); 4] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, data, code) in cases {
            assert_eq!(hmac(key, &[data]).to_vec(), bytes(code));
            let (one, two) = data.split_at(3);
            assert_eq!(hmac(key, &[one, two]).to_vec(), bytes(code), "in parts");
        }
    }

    #[test]
    fn hkdf_is_that_of_rfc_5869() {
        let material = [0x0b; 22];
        let (salt, info) = (bytes("000102030405060708090a0b0c"), bytes("f0f1f2f3f4f5f6f7f8f9"));
        // The first 32 of its 42 bytes.
        let first = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
        assert_eq!(hkdf(&material, &salt, &[&info]).to_vec(), bytes(first));
        let third = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
        assert_eq!(hkdf(&material, &[], &[]).to_vec(), bytes(third));
    }

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        // From the specification's reference libraries.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let code = hmac(&key, &[b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", body.as_bytes()]);
        assert_eq!(STANDARD.encode(code), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_differ_by_worker_salt_and_generation_and_are_never_shown_by_accident() {
        let salt = "00112233445566778899aabbccddeeff";
        let secret = |worker: &str, salt: &str, generation| {
            SigningSecret::derive(worker, Derivation { salt, generation }).expose()
        };
        let one = secret("a", salt, 1);
        assert_eq!(one, secret("a", salt, 1));
        for other in [secret("b", salt, 1), secret("a", "00112233445566778899aabbccddeefe", 1), secret("a", salt, 2)] {
            assert_ne!(one, other);
        }
        assert!(one.starts_with("whsec_"));
        assert_eq!(STANDARD.decode(&one[6..]).unwrap().len(), 32);
        let derived = SigningSecret::derive("a", Derivation { salt, generation: 1 });
        assert_eq!(format!("{derived:?}"), "SigningSecret(redacted)");
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign() {
        let both = [1, 2].map(|generation| SigningSecret::derive("a", Derivation { salt: "0", generation }));
        let header = signatures(&both, "msg_1", 1_795_000_000, "{}");
        let parts: Vec<&str> = header.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| part.starts_with("v1,") && part.len() == 47));
        assert_ne!(parts[0], parts[1]);
    }
}
