//! What was pasted, as the API takes it; and what is wrong with it, by line. The rules are the API's own.

use claviger_core::{input::FieldError, time::Timestamp, wire::import};
use serde_json::{Value, json};

/// The request to import into this organization, and the line that each of its keys was on; of JSON there are none.
///
/// # Errors
/// What does not fit, for people.
pub fn read(text: &str, organization: i64, now: Timestamp) -> Result<(Value, Vec<usize>), Vec<String>> {
    let text = text.trim_end();
    let (keys, lines) = if text.trim_start().starts_with(['[', '{']) {
        (from_json(text).map_err(|problem| vec![problem])?, Vec::new())
    } else {
        from_lines(text)
    };
    if keys.is_empty() {
        return Err(vec!["Paste at least one key.".to_owned()]);
    }
    let unhashed: Vec<_> = (0..).zip(&keys).filter(|(_, key)| !is_hashed(key)).map(|(index, _)| index).collect();
    let body = json!({ "api_keys": keys });
    if !unhashed.is_empty() {
        let says = |index| {
            let place = place(index, &lines);
            format!(
                "{place}: must begin with the SHA-256 of the key, 64 hexadecimal digits. Never paste the key itself."
            )
        };
        return Err(unhashed.into_iter().map(says).collect());
    }
    match import::read(&body, organization, now) {
        Ok(_) => Ok((body, lines)),
        Err(problems) => Err(told(&problems.errors, &lines)),
    }
}

/// In hexadecimal: in base64, which the API takes too, a key of another system can look like a hash.
fn is_hashed(key: &Value) -> bool {
    let hash = key.get("sha256").and_then(Value::as_str).unwrap_or_default();
    hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn from_json(text: &str) -> Result<Vec<Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Array(keys)) => Ok(keys),
        Ok(Value::Object(mut body)) => match body.remove("api_keys") {
            Some(Value::Array(keys)) => Ok(keys),
            _ => Err("The JSON must be a list of keys, or an object with a list “api_keys”.".to_owned()),
        },
        Ok(_) => Err("The JSON must be a list of keys.".to_owned()),
        Err(error) => Err(format!("This is not JSON: {error}.")),
    }
}

fn from_lines(text: &str) -> (Vec<Value>, Vec<usize>) {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines
        .map(|(line, number)| {
            let (hash, name) = line.split_once([',', ';', '\t']).unwrap_or((line, ""));
            (json!({ "sha256": hash.trim(), "name": name.trim() }), number)
        })
        .unzip()
}

/// What the API says about each key, by the line that it was on.
pub fn told(errors: &[FieldError], lines: &[usize]) -> Vec<String> {
    let tell = |error: &FieldError| {
        let found = error.field.strip_prefix("api_keys[").and_then(|rest| rest.split_once(']'));
        let (index, field) = match found.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest))) {
            Some(found) => found,
            None => return error.message.clone(),
        };
        let place = place(index, lines);
        match field.trim_start_matches('.') {
            "" => format!("{place}: {}", error.message),
            field => format!("{place}, {field}: {}", error.message),
        }
    };
    errors.iter().map(tell).collect()
}

fn place(index: usize, lines: &[usize]) -> String {
    match lines.get(index) {
        Some(line) => format!("Line {line}"),
        None => format!("Key {}", index + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn hash(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    #[test]
    fn lines_and_json_come_to_the_same_request() {
        let body = json!({"api_keys": [
            {"sha256": hash('a'), "name": "Billing, old"}, {"sha256": hash('b'), "name": "Export"},
        ]});
        let (a, b) = (hash('a'), hash('b'));
        let text = format!("{a}, Billing, old\n\n {b}\tExport \n");
        assert_eq!(read(&text, 2, NOW), Ok((body.clone(), vec![1, 3])));
        assert_eq!(read(&body.to_string(), 2, NOW), Ok((body.clone(), vec![])));
        assert_eq!(read(&body["api_keys"].to_string(), 2, NOW), Ok((body, vec![])));
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_no_key_gets_further() {
        let good = hash('a');
        let problems = |text: &str| read(text, 2, NOW).unwrap_err();
        assert_eq!(problems(" \n"), ["Paste at least one key."]);
        assert!(
            problems("\n\nsk_live_4eC39HqLyjWDarjtT1zdp7dc,Stripe")[0]
                .starts_with("Line 3: must begin with the SHA-256")
        );
        // 32 bytes in base64: for the API a hash, here perhaps a key.
        let base64 = "q".repeat(43) + "=";
        assert!(problems(&format!("{base64},Old"))[0].starts_with("Line 1: must begin"));
        assert!(problems(&good)[0].starts_with("Line 1, name: "));
        assert!(problems(&format!("{good},One\n{good},Two"))[0].starts_with("Line 2, sha256: "));
        assert!(problems("[{\"sha256\"")[0].starts_with("This is not JSON"));
        assert!(problems("{}")[0].starts_with("The JSON must be"));
        let strong = format!("[{{\"sha256\":\"{good}\",\"name\":\"A\",\"role\":\"verifier\"}}]");
        assert!(problems(&strong)[0].starts_with("Key 1, role: "));
    }
}
