//! From a request to an operation: what is asked of which node.
//!
//! Pure. The path is resolved as Ironic resolves it, the body is read once and strictly, and
//! whatever could be read in two ways is refused. A write that no route describes is still an
//! operation, named `other`.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method};

use crate::json::{Document, Pointer, ReadError};
use crate::request::Request;
use crate::units::ByteSize;

mod field;
mod microversion;
mod path;
mod routes;

pub use field::{Field, FieldError};
pub use microversion::{Microversion, MicroversionError};
pub use path::PathError;
pub use routes::Query;

/// What to do with a request, known from its first line alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Passes without a judgement.
    Read,
    /// Is judged.
    Write(WriteRoute),
}

/// A write, before its body is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRoute {
    name: &'static str,
    query: Query,
    verb_at: Option<&'static str>,
    node: Option<String>,
    path: String,
}

/// Largest body of a provision request (Ironic: `[api]max_provision_body_size`).
const PROVISION_BODY: ByteSize = ByteSize::from_mib(64);
/// Largest body of any other write (Ironic: `[api]max_json_body_size`).
const BODY: ByteSize = ByteSize::from_mib(1);

impl WriteRoute {
    /// Largest body that is read.
    pub fn body_limit(&self) -> ByteSize {
        if self.name == routes::PROVISION {
            PROVISION_BODY
        } else {
            BODY
        }
    }
}

/// Why a request cannot be read as an operation. Safe to show to the client.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The path can be read in two ways, or in none.
    #[error("path of the request cannot be used")]
    Path(#[from] PathError),
    /// The version headers are wrong or disagree.
    #[error("version headers of the request cannot be used")]
    Microversion(#[from] MicroversionError),
    /// The body is not strict JSON.
    #[error("body of the request cannot be used")]
    Body(#[from] ReadError),
    /// The body is longer than what is read.
    #[error("body of the request is too large, expected at most {limit}")]
    TooLarge {
        /// What would be read.
        limit: ByteSize,
    },
    /// Arguments stand in the query, where Ironic would take them for part of the body.
    #[error("`{operation}` has arguments in its query, expected all of them in the body")]
    Query {
        /// The operation.
        operation: &'static str,
    },
    /// The query is not `name=value` pairs in percent-encoding, or has a name twice.
    #[error("query of the request cannot be read, expected `name=value` pairs with each name once")]
    QueryForm,
    /// A method that Ironic's API does not have. Ironic's framework looks for a function of that
    /// name, and finds some: `POWER /v1/nodes/n/states` switches a node on.
    #[error("method of the request cannot be used, expected one of {}", METHODS.join(", "))]
    Method,
    /// The query names another method than the request does. Ironic's framework (Pecan) would
    /// follow the query, and a read would become a write.
    #[error(
        "query of the request has an argument `{METHOD_ARGUMENT}`, expected the method in the request line only"
    )]
    MethodInQuery,
    /// The body is declared to be a form. Ironic's framework would take its parts for arguments,
    /// one of which can name another method.
    #[error("body of the request is declared as a form, expected `application/json`")]
    Form,
    /// A write was handed over as a read.
    #[error("`{method}` on this path is a write and has to be judged")]
    NotARead {
        /// Method of the request.
        method: Method,
    },
}

impl OperationError {
    /// Whether the body was too long, which HTTP has a status of its own for.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}

/// Resolves method and path.
///
/// # Errors
/// When Ironic has no such method, could resolve the path differently, or would take another
/// method from the query.
pub fn route(method: &Method, target: &PathAndQuery) -> Result<Route, OperationError> {
    if !METHODS.contains(&method.as_str()) {
        return Err(OperationError::Method);
    }
    if names_a_method(target) {
        return Err(OperationError::MethodInQuery);
    }
    let segments = path::resolve(target.path())?;
    let found = routes::find(method, &segments);
    if found.is_none() && is_read(method) {
        return Ok(Route::Read);
    }
    let (name, query, verb_at, node) = match found {
        Some((route, node)) => (route.name, route.query, route.verb_at, node),
        None => (routes::OTHER, Query::Any, None, None),
    };
    let path = format!("/v1/{}", segments.join("/"));
    Ok(Route::Write(WriteRoute {
        name,
        query,
        verb_at,
        node,
        path,
    }))
}

/// The methods of Ironic's API. They are case-sensitive (RFC 9110, section 9.1), which Ironic's
/// framework is not.
const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
/// Argument that goes before the request's method in Ironic's framework (Pecan's
/// `RestController`, "convention uses `_method` to handle browser-unsupported methods").
const METHOD_ARGUMENT: &str = "_method";

fn names_a_method(target: &PathAndQuery) -> bool {
    let arguments = target.query().unwrap_or_default().split(['&', ';']);
    let mut names = arguments.map(|argument| argument.split('=').next().unwrap_or_default());
    names.any(|name| path::percent_decode(name).is_ok_and(|name| name == METHOD_ARGUMENT))
}

fn is_form(headers: &HeaderMap) -> bool {
    let types = headers.get_all(CONTENT_TYPE).iter();
    types
        .map(|value| {
            value
                .as_bytes()
                .split(|&byte| byte == b';')
                .next()
                .unwrap_or_default()
                .trim_ascii()
        })
        .any(|kind| {
            kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
                || kind.eq_ignore_ascii_case(b"multipart/form-data")
        })
}

fn is_read(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// A typed, intercepted write.
#[derive(Debug)]
pub struct Operation {
    name: Cow<'static, str>,
    node: Option<String>,
    microversion: Microversion,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Document>,
}

impl Operation {
    /// Reads a write.
    ///
    /// # Errors
    /// When some part of it cannot be read, or can be read in two ways.
    pub fn read(route: WriteRoute, request: &Request) -> Result<Self, OperationError> {
        let limit = route.body_limit();
        if request.body.len() > limit.as_usize() {
            return Err(OperationError::TooLarge { limit });
        }
        if is_form(&request.headers) && !request.body.is_empty() {
            return Err(OperationError::Form);
        }
        let microversion = microversion::from_headers(&request.headers)?;
        let query = read_query(&request.target, &route)?;
        let body = if request.body.is_empty() {
            None
        } else {
            Some(Document::read(request.body.clone())?)
        };
        let name = match route.verb_at {
            Some(verb_at) => Cow::Owned(format!("{}.{}", route.name, verb(body.as_ref(), verb_at))),
            None => Cow::Borrowed(route.name),
        };
        let WriteRoute { node, path, .. } = route;
        Ok(Self {
            name,
            node,
            microversion,
            method: request.method.clone(),
            path,
            query,
            body,
        })
    }

    /// Dotted name, such as `node.provision.active`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// UUID or name of the node, as the path has it.
    pub fn node(&self) -> Option<&str> {
        self.node.as_deref()
    }

    /// Version of the API that the request asks for.
    pub fn microversion(&self) -> Microversion {
        self.microversion
    }

    /// Method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Path as it was resolved, beginning with `/v1/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A query argument, decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| &**value)
    }

    /// The body, if the request has one.
    pub fn body(&self) -> Option<&Document> {
        self.body.as_ref()
    }
}

/// The verb of a provision request, under the name Ironic's state machine knows it by.
///
/// A verb that no name could be made of is `unknown`; policies that judge every provision
/// request see it, and its value is in the body.
fn verb(body: Option<&Document>, at: &str) -> String {
    let pointer: Pointer = at.parse().unwrap_or_default();
    let text = body
        .and_then(|body| body.get(&pointer))
        .and_then(|value| value.as_text());
    match text.as_deref() {
        Some("deploy") => "active".into(),
        Some("undeploy") => "deleted".into(),
        Some(verb) if is_plain_verb(verb) => verb.into(),
        Some(_) | None => "unknown".into(),
    }
}

fn is_plain_verb(verb: &str) -> bool {
    (1..=32).contains(&verb.len()) && verb.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

fn read_query(
    target: &PathAndQuery,
    route: &WriteRoute,
) -> Result<Vec<(String, String)>, OperationError> {
    let Some(query) = target.query().filter(|query| !query.is_empty()) else {
        return Ok(Vec::new());
    };
    if route.query == Query::None {
        return Err(OperationError::Query {
            operation: route.name,
        });
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    for part in query.split('&') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let decode = |text: &str| {
            path::percent_decode(&text.replace('+', " ")).map_err(|_| OperationError::QueryForm)
        };
        let (name, value) = (decode(name)?, decode(value)?);
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(OperationError::QueryForm);
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// The header value as text, when it is plain ASCII and stands once.
fn single_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<Result<&'a str, ()>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    let rest_agrees = values.all(|value| value == first);
    Some(
        first
            .to_str()
            .map_err(|_| ())
            .and_then(|text| if rest_agrees { Ok(text) } else { Err(()) }),
    )
}

#[cfg(test)]
mod tests;
