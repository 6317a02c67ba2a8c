//! What some of the demo's keys have beside what all have, and what people changed of them.

use super::keys::Maker;

const DAY: i64 = claviger_core::time::DAY;
const HOUR: i64 = claviger_core::time::HOUR;
const MINUTE: i64 = claviger_core::time::MINUTE;

/// What most keys do not have.
#[derive(Clone, Copy, Debug)]
pub struct More {
    /// Where it works.
    pub allowed_ips: &'static [&'static str],
    /// Calls in so many seconds.
    pub rate_limit: Option<(u64, u64)>,
    /// Left, and what that is set to how often.
    pub credits: Option<(u64, Option<(u64, &'static str)>)>,
    /// The header in which a verifier says where its client is.
    pub client_ip_header: Option<&'static str>,
    /// As JSON text.
    pub metadata: &'static str,
    /// It came from another system, and is shown by this.
    pub imported: Option<&'static str>,
}

const NONE: More =
    More { allowed_ips: &[], rate_limit: None, credits: None, client_ip_header: None, metadata: "{}", imported: None };

const MORE: [(&str, More); 11] = [
    (
        "Edge gateway",
        More {
            allowed_ips: &["198.51.100.0/24", "2001:db8:42::/48"],
            client_ip_header: Some("x-client-address"),
            metadata: r#"{"region":"eu-north","service":"gateway"}"#,
            ..NONE
        },
    ),
    (
        "Regional gateway, Rotterdam",
        More { allowed_ips: &["192.0.2.64/26"], metadata: r#"{"region":"eu-west"}"#, ..NONE },
    ),
    (
        "Partner: Nordlys Shipping",
        More {
            rate_limit: Some((100, 60)),
            credits: Some((18_240, Some((20_000, "monthly")))),
            metadata: r#"{"contact":"it@nordlys.example","contract":"NS-2025-07"}"#,
            ..NONE
        },
    ),
    (
        "Partner: Østersund Cold Chain",
        More { credits: Some((0, None)), metadata: r#"{"contract":"OC-2026-02"}"#, ..NONE },
    ),
    (
        "Partner: Rhein-Main Spedition",
        More {
            allowed_ips: &["192.0.2.0/27"],
            metadata: r#"{"contract":"RM-2026-05"}"#,
            imported: Some("rms_live"),
            ..NONE
        },
    ),
    ("Fuel card import", More { metadata: r#"{"from":"the old portal"}"#, imported: Some("fc-7Qx2"), ..NONE }),
    ("Price feed", More { credits: Some((312, Some((500, "daily")))), ..NONE }),
    ("Tracking page", More { rate_limit: Some((600, 60)), metadata: r#"{"team":"customer"}"#, ..NONE }),
    ("Customer portal", More { rate_limit: Some((50, 1)), metadata: r#"{"team":"customer"}"#, ..NONE }),
    ("Email gateway", More { allowed_ips: &["203.0.113.24/29"], ..NONE }),
    ("CI pipeline", More { rate_limit: Some((30, 3_600)), ..NONE }),
];

/// What the key of this name has.
pub fn of(name: &str) -> More {
    MORE.iter().find(|(named, _)| *named == name).map_or(NONE, |(_, more)| *more)
}

/// An attribute that somebody changed.
pub struct Edit {
    /// Who.
    pub by: Maker,
    /// How long ago.
    pub ago: i64,
    /// Which attribute.
    pub field: &'static str,
    /// What it was, as JSON text.
    pub before: &'static str,
    /// What it became.
    pub after: &'static str,
}

type Row = (&'static str, Maker, i64, &'static str, &'static str, &'static str);

use Maker::{Key as K, Person as P};

/// The key's name is the one it has now. Per key the oldest first.
#[rustfmt::skip]
const EDITS: [Row; 18] = [
    ("Edge gateway", P(1), 350 * DAY, "allowed_ips", "[]", r#"["198.51.100.0/24"]"#),
    ("Edge gateway", P(3), 84 * DAY, "allowed_ips", r#"["198.51.100.0/24"]"#, r#"["198.51.100.0/24","2001:db8:42::/48"]"#),
    ("Edge gateway", P(3), 83 * DAY, "client_ip_header", "null", r#""x-client-address""#),
    ("Billing export", P(2), 61 * DAY, "access", r#""read_write""#, r#""read_only""#),
    ("Customs filing", P(3), 140 * DAY, "scopes", r#"["customs.read"]"#, r#"["customs.*"]"#),
    ("Customs filing", P(4), 139 * DAY, "access", r#""read_only""#, r#""read_write""#),
    ("Partner: Nordlys Shipping", P(2), 30 * DAY, "rate_limit", "null", r#"{"limit":100,"window_seconds":60}"#),
    ("Tracking page", P(3), 15 * DAY, "active", "true", "false"),
    ("Tracking page", P(2), 15 * DAY - 50 * MINUTE, "active", "false", "true"),
    ("Tracking page", P(2), 15 * DAY - 48 * MINUTE, "rate_limit", "null", r#"{"limit":600,"window_seconds":60}"#),
    ("Driver app, iOS", P(1), 20 * DAY, "name", r#""Driver app, iPhone""#, r#""Driver app, iOS""#),
    ("Data warehouse", K("Terraform"), 30 * DAY, "scopes", r#"["orders.read","stock.read"]"#, r#"["orders.read","stock.read","invoices.read"]"#),
    ("Fleet telemetry", P(1), 44 * DAY, "description", r#""""#, r#""Positions of 214 trucks""#),
    ("Label printing", P(4), 9 * DAY, "access", r#""read_only""#, r#""read_write""#),
    ("Label printing", P(1), 8 * DAY, "scopes", r#"["labels.*"]"#, r#"["labels.create"]"#),
    ("Dispatch board", P(2), 11 * DAY, "scopes", r#"["routes.read"]"#, r#"["routes.*"]"#),
    ("Email gateway", P(3), 20 * HOUR, "allowed_ips", "[]", r#"["203.0.113.24/29"]"#),
    ("CI pipeline", P(1), 17 * HOUR, "rate_limit", r#"{"limit":10,"window_seconds":3600}"#, r#"{"limit":30,"window_seconds":3600}"#),
];

/// What was changed of the key of this name, oldest first.
pub fn edits(name: &str) -> impl Iterator<Item = Edit> {
    let of_key = EDITS.iter().filter(move |(key, ..)| *key == name);
    of_key.map(|&(_, by, ago, field, before, after)| Edit { by, ago, field, before, after })
}
