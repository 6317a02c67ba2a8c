//! Which part of a list a query asks for. Whoever sends `after` reads with a cursor: it is never ignored.

use claviger_core::envelope::Page;

use super::api_keys::number;
use crate::{
    call::Call,
    error::Failure,
    store::order::{Order, Part},
};

/// `page`, or `after` in a list that is in the order of ids.
///
/// # Errors
/// 400 names the parameter.
pub fn part(call: &Call) -> Result<Part, Failure> {
    let page = number(call, "page", 0..=1_000_000, "Must be a whole number from 0 to 1000000.")?;
    match call.query_or_empty("after") {
        None => Ok(Part::Page(page.unwrap_or(0))),
        Some("") => Ok(Part::After(None)),
        Some(text) => match text.parse::<i64>().ok().filter(|id| (1..=9_007_199_254_740_991).contains(id)) {
            Some(id) => Ok(Part::After(Some(id))),
            None => Err(Failure::parameter("after", "Must be a next_after that was given out.")),
        },
    }
}

/// As [`part`]; in another order rows would move while they are read.
///
/// # Errors
/// As [`part`].
pub fn part_in(call: &Call, order: Order) -> Result<Part, Failure> {
    match part(call)? {
        Part::After(_) if order.field != "id" => Err(Failure::parameter("after", "Goes with order_by=id or -id.")),
        part => Ok(part),
    }
}

/// Where the rows of a list are that is always answered whole: there is nothing behind them.
///
/// # Errors
/// 400 for an `after` that was never given out.
pub fn whole(call: &Call, most: u32, records: usize) -> Result<Page, Failure> {
    match call.query_or_empty("after") {
        None => Ok(Page::of(0, most, u32::try_from(records).unwrap_or(u32::MAX))),
        Some("") => Ok(Page::after(most, None)),
        Some(_) => Err(Failure::parameter("after", "Must be empty: this list is always answered whole.")),
    }
}
