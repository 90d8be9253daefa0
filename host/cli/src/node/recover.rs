//! `portcullis node recover`.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use portcullis::lifecycle::input::{Deadline, NodeUuid};
use portcullis::lifecycle::{Cause, Recovered};
use portcullis::operation::NodeIdent;
use serde_json::{Value, json};

use super::live::Live;
use super::options::Place;
use super::report::{self, Ending, Report};
use super::run::Session;
use crate::chain::Chain;
use crate::output::{self, BAD, GOOD};

/// Options of `recover`.
#[derive(Debug, Args)]
pub struct RecoverOptions {
    /// UUIDs or names of nodes; without one, every node that has something to recover
    #[arg(value_name = "NODE")]
    nodes: Vec<NodeIdent>,
    /// Only print which nodes have something to recover
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    place: Place,
}

/// Finishes what was left behind, or takes it back.
///
/// # Errors
/// When it cannot begin.
pub fn run(options: &RecoverOptions) -> anyhow::Result<ExitCode> {
    let session = Session::open(&options.place, 1, false)?;
    let unfinished = session
        .lifecycle
        .unfinished()
        .context("reading the journal")?;
    if options.list {
        for node in unfinished {
            output::line(node)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut nodes = unfinished;
    if !options.nodes.is_empty() {
        let uuids = options
            .nodes
            .iter()
            .map(|node| uuid(&session, node, options));
        nodes = uuids.collect::<anyhow::Result<_>>()?;
    }
    let mut worst = Ending::Done;
    for node in nodes {
        let deadline = Deadline::after(options.place.timeout);
        let recovered = session.runtime.block_on(recover(&session, &node, deadline));
        let (line, ending) = told(&node, &recovered, options.place.json)?;
        output::line(line)?;
        worst = worst.max(ending);
    }
    Ok(report::exit_code(worst))
}

async fn recover(
    session: &Session,
    node: &NodeUuid,
    deadline: Deadline,
) -> Result<Option<Recovered>, Cause> {
    let recovery = session.lifecycle.begin_recovery(node.clone(), deadline);
    let mut live = Live::new(&[node.to_string()], vec![recovery.progress()]);
    let ended = recovery.ended();
    tokio::pin!(ended);
    loop {
        tokio::select! {
            recovered = &mut ended => {
                live.clear();
                return recovered;
            }
            () = live.tick() => {}
        }
    }
}

/// Journals go by UUIDs; names are Ironic's matter.
fn uuid(session: &Session, node: &NodeIdent, options: &RecoverOptions) -> anyhow::Result<NodeUuid> {
    if let Ok(uuid) = node.as_str().parse() {
        return Ok(uuid);
    }
    let deadline = Deadline::after(options.place.timeout);
    let shown = session.lifecycle.node(node, deadline);
    let shown = session.runtime.block_on(shown)?;
    let uuid = shown.get("uuid").and_then(Value::as_str);
    let uuid = uuid.and_then(|uuid| uuid.parse().ok());
    uuid.with_context(|| format!("reading node `{node}`: Ironic shows no UUID"))
}

fn told(
    node: &NodeUuid,
    recovered: &Result<Option<Recovered>, Cause>,
    json: bool,
) -> anyhow::Result<(String, Ending)> {
    let good = |what: &str| {
        let line = if json {
            json!({"node": node, "order": "recover", "ending": "done", "after": what}).to_string()
        } else {
            format!("{GOOD}done{GOOD:#} {node} {what}")
        };
        Ok((line, Ending::Done))
    };
    match recovered {
        Ok(None) => good("nothing to recover"),
        Ok(Some(Recovered::Finished)) => good("finished"),
        Ok(Some(Recovered::TakenBack)) => good("taken back"),
        Ok(Some(Recovered::Left(left))) => {
            let report = Report::recovered(node.as_str(), left);
            let line = if json { report.json()? } else { report.text() };
            Ok((line, report.ending))
        }
        Err(cause) => {
            let line = if json {
                let cause = Chain(cause).to_string();
                json!({"node": node, "order": "recover", "ending": "left", "cause": cause})
                    .to_string()
            } else {
                format!("{BAD}failed{BAD:#} {node}: {}", Chain(cause))
            };
            Ok((line, Ending::Left))
        }
    }
}
