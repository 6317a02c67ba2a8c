//! The query of a list of keys.

use claviger_core::{
    envelope::{DEFAULT_PER_PAGE, MOST_PER_PAGE},
    hygiene::Hygiene,
    key::{Access, KeyKind, Role},
    status::KeyStatus,
    time::Timestamp,
    wire::key::ActorKind,
};

use crate::{
    call::Call,
    error::Failure,
    handlers::usage::included,
    store::{
        api_keys::{Cursor, Filter, ORDERS, Paging},
        order::{Field, Order},
    },
};

/// Reads the query; what it does not name is not asked for. An `after` that is there, even empty, asks for a cursor.
///
/// # Errors
/// 400 names the parameter.
pub fn read(call: &Call) -> Result<Filter, Failure> {
    let order = order(call, ORDERS)?;
    let status = call.query("status").map_or(Some(Vec::new()), |words| {
        words.split(',').map(|word| KeyStatus::parse(word.trim())).collect::<Option<Vec<_>>>()
    });
    let status = status.ok_or_else(|| {
        Failure::parameter("status", "Must be one or more of pending, active, disabled, expired, revoked.")
    })?;
    Ok(Filter {
        name: call.query("name").map(str::to_owned),
        name_contains: call.query("name_contains").map(str::to_owned),
        hint: call.query("hint").map(str::to_owned),
        status,
        access: read_one(call, "access", Access::parse, "Must be read_only or read_write.")?,
        role: read_one(
            call,
            "role",
            Role::parse,
            "Must be integration, verifier, organization_admin or system_admin.",
        )?,
        kind: read_one(call, "kind", KeyKind::parse, "Must be service or personal.")?,
        user_id: read_one(call, "user_id", id, "Must be the id of a person.")?,
        created_by: read_one(call, "created_by", actor, "Must be user:ID, key:ID or system.")?,
        expires_before: read_one(
            call,
            "expires_before",
            Timestamp::parse,
            "Must be a time such as 2027-02-18T09:30:00Z.",
        )?,
        unused_since: read_one(call, "unused_since", Timestamp::parse, "Must be a time such as 2027-02-18T09:30:00Z.")?,
        hygiene: read_one(
            call,
            "hygiene",
            Hygiene::parse,
            "Must be leaked, expiring_soon, never_expires, unused, never_used or all_powerful.",
        )?,
        usage: included(call)?,
        order,
        paging: paging(call, order)?,
        per_page: number(call, "per_page", 1..=MOST_PER_PAGE, "Must be a whole number from 1 to 1000.")?
            .unwrap_or(DEFAULT_PER_PAGE),
    })
}

fn paging(call: &Call, order: Order) -> Result<Paging, Failure> {
    let page = number(call, "page", 0..=1_000_000, "Must be a whole number from 0 to 1000000.")?;
    match call.query_or_empty("after") {
        None => Ok(Paging::Page(page.unwrap_or(0))),
        Some("") => Ok(Paging::After(None)),
        Some(text) => match Cursor::parse(text, order) {
            Some(cursor) => Ok(Paging::After(Some(cursor))),
            None => Err(Failure::parameter("after", "Must be a next_after that was given out for the same order_by.")),
        },
    }
}

fn read_one<T>(
    call: &Call,
    name: &'static str,
    parse: impl Fn(&str) -> Option<T>,
    message: &str,
) -> Result<Option<T>, Failure> {
    call.query(name).map(|text| parse(text).ok_or_else(|| Failure::parameter(name, message))).transpose()
}

/// `order_by`: one of these fields, or `-` and one.
///
/// # Errors
/// 400 names the parameter.
pub fn order(call: &Call, fields: &'static [Field]) -> Result<Order, Failure> {
    Order::parse(call.query("order_by").unwrap_or("id"), fields).ok_or_else(|| {
        let names: Vec<&str> = fields.iter().map(|(name, ..)| *name).collect();
        let message = format!("Must be one of {}, with - in front to turn it round.", names.join(", "));
        Failure::parameter("order_by", &message)
    })
}

/// A number in a query, if it is there.
///
/// # Errors
/// 400 names the parameter.
pub fn number(
    call: &Call,
    name: &'static str,
    range: std::ops::RangeInclusive<u32>,
    message: &str,
) -> Result<Option<u32>, Failure> {
    let parse = |text: &str| {
        let plain = Some(text).filter(|text| !text.starts_with('+'));
        plain.and_then(|text| text.parse().ok()).filter(|value| range.contains(value))
    };
    read_one(call, name, parse, message)
}

fn id(text: &str) -> Option<i64> {
    text.parse().ok().filter(|id| (1..=9_007_199_254_740_991).contains(id))
}

fn actor(text: &str) -> Option<(ActorKind, Option<i64>)> {
    match text.split_once(':') {
        None => (text == ActorKind::System.word()).then_some((ActorKind::System, None)),
        Some((kind, number)) => match ActorKind::parse(kind)? {
            ActorKind::System => None,
            kind => Some((kind, Some(id(number)?))),
        },
    }
}
