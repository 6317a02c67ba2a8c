//! One operation, and how it is written down.

use claviger_core::input::FieldError;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::schemas::Components;

/// How a caller proves who they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Not at all.
    Anyone,
    /// With the console's session only.
    Session,
    /// With a key or a session.
    KeyOrSession,
    /// With a verifier key.
    Verifier,
    /// With a verifier key of its own, beside its client's key.
    Proxy,
}

/// How the answer is wrapped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    Envelope,
    Page,
    None,
}

type Schema = fn(&mut Components) -> Value;

/// One method of one path.
pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    caller: Caller,
    query: &'static [Parameter],
    headers: &'static [Parameter],
    request: Option<Schema>,
    media_type: &'static str,
    success: (u16, Option<Schema>),
    wrapping: Wrapping,
    failures: Vec<u16>,
    idempotent: bool,
    if_match: bool,
}

/// A parameter of the query or a header: name, schema as JSON text, and what it does.
pub type Parameter = (&'static str, &'static str, &'static str);

/// Starts an operation that answers `data: null`.
pub const fn operation(method: &'static str, path: &'static str, id: &'static str, tag: &'static str) -> Operation {
    Operation {
        method,
        path,
        id,
        tag,
        summary: "",
        description: "",
        caller: Caller::KeyOrSession,
        query: &[],
        headers: &[],
        request: None,
        media_type: "application/json",
        success: (200, Some(|_| json!({ "type": "null" }))),
        wrapping: Wrapping::Envelope,
        failures: Vec::new(),
        idempotent: false,
        if_match: false,
    }
}

impl Operation {
    pub fn says(mut self, summary: &'static str, description: &'static str) -> Self {
        (self.summary, self.description) = (summary, description);
        self
    }

    pub fn by(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    pub fn query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    pub fn headers(mut self, headers: &'static [Parameter]) -> Self {
        self.headers = headers;
        self
    }

    pub fn takes(mut self, request: Schema) -> Self {
        self.request = Some(request);
        self
    }

    pub fn takes_form(self, request: Schema) -> Self {
        Self { media_type: "application/x-www-form-urlencoded", ..self.takes(request) }
    }

    pub fn answers<T: JsonSchema>(mut self, status: u16) -> Self {
        self.success = (status, Some(|components| components.answer::<T>()));
        self
    }

    pub fn answers_with(mut self, status: u16, schema: Schema) -> Self {
        self.success = (status, Some(schema));
        self
    }

    /// Headers say it all.
    pub fn empty(mut self, status: u16) -> Self {
        self.success = (status, None);
        self
    }

    /// A page of a list.
    pub fn lists<T: JsonSchema>(mut self) -> Self {
        self.success = (200, Some(|components| components.answer::<Vec<T>>()));
        self.wrapping = Wrapping::Page;
        self
    }

    /// Not wrapped.
    pub fn bare(mut self) -> Self {
        self.wrapping = Wrapping::None;
        self
    }

    /// Failures beside those that every operation of its kind has.
    pub fn fails(mut self, failures: &[u16]) -> Self {
        self.failures.extend(failures);
        self
    }

    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    pub fn if_match(mut self) -> Self {
        self.if_match = true;
        self
    }

    /// As OpenAPI writes it.
    pub fn describe(&self, components: &mut Components) -> Value {
        let (status, schema) = self.success;
        let done = match schema {
            Some(schema) => response("Done", &self.wrap(schema(components))),
            None => json!({ "description": "Done" }),
        };
        let mut responses = Map::new();
        responses.insert(status.to_string(), done);
        for status in self.all_failures() {
            responses.insert(status.to_string(), self.failure(status, components));
        }
        let mut described = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "parameters": self.parameters(),
            "security": match self.caller {
                Caller::Anyone => json!([]),
                Caller::Session => json!([{ "session": [] }]),
                Caller::KeyOrSession => json!([{ "key": [] }, { "session": [] }]),
                Caller::Verifier => json!([{ "key": [] }]),
                Caller::Proxy => json!([{ "proxy": [], "key": [] }, { "proxy": [], "plain": [] }]),
            },
            "responses": responses,
        });
        if let (Some(request), Some(described)) = (self.request, described.as_object_mut()) {
            let content = json!({ self.media_type: { "schema": request(components) } });
            described.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        }
        described
    }

    fn wrap(&self, data: Value) -> Value {
        if self.wrapping == Wrapping::None {
            return data;
        }
        let mut properties = json!({
            "success": { "const": true }, "data": data, "error_code": { "type": "null" }, "error_message": { "type": "null" },
        });
        let mut required = vec!["success", "data", "error_code", "error_message"];
        if let (Wrapping::Page, Some(properties)) = (self.wrapping, properties.as_object_mut()) {
            let count = json!({ "type": ["integer", "null"], "minimum": 0, "description": "Null behind a cursor" });
            for name in ["page", "num_records", "num_pages"] {
                properties.insert(name.to_owned(), count.clone());
                required.push(name);
            }
            properties.insert("per_page".to_owned(), json!({ "type": "integer", "minimum": 1, "maximum": 1000 }));
            required.push("per_page");
            let next = "Behind a cursor: what to send as `after` for the next rows; null at the end";
            properties.insert("next_after".to_owned(), json!({ "type": ["string", "null"], "description": next }));
        }
        json!({ "type": "object", "required": required, "properties": properties })
    }

    fn all_failures(&self) -> Vec<u16> {
        let mut all = self.failures.clone();
        // A secret in the URL is 400 everywhere; without a database nothing is answered.
        all.extend([400, 503]);
        if self.caller != Caller::Anyone {
            all.extend([401, 403]);
        }
        if self.path.contains('{') {
            all.push(404);
        }
        if self.request.is_some() {
            all.extend([413, 415]);
        }
        if self.idempotent {
            all.extend([409, 422]);
        }
        if self.if_match {
            all.push(409);
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn failure(&self, status: u16, components: &mut Components) -> Value {
        let says = match status {
            400 => "Something does not fit; each field is named",
            401 => "No credential, or one that is not good",
            403 => "The credential does not allow this",
            404 => "Not there, or another organization's",
            409 => "The state does not allow it; `error_code` says why",
            413 => "The body is too large",
            415 => "The body is of another type",
            422 => "The Idempotency-Key was used with another body",
            429 if self.path.starts_with("/v1/auth") => "The key's rate or credits are used up",
            429 => "Too many attempts from one address",
            _ => "The database does not answer",
        };
        components.answer::<FieldError>();
        let schema = if self.path.starts_with("/v1/") {
            components.answer::<claviger_core::wire::verify::VerifyError>()
        } else if self.path == "/healthz" {
            json!({ "type": "object" })
        } else {
            json!({ "$ref": "#/components/schemas/Failure" })
        };
        response(says, &schema)
    }

    fn parameters(&self) -> Vec<Value> {
        let in_path = self.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| {
            json!({
                "name": name, "in": "path", "required": true,
                "schema": { "type": "integer", "format": "int64", "minimum": 1, "maximum": 9_007_199_254_740_991_i64 },
            })
        });
        let given = |place: &'static str| {
            move |(name, schema, says): &Parameter| {
                let schema: Value = serde_json::from_str(schema).unwrap_or_default();
                json!({ "name": name, "in": place, "schema": schema, "description": says })
            }
        };
        let in_query = self.query.iter().map(given("query")).chain(self.headers.iter().map(given("header")));
        let header = |name: &str, schema: Value, says: &str| json!({ "name": name, "in": "header", "schema": schema, "description": says });
        let key = self.idempotent.then(|| {
            let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$" });
            header("Idempotency-Key", schema, "Kept for 24 hours: the same request again does nothing again")
        });
        let version = self.if_match.then(|| {
            let schema = json!({ "type": "string", "pattern": "^\"[0-9]{1,9}\"$" });
            header("If-Match", schema, "The `ETag` that was read: another version by now is 409 `conflict`")
        });
        in_path.chain(in_query).chain(key).chain(version).collect()
    }
}

fn response(says: &str, schema: &Value) -> Value {
    json!({ "description": says, "content": { "application/json": { "schema": schema } } })
}
