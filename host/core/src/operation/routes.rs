//! Every write of Ironic's API, by method and path.
//!
//! Source: Ironic's bare metal API reference. Also here are the reads that act like writes:
//! vendor passthru runs code of a driver with any method, and the look-up of the ramdisk hands
//! out a node's secrets.

use http::Method;

use super::ident::{self, NodeIdent};
use super::path::PathError;

/// Whether a write may have arguments in its query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// None: Ironic would merge them into the body's arguments.
    None,
    /// Some: they are part of how the call is made.
    Any,
}

/// One row of the table.
pub(super) struct Row {
    method: &'static str,
    /// Segments, where `{node}` takes the node, `{}` the name of another object, and `{any}`
    /// anything.
    path: &'static str,
    pub(super) name: &'static str,
    pub(super) query: Query,
    /// Where in the body the verb stands that completes the name.
    pub(super) verb_at: Option<&'static str>,
}

/// Name of a write that no row describes.
pub(super) const OTHER: &str = "other";
/// Name of a provision request before its verb is known.
pub(super) const PROVISION: &str = "node.provision";

const fn row(method: &'static str, path: &'static str, name: &'static str) -> Row {
    Row {
        method,
        path,
        name,
        query: Query::None,
        verb_at: None,
    }
}

const fn with_query(row: Row) -> Row {
    Row {
        query: Query::Any,
        ..row
    }
}

/// A method that stands for all of them.
const ANY: &str = "*";

const ROWS: &[Row] = &[
    row("POST", "nodes", "node.create"),
    // `reset_interfaces`, as clients send it with another driver.
    with_query(row("PATCH", "nodes/{node}", "node.update")),
    row("DELETE", "nodes/{node}", "node.delete"),
    Row {
        verb_at: Some("/target"),
        ..row("PUT", "nodes/{node}/states/provision", PROVISION)
    },
    row("PUT", "nodes/{node}/states/power", "node.power"),
    row("PUT", "nodes/{node}/states/raid", "node.raid"),
    row("PUT", "nodes/{node}/states/boot_mode", "node.boot-mode"),
    row("PUT", "nodes/{node}/states/secure_boot", "node.secure-boot"),
    with_query(row("PUT", "nodes/{node}/states/console", "node.console")),
    row(
        "PUT",
        "nodes/{node}/management/boot_device",
        "node.boot-device",
    ),
    row(
        "PUT",
        "nodes/{node}/management/inject_nmi",
        "node.inject-nmi",
    ),
    row(
        "PUT",
        "nodes/{node}/management/indicators/{any}",
        "node.indicator",
    ),
    row("PUT", "nodes/{node}/maintenance", "node.maintenance.set"),
    row(
        "DELETE",
        "nodes/{node}/maintenance",
        "node.maintenance.clear",
    ),
    row("POST", "nodes/{node}/vmedia", "node.vmedia.attach"),
    with_query(row("DELETE", "nodes/{node}/vmedia", "node.vmedia.detach")),
    row("POST", "nodes/{node}/vifs", "node.vif.attach"),
    row("DELETE", "nodes/{node}/vifs/{}", "node.vif.detach"),
    row("PUT", "nodes/{node}/traits", "node.traits.set"),
    row("PUT", "nodes/{node}/traits/{}", "node.traits.add"),
    row("DELETE", "nodes/{node}/traits", "node.traits.remove"),
    row("DELETE", "nodes/{node}/traits/{}", "node.traits.remove"),
    with_query(row(
        ANY,
        "nodes/{node}/vendor_passthru",
        "node.vendor-passthru",
    )),
    with_query(row(
        ANY,
        "nodes/{node}/vendor_passthru/{any}",
        "node.vendor-passthru",
    )),
    with_query(row(
        ANY,
        "drivers/{}/vendor_passthru",
        "driver.vendor-passthru",
    )),
    with_query(row(
        ANY,
        "drivers/{}/vendor_passthru/{any}",
        "driver.vendor-passthru",
    )),
    row("POST", "ports", "port.create"),
    row("PATCH", "ports/{}", "port.update"),
    row("DELETE", "ports/{}", "port.delete"),
    row("POST", "portgroups", "portgroup.create"),
    row("PATCH", "portgroups/{}", "portgroup.update"),
    row("DELETE", "portgroups/{}", "portgroup.delete"),
    row("POST", "chassis", "chassis.create"),
    row("PATCH", "chassis/{}", "chassis.update"),
    row("DELETE", "chassis/{}", "chassis.delete"),
    row("POST", "volume/connectors", "volume-connector.create"),
    row("PATCH", "volume/connectors/{}", "volume-connector.update"),
    row("DELETE", "volume/connectors/{}", "volume-connector.delete"),
    row("POST", "volume/targets", "volume-target.create"),
    row("PATCH", "volume/targets/{}", "volume-target.update"),
    row("DELETE", "volume/targets/{}", "volume-target.delete"),
    row("POST", "allocations", "allocation.create"),
    row("PATCH", "allocations/{}", "allocation.update"),
    row("DELETE", "allocations/{}", "allocation.delete"),
    row("DELETE", "nodes/{node}/allocation", "allocation.delete"),
    row("POST", "deploy_templates", "deploy-template.create"),
    row("PATCH", "deploy_templates/{}", "deploy-template.update"),
    row("DELETE", "deploy_templates/{}", "deploy-template.delete"),
    row("POST", "runbooks", "runbook.create"),
    row("PATCH", "runbooks/{}", "runbook.update"),
    row("DELETE", "runbooks/{}", "runbook.delete"),
    row("PUT", "runbooks/{}/traits", "runbook.traits.set"),
    row("PUT", "runbooks/{}/traits/{}", "runbook.traits.add"),
    row("DELETE", "runbooks/{}/traits", "runbook.traits.remove"),
    row("DELETE", "runbooks/{}/traits/{}", "runbook.traits.remove"),
    row("POST", "inspection_rules", "inspection-rule.create"),
    row("PATCH", "inspection_rules/{}", "inspection-rule.update"),
    row("DELETE", "inspection_rules", "inspection-rule.delete"),
    row("DELETE", "inspection_rules/{}", "inspection-rule.delete"),
    row("POST", "events", "event.create"),
    row("POST", "heartbeat/{node}", "ramdisk.heartbeat"),
    with_query(row("GET", "lookup", "ramdisk.lookup")),
    with_query(row(
        "POST",
        "continue_inspection",
        "ramdisk.continue-inspection",
    )),
];

/// Reads below vendor passthru: the list of methods.
const PASSTHRU_METHODS: &str = "methods";

/// The row for a request, and the node its path names.
///
/// # Errors
/// When the path is that of a row, and does not name an object where it has to.
pub(super) fn find(
    method: &Method,
    segments: &[String],
) -> Result<Option<(&'static Row, Option<NodeIdent>)>, PathError> {
    let rows = ROWS
        .iter()
        .filter(|row| row.method == ANY || row.method == method.as_str());
    let mut rows = rows.filter(|row| !is_method_list(row, method, segments));
    let Some(row) = rows.find(|row| row.matches(segments)) else {
        return Ok(None);
    };
    Ok(Some((row, row.node(segments)?)))
}

fn is_method_list(row: &Row, method: &Method, segments: &[String]) -> bool {
    row.method == ANY
        && method == Method::GET
        && segments.last().is_some_and(|last| last == PASSTHRU_METHODS)
}

impl Row {
    /// Whether the row's path is this one, whatever it names.
    ///
    /// Older versions of the API drop a `.json` from the end of a path. A keyword that has one
    /// is taken for the keyword, so that the suffix never makes another operation of a request.
    fn matches(&self, segments: &[String]) -> bool {
        let parts = self.path.split('/');
        parts.clone().count() == segments.len()
            && parts.zip(segments).all(|(part, segment)| {
                part.starts_with('{') || segment.strip_suffix(JSON).unwrap_or(segment) == part
            })
    }

    /// The node that the path names; every name in it is looked at.
    fn node(&self, segments: &[String]) -> Result<Option<NodeIdent>, PathError> {
        let mut node = None;
        for (part, segment) in self.path.split('/').zip(segments) {
            match part {
                "{node}" => node = Some(segment.parse().map_err(|_| PathError::Name)?),
                "{}" if ident::is_word(segment) => return Err(PathError::Name),
                _ => {}
            }
        }
        let ends_in_name = self.path.ends_with('}');
        if ends_in_name && segments.last().is_some_and(|last| last.ends_with(JSON)) {
            return Err(PathError::Suffix);
        }
        Ok(node)
    }
}

/// What versions below 1.91 cut off from the end of a path.
const JSON: &str = ".json";
