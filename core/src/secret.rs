//! The secret of an API key: how it is made, recognized, hashed and shortened.
//!
//! `[<organization prefix>_]clv_<43 base62 characters><6 base62 characters>`: 43 characters carry 256 bits from the
//! system's random source, the last six the CRC-32 of everything before them. The checksum lets anyone tell a mistyped key
//! from an unknown one without a look-up, and keeps scanners from crying wolf; it is no protection against forgery, the
//! 256 bits are.
//!
//! Only the SHA-256 of the whole text is stored. A slow hash would add nothing: nobody guesses 256 bits
//! (OWASP ASVS 5.0, 6.5.2).

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The fixed marker of every secret, which scanners match.
pub const MARKER: &str = "clv_";
/// Characters of randomness behind the marker: 62^43 > 2^256.
pub const RANDOM_LENGTH: usize = 43;
/// Characters of checksum at the end: 62^6 > 2^32.
pub const CHECKSUM_LENGTH: usize = 6;

/// Bytes of a secret that another system has made.
pub const IMPORTED_LENGTH: std::ops::RangeInclusive<usize> = 16..=512;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Why a text is not a secret. Says what is wrong and never what was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotASecret {
    /// There is no `clv_` with a fitting prefix before it, or the length or an alphabet is wrong.
    Malformed,
    /// The form is right and the checksum is not: mistyped, cut or invented.
    WrongChecksum,
}

impl fmt::Display for NotASecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a Claviger key",
            Self::WrongChecksum => "a Claviger key with a typing error: its checksum does not fit",
        })
    }
}

/// An organization's own text before the marker: 2 to 12 of `a-z0-9`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrganizationPrefix(String);

impl OrganizationPrefix {
    /// `None` when the text is not 2 to 12 lower-case letters and digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (2..=12).contains(&text.len()) && text.bytes().all(is_prefix_character);
        fits.then(|| Self(text.to_owned()))
    }

    /// The prefix without its underscore.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A well-formed secret. Wiped from memory when dropped, never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Makes a new secret from `random`, which fills the buffer it is given with bytes of the system's random source.
    ///
    /// Characters are unbiased: of each byte six bits are taken, and the two of 64 values that are not in the alphabet
    /// are thrown away.
    ///
    /// # Errors
    /// Whatever `random` answers when it cannot deliver.
    pub fn mint<E>(
        prefix: Option<&OrganizationPrefix>,
        mut random: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut text = Zeroizing::new(String::with_capacity(80));
        if let Some(prefix) = prefix {
            text.push_str(prefix.as_str());
            text.push('_');
        }
        text.push_str(MARKER);
        let mut missing = RANDOM_LENGTH;
        while missing > 0 {
            let mut bytes = Zeroizing::new([0_u8; 64]);
            random(bytes.as_mut_slice())?;
            let characters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 0x3f)));
            for character in characters.take(missing) {
                text.push(char::from(*character));
                missing -= 1;
            }
        }
        let sum = checksum(text.as_bytes());
        text.extend(sum.map(char::from));
        Ok(Self(text))
    }

    /// Reads a secret; the text must be nothing but the secret.
    ///
    /// # Errors
    /// [`NotASecret`], without any I/O: most garbage ends here.
    pub fn parse(text: &str) -> Result<Self, NotASecret> {
        let tail = MARKER.len() + RANDOM_LENGTH + CHECKSUM_LENGTH;
        let start = text.len().checked_sub(tail).ok_or(NotASecret::Malformed)?;
        let (prefix, body) = text.split_at_checked(start).ok_or(NotASecret::Malformed)?;
        let body = body.strip_prefix(MARKER).ok_or(NotASecret::Malformed)?;
        let prefix_fits = prefix.is_empty() || prefix.strip_suffix('_').and_then(OrganizationPrefix::parse).is_some();
        if !prefix_fits || !body.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NotASecret::Malformed);
        }
        let (covered, sum) = text.split_at(text.len() - CHECKSUM_LENGTH);
        if sum.as_bytes() != checksum(covered.as_bytes()) {
            return Err(NotASecret::WrongChecksum);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The whole text. Called where a secret is handed to its owner, and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored instead of the secret.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The shortened form that is shown everywhere else.
    #[must_use]
    pub fn hint(&self) -> Hint {
        let text = self.0.as_str();
        let start = text.len().saturating_sub(RANDOM_LENGTH + CHECKSUM_LENGTH);
        let (head, body) = text.split_at_checked(start).unwrap_or(("", text));
        let first = body.get(..4).unwrap_or_default();
        let last = body.get(body.len().saturating_sub(4)..).unwrap_or_default();
        Hint(format!("{head}{first}…{last}"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The hashes under which a presented text may be stored: as a secret of ours, and as one that `importer` has imported, the
/// verifier's organization if it ever imported any. None for what can be neither: text with our marker must pass its checksum;
/// any other must be printable and have 16 to 512 bytes.
#[must_use]
pub fn hashes_of_presented(text: &str, importer: Option<i64>) -> Vec<SecretHash> {
    let own = Secret::parse(text).map(|secret| secret.hash());
    let Some(importer) = importer else { return own.into_iter().collect() };
    match own {
        Ok(hash) => vec![hash, hash.imported_by(importer)],
        Err(_) if text.contains(MARKER) || !IMPORTED_LENGTH.contains(&text.len()) => Vec::new(),
        Err(_) if text.chars().any(|character| character.is_control() || character.is_whitespace()) => Vec::new(),
        Err(_) => vec![SecretHash::of(text).imported_by(importer)],
    }
}

/// The first well-formed secret inside a longer text, if there is one: what must not be stored as a name, a description, a
/// metadata value or a query parameter.
#[must_use]
pub fn find_secret(text: &str) -> Option<&str> {
    text.match_indices(MARKER).find_map(|(marker, _)| {
        let end = marker + MARKER.len() + RANDOM_LENGTH + CHECKSUM_LENGTH;
        // The prefix belongs to the checksum, so each place where it may begin is tried: at most 13.
        let before = text.get(..marker)?.as_bytes();
        let prefix = match before.split_last() {
            Some((b'_', rest)) => rest.iter().rev().take_while(|byte| is_prefix_character(**byte)).count().min(12) + 1,
            _ => 0,
        };
        (0..=prefix).find_map(|length| {
            let candidate = text.get(marker - length..end)?;
            Secret::parse(candidate).ok().map(|_| candidate)
        })
    })
}

/// SHA-256 of a secret's whole text: what is stored and looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of any text, secret or not: for imported keys and session tokens, whose form is not ours.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The hash itself, from where it was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits, in either case.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() || pairs.len() != 32 {
            return None;
        }
        let mut bytes = [0_u8; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digit = |character: &u8| char::from(*character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            *byte = digit(high)? << 4 | digit(low)?;
        }
        Some(Self(bytes))
    }

    /// Under which an imported secret's hash is stored and looked up: bound to its organization, so that it is unique in and
    /// found by that organization only, whoever else has imported the same, and can never sign in.
    #[must_use]
    pub fn imported_by(self, organization_id: i64) -> Self {
        Self::of(&format!("imported:{organization_id}:{}", self.to_hex()))
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        use fmt::Write;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Whether two hashes are equal, in a time that does not depend on where they differ.
    #[must_use]
    pub fn matches(self, other: Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.0.as_slice(), other.0.as_slice()).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(redacted)")
    }
}

/// What is shown instead of a secret: its prefix, the first four and the last four characters, such as `clv_4fGh…9aZ1`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hint(String);

impl Hint {
    /// The hint as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the hint of one of our secrets; three dots do for the ellipsis. `None` for anything else: what shows more of
    /// a secret than a hint does is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.replace("...", "…");
        let (prefix, body) = text.split_once(MARKER)?;
        let prefix_fits = prefix.is_empty() || prefix.strip_suffix('_').and_then(OrganizationPrefix::parse).is_some();
        let (first, last) = body.split_once('…')?;
        let four = |end: &str| end.len() == 4 && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (prefix_fits && four(first) && four(last)).then_some(Self(text))
    }

    /// A hint read back from the store.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Hint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

const fn is_prefix_character(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// CRC-32 (IEEE), bit by bit: a text of 60 bytes needs no faster one, and a table driven crate's tables are 16 KB that do
/// not compress, a twelfth of the console's download.
fn crc32(bytes: &[u8]) -> u32 {
    let bit = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), bit))
}

/// CRC-32 (IEEE) as six base62 digits, most significant first.
fn checksum(covered: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = crc32(covered) as usize;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        if let Some(character) = ALPHABET.get(rest % ALPHABET.len()) {
            *digit = *character;
        }
        rest /= ALPHABET.len();
    }
    digits
}

#[cfg(test)]
mod tests;
