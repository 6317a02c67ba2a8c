//! What the Worker writes and the console reads, one file a noun. The rules live with the nouns themselves.

pub mod audit;
pub mod bulk;
pub mod import;
pub mod key;
pub mod leak;
pub mod organization;
pub mod passkey;
pub mod session;
pub mod setup;
pub mod usage;
pub mod user;
pub mod verify;
pub mod webhook;
pub mod whoami;

use serde::de::{DeserializeOwned, Error};
use serde_json::{Map, Value};

/// Reads a struct from a JSON object, field by field; what is absent counts as null. What serde derives reads arrays as well
/// and is written out anew for each struct: in the console that makes kilobytes.
macro_rules! from_object {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut object: serde_json::Map<String, serde_json::Value> = serde::Deserialize::deserialize(deserializer)?;
                Ok(Self { $($field: $crate::wire::taken(&mut object, stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use from_object;

/// A field, for [`from_object!`].
pub(crate) fn taken<T: DeserializeOwned, E: Error>(object: &mut Map<String, Value>, name: &str) -> Result<T, E> {
    let value = object.get_mut(name).map(Value::take).unwrap_or_default();
    serde_json::from_value(value).map_err(|error| E::custom(format_args!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize)]
    struct Thing {
        id: i64,
        name: Option<String>,
    }
    from_object!(Thing { id, name });

    #[test]
    fn what_is_absent_counts_as_null_and_what_does_not_fit_is_named() {
        let read = |value: Value| serde_json::from_value::<Thing>(value);
        assert_eq!(read(json!({ "id": 7, "more": [] })).unwrap(), Thing { id: 7, name: None });
        assert_eq!(serde_json::from_str::<Thing>(r#"{"name":"a","id":7}"#).unwrap().name.as_deref(), Some("a"));
        assert!(read(json!({ "name": "a" })).unwrap_err().to_string().starts_with("id: "));
        assert!(read(json!({ "id": 7, "name": 8 })).unwrap_err().to_string().starts_with("name: "));
        assert!(read(json!([7, null])).is_err());
    }
}
