//! Seals the audit log, every minute, and signs the last seals of the day. What is sealed and signed is decided in
//! `claviger_core::audit`; the signature is the platform's.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use claviger_core::{
    audit::{SALT_BYTES, Tip, check::Keys, hex},
    time::Timestamp,
    wire::audit::{Head, Seal},
};
use worker::{
    Env,
    js_sys::{JSON, Object, Promise, Reflect, Uint8Array},
    wasm_bindgen::{JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use crate::{
    error::Failure,
    store::{Database, audit::seals},
};

/// Records in one batch.
const ROUND: u32 = 500;
/// Most batches in one run: a bulk operation writes thousands of records, a log of before this was sealed many more.
const ROUNDS: usize = 10;
/// Heads in one run.
const HEADS: u32 = 50;
/// PKCS #8 (RFC 8410) of an Ed25519 key, up to its seed.
const PKCS8: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &Object,
        algorithm: &str,
        extractable: bool,
        usages: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = exportKey, catch)]
    fn export_key(format: &str, key: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = sign, catch)]
    fn subtle_sign(algorithm: &str, key: &JsValue, data: &Object) -> Result<Promise, JsValue>;
}

/// What heads are signed with.
struct Signer {
    key: JsValue,
    /// In base64url.
    public_key: String,
}

/// Seals what has no seal yet, oldest first, and signs what is due. Two runs at once do no harm: the second one's seals are
/// refused, and it leaves the rest to the first.
///
/// # Errors
/// 503; 500 for a signing key that is none.
pub async fn seal(env: &Env, now: Timestamp) -> Result<(), Failure> {
    let database = Database::of(env)?;
    match seal_all(&database).await {
        Ok(true) => {}
        Ok(false) => return Ok(()),
        Err(failure) if failure.is_conflict() => return Ok(()),
        Err(failure) => return Err(failure),
    }
    match sign_due(env, &database, now).await {
        Err(failure) if failure.is_conflict() => Ok(()),
        done => done,
    }
}

/// Whether nothing is left without a seal.
async fn seal_all(database: &Database) -> Result<bool, Failure> {
    for _ in 0..ROUNDS {
        let (records, tips) = seals::unsealed(database, ROUND).await?;
        let mut tips: BTreeMap<i64, Tip> = tips.into_iter().collect();
        let mut added: Vec<(i64, Seal, String)> = Vec::with_capacity(records.len());
        for record in &records {
            let tip = tips.entry(record.organization_id).or_insert_with(Tip::start);
            let salt = salt()?;
            let seal = tip.seal(record, &salt);
            *tip = Tip::from(&seal);
            added.push((record.organization_id, seal, salt));
        }
        if !added.is_empty() {
            seals::add(database, &added).await?;
        }
        if u32::try_from(records.len()).is_ok_and(|read| read < ROUND) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn salt() -> Result<String, Failure> {
    let mut bytes = [0_u8; SALT_BYTES];
    getrandom::fill(&mut bytes).map_err(Failure::internal)?;
    Ok(hex(&bytes))
}

async fn sign_due(env: &Env, database: &Database, now: Timestamp) -> Result<(), Failure> {
    let due = seals::due(database, now, HEADS).await?;
    if due.is_empty() {
        return Ok(());
    }
    let Some(signer) = signer(env).await? else {
        return Ok(());
    };
    let mut heads = Vec::with_capacity(due.len());
    for (organization_id, tip) in due {
        let mut head = Head {
            organization_id,
            position: tip.position,
            audit_id: tip.audit_id,
            hash: tip.hash,
            signed_at: now,
            public_key: signer.public_key.clone(),
            signature: String::new(),
        };
        head.signature = signer.sign(&head.message()).await.map_err(broken)?;
        heads.push(head);
    }
    seals::keep(database, &heads).await
}

/// The keys that heads are signed with, and were before, for who checks them.
///
/// # Errors
/// 500 for one that is none.
pub async fn keys(env: &Env) -> Result<Keys, Failure> {
    let current = signer(env).await?.map(|signer| signer.public_key);
    let named = env.var("AUDIT_FORMER_KEYS").map(|var| var.to_string()).unwrap_or_default();
    let former = Keys::read_former(&named)
        .ok_or_else(|| Failure::internal("AUDIT_FORMER_KEYS is no list of public keys of 32 bytes in base64url"))?;
    Ok(Keys { current, former })
}

async fn signer(env: &Env) -> Result<Option<Signer>, Failure> {
    let Ok(secret) = env.secret("AUDIT_SIGNING_KEY") else {
        return Ok(None);
    };
    let seed = URL_SAFE_NO_PAD.decode(secret.to_string()).ok().filter(|seed| seed.len() == 32);
    let seed = seed.ok_or_else(|| Failure::internal("AUDIT_SIGNING_KEY is not 32 bytes in base64url"))?;
    Signer::of(&seed).await.map(Some).map_err(broken)
}

impl Signer {
    async fn of(seed: &[u8]) -> Result<Self, JsValue> {
        let pkcs8 = Uint8Array::from([&PKCS8, seed].concat().as_slice());
        let usages = JSON::parse(r#"["sign"]"#)?;
        // Extractable, for that is how one learns the public key of a private one.
        let key = JsFuture::from(import_key("pkcs8", &pkcs8, "Ed25519", true, &usages)?).await?;
        let jwk = JsFuture::from(export_key("jwk", &key)?).await?;
        let public_key = Reflect::get(&jwk, &"x".into())?.as_string().ok_or("no public key in it")?;
        Ok(Self { key, public_key })
    }

    async fn sign(&self, message: &str) -> Result<String, JsValue> {
        let message = Uint8Array::from(message.as_bytes());
        let signature = JsFuture::from(subtle_sign("Ed25519", &self.key, &message)?).await?;
        Ok(URL_SAFE_NO_PAD.encode(Uint8Array::new(&signature).to_vec()))
    }
}

/// What WebCrypto says of a key tells nothing of it.
fn broken(error: JsValue) -> Failure {
    Failure::internal(format!("WebCrypto: {error:?}"))
}
