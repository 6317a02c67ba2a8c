//! Which index a list is read by.
//!
//! SQLite knows nothing of how many keys have which attribute, so it would guess; `INDEXED BY` says it. With several
//! filters the one comes first that most likely leaves few keys, and the others are conditions.

use claviger_core::{
    hygiene::Hygiene,
    key::{Access, KeyKind, Role},
    status::KeyStatus,
    text::fold,
    time::Timestamp,
    wire::import::LONGEST_HINT,
};

use super::{
    super::{Statement, Visible, sql},
    Filter, Order, hygiene,
    order::{BY_ID, IdColumn, LAST_USED},
};

/// Up to so many hits of a search are sorted. When there are more, the list is read in its own order until enough rows of it
/// are hits, which are not far apart then.
const FEW_HITS: usize = 1000;
/// Characters in a row that the index of names knows. Shorter searches have none.
const TRIGRAM: usize = 3;
/// So many of a search are looked for where that covers it: each further one costs, and leaves out little.
const TRIGRAMS: usize = 4;

/// One way through a list, in its order.
pub struct Way {
    /// Behind `FROM`.
    pub from: String,
    /// Behind `WHERE`.
    pub condition: Statement,
    /// The id, which ties are broken by.
    pub id: IdColumn,
}

/// Ways that together have each row once.
pub struct Ways {
    /// In front of them.
    pub with: Statement,
    /// At most five: D1 takes no more in a compound.
    pub arms: Vec<Way>,
}

/// The filter that the list is read by.
enum Driver {
    Hint,
    Name,
    User,
    Search(Search),
    Hygiene(Hygiene),
    Status(Vec<KeyStatus>),
    /// By the index `api_keys_by_<word>`.
    Column(&'static str),
    None,
}

/// Keys whose names have the trigrams of a text, and a few that have them without the text.
struct Search {
    /// FTS5's query.
    query: String,
    organization: i64,
}

impl Ways {
    /// The ways through what `filter` asks for.
    pub fn of(filter: &Filter, visible: Visible, now: Timestamp, order: Order) -> Self {
        let condition = |but_for_status: bool| condition(filter, visible, now, but_for_status);
        let one = |from: String, condition, id| Self { with: sql(""), arms: vec![Way { from, condition, id }] };
        let (suffix, id) = if order.field == "name" { ("_name", IdColumn::Tie) } else { ("", IdColumn::Plain) };
        let indexed = |name: &str| format!("api_keys k INDEXED BY api_keys_{name}");
        match driver(filter, visible) {
            // By the ids that the hint leads to: one or two, for it has random characters.
            Driver::Hint => one("api_keys k".to_owned(), condition(false), IdColumn::Plain),
            Driver::Name => one(indexed("by_name"), condition(false), IdColumn::Tie),
            Driver::User => one(indexed("by_user"), condition(false), IdColumn::Plain),
            Driver::Column(word) => one(indexed(&format!("by_{word}{suffix}")), condition(false), id),
            Driver::None if order.field == "name" => one(indexed("by_name"), condition(false), id),
            Driver::None => one(indexed("by_organization"), condition(false), id),
            Driver::Status(statuses) => {
                let parts = statuses.iter().flat_map(|status| parts(*status, now));
                let way = |(index, part): (&str, Statement)| {
                    // Due keys are few.
                    let index = if index == "by_status" { format!("{index}{suffix}") } else { index.to_owned() };
                    let condition = condition(true).then(sql(" AND ")).then(part);
                    Way { from: indexed(&index), condition, id }
                };
                Self { with: sql(""), arms: parts.map(way).collect() }
            }
            Driver::Search(search) if order.field == "id" => one(
                "key_names f CROSS JOIN api_keys k ON k.id = f.rowid & 4294967295".to_owned(),
                search.condition("f").then(sql(" AND ")).then(condition(false)),
                IdColumn::OfSearch(search.organization),
            ),
            Driver::Search(search) => {
                let hits = sql("SELECT f.rowid & 4294967295 FROM key_names f WHERE ").then(search.condition("f"));
                Self::by_hits(hits, order, || condition(false))
            }
            Driver::Hygiene(kind) => {
                let hits = sql(format!("SELECT k.id FROM {} WHERE ", indexed(hygiene::index(kind))));
                let hits = hits.then(visible.condition()).then(sql(" AND ")).then(hygiene::condition(kind, now));
                Self::by_hits(hits, order, || condition(false))
            }
        }
    }
}

impl Ways {
    /// Few hits are sorted; of many, the list is read in its own order.
    fn by_hits(hits: Statement, order: Order, condition: impl Fn() -> Statement) -> Self {
        let with = sql("WITH hits (id) AS MATERIALIZED (").then(hits).then(sql(format!(" LIMIT {}) ", FEW_HITS + 1)));
        let when = |than: &str| sql(format!("(SELECT count(*) FROM hits) {than} {FEW_HITS} AND "));
        let few = "hits CROSS JOIN api_keys k ON k.id = hits.id".to_owned();
        let by_name = order.field == "name";
        let many = format!("api_keys k INDEXED BY api_keys_{}", if by_name { "by_name" } else { "by_organization" });
        let id = if by_name { IdColumn::Tie } else { IdColumn::Plain };
        let way = |from, than| Way { from, condition: when(than).then(condition()), id };
        Self { with, arms: vec![way(few, "<="), way(many, ">")] }
    }

    /// The ways on which all of them are counted.
    pub fn to_count(filter: &Filter, visible: Visible, now: Timestamp) -> Self {
        match driver(filter, visible) {
            Driver::Hygiene(kind) => {
                let from = format!("api_keys k INDEXED BY api_keys_{}", hygiene::index(kind));
                let way = Way { from, condition: condition(filter, visible, now, false), id: IdColumn::Plain };
                Self { with: sql(""), arms: vec![way] }
            }
            _ => Self::of(filter, visible, now, BY_ID),
        }
    }
}

impl Search {
    fn condition(&self, table: &str) -> Statement {
        sql(format!("{table}.key_names MATCH ? AND {table}.rowid > (? << 32) AND {table}.rowid < ((? + 1) << 32)"))
            .text(&self.query)
            .int(self.organization)
            .int(self.organization)
    }
}

fn driver(filter: &Filter, visible: Visible) -> Driver {
    let statuses = statuses(filter);
    // The commonest of each comes last.
    let role = filter.role.is_some_and(|role| role != Role::Integration).then_some("role");
    let kind = (filter.kind == Some(KeyKind::Personal)).then_some("kind");
    let column = role.or(kind).or(filter.access.map(|_| "access")).or(filter.role.map(|_| "role"));
    let column = column.or(filter.kind.map(|_| "kind"));
    if filter.hint.as_deref().is_some_and(|hint| !is_shared(hint)) {
        Driver::Hint
    } else if filter.name.is_some() {
        Driver::Name
    } else if filter.user_id.is_some() || visible.owner.is_some() {
        Driver::User
    } else if let Some(search) = filter.name_contains.as_deref().and_then(|part| search(part, visible)) {
        Driver::Search(search)
    } else if let Some(kind) = filter.hygiene {
        Driver::Hygiene(kind)
    } else if !statuses.is_empty() && (column.is_none() || !statuses.contains(&KeyStatus::Active)) {
        Driver::Status(statuses)
    } else {
        column.map_or(Driver::None, Driver::Column)
    }
}

/// Whether many keys may have this hint, in every organization: whoever imports keys chooses it, and most leave it as it is. How many
/// there are elsewhere must not show in how long an answer takes.
fn is_shared(hint: &str) -> bool {
    hint.chars().count() <= LONGEST_HINT
}

fn search(part: &str, visible: Visible) -> Option<Search> {
    let folded: Vec<char> = part.to_lowercase().chars().collect();
    // FTS5's query ends at a NUL, which is in no name: the other way finds nothing either.
    if folded.len() < TRIGRAM || folded.contains(&'\0') {
        return None;
    }
    let step = (folded.len() - TRIGRAM).div_ceil(TRIGRAMS).clamp(1, TRIGRAM);
    // The last one always: names differ at their ends.
    let all = folded.windows(TRIGRAM);
    let chosen = all.clone().step_by(step).chain(all.last());
    let mut terms: Vec<String> =
        chosen.map(|trigram| format!("\"{}\"", trigram.iter().collect::<String>().replace('"', "\"\""))).collect();
    terms.sort_unstable();
    terms.dedup();
    Some(Search { query: terms.join(" AND "), organization: visible.organization? })
}

/// Those asked for, each once; none when all are.
fn statuses(filter: &Filter) -> Vec<KeyStatus> {
    let asked: Vec<KeyStatus> =
        KeyStatus::ALL.iter().copied().filter(|status| filter.status.contains(status)).collect();
    if asked.len() == KeyStatus::ALL.len() { Vec::new() } else { asked }
}

/// The same rule as [`KeyStatus::of`], which a test holds it to, in parts that have an index each.
fn parts(status: KeyStatus, now: Timestamp) -> Vec<(&'static str, Statement)> {
    let settled = format!("k.settled_status = '{status}'");
    match status {
        KeyStatus::Revoked => vec![("by_status", sql(settled))],
        KeyStatus::Expired => {
            vec![("by_status", sql(settled)), ("due", sql("k.due_at <= ?").int(now.millis()))]
        }
        KeyStatus::Pending | KeyStatus::Disabled | KeyStatus::Active => {
            let lasting = format!("{settled} AND (k.due_at IS NULL OR k.due_at > ?)");
            vec![("by_status", sql(lasting).int(now.millis()))]
        }
    }
}

/// What a key must be to be in the list; but for its status, when the ways are those of the status.
fn condition(filter: &Filter, visible: Visible, now: Timestamp, but_for_status: bool) -> Statement {
    let mut condition = visible.condition();
    let mut and = |more: Statement| condition = std::mem::replace(&mut condition, sql("")).then(more);
    if let Some(name) = &filter.name {
        and(sql(" AND k.name_folded = ?").text(&fold(name)));
    }
    if let Some(part) = &filter.name_contains {
        // Not LIKE: D1 allows its patterns 50 bytes.
        and(sql(" AND instr(k.name_folded, ?) > 0").text(&part.to_lowercase()));
    }
    match &filter.hint {
        Some(hint) if is_shared(hint) => {
            and(sql(" AND EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND s.hint = ?)").text(hint));
        }
        Some(hint) => and(sql(" AND k.id IN (SELECT key_id FROM secrets WHERE hint = ?)").text(hint)),
        None => {}
    }
    for (column, word) in [
        ("access", filter.access.map(Access::word)),
        ("role", filter.role.map(Role::word)),
        ("kind", filter.kind.map(KeyKind::word)),
    ] {
        if let Some(word) = word {
            and(sql(format!(" AND k.{column} = ?")).text(word));
        }
    }
    if let Some(id) = filter.user_id {
        and(sql(" AND k.user_id = ?").int(id));
    }
    if let Some((kind, id)) = filter.created_by {
        and(sql(" AND k.created_by_type = ? AND k.created_by_id IS ?").text(kind.word()).maybe_int(id));
    }
    if let Some(moment) = filter.expires_before {
        and(sql(" AND k.expires_at < ? AND k.expires_at > ?").int(moment.millis()).int(now.millis()));
    }
    if let Some(moment) = filter.unused_since {
        let unused = format!(" AND k.created_at < ? AND coalesce({LAST_USED}, 0) < ?");
        and(sql(unused).int(moment.millis()).int(moment.millis()));
    }
    if let Some(kind) = filter.hygiene {
        and(sql(" AND ").then(hygiene::condition(kind, now)));
    }
    let statuses = statuses(filter);
    if !statuses.is_empty() && !but_for_status {
        and(sql(" AND (0"));
        for (_, part) in statuses.iter().flat_map(|status| parts(*status, now)) {
            and(sql(" OR (").then(part).then(sql(")")));
        }
        and(sql(")"));
    }
    condition
}
