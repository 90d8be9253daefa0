//! Judging a call by what is known of its node, so that Ironic need not be asked again.

use std::time::Duration;

use http::HeaderMap;

use super::input::NodeUuid;
use crate::driver::{Driver, DriverError, Reader, Reading};
use crate::json::Document;
use crate::operation::{Collection, Resource};

/// Longest time for judging one call.
pub(super) const JUDGING: Duration = Duration::from_secs(10);

/// A node as Ironic has shown it right before a call, or as it will be by then; or nothing.
#[derive(Default)]
pub(super) struct Seen(Option<(NodeUuid, Document)>);

impl Seen {
    pub(super) fn of(node: NodeUuid, document: Document) -> Self {
        Self(Some((node, document)))
    }

    /// Reads what has not been seen from Ironic.
    pub(super) fn or(self, rest: &Driver) -> SeenOr<'_> {
        SeenOr { seen: self, rest }
    }
}

/// What was seen, and everything else as it is.
pub(super) struct SeenOr<'a> {
    seen: Seen,
    rest: &'a Driver,
}

impl Reader for SeenOr<'_> {
    async fn read(
        &self,
        resource: Resource<'_>,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> Result<Reading, DriverError> {
        match &self.seen.0 {
            Some((node, document))
                if resource.collection == Collection::Nodes && resource.ident == node.as_str() =>
            {
                Ok(Reading::Found(document.clone()))
            }
            _ => self.rest.read(resource, caller, fields).await,
        }
    }

    async fn read_ports(
        &self,
        node: &str,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> Result<Reading, DriverError> {
        self.rest.read_ports(node, caller, fields).await
    }
}
