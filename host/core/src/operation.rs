//! From a request to an operation: what is asked of which node.
//!
//! Pure. The path is resolved as Ironic resolves it, the body is read once and strictly, and
//! whatever could be read in two ways is refused. A write that no route describes is still an
//! operation, named `other`.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method};

use crate::json::{Document, Pointer, Typed};
use crate::request::Request;
use crate::units::ByteSize;

mod error;
mod evidence;
mod field;
mod ident;
mod microversion;
pub mod patch;
mod path;
mod resource;
mod routes;
mod rules;
pub mod schema;

pub use error::OperationError;
pub use evidence::{Evidence, Facts};
pub use field::{Field, FieldError};
pub use ident::{NodeIdent, NodeIdentError};
pub use microversion::{Microversion, MicroversionError};
pub use path::PathError;
pub(crate) use path::{percent_decode, percent_encode};
pub use resource::{Collection, Resource};
pub use routes::Query;
pub use rules::{MAX_PATCH_OPERATIONS, Rules};

use patch::{Patch, PatchError, PatchFault};

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
    node: Option<NodeIdent>,
    path: String,
}

/// Largest body of a provision request (Ironic: `[api]max_provision_body_size`).
const PROVISION_BODY: ByteSize = ByteSize::from_mib(64);
/// Largest body of any other write (Ironic: `[api]max_json_body_size`).
const BODY: ByteSize = ByteSize::from_mib(1);

impl WriteRoute {
    /// Name of the operation; of a provision request, without its verb, which the body holds.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Largest body that is read.
    pub fn body_limit(&self) -> ByteSize {
        if self.name == routes::PROVISION {
            PROVISION_BODY
        } else {
            BODY
        }
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
    let found = routes::find(method, &segments)?;
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

/// Refuses headers that make another request of this one, whether it is a read or a write.
///
/// # Errors
/// When one names a method.
pub fn check_headers(headers: &HeaderMap) -> Result<(), OperationError> {
    let header = METHOD_HEADERS
        .iter()
        .find(|name| headers.contains_key(**name));
    match header {
        Some(header) => Err(OperationError::MethodInHeader { header }),
        None => Ok(()),
    }
}

/// First version of the API in which a node can be called by its name.
const NAMES_SINCE: u16 = 5;
/// The operation whose body names a port or a port group.
const VIF_ATTACH: &str = "node.vif.attach";
/// The operation whose body can name the node that it is for.
const ALLOCATE: &str = "allocation.create";

/// The methods of Ironic's API. They are case-sensitive (RFC 9110, section 9.1), which Ironic's
/// framework is not.
const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
/// Argument that goes before the request's method in Ironic's framework (Pecan's
/// `RestController`, "convention uses `_method` to handle browser-unsupported methods").
const METHOD_ARGUMENT: &str = "_method";

/// Headers by which frameworks and proxies let clients that know only GET and POST name another
/// method.
const METHOD_HEADERS: [&str; 3] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

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
    node: Option<NodeIdent>,
    microversion: Microversion,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Document>,
    patch: Option<Patch>,
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
        check_headers(&request.headers)?;
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
            patch: None,
        })
    }

    /// Dotted name, such as `node.provision.active`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// UUID or name of the node, as the path has it.
    pub fn node(&self) -> Option<&str> {
        self.node.as_ref().map(NodeIdent::as_str)
    }

    /// Name of the node, where the path has no UUID and the version knows names.
    pub fn node_name(&self) -> Option<&str> {
        let ident = self.node.as_ref().filter(|ident| !ident.is_uuid())?;
        (self.microversion.minor >= NAMES_SINCE).then_some(ident.as_str())
    }

    /// What the path names.
    pub fn subject(&self) -> Option<Resource<'_>> {
        match self.node() {
            // Wherever a path names one: below `heartbeat` as well.
            Some(ident) => Some(Resource {
                collection: Collection::Nodes,
                ident,
            }),
            None => Resource::of_path(&self.path),
        }
    }

    /// What the path, or the body of a VIF attachment or of an allocation, names in a collection.
    pub fn names(&self, collection: Collection) -> Option<Cow<'_, str>> {
        if let Some(subject) = self.subject().filter(|s| s.collection == collection) {
            return Some(subject.ident.into());
        }
        let pointer = match collection {
            Collection::Ports if self.name == VIF_ATTACH => "/port_uuid",
            Collection::Portgroups if self.name == VIF_ATTACH => "/portgroup_uuid",
            Collection::Nodes if self.name == ALLOCATE => "/node",
            _ => return None,
        };
        self.body()?.get(&pointer.parse().ok()?)?.as_text()
    }

    /// Whether it makes something new, which the body describes.
    pub fn creates(&self) -> bool {
        self.name.ends_with(".create")
    }

    /// Whether it submits a config drive with links, for a node that there is, as far as that can be
    /// told from outside: an image may have some, and a patch of `instance_info` may bring a drive.
    pub fn may_bring_links(&self) -> bool {
        let Some(patch) = &self.patch else {
            let at = |pointer: &str| Some(self.body()?.get(&pointer.parse().ok()?)?.typed());
            let has_links = match at("/configdrive") {
                None | Some(Typed::Null) => false,
                Some(Typed::Text(_)) => true,
                Some(_) => at("/configdrive/network_data/links/0").is_some(),
            };
            return has_links && self.name.starts_with("node.provision.");
        };
        let mut steps = patch.steps().filter(|step| step.root() == "instance_info");
        self.names(Collection::Nodes).is_some()
            && steps.any(|step| matches!(step.below().next(), None | Some("configdrive")))
    }

    /// Its patch, once it has been read.
    pub fn patch(&self) -> Option<&Patch> {
        self.patch.as_ref()
    }

    /// Reads its body as a patch of at most so many operations.
    ///
    /// # Errors
    /// When it is none that Ironic would take.
    pub fn read_patch(&mut self, limit: usize) -> Result<&Patch, PatchError> {
        let body = self.body().ok_or_else(|| PatchError {
            pointer: String::new(),
            fault: PatchFault::NotAnArray,
        })?;
        let patch = Patch::read(body, limit)?;
        Ok(self.patch.insert(patch))
    }

    /// Path and query with the node's UUID in place of its name.
    pub fn target_with_uuid(&self, uuid: &str, target: &PathAndQuery) -> Option<PathAndQuery> {
        let name = self.node_name()?;
        // `/v1/nodes/NAME...`, `/v1/heartbeat/NAME`
        const NAME: usize = 3;
        let segments = self.path.split('/').enumerate();
        let segments = segments.map(|(at, segment)| match at {
            NAME if segment == name => percent_encode(uuid),
            _ => percent_encode(segment),
        });
        let mut text = segments.collect::<Vec<_>>().join("/");
        if let Some(query) = target.query() {
            text.push('?');
            text.push_str(query);
        }
        text.parse().ok()
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
