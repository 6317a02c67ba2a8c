//! The envelope around every answer of the management API.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::input::FieldError;

/// Rows on a page unless asked otherwise, and the most that can be asked.
pub const DEFAULT_PER_PAGE: u32 = 100;
/// The most rows on a page.
pub const MOST_PER_PAGE: u32 = 1_000;

/// `{"success":true,"data":…,"error_code":null,"error_message":null}`; failures have `data: null` and say why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// Whether it worked.
    pub success: bool,
    /// The answer.
    pub data: Option<T>,
    /// Stable and in `snake_case`.
    pub error_code: Option<String>,
    /// A sentence for people.
    pub error_message: Option<String>,
    /// The fields that did not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// With `already_created`: the ids of what was made then, under the name of their kind. The console does not read it.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub created: Option<Value>,
    /// For lists.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
}

/// Where in a list an answer is. Behind a cursor nothing is counted: all but `per_page` are null then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// From 0.
    pub page: Option<u32>,
    /// Rows asked for.
    pub per_page: u32,
    /// All rows that match.
    pub num_records: Option<u32>,
    /// All pages.
    pub num_pages: Option<u32>,
    /// Behind a cursor: what to send as `after` for the next rows; null at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_after: Option<Option<String>>,
}

impl Page {
    /// The page numbers of `num_records` rows.
    #[must_use]
    pub const fn of(page: u32, per_page: u32, num_records: u32) -> Self {
        let num_pages = num_records.div_ceil(if per_page == 0 { 1 } else { per_page });
        Self {
            page: Some(page),
            per_page,
            num_records: Some(num_records),
            num_pages: Some(num_pages),
            next_after: None,
        }
    }

    /// Rows of a list that is read with a cursor.
    #[must_use]
    pub const fn after(per_page: u32, next_after: Option<String>) -> Self {
        Self { page: None, per_page, num_records: None, num_pages: None, next_after: Some(next_after) }
    }
}

impl<T> Envelope<T> {
    /// An answer.
    pub fn success(data: T) -> Self {
        Self {
            success: true,
            data: Some(data),
            error_code: None,
            error_message: None,
            errors: Vec::new(),
            created: None,
            page: None,
        }
    }

    /// A page of a list.
    pub fn page(data: T, page: Page) -> Self {
        Self { page: Some(page), ..Self::success(data) }
    }

    /// A failure.
    pub fn failure(code: &str, message: &str, errors: Vec<FieldError>) -> Self {
        Self {
            success: false,
            data: None,
            error_code: Some(code.to_owned()),
            error_message: Some(message.to_owned()),
            errors,
            created: None,
            page: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn the_shape_is_the_contract() {
        assert_eq!(
            to_value(Envelope::success(7)).unwrap(),
            json!({"success": true, "data": 7, "error_code": null, "error_message": null})
        );
        assert_eq!(
            to_value(Envelope::page([1], Page::of(0, 100, 101))).unwrap(),
            json!({"success": true, "data": [1], "error_code": null, "error_message": null,
                   "page": 0, "per_page": 100, "num_records": 101, "num_pages": 2})
        );
        assert_eq!(
            to_value(Envelope::page([1], Page::after(1, None))).unwrap(),
            json!({"success": true, "data": [1], "error_code": null, "error_message": null, "page": null, "per_page": 1,
                   "num_records": null, "num_pages": null, "next_after": null})
        );
        assert_eq!(
            to_value(Envelope::<()>::failure("not_found", "No such key.", vec![])).unwrap(),
            json!({"success": false, "data": null, "error_code": "not_found", "error_message": "No such key."})
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let envelope = Envelope::page(vec![1, 2], Page::of(1, 2, 4));
        let text = serde_json::to_string(&envelope).unwrap();
        assert_eq!(serde_json::from_str::<Envelope<Vec<i32>>>(&text).unwrap(), envelope);
        let failure = Envelope::<i32>::failure("x", "y", vec![]);
        let text = serde_json::to_string(&failure).unwrap();
        assert_eq!(serde_json::from_str::<Envelope<i32>>(&text).unwrap(), failure);
    }
}
