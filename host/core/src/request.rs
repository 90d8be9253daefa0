//! A request as it was received, before anybody has made sense of it.

use std::fmt;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method};
use uuid::Uuid;

/// Identifies a request in logs, decision records and our own replies: `req-` and a UUID, the
/// form OpenStack services use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Box<str>);

impl RequestId {
    /// A new, random id.
    pub fn generate() -> Self {
        Self(format!("req-{}", Uuid::new_v4()).into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who sent a request, as far as the embedding program knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Project the caller acts for.
    pub project_id: Option<String>,
    /// User id, or user name for HTTP basic authentication.
    pub user_id: Option<String>,
    /// Role names.
    pub roles: Vec<String>,
}

/// One request to Ironic, its body complete.
#[derive(Clone)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// Method.
    pub method: Method,
    /// Path and query exactly as received.
    pub target: PathAndQuery,
    /// Headers exactly as received.
    pub headers: HeaderMap,
    /// Who sent it.
    pub caller: Caller,
    /// The whole body; empty when there is none.
    pub body: Bytes,
}

impl fmt::Debug for Request {
    /// Leaves out headers, query and body, where secrets are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("path", &self.target.path())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
