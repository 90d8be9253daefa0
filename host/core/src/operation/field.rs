//! What a validator can ask to see of a request.

use std::fmt;
use std::str::FromStr;
use std::time::UNIX_EPOCH;

use http::HeaderName;

use crate::json::{Pointer, Typed};

use super::{Collection, Evidence, Operation, single_header};

/// One declared field, written as a pointer from a root: `/body/deploy_steps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// `/body...`: a place in the body.
    Body(Pointer),
    /// `/patch...`: a place in the body if that is a patch; absent for other operations.
    Patch(Pointer),
    /// `/query/NAME`: an argument of the query.
    Query(Box<str>),
    /// `/request/method`
    Method,
    /// `/request/path`: the path as it was resolved.
    Path,
    /// `/header/NAME`: a header, its name in lower case. None that proves who somebody is.
    Header(HeaderName),
    /// `/time/utc`: when the request was taken (RFC 3339, in UTC, to the second).
    Time,
    /// `/resource...`: a place in what the write leaves behind: the body of a creation, the patched
    /// document of an update. Absent for other operations.
    Resource(Pointer),
    /// `/node/ATTRIBUTE...`: a place in the node that the path, or the body of an allocation, names,
    /// as Ironic shows it to the caller.
    Node(Pointer),
    /// `/port/ATTRIBUTE...`: a place in the port that the path or the body names.
    Port(Pointer),
    /// `/portgroup/ATTRIBUTE...`: a place in the port group that the path or the body names.
    Portgroup(Pointer),
    /// `/ports/ATTRIBUTE`: that attribute of every port of the node, as an array. Only for what may
    /// bring a config drive with links for the node, since it is one more thing to ask Ironic.
    Ports(Pointer),
}

/// A text that is not a [`Field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a JSON pointer that begins with `/body`, `/patch`, `/resource`, `/query/NAME`, `/header/NAME`, `/request/method`, `/request/path`, `/time/utc`, `/node/ATTRIBUTE`, `/port/ATTRIBUTE`, `/portgroup/ATTRIBUTE` or `/ports/ATTRIBUTE`"
)]
pub struct FieldError;

/// Parts of the name of a header that carries what proves who somebody is.
const CREDENTIALS: [&str; 6] = [
    "auth",
    "token",
    "cookie",
    "secret",
    "password",
    "credential",
];

impl Field {
    /// Whether something has to be read from Ironic to answer it for this operation.
    pub fn has_to_be_read(&self, operation: &Operation) -> bool {
        match self {
            Self::Node(_) => operation.names(Collection::Nodes).is_some(),
            Self::Resource(_) => operation.patch().is_some(),
            Self::Port(_) => operation.names(Collection::Ports).is_some(),
            Self::Portgroup(_) => operation.names(Collection::Portgroups).is_some(),
            Self::Ports(_) => operation.may_bring_links(),
            Self::Body(_)
            | Self::Patch(_)
            | Self::Query(_)
            | Self::Header(_)
            | Self::Method
            | Self::Path
            | Self::Time => false,
        }
    }

    /// The attribute of a thing that Ironic keeps, where the field is, or is in, one.
    pub fn attribute(&self) -> Option<(Collection, &str)> {
        let (collection, pointer) = match self {
            Self::Node(pointer) => (Collection::Nodes, pointer),
            Self::Port(pointer) => (Collection::Ports, pointer),
            Self::Portgroup(pointer) => (Collection::Portgroups, pointer),
            Self::Ports(_)
            | Self::Resource(_)
            | Self::Body(_)
            | Self::Patch(_)
            | Self::Query(_)
            | Self::Header(_)
            | Self::Method
            | Self::Path
            | Self::Time => return None,
        };
        Some((collection, pointer.tokens().next()?))
    }

    /// The attribute that it shows of every port of the node, if it does.
    pub fn of_all_ports(&self) -> Option<&str> {
        match self {
            Self::Ports(pointer) => pointer.tokens().next(),
            _ => None,
        }
    }

    /// The value in a request; `None` where there is none.
    pub fn look_up<'a>(&self, evidence: &Evidence<'a>) -> Option<Typed<'a>> {
        let Evidence {
            operation, facts, ..
        } = *evidence;
        let text = |text: &'a str| Typed::Text(text.into());
        let (document, pointer) = match self {
            Self::Query(name) => return operation.query(name).map(text),
            Self::Header(name) => {
                return single_header(evidence.headers, name.as_str())?
                    .ok()
                    .map(text);
            }
            Self::Method => return Some(text(operation.method().as_str())),
            Self::Path => return Some(text(operation.path())),
            Self::Time => {
                let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + evidence.taken_at);
                return Some(Typed::Text(time.to_string().into()));
            }
            Self::Body(pointer) => (operation.body(), pointer),
            Self::Patch(pointer) => (operation.patch().and(operation.body()), pointer),
            Self::Resource(pointer) if operation.creates() => (operation.body(), pointer),
            Self::Resource(pointer) => (facts.patched.as_ref(), pointer),
            Self::Node(pointer) => (facts.node.as_ref(), pointer),
            Self::Port(pointer) => (facts.port.as_ref(), pointer),
            Self::Portgroup(pointer) => (facts.portgroup.as_ref(), pointer),
            Self::Ports(pointer) => (facts.ports.as_ref(), pointer),
        };
        document?.get(pointer).map(|value| value.typed())
    }
}

impl FromStr for Field {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let pointer: Pointer = text.parse().map_err(|_| FieldError)?;
        let (root, rest) = pointer.split_first().ok_or(FieldError)?;
        let mut parts = rest.tokens();
        match (root, parts.next(), parts.next()) {
            ("body", _, _) => Ok(Self::Body(rest.clone())),
            ("patch", _, _) => Ok(Self::Patch(rest.clone())),
            ("resource", _, _) => Ok(Self::Resource(rest.clone())),
            ("node", Some(attribute), _) if is_attribute(attribute) => Ok(Self::Node(rest.clone())),
            ("port", Some(attribute), _) if is_attribute(attribute) => Ok(Self::Port(rest.clone())),
            ("portgroup", Some(attribute), _) if is_attribute(attribute) => {
                Ok(Self::Portgroup(rest.clone()))
            }
            ("ports", Some(attribute), None) if is_attribute(attribute) => {
                Ok(Self::Ports(rest.clone()))
            }
            ("query", Some(name), None) => Ok(Self::Query(name.into())),
            ("header", Some(name), None) => header(name).map(Self::Header),
            ("request", Some("method"), None) => Ok(Self::Method),
            ("request", Some("path"), None) => Ok(Self::Path),
            ("time", Some("utc"), None) => Ok(Self::Time),
            _ => Err(FieldError),
        }
    }
}

fn header(name: &str) -> Result<HeaderName, FieldError> {
    let is_credential = CREDENTIALS.iter().any(|part| name.contains(part));
    if is_credential {
        return Err(FieldError);
    }
    HeaderName::from_lowercase(name.as_bytes()).map_err(|_| FieldError)
}

/// Attributes are asked for by name in a URL.
fn is_attribute(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(pointer) => write!(f, "/body{pointer}"),
            Self::Query(name) => write!(f, "/query/{}", name.replace('~', "~0").replace('/', "~1")),
            Self::Method => f.write_str("/request/method"),
            Self::Path => f.write_str("/request/path"),
            Self::Patch(pointer) => write!(f, "/patch{pointer}"),
            Self::Header(name) => write!(f, "/header/{name}"),
            Self::Time => f.write_str("/time/utc"),
            Self::Resource(pointer) => write!(f, "/resource{pointer}"),
            Self::Node(pointer) => write!(f, "/node{pointer}"),
            Self::Port(pointer) => write!(f, "/port{pointer}"),
            Self::Portgroup(pointer) => write!(f, "/portgroup{pointer}"),
            Self::Ports(pointer) => write!(f, "/ports{pointer}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_name_a_root_the_host_knows() {
        for good in [
            "/body",
            "/body/a/0/b~1c",
            "/query/enabled",
            "/request/method",
            "/request/path",
            "/node/provision_state",
            "/patch",
            "/resource",
            "/resource/driver_info",
            "/port/node_uuid",
            "/portgroup/node_uuid",
            "/ports/address",
            "/header/x-confirm",
            "/time/utc",
        ] {
            assert_eq!(good.parse::<Field>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "body",
            "/",
            "/query",
            "/query/a/b",
            "/request",
            "/request/headers",
            "/secrets/x",
            "/body/~2",
            "/node",
            "/node/a,b",
            "/port",
            "/ports",
            "/ports/0/address",
            "/ports/a,b",
            "/time/local",
            "/header/X-Confirm",
            "/header/authorization",
            "/header/x-auth-token",
            "/header/cookie",
        ] {
            assert_eq!(bad.parse::<Field>(), Err(FieldError), "{bad}");
        }
    }
}
