//! `/v1`.

use claviger_core::{
    meter::MOST_COST,
    wire::verify::{Introspection, Verification, VerificationBatch},
};
use serde_json::{Value, json};

use super::{
    super::{
        operation::{Caller, Operation, Parameter, operation},
        schemas::Components,
    },
    object,
};

const VERIFICATION: &str = "Verification";

const CLIENT: &str = "Where the key was presented from; for keys with `allowed_ips`. Without it the header counts that the verifier's `client_ip_header` names";

const WISHES: &[Parameter] = &[
    ("access", r#"{"enum":["read_only","read_write"],"default":"read_only"}"#, "The access that is needed"),
    (
        "scope",
        r#"{"type":"string","maxLength":1000}"#,
        "Scopes that are needed, with spaces between them; may be there many times",
    ),
    ("ip", r#"{"type":"string"}"#, CLIENT),
    ("max_age_ms", r#"{"type":"integer","minimum":0,"maximum":1000000}"#, "How old the answer may be"),
    (
        "cost",
        r#"{"type":"integer","minimum":1,"maximum":1000000,"default":1}"#,
        "What this use takes of the key's rate and credits",
    ),
];

fn question(_: &mut Components) -> Value {
    object(
        json!({
            "key": { "type": "string", "minLength": 1, "maxLength": 512, "description": "The presented text" },
            "access": { "enum": ["read_only", "read_write"], "default": "read_only" },
            "scopes": { "type": "array", "maxItems": 50, "items": { "type": "string" } },
            "ip": { "type": "string", "description": CLIENT },
            "max_age_ms": {
                "type": "integer", "minimum": 0, "maximum": 1_000_000, "description":
                "How old the answer may be; 0 has the primary database read. No answer is older than 5 s while that answers",
            },
            "cost": {
                "type": "integer", "minimum": 1, "maximum": MOST_COST, "default": 1, "description":
                "What this use takes of the key's rate and credits, if it has any",
            },
        }),
        &["key"],
    )
}

fn questions(components: &mut Components) -> Value {
    let requests = json!({ "type": "array", "minItems": 1, "maxItems": 100, "items": question(components) });
    object(json!({ "requests": requests }), &["requests"])
}

fn form(_: &mut Components) -> Value {
    let properties = json!({
        "token": { "type": "string", "minLength": 1, "maxLength": 512, "description": "The presented text" },
        "token_type_hint": { "type": "string", "description": "Ignored" },
        "ip": { "type": "string", "description": CLIENT },
    });
    // Unknown parameters are ignored, as OAuth has it.
    json!({ "type": "object", "required": ["token"], "properties": properties })
}

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    vec![
        operation("post", "/v1/verify", "verify", VERIFICATION)
            .says("Whether a presented key is good", "For verifier keys, about keys of their organization.")
            .by(Caller::Verifier)
            .takes(question)
            .answers::<Verification>(200)
            .bare(),
        operation("post", "/v1/verify/batch", "verifyBatch", VERIFICATION)
            .says("Whether up to 100 presented keys are good", "Results come in the order of the questions.")
            .by(Caller::Verifier)
            .takes(questions)
            .answers::<VerificationBatch>(200)
            .bare(),
        operation("post", "/v1/introspect", "introspect", VERIFICATION)
            .says("Token introspection (RFC 7662)", "The verifier key comes as Bearer, or as the password of Basic. It is no use of the key: it takes nothing of its rate or credits.")
            .by(Caller::Verifier)
            .takes_form(form)
            .answers::<Introspection>(200)
            .bare(),
        operation("get", "/v1/auth", "forwardAuth", VERIFICATION)
            .says(
                "Forward authentication",
                "For proxies: nginx `auth_request`, Caddy, Traefik, Envoy. Any method. The client's key comes as Bearer or in `X-Api-Key`, the proxy's verifier key in `X-Verifier-Key`. The answer says `X-Key-Id`, `X-Organization-Id` and `X-Key-Name`, and for keys with a rate `RateLimit-Policy` and `RateLimit`. 429 with `Retry-After`: the key's rate or credits are used up.",
            )
            .by(Caller::Proxy)
            .query(WISHES)
            .fails(&[429])
            .empty(200)
            .bare(),
    ]
}
