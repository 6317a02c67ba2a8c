//! JSON Schemas of the types whose text has a form of its own.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    key::ClientIpHeader,
    network::AddressRange,
    scope::Scope,
    secret::{Hint, OrganizationPrefix},
    text::{Email, Name, Note},
    time::Timestamp,
    wire::key::{Key, MintedKey},
};

impl JsonSchema for MintedKey {
    fn schema_name() -> Cow<'static, str> {
        "MintedKey".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Key::json_schema(generator);
        schema.insert("description".to_owned(), "A key with its secret: in the one answer that mints it.".into());
        if let Some(secret) = schema.pointer_mut("/properties/api_key") {
            *secret = serde_json::json!({ "type": "string", "description": "The secret's whole text." });
        }
        schema
    }
}

macro_rules! text_schemas {
    ($($name:ident => $schema:tt),+ $(,)?) => {
        $(impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        })+
    };
}

// Patterns are what a client may rely on; the Worker refuses more than a pattern can say (a pasted secret, for example).
text_schemas! {
    Timestamp => {
        "type": "string",
        "format": "date-time",
        "description": "RFC 3339; answers are in UTC with milliseconds",
        "examples": ["2027-02-18T09:30:00.000Z"],
    },
    Name => { "type": "string", "minLength": 1, "maxLength": 100, "pattern": "\\S", "examples": ["Billing export"] },
    Note => { "type": "string", "maxLength": 500 },
    Email => { "type": "string", "maxLength": 254, "pattern": "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", "examples": ["ada@example.com"] },
    Scope => {
        "type": "string",
        "maxLength": 100,
        "pattern": "^([A-Za-z0-9_:-]+(\\.[A-Za-z0-9_:-]+)*(\\.\\*)?|\\*)$",
        "examples": ["invoices.read", "invoices.*"],
    },
    AddressRange => { "type": "string", "examples": ["203.0.113.0/24", "2001:db8::/32", "192.0.2.1"] },
    ClientIpHeader => {
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        "examples": ["x-client-address"],
    },
    Hint => { "type": "string", "examples": ["clv_4fGh…9aZ1"] },
    OrganizationPrefix => { "type": "string", "pattern": "^[a-z0-9]{2,12}$", "examples": ["acme"] },
}
