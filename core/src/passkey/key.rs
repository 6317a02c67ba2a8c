//! Public keys as authenticators tell them (COSE, RFC 9053) and as WebCrypto takes them (JWK, RFC 7517), and signatures
//! likewise.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

use super::{
    Flaw,
    cbor::{Reader, Value},
};

/// How a passkey signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256: Windows Hello on older machines.
    Rs256,
}

impl Algorithm {
    /// Those that are asked for, the preferred one first.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// Its number in the registry of COSE algorithms.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
            Self::Rs256 => -257,
        }
    }
}

impl TryFrom<i64> for Algorithm {
    type Error = Flaw;

    fn try_from(number: i64) -> Result<Self, Flaw> {
        Self::ALL.into_iter().find(|algorithm| algorithm.number() == number).ok_or(Flaw::Algorithm)
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicKey {
    /// How it signs.
    pub algorithm: Algorithm,
    /// The key, for `SubtleCrypto.importKey`. Whether it is a point of its curve is found out there.
    pub jwk: Json,
}

/// Smallest and largest RSA modulus, in bytes: 2,048 to 8,192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1_024;

impl PublicKey {
    /// Reads a COSE key.
    ///
    /// # Errors
    /// [`Flaw::Algorithm`] for one that was not asked for, [`Flaw::Key`] for a key that does not fit it, and what the CBOR
    /// reader refuses.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Flaw> {
        let (mut kind, mut number) = (None, None);
        // Parameters -1, -2 and -3: their meaning depends on the key's type.
        let mut own = [None; 3];
        for _ in 0..reader.map()? {
            let (label, value) = (reader.int()?, reader.value()?);
            let place = match label {
                1 => &mut kind,
                3 => &mut number,
                -1 => &mut own[0],
                -2 => &mut own[1],
                -3 => &mut own[2],
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Flaw::Malformed);
            }
        }
        let Some(Value::Int(number)) = number else {
            return Err(Flaw::Key);
        };
        let algorithm = Algorithm::try_from(number)?;
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = match (algorithm, kind, own) {
            (Algorithm::EdDsa, Some(Value::Int(1)), [Some(Value::Int(6)), Some(Value::Bytes(x)), None])
                if x.len() == 32 =>
            {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": text(x) })
            }
            (
                Algorithm::Es256,
                Some(Value::Int(2)),
                [Some(Value::Int(1)), Some(Value::Bytes(x)), Some(Value::Bytes(y))],
            ) if x.len() == 32 && y.len() == 32 => json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) }),
            (Algorithm::Rs256, Some(Value::Int(3)), [Some(Value::Bytes(n)), Some(Value::Bytes(e)), None])
                if MODULUS.contains(&n.len()) && (1..=8).contains(&e.len()) =>
            {
                json!({ "kty": "RSA", "n": text(n), "e": text(e) })
            }
            _ => return Err(Flaw::Key),
        };
        Ok(Self { algorithm, jwk })
    }
}

/// A signature as WebCrypto takes it: ECDSA's is DER from an authenticator, and two numbers of 32 bytes there. WebCrypto
/// answers `false` to DER without a word.
///
/// # Errors
/// [`Flaw::Signature`] for what is not the DER of two such numbers.
pub fn plain_signature(algorithm: Algorithm, signature: &[u8]) -> Result<Vec<u8>, Flaw> {
    if algorithm != Algorithm::Es256 {
        return Ok(signature.to_vec());
    }
    let mut reader = Reader::new(signature);
    let [sequence, length] = reader.array().map_err(|_| Flaw::Signature)?;
    if sequence != 0x30 || usize::from(length) != reader.rest().len() {
        return Err(Flaw::Signature);
    }
    let mut plain = number(&mut reader)?.to_vec();
    plain.extend(number(&mut reader)?);
    if reader.rest().is_empty() { Ok(plain) } else { Err(Flaw::Signature) }
}

/// A positive INTEGER, the shortest way it can be written.
fn number(reader: &mut Reader<'_>) -> Result<[u8; 32], Flaw> {
    let [tag, length] = reader.array().map_err(|_| Flaw::Signature)?;
    let bytes = reader.take(length.into()).map_err(|_| Flaw::Signature)?;
    let digits = match bytes {
        [0, second, ..] if *second >= 0x80 => bytes.get(1..).unwrap_or_default(),
        [first, ..] if (1..0x80).contains(first) => bytes,
        _ => return Err(Flaw::Signature),
    };
    let mut number = [0; 32];
    let start = number.len().checked_sub(digits.len()).filter(|_| tag == 2).ok_or(Flaw::Signature)?;
    number.get_mut(start..).ok_or(Flaw::Signature)?.copy_from_slice(digits);
    Ok(number)
}
