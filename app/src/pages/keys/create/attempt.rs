//! Asking for a key so that it is made once, whatever becomes of the answers.

use claviger_core::{key::NewKey, wire::key::Key};

use super::model::{NewKeyForm, Purpose};
use crate::api::{self, ApiError, Minted};

const UNCERTAIN: &str = " The key may have been made. Press Create key again: it will not be made twice.";

/// The attempts of one opened form, under one `Idempotency-Key`: at most one of them makes a key.
#[derive(Clone)]
pub struct Attempt {
    id: String,
    /// The first that nobody knows the outcome of.
    uncertain: Option<(NewKeyForm, NewKey)>,
}

/// What became of an attempt.
pub enum Outcome {
    /// A key, with its secret.
    Minted(Box<Minted>),
    /// A key that an earlier attempt has made; its secret is lost.
    Lost(Box<Key>),
    /// No key, or nobody knows.
    Failed(ApiError),
}

impl Attempt {
    /// Nothing was asked yet.
    pub fn new() -> Self {
        Self { id: api::keys::attempt(), uncertain: None }
    }

    /// The request to repeat, when the form is as it was.
    pub fn again(&self, form: &NewKeyForm) -> Option<NewKey> {
        self.uncertain.as_ref().filter(|(before, _)| before == form).map(|(_, new)| new.clone())
    }

    /// Asks for `new`, which is `form`.
    pub async fn make(mut self, organization: Option<i64>, form: NewKeyForm, new: NewKey) -> (Self, Outcome) {
        let mut outcome = api::keys::create(organization, &new, form.purpose == Purpose::Own, &self.id).await;
        // The form was changed, and the key that the earlier one asked for exists: which it is, only the earlier one learns.
        if let Some((was, before)) = &self.uncertain
            && outcome.as_ref().is_err_and(|error| error.code == "idempotency_mismatch")
        {
            outcome = api::keys::create(organization, before, was.purpose == Purpose::Own, &self.id).await;
        }
        let mut error = match outcome {
            Ok(minted) => return (self, Outcome::Minted(Box::new(minted))),
            Err(error) => error,
        };
        if let Some(id) = error.already_created() {
            match api::keys::one(id).await {
                Ok(key) => return (self, Outcome::Lost(Box::new(key))),
                // Somebody has deleted it: there is none any more, and the next attempt is a new one.
                Err(gone) if gone.status == 404 => self = Self::new(),
                Err(other) => error = other,
            }
        }
        if error.is_uncertain() {
            error.message.push_str(UNCERTAIN);
            self.uncertain.get_or_insert((form, new));
        }
        (self, Outcome::Failed(error))
    }
}
