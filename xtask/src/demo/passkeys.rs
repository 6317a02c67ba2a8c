//! The demo's passkeys.

use std::fmt::Write;

use claviger_core::time::DAY;
use serde_json::json;

use super::sql::insert;

struct Passkey {
    /// Whose, by id.
    user: i64,
    name: &'static str,
    credential_id: &'static str,
    host: &'static str,
    /// How many days ago it was registered, and last used.
    days: (i64, i64),
}

/// That of the owner whose key is printed is of a host where the console was before: one of this host they would be asked for.
const PASSKEYS: [Passkey; 2] = [
    Passkey { user: 3, name: "Laptop", credential_id: "B-cY9jUqAgIir0zMJ4S4A1l8VGM", host: "localhost", days: (40, 1) },
    Passkey {
        user: 1,
        name: "Office key",
        credential_id: "kM3o0cVYwVw0n2pXzJ1h8m3eT7Q",
        host: "old-console.halvorsen.example",
        days: (190, 61),
    },
];

/// Their public key; nobody has the private one.
const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"M8HX6c_Scl_T1EQCSh-Il8vXRkiTKQrsVyfpXhlX49o","y":"pGsUdM4QptxU_FV8K_XESWiISyP_4M2QGOvOv1GiR90"}"#;

/// Adds them, each registered in a session that its person's first key had opened.
pub fn add(sql: &mut String, now: i64) {
    for passkey in &PASSKEYS {
        insert(
            sql,
            "passkeys (user_id, credential_id, algorithm, public_key, sign_count, backup_eligible, backed_up, transports, name, \
             rp_id, origin, created_at, last_used_at)",
            &[
                json!(passkey.user),
                json!(passkey.credential_id),
                json!(-7),
                json!(KEY),
                json!(0),
                json!(1),
                json!(1),
                json!(r#"["internal"]"#),
                json!(passkey.name),
                json!(passkey.host),
                json!("key"),
                json!(now - passkey.days.0 * DAY),
                json!(now - passkey.days.1 * DAY),
            ],
        );
    }
    let _ = writeln!(
        sql,
        "UPDATE passkeys SET (origin_name, origin_hint, origin_key_id) = (SELECT k.name, s.hint, k.id FROM api_keys k \
         JOIN secrets s ON s.key_id = k.id WHERE k.user_id = passkeys.user_id ORDER BY k.id, s.created_at LIMIT 1);"
    );
}
