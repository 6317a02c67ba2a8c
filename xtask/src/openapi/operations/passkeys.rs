//! Passkeys, and what is asked for again before what matters.

use claviger_core::wire::{
    passkey::{AskedPasskey, NewPasskey, Passkey},
    session::Session,
};
use serde_json::{Value, json};

use super::{
    super::{
        operation::{Caller, Operation, operation},
        schemas::Components,
    },
    SIGNING_IN, object,
};

fn bytes() -> Value {
    json!({ "type": "string", "contentEncoding": "base64url" })
}

fn nothing(_: &mut Components) -> Value {
    object(json!({}), &[])
}

fn made(_: &mut Components) -> Value {
    let properties = json!({
        "name": { "type": ["string", "null"] }, "client_data": bytes(), "attestation_object": bytes(),
        "transports": { "type": ["array", "null"], "items": { "type": "string" } },
    });
    object(properties, &["client_data", "attestation_object"])
}

fn used(_: &mut Components) -> Value {
    let properties = json!({
        "credential_id": bytes(), "client_data": bytes(), "authenticator_data": bytes(), "signature": bytes(),
        "user_handle": { "type": ["string", "null"], "contentEncoding": "base64url" },
    });
    object(properties, &["credential_id", "client_data", "authenticator_data", "signature"])
}

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    const ALL: &str = "/api/v2/passkeys";
    const ONE: &str = "/api/v2/passkeys/{id}";
    vec![
        operation("post", "/api/v2/session/passkey/options", "askForPasskey", SIGNING_IN)
            .says("What a browser needs to sign in with a passkey", "The challenge is good once, for five minutes.")
            .by(Caller::Anyone)
            .takes(nothing)
            .answers::<AskedPasskey>(200)
            .fails(&[403, 409, 429]),
        operation("post", "/api/v2/session/passkey", "signInWithPasskey", SIGNING_IN)
            .says("Sign in with a passkey", "Sets the cookie. 403 `challenge_spent`, `passkey_refused`.")
            .by(Caller::Anyone)
            .takes(used)
            .answers::<Session>(201)
            .fails(&[403, 409, 429]),
        operation("post", "/api/v2/session/step_up/options", "askForPasskeyAgain", SIGNING_IN)
            .says("What a browser needs to be asked for a passkey again", "409 `no_passkey`.")
            .by(Caller::Session)
            .takes(nothing)
            .answers::<AskedPasskey>(200)
            .fails(&[403, 409]),
        operation("post", "/api/v2/session/step_up", "stepUp", SIGNING_IN)
            .says(
                "Show a passkey again",
                "For the next 15 minutes this session is not answered `step_up_required`. 403 `challenge_spent`, `passkey_refused`.",
            )
            .by(Caller::Session)
            .takes(used)
            .empty(200)
            .fails(&[403, 409]),
        operation("get", ALL, "listPasskeys", SIGNING_IN)
            .says("List one's passkeys", "The caller's own, the first one first.")
            .lists::<Passkey>(),
        operation("post", ALL, "createPasskey", SIGNING_IN)
            .says(
                "Register a passkey",
                "At the console only. 403 `challenge_spent`, `passkey_refused`, `too_strong`; 409 `passkey_exists`, `passkey_limit`.",
            )
            .by(Caller::Session)
            .takes(made)
            .answers::<Passkey>(201)
            .fails(&[403, 409]),
        operation("post", "/api/v2/passkeys/options", "askForNewPasskey", SIGNING_IN)
            .says("What a browser needs to make a passkey", "The challenge is good once, for five minutes, in this session.")
            .by(Caller::Session)
            .takes(nothing)
            .answers::<NewPasskey>(200)
            .fails(&[403, 409]),
        operation("put", ONE, "renamePasskey", SIGNING_IN)
            .says("Give one of one's passkeys another name", "")
            .by(Caller::Session)
            .takes(|_| object(json!({ "name": { "type": "string" } }), &["name"]))
            .answers::<Passkey>(200)
            .fails(&[403, 404]),
        operation("delete", ONE, "removePasskey", SIGNING_IN)
            .says("Remove one of one's passkeys", "Sessions that it opened end. 409 `last_credential` when nothing is left to come in by.")
            .by(Caller::Session)
            .fails(&[403, 404, 409]),
    ]
}
