//! The body of `POST /v1/revoke`: whoever sends a secret has it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    input::{Fields, Problem, Problems},
    key::words,
    secret::Secret,
    verify::LONGEST_KEY,
};

/// Most texts in a batch.
pub const MOST_KEYS: usize = 100;

words! {
    /// What became of one text that was sent.
    Presented {
        /// It does not work: it was ended now, or had been before. Which of them is not told.
        Revoked = "REVOKED",
        /// It works on, for without it nobody could manage its organization. Its owners were told.
        Reported = "REPORTED",
        /// No secret, or nobody's.
        NotFound = "NOT_FOUND",
    }
}

/// Reads `{"keys":[…]}`: each text as the secret that it is, or `None` for other words, which are forgotten here. `caller` is the
/// secret that the request itself was made with, if it was: in the list it is more likely a slip than a leak.
///
/// # Errors
/// Every field that does not fit, as `keys[3]`; no text is ever repeated.
pub fn read_batch(body: &Value, caller: Option<&Secret>) -> Result<Vec<Option<Secret>>, Problems> {
    let mut fields = Fields::bare(body)?;
    let items = fields.required("keys", |value| {
        let items = value.as_array().filter(|items| (1..=MOST_KEYS).contains(&items.len()));
        items.cloned().ok_or_else(|| Problem::from(format!("Must be a list of 1 to {MOST_KEYS} keys.")))
    });
    let items = fields.finish_with(items)?;
    let mut read = Vec::with_capacity(items.len());
    let mut problems = Problems::none();
    for (index, item) in items.iter().enumerate() {
        match text(item, caller) {
            Ok(secret) => read.push(secret),
            Err(problem) => problems.join(Problems::one(&format!("keys[{index}]"), problem)),
        }
    }
    if problems.errors.is_empty() { Ok(read) } else { Err(problems) }
}

fn text(item: &Value, caller: Option<&Secret>) -> Result<Option<Secret>, Problem> {
    let text = item.as_str().ok_or("Must be text.")?;
    if text.is_empty() || text.len() > LONGEST_KEY {
        return Err(format!("Must be 1 to {LONGEST_KEY} bytes.").into());
    }
    let secret = Secret::parse(text.trim()).ok();
    if secret.is_some() && secret.as_ref() == caller {
        return Err("Is the key that this request is made with. If it leaked, send it without Authorization.".into());
    }
    Ok(secret)
}
