//! The components: what the operations refer to.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Collects the schemas that are referred to.
pub struct Components {
    answers: SchemaGenerator,
}

impl Default for Components {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        Self {
            answers: settings
                .with(|settings| settings.definitions_path = "/components/schemas".into())
                .into_generator(),
        }
    }
}

impl Components {
    /// A reference to the schema of what an answer carries.
    pub fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// The schema of a request: only `required` must be there, `never_null` must not be null, and nothing else is known.
    pub fn request<T: JsonSchema>(&mut self, required: &[&str], never_null: &[&str]) -> Value {
        let mut schema = self.answers.root_schema_for::<T>().to_value();
        if let Some(object) = schema.as_object_mut() {
            for name in ["$schema", "title", "$defs", "components"] {
                object.remove(name);
            }
            for name in never_null {
                if let Some(property) = object.get_mut("properties").and_then(|all| all.get_mut(*name)) {
                    without_null(property);
                }
            }
            object.insert("required".to_owned(), json!(required));
            object.insert("additionalProperties".to_owned(), json!(false));
        }
        schema
    }

    /// Every schema that was referred to, and those of the envelope.
    pub fn into_schemas(mut self) -> Map<String, Value> {
        let mut schemas = self.answers.take_definitions(true);
        schemas.insert(
            "Failure".to_owned(),
            json!({
                "type": "object",
                "required": ["success", "data", "error_code", "error_message"],
                "properties": {
                    "success": { "const": false },
                    "data": { "type": "null" },
                    "error_code": { "type": "string", "description": "Stable, in snake_case" },
                    "error_message": { "type": "string", "description": "A sentence for people" },
                    "created": {
                        "type": "object",
                        "description": "With `already_created`: the ids of what was made then, such as `api_key_ids`",
                    },
                    "errors": { "type": "array", "items": { "$ref": "#/components/schemas/FieldError" } },
                },
            }),
        );
        schemas
    }
}

fn without_null(schema: &mut Value) {
    if let Some(kinds) = schema.get_mut("type").filter(|kinds| kinds.is_array()) {
        let first = kinds.get(0).cloned();
        *kinds = first.unwrap_or_default();
    }
    if let Some(choices) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice.get("type").and_then(Value::as_str) != Some("null"));
    }
}
