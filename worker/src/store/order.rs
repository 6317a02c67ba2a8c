//! In which order a list is, and which part of it is asked for.

use claviger_core::envelope::Page;

use super::{Statement, sql};

/// A field that a list can be ordered by: its name, its column, and whether that may be NULL.
pub type Field = (&'static str, &'static str, bool);

/// The order of a list; ties are broken by id.
#[derive(Clone, Copy)]
pub struct Order {
    /// As the caller calls it.
    pub field: &'static str,
    /// As the database does.
    pub column: &'static str,
    /// NULLs come last in both directions.
    pub nullable: bool,
    /// Turned round.
    pub descending: bool,
}

impl Order {
    /// Reads `order_by`: a field, or `-` and a field.
    pub fn parse(text: &str, fields: &'static [Field]) -> Option<Self> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let &(field, column, nullable) = fields.iter().find(|(field, ..)| *field == name)?;
        Some(Self { field, column, nullable, descending })
    }

    /// `ORDER BY` this column, then this id.
    pub fn clause(self, column: &str, id: &str) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        let nulls = if self.nullable { " NULLS LAST" } else { "" };
        if self.field == "id" {
            return format!("{id} {direction}");
        }
        format!("{column} {direction}{nulls}, {id} {direction}")
    }
}

/// Which part of a list in the order of ids is asked for.
#[derive(Clone, Copy)]
pub enum Part {
    /// This page, from 0; all rows are counted.
    Page(u32),
    /// What comes after the row with this id, or the beginning; nothing is counted.
    After(Option<i64>),
}

impl Part {
    /// Whether all rows are to be counted.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Page(_))
    }

    /// ` AND …`: the rows behind the one that was given out last.
    pub fn condition(self, id: &str, descending: bool) -> Statement {
        match self {
            Self::After(Some(last)) => sql(format!(" AND {id} {} ?", if descending { "<" } else { ">" })).int(last),
            Self::After(None) | Self::Page(_) => sql(""),
        }
    }

    /// ` LIMIT … OFFSET …`: behind a cursor one row more than asked, which tells whether there is more.
    pub fn limit(self, per_page: u32) -> Statement {
        let asked = i64::from(per_page);
        let (limit, offset) = match self {
            Self::Page(page) => (asked, i64::from(page) * asked),
            Self::After(_) => (asked + 1, 0),
        };
        sql(" LIMIT ? OFFSET ?").int(limit).int(offset)
    }

    /// The rows to answer, and where they are in the list; `records` are all of it.
    pub fn answer<T>(
        self,
        mut rows: Vec<T>,
        per_page: u32,
        records: Option<u32>,
        id: impl FnOnce(&T) -> i64,
    ) -> (Vec<T>, Page) {
        match self {
            Self::Page(page) => (rows, Page::of(page, per_page, records.unwrap_or_default())),
            Self::After(_) => {
                let asked = usize::try_from(per_page).unwrap_or(usize::MAX);
                let more = rows.len() > asked;
                rows.truncate(asked);
                let next = rows.last().filter(|_| more).map(|row| id(row).to_string());
                (rows, Page::after(per_page, next))
            }
        }
    }
}
