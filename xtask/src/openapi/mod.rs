//! The OpenAPI document: schemas from the wire types, operations from one table. `public/openapi.json` is committed, and the
//! tests see that it is what this makes.

mod operation;
mod operations;
mod schemas;

use std::{fs, path::PathBuf};

use serde_json::{Map, Value, json};

use crate::{
    args::Arguments,
    failure::{Failure, Result},
    paths, progress,
};

const HELP: &str = "\
cargo xtask openapi

Writes public/openapi.json from the code. `cargo xtask test` fails when the committed file is another one.";

const ABOUT: &str = "\
API keys: made, listed, rotated, revoked, and verified at the edge.\n\n\
Answers of the management API are wrapped: `{\"success\":true,\"data\":…,\"error_code\":null,\"error_message\":null}`. A failure \
has the right status, `success: false`, a stable `error_code`, a sentence in `error_message`, and `errors` with each field that \
does not fit. Bodies may be bare or wrapped once in their noun: `{\"api_key\":{…}}`. Unknown fields are refused by name; \
read-only attributes that are sent back are ignored.\n\n\
Everything under `/api/v2` also answers under `/ga/api/v2`, where what was made is answered 200, and a new key's role and \
access default to `organization_admin` and `read_write`. `/organization/{organization_id}` and \
`/organizations/{organization_id}` are the same.\n\n\
A POST that is marked so takes an `Idempotency-Key`: the same request again does nothing again.";

/// Runs the command.
pub fn main(given: &[String]) -> Result<()> {
    Arguments::parse(given, &[], HELP)?;
    fs::write(file(), document()).map_err(Failure::while_trying("write public/openapi.json"))?;
    progress::say("Written: public/openapi.json");
    Ok(())
}

/// Where it is committed.
pub fn file() -> PathBuf {
    paths::root().join("public/openapi.json")
}

/// The document, as it is committed.
pub fn document() -> String {
    let mut components = schemas::Components::default();
    let mut paths = Map::new();
    for operation in operations::all() {
        let path = paths.entry(operation.path.to_owned()).or_insert_with(|| json!({}));
        let described = operation.describe(&mut components);
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.method.to_owned(), described);
        }
    }
    let messages = operations::messages(&mut components);
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Claviger API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "API keys" }, { "name": "Audit log" }, { "name": "Organizations" }, { "name": "People" }, { "name": "Webhooks" },
            { "name": "Who am I" },
            { "name": "Verification", "description": "For verifier keys. Answers are not wrapped." },
            { "name": "Leaks", "description": "For whoever finds a secret. Answers are not wrapped." },
            { "name": "Signing in" }, { "name": "First run" }, { "name": "Service" },
        ],
        "paths": paths,
        "webhooks": messages,
        "components": {
            "schemas": Value::from(components.into_schemas()),
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer clv_…`" },
                "proxy": { "type": "apiKey", "in": "header", "name": "X-Verifier-Key", "description": "A proxy's own verifier key" },
                "plain": { "type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The key of a proxy's client" },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-claviger",
                    "description": "The console's session. Changes also need `Sec-Fetch-Site: same-origin` or a matching `Origin`.",
                },
            },
        },
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed() -> Value {
        serde_json::from_str(&document()).unwrap()
    }

    #[test]
    fn the_committed_document_is_the_one_that_the_code_makes() {
        let committed = fs::read_to_string(file()).unwrap();
        assert!(committed == document(), "public/openapi.json is stale: run `cargo xtask openapi`");
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_schema_is_referred_to() {
        let text = document();
        let document = parsed();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let referred: std::collections::BTreeSet<&str> =
            text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(referred, schemas.keys().map(String::as_str).collect());
    }

    /// The router is the truth about which addresses there are.
    #[test]
    fn every_route_of_the_worker_is_described() {
        let router = fs::read_to_string(paths::root().join("worker/src/router.rs")).unwrap();
        let document = parsed();
        let described = document["paths"].as_object().unwrap();
        let mut routes = 0;
        for part in router.split(".route(").skip(1) {
            let path = part.split('"').nth(1).unwrap();
            let calls = part.split_once("\",").map(|(_, rest)| rest).unwrap_or_default();
            let methods = ["get", "post", "put", "patch", "delete"];
            let methods = methods.iter().filter(|method| calls.contains(&format!("{method}(")));
            let matching: Vec<&Value> = described
                .iter()
                .filter(|(described, _)| {
                    *described == path
                        || described.ends_with(path)
                        || path == "/" && described.ends_with("{organization_id}")
                })
                .map(|(_, item)| item)
                .collect();
            for method in methods {
                routes += 1;
                assert!(matching.iter().any(|item| item.get(*method).is_some()), "{method} {path} is not described");
            }
        }
        assert!(routes > 20, "the router was not understood");
    }
}
