//! Why a request cannot be read as an operation.

use std::fmt;

use http::Method;

use super::patch::PatchError;
use super::schema::SchemaFinding;
use super::{METHOD_ARGUMENT, METHODS, MicroversionError, PathError};
use crate::json::ReadError;
use crate::units::ByteSize;

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
    /// A header names another method than the request does. Ironic looks at none of them, but what
    /// stands between may, and a read would become a write.
    #[error("request has a header `{header}`, expected the method in the request line only")]
    MethodInHeader {
        /// The header.
        header: &'static str,
    },
    /// The body is declared to be a form. Ironic's framework would take its parts for arguments,
    /// one of which can name another method.
    #[error("body of the request is declared as a form, expected `application/json`")]
    Form,
    /// The operation is one of those that have to be opened.
    #[error(
        "`{operation}` is closed here, expected an operation that is open (setting `api.open`)"
    )]
    Closed {
        /// The operation.
        operation: String,
    },
    /// The request does not have the form that Ironic expects.
    #[error("request does not have the form that Ironic expects{}", Listed(.0))]
    Schema(Vec<SchemaFinding>),
    /// The patch cannot be read, or does not fit what it is for.
    #[error("patch of the request cannot be used")]
    Patch(#[from] PatchError),
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

    /// Whether the request can be read well enough, and is not to be had here.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// The places in the request that are wrong, where it is known which they are.
    pub fn places(&self) -> &[SchemaFinding] {
        match self {
            Self::Schema(findings) => findings,
            _ => &[],
        }
    }
}

impl From<Vec<SchemaFinding>> for OperationError {
    fn from(findings: Vec<SchemaFinding>) -> Self {
        Self::Schema(findings)
    }
}

/// Findings in one line, behind what they are found in.
struct Listed<'a>(&'a [SchemaFinding]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, finding) in self.0.iter().enumerate() {
            let SchemaFinding {
                pointer,
                message,
                accepted,
            } = finding;
            f.write_str(if at == 0 { ": " } else { "; " })?;
            if !pointer.is_empty() {
                write!(f, "`{pointer}`: ")?;
            }
            write!(f, "{message}, expected {accepted}")?;
        }
        Ok(())
    }
}
