//! People, and how they come in.

use claviger_core::{
    user::{Invitation, UserChange},
    wire::{
        key::{Key, MintedKey},
        organization::InviteLink,
        user::{ApiAccessOn, Cleared, InviteMade, PendingInvite, SessionRow, SessionsEnded, SignInLink, User},
    },
};
use serde_json::json;

use super::{
    super::{
        operation::{Caller, Operation, Parameter, operation},
        schemas::Components,
    },
    SIGNING_IN, TEXT, WHOLE, object,
};

const PEOPLE: &str = "People";

const PER_PAGE: &str = r#"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#;

const LIST: &[Parameter] = &[
    ("name", TEXT, "Exactly this name, without regard to case"),
    ("name_contains", TEXT, "This text anywhere in the name or the address, without regard to case"),
    ("email", TEXT, "Exactly this address, without regard to case"),
    ("role", r#"{"enum":["member","administrator","owner"]}"#, "Only these"),
    ("active", r#"{"enum":["true","false"]}"#, "Who may come in, or who may not"),
    ("api_access", r#"{"enum":["true","false"]}"#, "Who has API access, or who has not"),
    (
        "order_by",
        r#"{"type":"string","default":"id","pattern":"^-?(id|name|email|role|active|api_access|live_keys|personal_key_limit|last_used_at|last_seen_at|created_at|updated_at)$"}"#,
        "A field; `-` in front turns the order round. Ties are broken by id",
    ),
    ("page", WHOLE, "From 0"),
    ("per_page", PER_PAGE, "Rows in the answer"),
    (
        "after",
        r#"{"type":"string","pattern":"^([1-9][0-9]{0,14})?$"}"#,
        "Reads the list with a cursor, in the order of ids: empty for the beginning, then the `next_after` of the answer before. Nothing is counted then",
    ),
];

const PAGES: &[Parameter] = &[("page", WHOLE, "From 0"), ("per_page", PER_PAGE, "Rows in the answer")];

/// In the order of the document.
pub fn all() -> Vec<Operation> {
    [people(), api_access(), invites(), sign_in_links(), sessions()].into_iter().flatten().collect()
}

fn people() -> Vec<Operation> {
    const ONE: &str = "/api/v2/users/{id}";
    let change = |components: &mut Components| {
        components.request::<UserChange>(
            &[],
            &["name", "email", "role", "active", "personal_key_limit", "end_credentials", "version"],
        )
    };
    let says = "What is absent stays as it is. Not of a person with a higher role than the caller's, and to no higher role. Keys follow their person's role; deactivating ends sessions. 409 `conflict`, `own_account`, `last_owner`, `last_credential`, and `credentials_must_end` for a role that those who let the person in could not give: with `end_credentials` their keys, passkeys and sessions end.";
    vec![
        operation("get", "/api/v2/users", "listUsers", PEOPLE)
            .says("List people", "Of the caller's organization. A member at the console gets themself.")
            .query(LIST)
            .lists::<User>(),
        operation("get", "/api/v2/organizations/{organization_id}/users", "listUsersOfOrganization", PEOPLE)
            .says("List the people of an organization", "For system administrators, and for one's own.")
            .query(LIST)
            .lists::<User>(),
        operation("get", ONE, "getUser", PEOPLE).says("Show a person", "Its `ETag` is its version.").answers::<User>(200),
        operation("put", ONE, "putUser", PEOPLE)
            .says("Change a person", says)
            .takes(change)
            .answers::<User>(200)
            .if_match(),
        operation("patch", ONE, "changeUser", PEOPLE)
            .says("Change a person", says)
            .takes(change)
            .answers::<User>(200)
            .if_match(),
        operation("delete", ONE, "removeUser", PEOPLE)
            .says("Remove a person", "With their keys and sessions; the audit trail stays. 409 `own_account`, `last_owner`, `last_credential`.")
            .if_match(),
    ]
}

fn api_access() -> Vec<Operation> {
    const ACCESS: &str = "/api/v2/users/{id}/api_access";
    const KEY: &str = "/api/v2/users/{id}/api_key";
    let nothing = |_: &mut Components| object(json!({}), &[]);
    vec![
        operation("post", ACCESS, "allowApiAccess", PEOPLE)
            .says(
                "Switch a person's API access on",
                "Who does it for themself, and whose default key is still pending, finds its secret in `key.api_key` of this one answer. For others `key` is null.",
            )
            .takes(nothing)
            .answers::<ApiAccessOn>(200)
            .idempotent(),
        operation("delete", ACCESS, "endApiAccess", PEOPLE)
            .says("Switch a person's API access off", "Their keys are kept, and work again when it is on. They sign in as before.")
            .answers::<User>(200)
            .fails(&[409]),
        operation("get", KEY, "getDefaultKey", PEOPLE)
            .says("Show a person's default key", "The one that the system has made for them.")
            .answers::<Key>(200),
        operation("post", KEY, "regenerateDefaultKey", PEOPLE)
            .says(
                "Regenerate one's own default key",
                "The new secret is in `api_key` of this one answer; the old one stops at once. 409 `no_secret` while it is pending.",
            )
            .takes(nothing)
            .answers::<MintedKey>(200)
            .idempotent()
            .if_match(),
        operation("delete", KEY, "clearApiKeys", PEOPLE)
            .says(
                "Clear a person's API keys",
                "Revokes all of them and switches API access off; the person can switch it on again, and gets a new secret then. 409 `last_credential`.",
            )
            .answers::<Cleared>(200)
            .fails(&[409]),
    ]
}

fn invites() -> Vec<Operation> {
    const ALL: [(&str, &str, &str); 2] = [
        ("/api/v2/invites", "listInvites", "createInvite"),
        (
            "/api/v2/organizations/{organization_id}/invites",
            "listInvitesOfOrganization",
            "createInviteIntoOrganization",
        ),
    ];
    let invitation = |components: &mut Components| components.request::<Invitation>(&[], &[]);
    let says = "To no higher role than the caller's own; a member unless `role` says otherwise. `link` is in this one answer: single use, 72 hours. It is void when who made it gets another role, is deactivated or removed, or the key they used is revoked or deleted.";
    let both = ALL.into_iter().flat_map(|(path, list, create)| {
        [
            operation("get", path, list, PEOPLE)
                .says("List invitations", "Those that can still be used, without their links.")
                .query(PAGES)
                .lists::<PendingInvite>(),
            operation("post", path, create, PEOPLE)
                .says("Invite somebody", says)
                .takes(invitation)
                .answers::<InviteMade>(201)
                .idempotent(),
        ]
    });
    let delete = operation("delete", "/api/v2/invites/{id}", "deleteInvite", PEOPLE)
        .says("Withdraw an invitation", "Its link opens nothing any more.");
    both.chain([delete]).collect()
}

fn sign_in_links() -> Vec<Operation> {
    const LINK: &str = "/api/v2/users/{id}/sign_in_link";
    let token = |_: &mut Components| object(json!({ "token": { "type": "string" } }), &["token"]);
    vec![
        operation("post", LINK, "createSignInLink", PEOPLE)
            .says(
                "Make a sign-in link for a person",
                "For who lost their key: single use, 72 hours, in this one answer. One made before is void; so is this one when the person's role changes, or as invitations are. 409 `deactivated`.",
            )
            .takes(|_| object(json!({}), &[]))
            .answers::<InviteLink>(201)
            .idempotent(),
        operation("delete", LINK, "deleteSignInLink", PEOPLE)
            .says("Withdraw a person's sign-in link", "404 when there is none."),
        operation("post", "/api/v2/sign_in_links/lookup", "lookUpSignInLink", SIGNING_IN)
            .says("Whom a sign-in link lets in", "")
            .by(Caller::Anyone)
            .takes(token)
            .answers::<SignInLink>(200)
            .fails(&[403, 429]),
        operation("post", "/api/v2/sign_in_links/accept", "acceptSignInLink", SIGNING_IN)
            .says("Use a sign-in link", "A new personal key to sign in with is in `api_key` of this one answer. The person's other keys stay.")
            .by(Caller::Anyone)
            .takes(token)
            .answers::<MintedKey>(201)
            .fails(&[403, 429]),
    ]
}

fn sessions() -> Vec<Operation> {
    vec![
        operation("get", "/api/v2/sessions", "listSessions", SIGNING_IN)
            .says("Where one is signed in", "The caller's own sessions, the one seen last first.")
            .lists::<SessionRow>(),
        operation("delete", "/api/v2/sessions", "endOtherSessions", SIGNING_IN)
            .says("Sign out everywhere else", "Ends all of the caller's own sessions but the one that asks.")
            .answers::<SessionsEnded>(200),
        operation("delete", "/api/v2/sessions/{id}", "endSession", SIGNING_IN)
            .says("Sign out somewhere", "Ends one of the caller's own sessions."),
    ]
}
