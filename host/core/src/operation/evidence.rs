//! Everything that a policy may see of an operation.

use std::borrow::Cow;
use std::time::Duration;

use http::HeaderMap;
use serde_json::{Map, Value};

use super::Operation;
use crate::json::Document;
use crate::request::{Caller, RequestId};

/// What an evaluation is about.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The request.
    pub request_id: &'a RequestId,
    /// What it asks.
    pub operation: &'a Operation,
    /// Its headers, as received.
    pub headers: &'a HeaderMap,
    /// Who sent it.
    pub caller: &'a Caller,
    /// When it was taken, counted from the beginning of 1970 (UTC).
    pub taken_at: Duration,
    /// What was read from Ironic to judge it by.
    pub facts: &'a Facts,
}

/// What Ironic says about the things a request is about, as the caller may see them. Each is there
/// only when a policy, or the reading of the request itself, needs it.
#[derive(Debug, Default)]
pub struct Facts {
    /// The node that the path, or the body of an allocation, names.
    pub node: Option<Document>,
    /// What becomes of the thing that a patch is for.
    pub patched: Option<Document>,
    /// The port that the path or the body names.
    pub port: Option<Document>,
    /// The port group that the path or the body names.
    pub portgroup: Option<Document>,
    /// Attributes of the ports of the node, each with an array that has its value for every port.
    pub ports: Option<Document>,
}

impl Facts {
    /// What [`ports`](Self::ports) holds of an array of ports; none when it is no array of objects.
    pub fn of_ports(ports: &Document, attributes: &[&str]) -> Option<Document> {
        let ports: Vec<Map<String, Value>> = serde_json::from_slice(ports.text()).ok()?;
        let of_all = |attribute: &&str| {
            let values = ports.iter().map(|port| port.get(*attribute).cloned());
            let values = values.map(Option::unwrap_or_default).collect();
            ((*attribute).to_owned(), Value::Array(values))
        };
        let columns: Map<String, Value> = attributes.iter().map(of_all).collect();
        Document::read(Value::Object(columns).to_string().into()).ok()
    }

    /// UUID of the node.
    pub fn node_uuid(&self) -> Option<Cow<'_, str>> {
        let pointer = "/uuid".parse().ok()?;
        self.node.as_ref()?.get(&pointer)?.as_text()
    }
}
