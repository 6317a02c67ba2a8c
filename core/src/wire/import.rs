//! Keys of another system, by the SHA-256 of their secrets: their holders go on using what they have.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bulk::MOST_KEYS;
use crate::{
    input::{Fields, Problem, Problems},
    key::{Belonging, Defaults, NewKey, Role},
    secret::{Hint, SecretHash, find_secret},
    time::Timestamp,
};

/// Most characters of a hint: more of a secret must not be shown.
pub const LONGEST_HINT: usize = 8;

/// One key of `POST /api_keys/import`.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedKey {
    /// Of its whole secret.
    pub sha256: SecretHash,
    /// What it is shown by.
    pub hint: Hint,
    /// Everything else; its role is `integration`.
    pub key: NewKey,
}

/// What was imported.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportDone {
    /// How many keys.
    pub imported: usize,
    /// Them, in the order of the request.
    pub api_keys: Vec<ImportedAs>,
}

/// A key that was imported.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedAs {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its hint.
    pub hint: String,
}

/// Reads `{"api_keys":[{"sha256","name",…}]}` for this organization: hashes in hexadecimal or base64.
///
/// # Errors
/// Every field that does not fit, as `api_keys[3].sha256`; a hash that is there twice.
pub fn read(body: &Value, organization_id: i64, now: Timestamp) -> Result<Vec<ImportedKey>, Problems> {
    let mut fields = Fields::bare(body)?;
    let items = fields.required("api_keys", |value| {
        let items = value.as_array().filter(|items| (1..=MOST_KEYS).contains(&items.len()));
        items.cloned().ok_or_else(|| Problem::from(format!("Must be a list of 1 to {MOST_KEYS} keys.")))
    });
    let items = fields.finish_with(items)?;
    let mut keys = Vec::with_capacity(items.len());
    let belonging = Belonging { organization_id, user_id: None };
    let mut problems = Problems::none();
    for (index, item) in items.iter().enumerate() {
        match one(item, belonging, now) {
            Ok(key) => keys.push((index, key)),
            Err(found) => problems.within(&format!("api_keys[{index}]"), found),
        }
    }
    let mut seen = std::collections::BTreeMap::new();
    for (index, key) in &keys {
        if let Some(first) = seen.insert(key.sha256, *index) {
            let twice = Problems::one("sha256", format!("Is the same as that of api_keys[{first}]."));
            problems.within(&format!("api_keys[{index}]"), twice);
        }
    }
    problems.or(keys.into_iter().map(|(_, key)| key).collect())
}

fn one(item: &Value, belonging: Belonging, now: Timestamp) -> Result<ImportedKey, Problems> {
    if !item.is_object() {
        return Err(Problems::one("", "Must be an object with sha256 and name."));
    }
    belonging.agrees(item)?;
    let mut rest = item.clone();
    let mut taken = serde_json::Map::new();
    if let Some(object) = rest.as_object_mut() {
        for name in ["sha256", "hint", "role"] {
            if let Some(value) = object.remove(name) {
                taken.insert(name.to_owned(), value);
            }
        }
        // No wrapper here: what is in one would pass by the fields above. Null, as in a key that was read, is no wrapper.
        if object.get("api_key").is_some_and(Value::is_object) {
            return Err(Problems::one("api_key", "Unknown field."));
        }
    }
    let mut fields = Fields::bare(&Value::Object(taken))?;
    let sha256 = fields.required("sha256", |value| {
        let hash = value.as_str().and_then(sha256);
        hash.ok_or_else(|| NOT_A_HASH.into())
    });
    let hint = fields.optional("hint", hint).unwrap_or_else(|| Hint::stored("imported".to_owned()));
    fields.optional("role", |value| match value.as_str().and_then(Role::parse) {
        Some(Role::Integration) => Ok(()),
        _ => Err("Imported keys are integrations: anything stronger must be made here.".into()),
    });
    // Both are read, so that all that is wrong is named at once.
    match (fields.finish_with(sha256), NewKey::read(&rest, Defaults::LEAST, now)) {
        (Ok(sha256), Ok(key)) => Ok(ImportedKey { sha256, hint, key: NewKey { role: Role::Integration, ..key } }),
        (Err(mut own), Err(other)) => {
            own.join(other);
            Err(own)
        }
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
    }
}

/// What to say of what [`sha256`] does not read.
pub const NOT_A_HASH: &str = "Must be the SHA-256 of the key's text: 64 hexadecimal digits, or base64.";

/// Reads the SHA-256 of a secret, in hexadecimal or base64.
#[must_use]
pub fn sha256(text: &str) -> Option<SecretHash> {
    SecretHash::from_hex(text).or_else(|| {
        let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text.trim_end_matches('='))).ok()?;
        Some(SecretHash::from_bytes(bytes.try_into().ok()?))
    })
}

fn hint(value: &Value) -> Result<Hint, Problem> {
    let text = value.as_str().ok_or("Must be text.")?.trim();
    let printable = text.chars().all(|character| !character.is_control()) && find_secret(text).is_none();
    if text.is_empty() || text.chars().count() > LONGEST_HINT || !printable {
        return Err(format!("Must be 1 to {LONGEST_HINT} printable characters.").into());
    }
    Ok(Hint::stored(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    #[test]
    fn hashes_come_in_hexadecimal_or_base64() {
        let foreign = SecretHash::of("sk_live_4eC39HqLyjWDarjtT1zdp7dc");
        let bytes: Vec<u8> =
            (0..32).map(|index| u8::from_str_radix(&foreign.to_hex()[index * 2..][..2], 16).unwrap()).collect();
        for text in
            [foreign.to_hex(), foreign.to_hex().to_uppercase(), STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)]
        {
            let keys =
                read(&json!({"api_keys": [{"sha256": text, "name": "Stripe", "hint": "p7dc"}]}), 2, NOW).unwrap();
            assert_eq!((keys[0].sha256, keys[0].hint.as_str(), keys[0].key.role), (foreign, "p7dc", Role::Integration));
        }
    }

    #[test]
    fn every_problem_is_named_with_its_place() {
        let good = SecretHash::of("a").to_hex();
        let body = json!({"api_keys": [
            {"sha256": good, "name": "A"},
            {"sha256": "sk_live_x", "name": "", "role": "verifier", "hint": "123456789", "colour": 1},
            {"sha256": good, "name": "B", "role": "integration"},
        ]});
        let mut named: Vec<String> =
            read(&body, 2, NOW).unwrap_err().errors.into_iter().map(|error| error.field).collect();
        named.sort();
        assert_eq!(
            named,
            [
                "api_keys[1].colour",
                "api_keys[1].hint",
                "api_keys[1].name",
                "api_keys[1].role",
                "api_keys[1].sha256",
                "api_keys[2].sha256"
            ]
        );
        for body in
            [json!({}), json!({"api_keys": []}), json!({"api_keys": 7}), json!({"api_keys": vec![json!({}); 1_001]})]
        {
            assert_eq!(read(&body, 2, NOW).unwrap_err().errors[0].field, "api_keys");
        }
        assert_eq!(read(&json!({"api_keys": [7]}), 2, NOW).unwrap_err().errors[0].field, "api_keys[0]");
    }

    #[test]
    fn an_imported_key_verifies_nothing_and_has_no_header_for_it() {
        let item =
            |header: Value| json!({"sha256": SecretHash::of("a").to_hex(), "name": "A", "client_ip_header": header});
        let refused = read(&json!({"api_keys": [item(json!("x-client-address"))]}), 2, NOW).unwrap_err();
        assert_eq!(refused.errors[0].field, "api_keys[0].client_ip_header");
        assert!(read(&json!({"api_keys": [item(Value::Null)]}), 2, NOW).is_ok());
    }

    #[test]
    fn whose_it_would_be_is_not_for_the_importer_to_say_otherwise() {
        let item = |more: Value| {
            let mut item = json!({"sha256": SecretHash::of("a").to_hex(), "name": "A"});
            item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            read(&json!({"api_keys": [item]}), 2, NOW)
        };
        for (field, value) in [("organization_id", json!(1)), ("kind", json!("personal")), ("user_id", json!(7))] {
            assert_eq!(item(json!({field: value})).unwrap_err().errors[0].field, format!("api_keys[0].{field}"));
        }
        assert!(item(json!({"organization_id": 2, "kind": "service", "user_id": null, "id": 7})).is_ok());
    }

    #[test]
    fn a_wrapper_brings_no_role_past_the_check() {
        let sha256 = SecretHash::of("a").to_hex();
        let inner = json!({"name": "x", "role": "organization_admin", "access": "read_write"});
        let body = json!({"api_keys": [{"sha256": sha256, "api_key": inner}]});
        assert_eq!(read(&body, 2, NOW).unwrap_err().errors[0].field, "api_keys[0].api_key");
        let body = json!({"api_keys": [{"sha256": sha256, "name": "As read", "api_key": null, "role": "integration"}]});
        assert_eq!(read(&body, 2, NOW).unwrap()[0].key.role, Role::Integration);
    }
}
