//! What is done about secrets that have leaked, and about keys that deserve a look.

use claviger_core::{
    hygiene::HygieneReport,
    leak::{Feedback, MOST_KEYS},
    wire::{key::Key, leak::RevokedBatch},
};
use serde_json::{Value, json};

use super::{
    super::{
        operation::{Caller, Operation, Parameter, operation},
        schemas::Components,
    },
    KEYS, TEXT, object,
};

const LEAKS: &str = "Leaks";

const SIGNED: &[Parameter] = &[
    ("Github-Public-Key-Identifier", TEXT, "Which of GitHub's keys has signed the body"),
    ("Github-Public-Key-Signature", TEXT, "ECDSA over P-256 with SHA-256, of the body byte for byte: DER, in base64"),
];

fn presented(_: &mut Components) -> Value {
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 512 });
    object(json!({ "keys": { "type": "array", "minItems": 1, "maxItems": MOST_KEYS, "items": key } }), &["keys"])
}

fn report(_: &mut Components) -> Value {
    let text = json!({ "type": "string" });
    let find = json!({ "type": "object", "required": ["token"], "properties": {
        "token": { "type": "string", "minLength": 1 }, "type": text, "url": text, "source": text } });
    json!({ "type": "array", "items": find })
}

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    vec![
        operation("get", "/api/v2/api_keys/hygiene", "getHygiene", KEYS)
            .says(
                "How many keys deserve a look",
                "Leaked, expiring soon, never expiring, unused, never used, all-powerful. Nothing is counted further than `counted_to`: that number means as many or more. `hygiene` in the list finds them.",
            )
            .answers::<HygieneReport>(200),
        operation("get", "/api/v2/organizations/{organization_id}/api_keys/hygiene", "getHygieneOfOrganization", KEYS)
            .says("How many keys of an organization deserve a look", "As above.")
            .answers::<HygieneReport>(200),
        operation("post", "/api/v2/api_keys/{id}/resolve_leak", "resolveLeak", KEYS)
            .says(
                "Say that a leak was dealt with",
                "Closes the key's open report, if it has one. Revoking the key, or rotating it without a grace, does so too.",
            )
            .takes(|_| object(json!({}), &[]))
            .answers::<Key>(200)
            .idempotent()
            .if_match(),
        operation("post", "/v1/revoke", "revokeByPossession", LEAKS)
            .says(
                "End keys by their secrets",
                "Whoever holds a secret may end it: the secrets are the credential, and there is no other. Up to 100. A secret that works ends its key at once; one that was replaced already only tells its owners. Each text is answered in its place, with nothing about the key. `REPORTED`: the last key with which an owner can sign in works on, and its organization is told.",
            )
            .by(Caller::Anyone)
            .takes(presented)
            .answers::<RevokedBatch>(200)
            .fails(&[429])
            .bare(),
        operation("post", "/v1/secret-scanning/github", "reportByGitHub", LEAKS)
            .says(
                "GitHub's secret scanning",
                "What GitHub has found in public, signed by it. A key is flagged or revoked as its organization's `leak_policy` says. Answers which finds were secrets here, by their SHA-256.",
            )
            .by(Caller::Anyone)
            .headers(SIGNED)
            .takes(report)
            .answers::<Vec<Feedback>>(200)
            .fails(&[403, 429])
            .bare(),
    ]
}
