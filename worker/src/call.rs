//! What a handler of the management API is called with.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, RawPathParams};
use claviger_core::authorize::Principal;
use http::request::Parts;

use crate::{
    auth,
    error::Failure,
    incoming::Incoming,
    store::{Database, credentials::Credential, organizations},
};

/// One request of the management API.
pub struct Call {
    /// The request as it came.
    pub incoming: Incoming,
    /// The database.
    pub database: Database,
    params: HashMap<String, String>,
    query: HashMap<String, String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Call {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let incoming = parts
            .extensions
            .get::<Incoming>()
            .cloned()
            .ok_or_else(|| Failure::internal("no Incoming in the request"))?;
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Failure::not_found())?;
        Ok(Self {
            database: Database::of_request(&incoming)?,
            params: params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            query: incoming.url.query_pairs().into_owned().collect(),
            incoming,
        })
    }
}

impl Call {
    /// Who is calling.
    ///
    /// # Errors
    /// As [`auth::caller`].
    pub async fn caller(&self) -> Result<(Principal, Option<Credential>), Failure> {
        auth::caller(&self.incoming, &self.database).await
    }

    /// The `:id` of the path: a positive integer, or there is nothing there.
    ///
    /// # Errors
    /// 404.
    pub fn id(&self) -> Result<i64, Failure> {
        self.number("id")
    }

    fn number(&self, name: &str) -> Result<i64, Failure> {
        // 2^53: beyond it the database's driver would round.
        const LAST: i64 = 9_007_199_254_740_991;
        let digits = |text: &&String| !text.starts_with(['0', '+']);
        let id = self.params.get(name).filter(digits).and_then(|text| text.parse().ok());
        id.filter(|id| (1..=LAST).contains(id)).ok_or_else(Failure::not_found)
    }

    /// The organization that the path names, or the caller's own.
    ///
    /// # Errors
    /// 404 for a path that names none.
    pub fn organization(&self, principal: &Principal) -> Result<i64, Failure> {
        if self.params.contains_key("organization_id") {
            self.number("organization_id")
        } else {
            Ok(principal.organization_id)
        }
    }

    /// Makes sure that another organization than the caller's own is there.
    ///
    /// # Errors
    /// 404; 503.
    pub async fn assert_organization(&self, principal: &Principal, id: i64) -> Result<(), Failure> {
        if id != principal.organization_id {
            organizations::find(&self.database, id).await?;
        }
        Ok(())
    }

    /// The version that the caller has seen, from `If-Match`; `*` is any.
    ///
    /// # Errors
    /// 400 for what is no `ETag` of ours.
    pub fn if_match(&self) -> Result<Option<i64>, Failure> {
        let Some(header) = self.incoming.header("If-Match").filter(|value| value.trim() != "*") else {
            return Ok(None);
        };
        let version = header.trim().trim_start_matches("W/").trim_matches('"').parse().ok();
        version.map(Some).ok_or_else(|| Failure::bad_header("If-Match", "Must be the ETag of what was read."))
    }

    /// The version that the caller has seen: in `If-Match`, or in the body.
    ///
    /// # Errors
    /// 400 for what is no `ETag` of ours; 409 `conflict` for two that differ: one of them is old.
    pub fn seen(&self, in_body: Option<i64>) -> Result<Option<i64>, Failure> {
        match (self.if_match()?, in_body) {
            (Some(header), Some(body)) if header != body => Err(Failure::conflict()),
            (header, body) => Ok(header.or(body)),
        }
    }

    /// A query parameter, even an empty one.
    pub fn query_or_empty(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// A query parameter; an empty one counts as absent.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
