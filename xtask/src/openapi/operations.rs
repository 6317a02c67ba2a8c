//! Every operation of the service, one entry each.

mod audit;
mod cloudflare_access;
mod leaks;
mod passkeys;
mod people;
mod usage;
mod verification;
mod webhooks;

use claviger_core::{
    key::{KeyChange, NewKey},
    organization::{Organization, OrganizationChange},
    wire::{
        bulk::{BulkAction, BulkKey},
        import::ImportDone,
        key::{Key, MintedKey},
        organization::{Invite, OrganizationMade, OrganizationRow, OrganizationShown},
        session::Session,
        setup::SetupState,
        whoami::WhoAmI,
    },
};
use serde_json::{Value, json};

pub use self::webhooks::messages;
use super::{
    operation::{Caller, Operation, Parameter, operation},
    schemas::Components,
};

const KEYS: &str = "API keys";
const ORGANIZATIONS: &str = "Organizations";
const SIGNING_IN: &str = "Signing in";
const FIRST_RUN: &str = "First run";

const WHOLE: &str = r#"{"type":"integer","minimum":0,"maximum":1000000}"#;
const ID: &str = r#"{"type":"integer","minimum":1,"maximum":9007199254740991}"#;
const TEXT: &str = r#"{"type":"string"}"#;
const TIME: &str = r#"{"type":"string","format":"date-time"}"#;

/// Of what ends keys.
const PASSKEYS: &[Parameter] =
    &[("passkeys", r#"{"enum":["keep","remove"]}"#, "What becomes of the passkeys that were registered with it")];

const LIST: &[Parameter] = &[
    ("name", TEXT, "Exactly this name, without regard to case"),
    ("name_contains", TEXT, "This text anywhere in the name, without regard to case"),
    ("hint", TEXT, "Exactly this hint, also of a secret that was replaced"),
    (
        "status",
        r#"{"type":"string","pattern":"^(pending|active|disabled|expired|revoked)(,(pending|active|disabled|expired|revoked))*$"}"#,
        "One or several, separated by commas",
    ),
    ("access", r#"{"enum":["read_only","read_write"]}"#, "Only these"),
    ("role", r#"{"enum":["integration","verifier","organization_admin","system_admin"]}"#, "Only these"),
    ("kind", r#"{"enum":["service","personal"]}"#, "Only these"),
    ("user_id", ID, "Personal keys of this person"),
    (
        "created_by",
        r#"{"type":"string","pattern":"^(system|(user|key):[1-9][0-9]{0,14})$"}"#,
        "`user:ID`, `key:ID` or `system`",
    ),
    ("expires_before", TIME, "Those that stop working before this moment, and have not yet"),
    ("unused_since", TIME, "Those that were made before this moment and not used since"),
    (
        "hygiene",
        r#"{"enum":["leaked","expiring_soon","never_expires","unused","never_used","all_powerful"]}"#,
        "Those that deserve a look, and why",
    ),
    (
        "order_by",
        r#"{"type":"string","default":"id","pattern":"^-?(id|name|role|active|access|kind|description|api_key|hint|user_id|user_name|created_by|created_at|updated_at|expires_at|last_used_at|rotated_at|revoked_at|revoked_by|revoke_reason|system_generated|source|status|client_ip_header|version|organization_id)$"}"#,
        "A field; `-` in front turns the order round. Ties are broken by id",
    ),
    ("page", WHOLE, "From 0"),
    ("per_page", r#"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#, "Rows in the answer"),
    (
        "after",
        TEXT,
        "Reads the list with a cursor, which stays fast however long it is: empty for the beginning, then the `next_after` of the answer before. Nothing is counted then",
    ),
    ("include", r#"{"enum":["usage"]}"#, "Adds `usage_36h` to each row"),
];

const PAGES: &[Parameter] = &[
    ("name_contains", TEXT, "This text anywhere in the name"),
    (
        "order_by",
        r#"{"type":"string","default":"id","pattern":"^-?(id|name|plan|key_limit|live_keys|key_prefix|strict|default_key_lifetime_days|maximum_key_lifetime_days|leak_policy|num_users|created_at|updated_at|version)$"}"#,
        "A field; `-` in front turns the order round. Ties are broken by id",
    ),
    ("page", WHOLE, "From 0"),
    ("per_page", r#"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#, "Rows in the answer"),
    AFTER_ID,
    ("include", r#"{"enum":["usage"]}"#, "Adds `usage_36h` to each row"),
];

/// Of a list in the order of ids.
const AFTER_ID: Parameter = (
    "after",
    r#"{"type":"string","pattern":"^([1-9][0-9]{0,14})?$"}"#,
    "Reads the list with a cursor, in the order of ids: empty for the beginning, then the `next_after` of the answer before. Nothing is counted then",
);

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    [
        keys(),
        many_keys(),
        usage::all(),
        audit::all(),
        organizations(),
        people::all(),
        webhooks::all(),
        passkeys::all(),
        cloudflare_access::all(),
        signing_in(),
        first_run(),
        verification::all(),
        leaks::all(),
        service(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn new_key(components: &mut Components) -> Value {
    let mut key = components.request::<NewKey>(&["name"], &["name"]);
    if let Some(properties) = key.get_mut("properties").and_then(Value::as_object_mut) {
        let kind = "`personal` makes a key of the caller's own, with which they can sign in; only a person can. Its role is theirs";
        let kind = json!({ "enum": ["service", "personal"], "default": "service", "description": kind });
        properties.insert("kind".to_owned(), kind);
    }
    key
}

fn key_change(components: &mut Components) -> Value {
    components.request::<KeyChange>(&[], &["name", "role", "access", "active", "version"])
}

fn sha256() -> Value {
    let says = "SHA-256 of the key's whole text, in hexadecimal or base64. Import only keys of at least 112 bits";
    let form = "^([0-9A-Fa-f]{64}|[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]=?)$";
    json!({ "type": "string", "pattern": form, "description": says })
}

fn grace() -> Value {
    json!({
        "type": "integer", "minimum": 0, "maximum": 604_800, "default": 86_400,
        "description": "How long the old secret goes on working, in seconds; never past the key's own expiry",
    })
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn keys() -> Vec<Operation> {
    let list = "Keys of the caller's organization; `system_admin` keys only for those. A member at the console gets their own.";
    let make = "The secret is in `api_key` of this one answer. Without them, role and access are the least: `integration`, `read_only`.";
    vec![
        operation("get", "/api/v2/api_keys", "listApiKeys", KEYS).says("List keys", list).query(LIST).lists::<Key>(),
        operation("post", "/api/v2/api_keys", "createApiKey", KEYS)
            .says("Make a key", make)
            .takes(new_key)
            .answers::<MintedKey>(201)
            .idempotent(),
        operation("get", "/api/v2/organizations/{organization_id}/api_keys", "listApiKeysOfOrganization", KEYS)
            .says("List the keys of an organization", "For system administrators, and for one's own.")
            .query(LIST)
            .lists::<Key>(),
        operation("post", "/api/v2/organizations/{organization_id}/api_keys", "createApiKeyInOrganization", KEYS)
            .says("Make a key in an organization", make)
            .takes(new_key)
            .answers::<MintedKey>(201)
            .idempotent(),
        operation("get", "/api/v2/api_keys/{id}", "getApiKey", KEYS)
            .says("Show a key", "Its `ETag` is its version.")
            .answers::<Key>(200),
        operation("put", "/api/v2/api_keys/{id}", "putApiKey", KEYS)
            .says("Change a key", "As PATCH: what is absent stays as it is, an explicit null clears. A key that was read can be sent back whole.")
            .takes(key_change)
            .answers::<Key>(200)
            .if_match(),
        operation("patch", "/api/v2/api_keys/{id}", "changeApiKey", KEYS)
            .says("Change a key", "What is absent stays as it is, an explicit null clears. 409 `already_revoked`, `conflict`, `last_credential`.")
            .takes(key_change)
            .answers::<Key>(200)
            .if_match(),
        operation("delete", "/api/v2/api_keys/{id}", "deleteApiKey", KEYS)
            .says(
                "Remove a key's record",
                "Its audit trail stays. Passkeys that were registered with it as when it is revoked. 409 `last_credential`.",
            )
            .query(PASSKEYS)
            .if_match(),
        operation("post", "/api/v2/api_keys/{id}/rotate", "rotateApiKey", KEYS)
            .says("Replace a key's secret", "The new one is in `api_key` of this one answer; the old one works on for the grace.")
            .takes(|_| object(json!({ "grace_seconds": grace() }), &[]))
            .answers::<MintedKey>(200)
            .idempotent()
            .if_match(),
        operation("post", "/api/v2/api_keys/{id}/mint", "mintApiKey", KEYS)
            .says("Give a pending key its secret", "It is in `api_key` of this one answer. 409 `has_secret`.")
            .takes(|_| object(json!({}), &[]))
            .answers::<MintedKey>(200)
            .idempotent()
            .if_match(),
        operation("post", "/api/v2/api_keys/{id}/revoke", "revokeApiKey", KEYS)
            .says(
                "End a key for ever",
                "It stays listed. Passkeys that were registered with it go too if it is another person's, unless `passkeys` says otherwise; `remove` of one's own at the console only. 409 `already_revoked`, `last_credential`.",
            )
            .takes(|_| {
                let fate = json!({ "enum": ["keep", "remove", null] });
                object(json!({ "reason": { "type": ["string", "null"], "maxLength": 500 }, "passkeys": fate }), &[])
            })
            .answers::<Key>(200)
            .idempotent()
            .if_match(),
    ]
}

fn many_keys() -> Vec<Operation> {
    let import = |components: &mut Components| {
        let mut key = components.request::<NewKey>(&["name", "sha256"], &["name"]);
        if let Some(properties) = key.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert("sha256".to_owned(), sha256());
            let hint = json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 8, "description": "What it is shown by" });
            properties.insert("hint".to_owned(), hint);
            properties.insert("role".to_owned(), json!({ "const": "integration" }));
            properties.insert("client_ip_header".to_owned(), json!({ "type": "null" }));
        }
        object(json!({ "api_keys": { "type": "array", "minItems": 1, "maxItems": 1000, "items": key } }), &["api_keys"])
    };
    let bulk = |_: &mut Components| {
        let with = |action: &str, mut schema: Value| {
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("default");
                schema.insert("description".to_owned(), json!(format!("Goes with `{action}` only")));
            }
            schema
        };
        let ids =
            json!({ "type": "array", "minItems": 1, "maxItems": 1000, "items": { "type": "integer", "minimum": 1 } });
        let action = json!({ "enum": ["disable", "enable", "rotate", "revoke", "delete"] });
        let reason = json!({ "type": ["string", "null"], "maxLength": 500 });
        object(
            json!({ "ids": ids, "action": action, "grace_seconds": with("rotate", grace()), "reason": with("revoke", reason) }),
            &["ids", "action"],
        )
    };
    vec![
        operation("post", "/api/v2/api_keys/lookup", "lookupApiKey", KEYS)
            .says("Find a key by its secret's hash", "So that the secret itself need not travel.")
            .takes(|_| object(json!({ "sha256": sha256() }), &["sha256"]))
            .answers::<Key>(200)
            .fails(&[404]),
        operation(
            "post",
            "/api/v2/organizations/{organization_id}/api_keys/lookup",
            "lookupApiKeyOfOrganization",
            KEYS,
        )
        .says("Find a key of an organization by its secret's hash", "As above.")
        .takes(|_| object(json!({ "sha256": sha256() }), &["sha256"]))
        .answers::<Key>(200),
        operation("post", "/api/v2/api_keys/bulk", "bulkApiKeys", KEYS)
            .says(
                "Do the same to many keys",
                "All of them or none. After `rotate` the keys are whole, and each one's `api_key` is its new secret, once.",
            )
            .takes(bulk)
            .answers_with(200, bulk_done)
            .fails(&[404])
            .idempotent(),
        operation("post", "/api/v2/api_keys/import", "importApiKeys", KEYS)
            .says(
                "Take over keys of another system",
                "By the SHA-256 of their secrets; all of them or none. 409 `already_imported`, `key_limit`.",
            )
            .takes(import)
            .answers::<ImportDone>(201)
            .idempotent(),
        operation(
            "post",
            "/api/v2/organizations/{organization_id}/api_keys/import",
            "importApiKeysIntoOrganization",
            KEYS,
        )
        .says("Take over keys into an organization", "As above.")
        .takes(import)
        .answers::<ImportDone>(201)
        .idempotent(),
    ]
}

fn bulk_done(components: &mut Components) -> Value {
    let either = json!([components.answer::<BulkKey>(), components.answer::<MintedKey>()]);
    let done = json!({ "action": components.answer::<BulkAction>(), "changed": { "type": "integer", "minimum": 0 },
        "api_keys": { "type": "array", "items": { "anyOf": either } } });
    json!({ "type": "object", "properties": done, "required": ["action", "changed", "api_keys"] })
}

fn organizations() -> Vec<Operation> {
    const NEVER_NULL: &[&str] = &["name", "plan", "key_limit", "strict", "leak_policy", "version"];
    const ONE: &str = "/api/v2/organizations/{organization_id}";
    let change = |components: &mut Components| components.request::<OrganizationChange>(&[], NEVER_NULL);
    let says = "What is absent stays as it is, an explicit null clears. Plan and limit are for system administrators. 409 `conflict` when the version is another one by now.";
    vec![
        operation("get", "/api/v2/organizations", "listOrganizations", ORGANIZATIONS)
            .says("List organizations", "All of them for a system administrator, one's own for others.")
            .query(PAGES)
            .lists::<OrganizationRow>(),
        operation("post", "/api/v2/organizations", "createOrganization", ORGANIZATIONS)
            .says("Make an organization", "For system administrators. `invite.link` is for its first owner: single use, 72 hours, in this one answer.")
            .takes(|components| components.request::<OrganizationChange>(&["name"], NEVER_NULL))
            .answers::<OrganizationMade>(201)
            .idempotent(),
        operation("get", ONE, "getOrganization", ORGANIZATIONS)
            .says("Show an organization", "Its `ETag` is its version; `num_users` is in this answer only.")
            .answers::<OrganizationShown>(200),
        operation("put", ONE, "putOrganization", ORGANIZATIONS)
            .says("Change an organization", says)
            .takes(change)
            .answers::<Organization>(200)
            .fails(&[409])
            .if_match(),
        operation("patch", ONE, "changeOrganization", ORGANIZATIONS)
            .says("Change an organization", says)
            .takes(change)
            .answers::<Organization>(200)
            .fails(&[409])
            .if_match(),
        operation("delete", ONE, "deleteOrganization", ORGANIZATIONS)
            .says("Delete an organization", "With its people, keys and sessions; its audit log stays. Its name must be typed.")
            .takes(|_| object(json!({ "name": { "type": "string" } }), &["name"]))
            .fails(&[409]),
    ]
}

fn signing_in() -> Vec<Operation> {
    let token = |_: &mut Components| object(json!({ "token": { "type": "string" } }), &["token"]);
    let person = |_: &mut Components| {
        object(
            json!({ "token": { "type": "string" }, "name": { "type": "string" }, "email": { "type": "string" } }),
            &["token", "name", "email"],
        )
    };
    vec![
        operation("get", "/api/v2/whoami", "whoAmI", "Who am I")
            .says("What the presented key is", "For any key that works, whatever its role.")
            .answers::<WhoAmI>(200),
        operation("get", "/api/v2/session", "getSession", SIGNING_IN)
            .says("Who is signed in", "")
            .by(Caller::Session)
            .answers::<Session>(200),
        operation("post", "/api/v2/session", "signIn", SIGNING_IN)
            .says("Sign in", "With a personal key; sets the cookie.")
            .by(Caller::Anyone)
            .takes(|_| object(json!({ "api_key": { "type": "string" } }), &["api_key"]))
            .answers::<Session>(201)
            .fails(&[401, 403, 429]),
        operation("delete", "/api/v2/session", "signOut", SIGNING_IN).says("Sign out", "").by(Caller::Session),
        operation("post", "/api/v2/invites/lookup", "lookUpInvite", SIGNING_IN)
            .says("What an invitation is good for", "")
            .by(Caller::Anyone)
            .takes(token)
            .answers::<Invite>(200)
            .fails(&[403, 429]),
        operation("post", "/api/v2/invites/accept", "acceptInvite", SIGNING_IN)
            .says("Come in by an invitation", "The person's sign-in key is in `api_key` of this one answer.")
            .by(Caller::Anyone)
            .takes(person)
            .answers::<MintedKey>(201)
            .fails(&[403, 429]),
    ]
}

fn first_run() -> Vec<Operation> {
    let setup = |_: &mut Components| {
        let text = json!({ "type": "string" });
        object(json!({ "token": text, "organization": text, "name": text, "email": text }), &["token", "email"])
    };
    vec![
        operation("get", "/api/v2/setup", "getSetup", FIRST_RUN)
            .says("Whether a setup token is good", "")
            .by(Caller::Anyone)
            .answers::<SetupState>(200),
        operation("post", "/api/v2/setup", "setUp", FIRST_RUN)
            .says("Set up, or recover an owner", "The owner's sign-in key is in `api_key` of this one answer.")
            .by(Caller::Anyone)
            .takes(setup)
            .answers::<MintedKey>(201)
            .fails(&[403, 429]),
    ]
}

fn service() -> Vec<Operation> {
    vec![
        operation("get", "/healthz", "health", "Service")
            .says("Whether the service works", "")
            .by(Caller::Anyone)
            .answers::<Health>(200)
            .bare(),
    ]
}

/// `GET /healthz`.
#[derive(schemars::JsonSchema, serde::Serialize)]
struct Health {
    /// `ok`, or `degraded` while the database does not answer.
    status: String,
    /// `ok` or `unavailable`.
    database: String,
    /// Of the Worker.
    version: String,
}
