//! What a verifier asks about a presented text, through each of the doors.

use std::{borrow::Cow, net::IpAddr};

use serde_json::{Value, json};

use super::{Code, Rights, Standing};
use crate::{
    input::{Fields, Problem, Problems},
    key::Access,
    meter::MOST_COST,
    network::allows,
    scope::{MOST_SCOPES, Scope, cover},
    time::Timestamp,
};

/// Longest presented text, in bytes; imported keys have at most that.
pub const LONGEST_KEY: usize = 512;
/// Most questions in a batch.
pub const MOST_ASKS: usize = 100;

/// What a verifier asks about one presented text.
#[derive(Clone, PartialEq)]
pub struct Ask {
    /// The presented text, secret or not.
    pub key: String,
    /// The access it must have.
    pub access: Access,
    /// The scopes it must have.
    pub scopes: Vec<Scope>,
    /// Where it was presented from.
    pub ip: Option<IpAddr>,
    /// How old the answer may be, in milliseconds; 0 has the primary database read.
    pub max_age_ms: Option<i64>,
    /// What this use takes of its rate and its credits.
    pub cost: u64,
}

impl Ask {
    /// Reads the body of `POST /v1/verify`.
    ///
    /// # Errors
    /// Every field that does not fit, by name; the presented text is never repeated.
    pub fn read(body: &Value) -> Result<Self, Problems> {
        let mut fields = Fields::bare(body)?;
        let key = fields.required("key", key);
        Self::finish(fields, key, "scopes")
    }

    /// Reads the body of `POST /v1/verify/batch`: `{"requests":[…]}`, each as [`Self::read`] has it.
    ///
    /// # Errors
    /// Every field that does not fit, as `requests[3].key`.
    pub fn read_batch(body: &Value) -> Result<Vec<Self>, Problems> {
        let mut fields = Fields::bare(body)?;
        let items = fields.required("requests", |value| {
            let items = value.as_array().filter(|items| (1..=MOST_ASKS).contains(&items.len()));
            items.cloned().ok_or_else(|| Problem::from(format!("Must be a list of 1 to {MOST_ASKS} questions.")))
        });
        let items = fields.finish_with(items)?;
        let mut asks = Vec::with_capacity(items.len());
        let mut problems = Problems::none();
        for (index, item) in items.iter().enumerate() {
            match Self::read(item) {
                Ok(ask) => asks.push(ask),
                Err(found) => problems.within(&format!("requests[{index}]"), found),
            }
        }
        if problems.errors.is_empty() { Ok(asks) } else { Err(problems) }
    }

    /// Reads the form of `POST /v1/introspect` (RFC 7662, 2.1). Parameters that we do not know are ignored, as OAuth has it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of_form<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Result<Self, Problems> {
        let known = pairs.filter(|(name, _)| matches!(name.as_ref(), "token" | "ip" | "max_age_ms"));
        let mut fields = Fields::bare(&object(known, "")?)?;
        let key = fields.required("token", key);
        Self::finish(fields, key, "scopes")
    }

    /// Reads the query of `/v1/auth`, which the proxy's configuration writes, for the key that its client sent. `scope` may
    /// be there many times, and name several with spaces between them.
    ///
    /// # Errors
    /// Every parameter that does not fit, and every unknown one: a wish that was ignored would let anyone in.
    pub fn of_query<'a>(
        key: String,
        pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Problems> {
        Self::finish(Fields::bare(&object(pairs, "scope")?)?, Some(key), "scope")
    }

    /// The same, presented from `ip` if it does not say where itself.
    #[must_use]
    pub fn or_from(self, ip: Option<IpAddr>) -> Self {
        Self { ip: self.ip.or(ip), ..self }
    }

    fn finish(mut fields: Fields, key: Option<String>, scopes_name: &str) -> Result<Self, Problems> {
        let access = fields.optional("access", |value| {
            value.as_str().and_then(Access::parse).ok_or_else(|| "Must be read_only or read_write.".into())
        });
        let scopes = fields.optional(scopes_name, scopes);
        let ip = fields.optional("ip", |value| {
            value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| "Must be an IPv4 or IPv6 address.".into())
        });
        let max_age_ms = fields.optional("max_age_ms", |value| {
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            number.filter(|age| *age >= 0).ok_or_else(|| "Must be a whole number of milliseconds, 0 or more.".into())
        });
        let cost = fields.optional("cost", |value| {
            let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
            let number = number.filter(|cost| (1..=MOST_COST).contains(cost));
            number.ok_or_else(|| format!("Must be a whole number from 1 to {MOST_COST}.").into())
        });
        let key = fields.finish_with(key)?;
        let access = access.unwrap_or(Access::ReadOnly);
        Ok(Self { key, access, scopes: scopes.unwrap_or_default(), ip, max_age_ms, cost: cost.unwrap_or(1) })
    }

    /// The answer for a secret that was found: the first code that applies, before rates and credits.
    #[must_use]
    pub fn judge(&self, standing: &Standing, rights: Rights<'_>, now: Timestamp) -> Code {
        if let Some(code) = standing.objection(now) {
            code
        } else if !allows(rights.allowed_ips, self.ip) {
            Code::IpNotAllowed
        } else if rights.access < self.access {
            Code::InsufficientAccess
        } else if cover(rights.scopes, &self.scopes) {
            Code::Valid
        } else {
            Code::InsufficientScope
        }
    }
}

fn key(value: &Value) -> Result<String, Problem> {
    let text = value.as_str().ok_or("Must be text.")?;
    if text.is_empty() || text.len() > LONGEST_KEY {
        return Err(Problem::from(format!("Must be 1 to {LONGEST_KEY} bytes.")));
    }
    Ok(text.to_owned())
}

fn scopes(value: &Value) -> Result<Vec<Scope>, Problem> {
    let items = value.as_array().ok_or("Must be a list of texts such as invoices.read.")?;
    if items.len() > MOST_SCOPES {
        return Err(Problem::from(format!("Must be at most {MOST_SCOPES} scopes.")));
    }
    let read = |item: &Value| item.as_str().and_then(Scope::parse);
    let scopes = items.iter().map(read).collect::<Option<Vec<_>>>();
    scopes.ok_or_else(|| "Each scope must look like invoices.read or invoices.*".into())
}

/// Parameters as the object that a JSON body would be; the one called `list` is a list of words. No other may be there twice:
/// which of them counted would be anybody's guess.
fn object<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>, list: &str) -> Result<Value, Problems> {
    let mut object = serde_json::Map::new();
    for (name, value) in pairs {
        if name == list {
            let words = value.split_whitespace().map(Value::from);
            if let Value::Array(items) = object.entry(name).or_insert_with(|| json!([])) {
                items.extend(words);
            }
        } else if object.insert(name.to_string(), Value::from(value.as_ref())).is_some() {
            return Err(Problems::one(&name, "Must be there once."));
        }
    }
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.into(), value.into()))
    }

    #[test]
    fn a_proxy_wishes_in_its_query() {
        let ask = |query| Ask::of_query("k".into(), pairs(query));
        let wishes = ask("access=read_write&scope=a.b c.d&scope=e.f&ip=::1&max_age_ms=7&cost=12").unwrap();
        assert_eq!(wishes.scopes, ["a.b", "c.d", "e.f"].map(|text| Scope::parse(text).unwrap()));
        assert!(wishes.access == Access::ReadWrite && wishes.ip == "::1".parse().ok() && wishes.max_age_ms == Some(7));
        assert_eq!((wishes.cost, ask("").unwrap().cost), (12, 1));
        assert!(ask("").is_ok_and(|ask| ask.key == "k" && ask.scopes.is_empty()));
        for (query, field) in [
            ("scopes=a.b", "scopes"),
            ("key=x", "key"),
            ("access=read_only&access=read_write", "access"),
            ("ip=1.2.3.4&ip=1.2.3.5", "ip"),
            ("scope=a!", "scope"),
            ("max_age_ms=-1", "max_age_ms"),
            ("max_age_ms=", "max_age_ms"),
            ("cost=0", "cost"),
            ("cost=1&cost=2", "cost"),
        ] {
            assert_eq!(ask(query).err().unwrap().errors[0].field, field, "{query}");
        }
    }

    #[test]
    fn what_is_stated_comes_before_what_a_header_says() {
        let (stated, other) = ("::1".parse().ok(), "192.0.2.1".parse().ok());
        let ask = |query| Ask::of_query("k".into(), pairs(query)).unwrap();
        assert_eq!(ask("ip=::1").or_from(other).ip, stated);
        assert_eq!(ask("").or_from(other).ip, other);
        assert_eq!(ask("").or_from(None).ip, None);
    }

    #[test]
    fn a_form_is_read_as_oauth_has_it() {
        let ask = |form| Ask::of_form(pairs(form));
        assert!(ask("token=x&token_type_hint=access_token&scope=a&client_id=7").is_ok_and(|ask| ask.key == "x"));
        for (form, field) in
            [("", "token"), ("token=", "token"), ("token=x&token=y", "token"), ("token=x&ip=nowhere", "ip")]
        {
            assert_eq!(ask(form).err().unwrap().errors[0].field, field, "{form}");
        }
    }

    #[test]
    fn a_batch_names_the_question_that_does_not_fit() {
        let many = |n| json!({"requests": vec![json!({"key": "x"}); n]});
        assert_eq!(Ask::read_batch(&many(100)).unwrap().len(), 100);
        let mixed = json!({"requests": [{"key": "x"}, {"key": "x", "kye": 1}]});
        for (body, field) in [
            (many(0), "requests"),
            (many(101), "requests"),
            (json!({}), "requests"),
            (json!({"requests": {}}), "requests"),
            (json!({"requests": ["x"]}), "requests[0]"),
            (mixed, "requests[1].kye"),
        ] {
            assert_eq!(Ask::read_batch(&body).err().unwrap().errors[0].field, field);
        }
    }

    #[test]
    fn what_is_asked_is_read_with_the_least_as_default() {
        let ask = Ask::read(&json!({"key": "clv_x"})).unwrap();
        assert!(ask.access == Access::ReadOnly && ask.scopes.is_empty());
        for (body, field) in [
            (json!({}), "key"),
            (json!({"key": 7}), "key"),
            (json!({"key": ""}), "key"),
            (json!({"key": "x".repeat(513)}), "key"),
            (json!({"key": "x", "access": "all"}), "access"),
            (json!({"key": "x", "scopes": "a"}), "scopes"),
            (json!({"key": "x", "scopes": ["a b"]}), "scopes"),
            (json!({"key": "x", "kye": 1}), "kye"),
            (json!({"key": "x", "ip": "1.2.3"}), "ip"),
            (json!({"key": "x", "max_age_ms": -1}), "max_age_ms"),
            (json!({"key": "x", "max_age_ms": 0.5}), "max_age_ms"),
            (json!({"key": "x", "max_age_ms": 1e300}), "max_age_ms"),
            (json!({"key": "x", "cost": 0}), "cost"),
            (json!({"key": "x", "cost": 1_000_001}), "cost"),
            (json!({"key": "x", "cost": 1.5}), "cost"),
            (json!({"key": "x", "cost": -1}), "cost"),
            (json!({"": {"key": "x"}}), "key"),
        ] {
            assert_eq!(Ask::read(&body).err().unwrap().errors[0].field, field);
        }
    }
}
