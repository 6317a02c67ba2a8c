//! What is measured.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use super::data::unique_part;

/// A request, as it is asked of an organization of so many keys.
pub struct Request {
    /// For the table.
    pub label: String,
    /// The query.
    pub query: fn(&str, u32) -> String,
    argument: String,
    /// Whether the bound holds for it.
    pub bounded: bool,
}

impl Request {
    /// The path and query for an organization with `count` keys.
    pub fn path(&self, count: u32) -> String {
        format!("/api/v2/api_keys?per_page=20&{}", (self.query)(&self.argument, count))
    }
}

/// All of them, in the table's order.
pub fn all() -> Vec<Request> {
    let list = |argument: String, bounded: bool| Request {
        label: argument.replace("&after=", ""),
        query: |argument, _| argument.to_owned(),
        argument,
        bounded,
    };
    let mut all = Vec::new();
    for order in ["id", "-id", "name", "-name"] {
        all.push(list(format!("order_by={order}&after="), true));
        let label = format!("order_by={order}, from the middle");
        all.push(Request { label, query: middle, argument: order.to_owned(), bounded: true });
    }
    for filter in ["active", "revoked", "expired", "disabled", "pending", "disabled,pending", "active,expired"] {
        for order in ["-id", "name"] {
            all.push(list(format!("status={filter}&order_by={order}&after="), true));
        }
    }
    for filter in
        ["access=read_only", "access=read_write", "kind=service", "kind=personal", "role=integration", "role=verifier"]
    {
        for order in ["-id", "name"] {
            all.push(list(format!("{filter}&order_by={order}&after="), true));
        }
    }
    let one = unique_part(10);
    for part in ["pro", "production", "duction%200", &one, &format!("staging%20{one}"), "qqq", "no%20such%20name"] {
        for order in ["id", "-id"] {
            all.push(list(format!("name_contains={part}&order_by={order}&after="), true));
        }
    }
    for query in [
        "name_contains=production&order_by=name&after=",
        "name_contains=qq&after=",
        "order_by=-created_at&after=",
        "page=0",
        "status=active&page=0",
        "name_contains=production&page=0",
    ] {
        all.push(list(query.to_owned(), false));
    }
    all
}

/// A cursor as the Worker gives them out, that lies in the middle of the organization.
fn middle(order: &str, count: u32) -> String {
    let (field, descending) = order.strip_prefix('-').map_or((order, false), |field| (field, true));
    let id = count / 2;
    let value = if field == "id" { json!(id) } else { json!("grafana") };
    let cursor = URL_SAFE_NO_PAD.encode(json!([field, descending, value, id]).to_string());
    format!("order_by={order}&after={cursor}")
}
