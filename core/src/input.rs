//! Reading request bodies: every field that does not fit is named, unknown ones are refused, and nothing is guessed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{secret::find_secret, text::TextProblem};

/// One field that does not fit.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name; empty for the body as a whole.
    pub field: String,
    /// A sentence that says what would fit.
    pub message: String,
}

/// What is wrong with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    message: String,
    contains_secret: bool,
}

impl From<&str> for Problem {
    fn from(message: &str) -> Self {
        Self { message: message.to_owned(), contains_secret: false }
    }
}

impl From<String> for Problem {
    fn from(message: String) -> Self {
        Self { message, contains_secret: false }
    }
}

impl From<TextProblem> for Problem {
    fn from(problem: TextProblem) -> Self {
        Self { message: problem.to_string(), contains_secret: problem == TextProblem::ContainsSecret }
    }
}

/// All that is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// Each field, once.
    pub errors: Vec<FieldError>,
    /// A secret was found in one of them: answered as `contains_secret`, so that the caller notices.
    pub contains_secret: bool,
}

impl Problems {
    /// None yet.
    #[must_use]
    pub const fn none() -> Self {
        Self { errors: Vec::new(), contains_secret: false }
    }

    /// `value`, if there are none.
    ///
    /// # Errors
    /// These.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.errors.is_empty() { Ok(value) } else { Err(self) }
    }

    /// One problem of one field.
    #[must_use]
    pub fn one(field: &str, problem: impl Into<Problem>) -> Self {
        let problem = problem.into();
        let error = FieldError { field: field.to_owned(), message: problem.message };
        Self { errors: vec![error], contains_secret: problem.contains_secret }
    }
}

impl Problems {
    /// Adds those of another part of the same body.
    pub fn join(&mut self, other: Self) {
        self.errors.extend(other.errors);
        self.contains_secret |= other.contains_secret;
    }

    /// Adds those of the part at `place`, as `place.field`.
    pub fn within(&mut self, place: &str, mut other: Self) {
        for error in &mut other.errors {
            let dot = if error.field.is_empty() { "" } else { "." };
            error.field = format!("{place}{dot}{}", error.field);
        }
        self.join(other);
    }
}

/// The fields of a body while it is read.
pub struct Fields {
    rest: Map<String, Value>,
    problems: Problems,
}

impl Fields {
    /// The fields of `body`, which is bare or wrapped once as `{"<wrapper>": {…}}`: an object is the wrapper, `null` or text
    /// under that name is an attribute.
    ///
    /// # Errors
    /// The body is not an object, or there is something beside the wrapper.
    pub fn of(body: &Value, wrapper: &str) -> Result<Self, Problems> {
        let object = as_object(body)?;
        let Some(Value::Object(inner)) = object.get(wrapper) else {
            return Self::bare(body);
        };
        let mut beside = Self::with(object.clone());
        beside.ignore(&[wrapper]);
        beside.finish()?;
        Ok(Self::with(inner.clone()))
    }

    /// The fields of a body that is never wrapped.
    ///
    /// # Errors
    /// The body is not an object.
    pub fn bare(body: &Value) -> Result<Self, Problems> {
        Ok(Self::with(as_object(body)?.clone()))
    }

    const fn with(rest: Map<String, Value>) -> Self {
        Self { rest, problems: Problems::none() }
    }

    /// A field that must be there. `None` when it is not or does not fit: [`Self::finish`] then fails.
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, Problem>) -> Option<T> {
        match self.rest.remove(name) {
            None | Some(Value::Null) => {
                self.add(name, "Is required.".into());
                None
            }
            Some(value) => self.read(name, &value, read),
        }
    }

    /// A field that may be absent or null. `None` then, and when it does not fit: [`Self::finish`] then fails.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, Problem>) -> Option<T> {
        match self.rest.remove(name) {
            None | Some(Value::Null) => None,
            Some(value) => self.read(name, &value, read),
        }
    }

    /// A field of a change that cannot be cleared. `None` when it is absent: it stays as it is.
    pub fn changed<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, Problem>) -> Option<T> {
        match self.rest.remove(name) {
            None => None,
            Some(Value::Null) => {
                self.add(name, "Must not be null: leave it out to keep it as it is.".into());
                None
            }
            Some(value) => self.read(name, &value, read),
        }
    }

    /// A field of a change that an explicit null clears. `None` when it is absent: it stays as it is.
    pub fn cleared<T>(&mut self, name: &str, empty: T, read: impl FnOnce(&Value) -> Result<T, Problem>) -> Option<T> {
        match self.rest.remove(name) {
            None => None,
            Some(Value::Null) => Some(empty),
            Some(value) => self.read(name, &value, read),
        }
    }

    /// Fields that are accepted and mean nothing here.
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.rest.remove(*name);
        }
    }

    /// Refuses what is left over.
    ///
    /// # Errors
    /// Every field that did not fit, and every unknown one.
    pub fn finish(mut self) -> Result<(), Problems> {
        for (name, value) in std::mem::take(&mut self.rest) {
            // The name is the caller's own text, and repeated only when there is no secret in it.
            if find_secret(&name).is_some() {
                self.add("", TextProblem::ContainsSecret.into());
            } else if find_secret(&value.to_string()).is_some() {
                self.add(&name, TextProblem::ContainsSecret.into());
            } else {
                self.add(&name, "Unknown field.".into());
            }
        }
        if self.problems.errors.is_empty() { Ok(()) } else { Err(self.problems) }
    }

    /// [`Self::finish`], giving out a required value that can only be there when nothing was wrong.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn finish_with<T>(self, required: Option<T>) -> Result<T, Problems> {
        self.finish()?;
        required.ok_or_else(|| Problems::one("", "The body lacks a required field."))
    }

    /// Adds what is wrong with a field that was read already.
    pub fn refuse(&mut self, name: &str, problem: &str) {
        self.add(name, problem.into());
    }

    fn read<T>(&mut self, name: &str, value: &Value, read: impl FnOnce(&Value) -> Result<T, Problem>) -> Option<T> {
        read(value).map_err(|problem| self.add(name, problem)).ok()
    }

    fn add(&mut self, field: &str, problem: Problem) {
        self.problems.contains_secret |= problem.contains_secret;
        self.problems.errors.push(FieldError { field: field.to_owned(), message: problem.message });
    }
}

fn as_object(body: &Value) -> Result<&Map<String, Value>, Problems> {
    body.as_object().ok_or_else(|| Problems::one("", "The body must be a JSON object."))
}

/// Reads the version that a caller has seen.
///
/// # Errors
/// The value is no whole number.
pub fn version(value: &Value) -> Result<i64, Problem> {
    value.as_i64().ok_or_else(|| "Must be the version that you have read.".into())
}

/// Reads a choice.
///
/// # Errors
/// The value is neither true nor false.
pub fn flag(value: &Value) -> Result<bool, Problem> {
    value.as_bool().ok_or_else(|| "Must be true or false.".into())
}

/// Reads a text that must be of a checked type.
///
/// # Errors
/// The value is not text, or the type refuses it.
pub fn text<T>(value: &Value, parse: fn(&str) -> Result<T, TextProblem>) -> Result<T, Problem> {
    Ok(parse(value.as_str().ok_or("Must be text.")?)?)
}
