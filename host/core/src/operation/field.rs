//! What a validator can ask to see of a request.

use std::fmt;
use std::str::FromStr;

use crate::json::{Document, Pointer, Typed};

use super::Operation;

/// One declared field, written as a pointer from a root: `/body/deploy_steps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// `/body...`: a place in the body.
    Body(Pointer),
    /// `/query/NAME`: an argument of the query.
    Query(Box<str>),
    /// `/request/method`
    Method,
    /// `/request/path`: the path as it was resolved.
    Path,
    /// `/node/ATTRIBUTE...`: a place in the node as Ironic shows it to the caller.
    Node(Pointer),
}

/// A text that is not a [`Field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a JSON pointer that begins with `/body`, `/query/NAME`, `/request/method`, `/request/path` or `/node/ATTRIBUTE`"
)]
pub struct FieldError;

impl Field {
    /// Whether the node has to be read to answer it.
    pub fn asks_for_node(&self) -> bool {
        matches!(self, Self::Node(_))
    }

    /// The attribute of the node that it is about, or is in; `None` for what is not about the
    /// node.
    pub fn node_attribute(&self) -> Option<&str> {
        match self {
            Self::Node(pointer) => pointer.tokens().next(),
            Self::Body(_) | Self::Query(_) | Self::Method | Self::Path => None,
        }
    }

    /// The value in a request; `None` where there is none.
    pub fn look_up<'a>(
        &self,
        operation: &'a Operation,
        node: Option<&'a Document>,
    ) -> Option<Typed<'a>> {
        let text = |text: &'a str| Typed::Text(text.into());
        match self {
            Self::Body(pointer) => operation.body()?.get(pointer).map(|value| value.typed()),
            Self::Query(name) => operation.query(name).map(text),
            Self::Method => Some(text(operation.method().as_str())),
            Self::Path => Some(text(operation.path())),
            Self::Node(pointer) => node?.get(pointer).map(|value| value.typed()),
        }
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
            ("node", Some(attribute), _) if is_attribute(attribute) => Ok(Self::Node(rest.clone())),
            ("query", Some(name), None) => Ok(Self::Query(name.into())),
            ("request", Some("method"), None) => Ok(Self::Method),
            ("request", Some("path"), None) => Ok(Self::Path),
            _ => Err(FieldError),
        }
    }
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
            Self::Node(pointer) => write!(f, "/node{pointer}"),
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
        ] {
            assert_eq!(bad.parse::<Field>(), Err(FieldError), "{bad}");
        }
    }
}
