//! What Ironic shows: a node, all nodes, a storage connector, a console.

use std::process::ExitCode;

use clap::Args;
use portcullis::lifecycle::NodeView;
use portcullis::lifecycle::input::Deadline;
use portcullis::lifecycle::show::Filter;
use portcullis::operation::NodeIdent;
use serde_json::{Value, json};

use super::options::Place;
use super::run::Session;
use crate::output::{self, DIM};

/// Options of commands that show one thing of a node.
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// UUID or name of the node
    #[arg(value_name = "NODE")]
    node: NodeIdent,
    #[command(flatten)]
    place: Place,
}

/// Options of `list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Only nodes in this provision state
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only nodes with an instance, or without one
    #[arg(long, value_name = "BOOL")]
    associated: Option<bool>,
    /// Only nodes in maintenance, or not
    #[arg(long, value_name = "BOOL")]
    maintenance: Option<bool>,
    /// Only nodes of this resource class
    #[arg(long, value_name = "CLASS")]
    resource_class: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Prints everything that Ironic shows of a node.
///
/// # Errors
/// When it cannot be read.
pub fn node(options: &ShowOptions) -> anyhow::Result<ExitCode> {
    let session = Session::open(&options.place, 1, true)?;
    let deadline = Deadline::after(options.place.timeout);
    let node = session
        .runtime
        .block_on(session.lifecycle.node(&options.node, deadline))?;
    print(&Value::Object(node), options.place.json)
}

/// Prints a line for each node that fits.
///
/// # Errors
/// When they cannot be read.
pub fn list(options: &ListOptions) -> anyhow::Result<ExitCode> {
    let session = Session::open(&options.place, 1, true)?;
    let deadline = Deadline::after(options.place.timeout);
    let filter = Filter {
        provision_state: options.state.clone(),
        associated: options.associated,
        maintenance: options.maintenance,
        resource_class: options.resource_class.clone(),
    };
    let nodes = session
        .runtime
        .block_on(session.lifecycle.list(&filter, deadline))?;
    let name = |node: &NodeView| node.name.clone().unwrap_or_else(|| "-".into());
    let state = |node: &NodeView| node.provision_state.to_string();
    let power = |node: &NodeView| node.power_state.clone().unwrap_or_else(|| "-".into());
    let widest = |column: &dyn Fn(&NodeView) -> String| {
        let widths = nodes.iter().map(|node| column(node).chars().count());
        widths.max().unwrap_or_default()
    };
    let [names, states, powers] = [widest(&name), widest(&state), widest(&power)];
    for node in &nodes {
        if options.place.json {
            output::line(json!(node))?;
            continue;
        }
        let instance = node.instance_uuid.as_ref().map(ToString::to_string);
        let maintenance = if node.maintenance {
            " in maintenance"
        } else {
            ""
        };
        output::line(format_args!(
            "{} {:names$} {:states$} {:powers$} {DIM}{}{DIM:#}{maintenance}",
            node.uuid,
            name(node),
            state(node),
            power(node),
            instance.as_deref().unwrap_or("-"),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what a node calls itself towards storage.
///
/// # Errors
/// When it cannot be read.
pub fn storage_connector(options: &ShowOptions) -> anyhow::Result<ExitCode> {
    let session = Session::open(&options.place, 1, true)?;
    let deadline = Deadline::after(options.place.timeout);
    let connector = session.lifecycle.storage_connector(&options.node, deadline);
    print(
        &json!(session.runtime.block_on(connector)?),
        options.place.json,
    )
}

/// Prints whether the console is on, and how it is reached.
///
/// # Errors
/// When it cannot be read.
pub fn console(options: &ShowOptions) -> anyhow::Result<ExitCode> {
    let session = Session::open(&options.place, 1, true)?;
    let deadline = Deadline::after(options.place.timeout);
    let console = session
        .runtime
        .block_on(session.lifecycle.console(&options.node, deadline))?;
    print(&Value::Object(console), options.place.json)
}

/// For programs in one line, for people with line breaks.
fn print(value: &Value, json: bool) -> anyhow::Result<ExitCode> {
    output::line(if json {
        value.to_string()
    } else {
        serde_json::to_string_pretty(value)?
    })?;
    Ok(ExitCode::SUCCESS)
}
