//! Comma-separated values (RFC 4180) that a spreadsheet takes for text, and a list of keys as such.
//!
//! A cell that begins like a formula would be computed by whoever opens the file
//! (<https://owasp.org/www-community/attacks/CSV_Injection>): it gets an apostrophe in front. Every cell is quoted, so that no
//! separator of any spreadsheet opens another cell. There is never a secret in it but where the caller puts one.

use crate::{
    scope::Scope,
    time::Timestamp,
    wire::key::{Actor, ActorKind, Key},
};

/// In front of the file: without it some spreadsheets do not read UTF-8.
pub const BOM: &str = "\u{feff}";

/// What a formula begins with; the wide forms are taken for the narrow ones by some.
const FORMULA: &str = "=+-@\t\r\n＝＋－＠";

/// The first line of a list of keys.
pub const KEY_COLUMNS: [&str; 20] = [
    "id",
    "name",
    "hint",
    "description",
    "kind",
    "owner",
    "role",
    "access",
    "scopes",
    "status",
    "created_at",
    "created_by",
    "expires_at",
    "last_used_at",
    "rotated_at",
    "revoked_at",
    "revoked_by",
    "revoke_reason",
    "allowed_ips",
    "source",
];

/// One line, with its end.
pub fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for cell in cells {
        if !text.is_empty() {
            text.push(',');
        }
        push(&mut text, cell.as_ref());
    }
    text.push_str("\r\n");
    text
}

/// The line of a key, under [`KEY_COLUMNS`].
#[must_use]
pub fn key(key: &Key) -> String {
    let time = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string()).unwrap_or_default();
    let scopes: Vec<&str> = key.scopes.iter().map(Scope::as_str).collect();
    let ranges: Vec<String> = key.allowed_ips.iter().map(ToString::to_string).collect();
    let cells: [String; KEY_COLUMNS.len()] = [
        key.id.to_string(),
        key.name.clone(),
        key.hint.as_ref().map(ToString::to_string).unwrap_or_default(),
        key.description.clone(),
        key.kind.word().to_owned(),
        key.user_name.clone().unwrap_or_default(),
        key.role.word().to_owned(),
        key.access.word().to_owned(),
        scopes.join(" "),
        key.status.word().to_owned(),
        key.created_at.to_string(),
        actor(&key.created_by),
        time(key.expires_at),
        time(key.last_used_at),
        time(key.rotated_at),
        time(key.revoked_at),
        key.revoked_by.as_ref().map(actor).unwrap_or_default(),
        key.revoke_reason.clone().unwrap_or_default(),
        ranges.join(" "),
        key.source.word().to_owned(),
    ];
    line(cells)
}

fn actor(actor: &Actor) -> String {
    match actor.kind {
        ActorKind::Key => format!("key {}", actor.name),
        ActorKind::User | ActorKind::System => actor.name.clone(),
    }
}

fn push(text: &mut String, cell: &str) {
    text.push('"');
    // Behind blanks and what cannot be seen, too: some spreadsheets take those away first.
    let begins = cell.chars().find(|character| {
        FORMULA.contains(*character)
            || !(character.is_whitespace() || character.is_control() || *character == '\u{feff}')
    });
    if begins.is_some_and(|character| FORMULA.contains(character)) {
        text.push('\'');
    }
    for character in cell.chars() {
        if character == '"' {
            text.push('"');
        }
        text.push(character);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads one line again, as RFC 4180 says.
    fn cells(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        let mut characters = line.strip_suffix("\r\n").unwrap().chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if quoted && characters.peek() == Some(&'"') => {
                    cells.last_mut().unwrap().push('"');
                    characters.next();
                }
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        assert!(!quoted);
        cells
    }

    #[test]
    fn what_goes_in_comes_out() {
        for row in [
            vec!["a", "b"],
            vec!["", ""],
            vec!["comma, semicolon; and \"quotes\"", "two\nlines"],
            vec!["Größe 东京 🗝", "a=b", "1-2"],
        ] {
            assert_eq!(cells(&line(&row)), row);
        }
    }

    #[test]
    fn what_looks_like_a_formula_is_text() {
        for cell in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "=",
            "  =1",
            "\u{0}=1",
            "\u{feff}=1",
            "\u{a0}=1",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "=\"a\"\"b\"",
            "=cmd|' /C calc'!A0",
            " \t x",
        ] {
            assert_eq!(cells(&line([cell])), [format!("'{cell}")], "{cell:?}");
        }
        for cell in ["a=1", "1+1", "", " a", "'=1", "clv_4fGh…9aZ1", "\"=1"] {
            assert_eq!(cells(&line([cell])), [cell], "{cell:?}");
        }
    }

    #[test]
    fn every_cell_is_quoted_and_the_line_ends_as_the_rfc_says() {
        assert_eq!(line(["a", "", "say \"no\""]), "\"a\",\"\",\"say \"\"no\"\"\"\r\n");
    }

    #[test]
    fn a_key_has_a_cell_for_each_column_and_no_secret() {
        let sample: Key = serde_json::from_value(serde_json::json!({
            "id": 7, "organization_id": 1, "kind": "personal", "name": "=HYPERLINK(\"x\")", "description": "", "role": "integration",
            "access": "read_only", "scopes": ["a.*", "b.read"], "active": true, "status": "revoked", "hint": "clv_4fGh…9aZ1",
            "api_key": null, "secrets": [], "user_id": 3, "user_name": "Ada", "created_by": {"type": "key", "id": 1, "name": "CI"},
            "created_at": "2026-11-21T00:00:00.000Z", "updated_at": "2026-11-21T00:00:00.000Z", "expires_at": null,
            "last_used_at": null, "rotated_at": null, "revoked_at": "2026-11-22T00:00:00.000Z",
            "revoked_by": {"type": "user", "id": 3, "name": "Ada"}, "revoke_reason": "+1", "system_generated": false,
            "source": "minted", "allowed_ips": ["10.0.0.0/8"], "rate_limit": null, "credits": null, "metadata": {}, "version": 1,
        }))
        .unwrap();
        let found = cells(&key(&sample));
        let at = |column: &str| &found[KEY_COLUMNS.iter().position(|name| *name == column).unwrap()];
        assert_eq!(found.len(), KEY_COLUMNS.len());
        assert_eq!(at("name"), "'=HYPERLINK(\"x\")");
        assert_eq!(at("revoke_reason"), "'+1");
        assert_eq!((at("scopes").as_str(), at("owner").as_str()), ("a.* b.read", "Ada"));
        assert_eq!((at("created_by").as_str(), at("revoked_by").as_str()), ("key CI", "Ada"));
        assert_eq!(at("revoked_at"), "2026-11-22T00:00:00.000Z");
        assert!(!KEY_COLUMNS.contains(&"api_key"));
    }
}
