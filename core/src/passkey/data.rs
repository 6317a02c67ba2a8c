//! What an authenticator signs, and what the browser says about the ceremony.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Flaw, RelyingParty, cbor::Reader, key::PublicKey};

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

/// The longest credential id (WebAuthn Level 3, 4).
const LONGEST_ID: usize = 1_023;

/// Authenticator data (WebAuthn Level 3, 6.1).
pub struct AuthenticatorData {
    party: [u8; 32],
    flags: u8,
    /// How often it has signed; 0 where it does not count.
    pub sign_count: u32,
    /// The credential that was made.
    pub credential: Option<(Vec<u8>, PublicKey)>,
}

impl AuthenticatorData {
    /// Reads all of `bytes`.
    pub fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let mut reader = Reader::new(bytes);
        let party = reader.array()?;
        let [flags] = reader.array()?;
        let sign_count = u32::from_be_bytes(reader.array()?);
        let mut credential = None;
        if flags & ATTESTED != 0 {
            let _model: [u8; 16] = reader.array()?;
            let length = usize::from(u16::from_be_bytes(reader.array()?));
            if length == 0 || length > LONGEST_ID {
                return Err(Flaw::Malformed);
            }
            let id = reader.take(length)?.to_vec();
            credential = Some((id, PublicKey::read(&mut reader)?));
        }
        if flags & EXTENSIONS != 0 {
            reader.skip()?;
        }
        if reader.rest().is_empty() { Ok(Self { party, flags, sign_count, credential }) } else { Err(Flaw::Trailing) }
    }

    /// The checks that both ceremonies share, in the order of WebAuthn Level 3, 7.1 and 7.2.
    pub fn check(&self, party: &RelyingParty<'_>) -> Result<(), Flaw> {
        let own: [u8; 32] = Sha256::digest(party.id.as_bytes()).into();
        if self.party != own {
            Err(Flaw::Party)
        } else if self.flags & USER_PRESENT == 0 {
            Err(Flaw::NotPresent)
        } else if self.flags & USER_VERIFIED == 0 {
            Err(Flaw::NotVerified)
        } else if self.backed_up() && !self.backup_eligible() {
            Err(Flaw::Backup)
        } else {
            Ok(())
        }
    }

    /// Whether it can be copied to other devices.
    pub const fn backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    /// Whether it has been.
    pub const fn backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

/// The authenticator data in an attestation object. The statement is passed over: none is asked for, so that none is trusted.
pub fn attested(object: &[u8]) -> Result<AuthenticatorData, Flaw> {
    let mut reader = Reader::new(object);
    let mut data = None;
    for _ in 0..reader.map()? {
        if reader.text()? == "authData" {
            if data.replace(reader.bytes()?).is_some() {
                return Err(Flaw::Malformed);
            }
        } else {
            reader.skip()?;
        }
    }
    if !reader.rest().is_empty() {
        return Err(Flaw::Trailing);
    }
    AuthenticatorData::read(data.ok_or(Flaw::Malformed)?)
}

/// Checks the client data (WebAuthn Level 3, 5.8.1).
pub fn check_client(client_data: &[u8], kind: &str, challenge: &str, party: &RelyingParty<'_>) -> Result<(), Flaw> {
    let data = object(client_data)?;
    let says = |name: &str| data.get(name).and_then(Value::as_str);
    if says("type") != Some(kind) {
        Err(Flaw::Kind)
    } else if says("challenge") != Some(challenge) {
        Err(Flaw::Challenge)
    } else if !says("origin").is_some_and(|origin| party.origins.contains(&origin)) {
        Err(Flaw::Origin)
    } else if !matches!(data.get("crossOrigin"), None | Some(Value::Bool(false))) || data.get("topOrigin").is_some() {
        Err(Flaw::CrossOrigin)
    } else {
        Ok(())
    }
}

/// The challenge that client data says it answers: whether it was given out is for the caller to find out.
///
/// # Errors
/// [`Flaw::Malformed`] when there is none.
pub fn challenge(client_data: &[u8]) -> Result<String, Flaw> {
    let mut data = object(client_data)?;
    match data.remove("challenge") {
        Some(Value::String(challenge)) => Ok(challenge),
        _ => Err(Flaw::Malformed),
    }
}

fn object(client_data: &[u8]) -> Result<serde_json::Map<String, Value>, Flaw> {
    match serde_json::from_slice(client_data) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Flaw::Malformed),
    }
}
