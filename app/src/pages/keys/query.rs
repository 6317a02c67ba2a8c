//! Which keys are shown, and in which order: what the address says, and the request it becomes.

use claviger_core::{
    hygiene::Hygiene,
    key::{Access, KeyKind, Role},
    secret::{Hint, MARKER, find_secret},
    status::KeyStatus,
    wire::key::Key,
};

use crate::{api::parameter, browser::intl, components::table::Direction};

/// Rows on a page.
pub const PER_PAGE: u32 = 50;

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The order of making, newest first.
    Created,
    /// A to Z.
    Name,
    /// The least first.
    Access,
    /// The latest first.
    LastUsed,
    /// The nearest first.
    Expires,
}

impl Column {
    const ALL: [Self; 5] = [Self::Created, Self::Name, Self::Access, Self::LastUsed, Self::Expires];

    /// The word in the address.
    const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Name => "name",
            Self::Access => "access",
            Self::LastUsed => "used",
            Self::Expires => "expires",
        }
    }

    /// What the API calls it. Ids are given in the order of making, and no two are equal.
    const fn field(self) -> &'static str {
        match self {
            Self::Created => "id",
            Self::Name => "name",
            Self::Access => "access",
            Self::LastUsed => "last_used_at",
            Self::Expires => "expires_at",
        }
    }

    const fn first(self) -> Direction {
        match self {
            Self::Created | Self::LastUsed => Direction::Descending,
            _ => Direction::Ascending,
        }
    }
}

/// A column and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub column: Column,
    /// Its direction.
    pub direction: Direction,
}

impl Default for Sort {
    fn default() -> Self {
        Self::by(Column::Created)
    }
}

impl Sort {
    /// A column in its natural direction.
    pub const fn by(column: Column) -> Self {
        Self { column, direction: column.first() }
    }

    /// What a press on the column's head makes of it: sorted by it, or turned round.
    pub fn pressed(self, column: Column) -> Self {
        match (self.column == column, self.direction) {
            (false, _) => Self::by(column),
            (true, Direction::Ascending) => Self { column, direction: Direction::Descending },
            (true, Direction::Descending) => Self { column, direction: Direction::Ascending },
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let (descending, word) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
        let column = Column::ALL.into_iter().find(|column| column.word() == word)?;
        Some(Self { column, direction: if descending { Direction::Descending } else { Direction::Ascending } })
    }

    fn text(self, name: &str) -> String {
        let sign = if self.direction == Direction::Descending { "-" } else { "" };
        format!("{sign}{name}")
    }
}

/// What the keys are that are shown; what is not set does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// One access.
    pub access: Option<Access>,
    /// Of services or of people.
    pub kind: Option<KeyKind>,
    /// One role.
    pub role: Option<Role>,
    /// The personal keys of one person.
    pub user: Option<i64>,
}

impl Filters {
    fn read(get: &impl Fn(&str) -> Option<String>) -> Self {
        Self {
            access: get("access").as_deref().and_then(Access::parse),
            kind: get("kind").as_deref().and_then(KeyKind::parse),
            role: get("role").as_deref().and_then(Role::parse),
            user: get("user_id").and_then(|id| id.parse().ok()).filter(|id| (1..=LARGEST_ID).contains(id)),
        }
    }

    /// How many are set.
    pub fn count(self) -> usize {
        [self.access.is_some(), self.kind.is_some(), self.role.is_some(), self.user.is_some()]
            .into_iter()
            .filter(|set| *set)
            .count()
    }

    /// The same words in the address and in the request; none of them has to be encoded.
    fn parameters(self) -> String {
        let words = [
            ("access", self.access.map(Access::word)),
            ("kind", self.kind.map(KeyKind::word)),
            ("role", self.role.map(Role::word)),
        ];
        let mut text = String::new();
        for (name, word) in words {
            if let Some(word) = word {
                text += &format!("&{name}={word}");
            }
        }
        if let Some(id) = self.user {
            text += &format!("&user_id={id}");
        }
        text
    }

    /// Whether a key is so.
    pub fn fit(self, key: &Key) -> bool {
        self.access.is_none_or(|access| access == key.access)
            && self.kind.is_none_or(|kind| kind == key.kind)
            && self.role.is_none_or(|role| role == key.role)
            && (self.user.is_none() || self.user == key.user_id)
    }
}

/// What the address says about the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Part of a name, a hint, or empty.
    pub search: String,
    /// One status only.
    pub status: Option<KeyStatus>,
    /// What they are.
    pub filters: Filters,
    /// Those that deserve a look for this reason.
    pub hygiene: Option<Hygiene>,
    /// Disabled, expired and revoked keys as well.
    pub inactive: bool,
    /// The order.
    pub sort: Sort,
    /// From 0.
    pub page: u32,
}

/// What the API takes at most.
const LAST_PAGE: u32 = 1_000_000;
const LARGEST_ID: i64 = 9_007_199_254_740_991;

const SHOWN: &str = "pending,active";
const INACTIVE: &str = "disabled,expired,revoked";

impl ListQuery {
    /// Reads the address; `get` answers a query parameter. What does not fit is left out.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let search = get("q").unwrap_or_default();
        Self {
            search: if is_safe(&search) { search } else { String::new() },
            status: get("status").as_deref().and_then(KeyStatus::parse),
            filters: Filters::read(&get),
            hygiene: get("hygiene").as_deref().and_then(Hygiene::parse),
            inactive: get("inactive").is_some(),
            sort: get("sort").as_deref().and_then(Sort::parse).unwrap_or_default(),
            page: get("page")
                .and_then(|page| page.parse::<u32>().ok())
                .filter(|page| *page <= LAST_PAGE)
                .map_or(0, |page| page.saturating_sub(1)),
        }
    }

    /// Whether the address asks for a status or an order that there is not.
    pub fn is_misread(&self, get: impl Fn(&str) -> Option<String>) -> bool {
        (get("status").is_some() && self.status.is_none())
            || (get("hygiene").is_some() && self.hygiene.is_none())
            || get("sort").is_some_and(|sort| Sort::parse(&sort).is_none())
    }

    /// The part of the address from the question mark on; empty for the usual list.
    pub fn address(&self) -> String {
        let mut text = String::new();
        if !self.search.is_empty() {
            text += &parameter("q", &self.search);
        }
        if let Some(status) = self.status {
            text += &parameter("status", status.word());
        }
        text += &self.filters.parameters();
        if let Some(hygiene) = self.hygiene {
            text += &format!("&hygiene={hygiene}");
        }
        if self.inactive {
            text += &parameter("inactive", "1");
        }
        if self.sort != Sort::default() {
            text += &parameter("sort", &self.sort.text(self.sort.column.word()));
        }
        if self.page > 0 {
            text += &parameter("page", &(self.page + 1).to_string());
        }
        if let Some(rest) = text.strip_prefix('&') { format!("?{rest}") } else { text }
    }

    /// The list's request.
    pub fn request(&self) -> String {
        format!("page={}&per_page={PER_PAGE}&include=usage&{}", self.page, self.matching())
    }

    /// The part of it that says which keys, and in which order: the same for every page.
    pub fn matching(&self) -> String {
        let mut text = format!("order_by={}", self.sort.text(self.sort.column.field()));
        match self.status {
            Some(status) => text += &parameter("status", status.word()),
            // What a reason is said of is active; of what leaked also a revoked one is to be seen.
            None if self.inactive || self.hygiene.is_some() => {}
            None => text += &format!("&status={SHOWN}"),
        }
        if let Some(hygiene) = self.hygiene {
            text += &format!("&hygiene={hygiene}");
        }
        text + &self.filters.parameters() + &self.search_parameter()
    }

    /// The request that counts what "Show inactive" would add.
    pub fn inactive_request(&self) -> String {
        format!("status={INACTIVE}{}{}", self.filters.parameters(), self.search_parameter())
    }

    /// Whether anything narrows the list.
    pub fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || self.status.is_some() || self.hygiene.is_some() || self.filters.count() > 0
    }

    /// Whether disabled, expired and revoked keys are left out.
    pub fn hides_inactive(&self) -> bool {
        self.status.is_none() && self.hygiene.is_none() && !self.inactive
    }

    /// Shows those that deserve a look for this reason and no others, or all again.
    pub fn look_at(&mut self, hygiene: Option<Hygiene>) {
        self.hygiene = hygiene;
        if hygiene.is_some() {
            self.search.clear();
            self.status = None;
            self.filters = Filters::default();
            self.inactive = false;
        }
    }

    /// Whether the search would find a key.
    pub fn finds(&self, key: &Key) -> bool {
        match Hint::parse(&self.search) {
            Some(hint) => key.hint.as_ref() == Some(&hint),
            None => intl::lower(&key.name).contains(&intl::lower(&self.search)),
        }
    }

    fn search_parameter(&self) -> String {
        match Hint::parse(&self.search) {
            Some(hint) => parameter("hint", hint.as_str()),
            None if self.search.is_empty() => String::new(),
            None => parameter("name_contains", &self.search),
        }
    }
}

/// Whether a text may be in an address, in storage or in a request's query: neither a secret nor a part of one, but for a
/// hint. `public/boot.js` has the same rule.
pub fn is_safe(text: &str) -> bool {
    if Hint::parse(text.trim()).is_some() {
        return true;
    }
    let mut run = 0_usize;
    let long_run = text.chars().any(|character| {
        run = if character.is_ascii_alphanumeric() { run + 1 } else { 0 };
        run >= 20
    });
    !long_run && !text.contains(MARKER) && find_secret(text).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> ListQuery {
        ListQuery::read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_empty_address_is_the_newest_first_without_the_inactive() {
        let query = read(&[]);
        assert_eq!(query, ListQuery::default());
        assert_eq!(query.request(), "page=0&per_page=50&include=usage&order_by=-id&status=pending,active");
        assert!(!query.is_narrowed());
    }

    #[test]
    fn filters_are_the_same_in_the_address_and_in_the_request() {
        let query = read(&[("access", "read_write"), ("kind", "personal"), ("role", "verifier"), ("user_id", "7")]);
        assert_eq!(query.address(), "?access=read_write&kind=personal&role=verifier&user_id=7");
        assert!(query.matching().ends_with(&query.address().replace('?', "&")) && query.is_narrowed());
        assert!(query.inactive_request().contains("user_id=7"));
        assert_eq!(query.filters.count(), 4);
        assert_eq!(read(&[("access", "all"), ("kind", "x"), ("role", ""), ("user_id", "-1")]), ListQuery::default());
        assert_eq!(read(&[("page", "2000000"), ("user_id", "9007199254740993")]), ListQuery::default());
    }

    #[test]
    fn a_reason_is_looked_at_alone() {
        let mut query = read(&[("q", "x"), ("status", "active"), ("inactive", "1")]);
        query.look_at(Some(Hygiene::Unused));
        assert_eq!(query.address(), "?hygiene=unused");
        assert_eq!(query.matching(), "order_by=-id&hygiene=unused");
        assert!(query.is_narrowed() && !query.hides_inactive());
        assert_eq!(read(&[("hygiene", "unused")]), query);
        query.look_at(None);
        assert_eq!(query, ListQuery::default());
        assert!(ListQuery::default().is_misread(|name| (name == "hygiene").then(|| "dirty".to_owned())));
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let query = read(&[("status", "gone"), ("sort", "colour"), ("page", "-3")]);
        assert_eq!(query, ListQuery::default());
        for (status, sort, misread) in [("gone", "name", true), ("active", "colour", true), ("active", "-name", false)]
        {
            let get = |name: &str| match name {
                "status" => Some(status.to_owned()),
                "sort" => Some(sort.to_owned()),
                _ => None,
            };
            assert_eq!(ListQuery::read(get).is_misread(get), misread, "{status} {sort}");
        }
        assert!(!ListQuery::default().is_misread(|_| None));
        let query = read(&[("status", "revoked"), ("sort", "-name"), ("page", "3"), ("inactive", "1")]);
        assert_eq!((query.status, query.page, query.inactive), (Some(KeyStatus::Revoked), 2, true));
        assert_eq!(query.sort, Sort { column: Column::Name, direction: Direction::Descending });
    }

    #[test]
    fn neither_a_secret_nor_a_part_of_one_is_searched_for() {
        for (text, safe) in [
            ("Billing export", true),
            ("production_environment_export_of_invoices", true),
            ("clv_4fGh", false),
            ("clv_4fGh…9aZ1", true),
            ("acme_clv_4fGh...9aZ1", true),
            ("clv_4fGhx…9aZ1", false),
            ("x clv_", false),
            ("0123456789abcdefghij", false),
            ("0123456789abcdefghi", true),
        ] {
            assert_eq!(is_safe(text), safe, "{text}");
            assert_eq!(read(&[("q", text)]).search.is_empty(), !safe);
        }
    }

    #[test]
    fn a_second_press_turns_the_order_round() {
        let by_name = Sort::default().pressed(Column::Name);
        assert_eq!(by_name, Sort::by(Column::Name));
        assert_eq!(by_name.pressed(Column::Name).direction, Direction::Descending);
        assert_eq!(by_name.pressed(Column::Name).pressed(Column::Name), by_name);
        assert_eq!(Sort::default().pressed(Column::Created).direction, Direction::Ascending);
    }
}
