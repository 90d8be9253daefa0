//! From orders to lines and an exit code.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use portcullis::driver::Driver;
use portcullis::lifecycle::{Lifecycle, Order, Running, Settings, Terms};
use portcullis::operation::NodeIdent;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::live::Live;
use super::options::{Common, Place};
use super::report::{Ending, Report};
use super::{plan, report};
use crate::{gate, output};

/// What commands about nodes work with.
pub struct Session {
    /// Where everything runs.
    pub runtime: Runtime,
    /// What carries orders out.
    pub lifecycle: Lifecycle,
}

impl Session {
    /// Loads the policies and gets ready to talk to Ironic.
    ///
    /// # Errors
    /// When the configuration, a policy, or the directory of the journal is not usable.
    pub fn open(place: &Place, side_by_side: usize, only_looks: bool) -> anyhow::Result<Self> {
        let mut config = gate::config(place.config.config.as_deref())?;
        if only_looks {
            // Nothing is decided that anybody would look up later.
            config.decisions.file = None;
        }
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let gate = runtime.block_on(gate::open(&config))?;
        let driver = Driver::with_own_credentials(&config.ironic).context("reaching Ironic")?;
        let settings = Settings {
            journal: if only_looks {
                None
            } else {
                Some(place.journal()?)
            },
            side_by_side,
            ..Settings::default()
        };
        let lifecycle = Lifecycle::new(Arc::new(gate), Arc::new(driver), &settings)
            .context("opening the journal")?;
        Ok(Self { runtime, lifecycle })
    }
}

/// Carries out an order for each node, or shows the plans, and prints what becomes of them.
///
/// # Errors
/// When it cannot begin.
pub fn orders(
    common: &Common,
    order: impl Fn(&NodeIdent) -> anyhow::Result<Order>,
) -> anyhow::Result<ExitCode> {
    let session = Session::open(&common.place, common.side_by_side, common.plan)?;
    let orders = common
        .nodes
        .iter()
        .map(|node| Ok((node.clone(), order(node)?)));
    let orders: Vec<_> = orders.collect::<anyhow::Result<_>>()?;
    let terms = common.terms();
    if common.plan {
        let shown = plan::show(&session.lifecycle, orders, terms, common.place.json);
        return session.runtime.block_on(shown);
    }
    session.runtime.block_on(carry_out(
        &session.lifecycle,
        orders,
        terms,
        common.place.json,
    ))
}

async fn carry_out(
    lifecycle: &Lifecycle,
    orders: Vec<(NodeIdent, Order)>,
    terms: Terms,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let names: Vec<_> = orders.iter().map(|(node, _)| node.to_string()).collect();
    let mut running: Vec<(String, &'static str, Running)> = Vec::new();
    for (node, order) in orders {
        let (text, name) = (node.to_string(), order.name());
        running.push((text, name, lifecycle.begin(node, order, terms)));
    }
    let mut live = Live::new(
        &names,
        running.iter().map(|(.., one)| one.progress()).collect(),
    );
    let (stops, waits): (Vec<_>, Vec<_>) = running
        .into_iter()
        .map(|(node, order, one)| {
            let stop = one.stopper();
            (stop, async move { (node, order, one.ended().await) })
        })
        .unzip();
    let mut interrupts = Interrupts::listen().context("waiting for signals")?;
    let mut is_interrupted = false;
    let mut set = tokio::task::JoinSet::new();
    for wait in waits {
        set.spawn(wait);
    }
    let mut worst = Ending::Done;
    loop {
        tokio::select! {
            ended = set.join_next() => match ended {
                None => break,
                Some(ended) => {
                    let (node, order, outcome) = ended.context("waiting for an order")?;
                    live.clear();
                    let report = Report::of(&node, order, &outcome);
                    output::line(if json { report.json()? } else { report.text() })?;
                    live.ended(&node);
                    worst = worst.max(report.ending);
                }
            },
            () = interrupts.next() => {
                live.clear();
                if is_interrupted {
                    output::note("ended at once; `portcullis node recover` finishes what is left");
                    return Ok(report::exit_code(Ending::Left));
                }
                is_interrupted = true;
                output::note("stopping; what was done is taken back, unless you interrupt once more");
                stops.iter().for_each(|stop| stop.stop());
            }
            () = live.tick() => {}
        }
    }
    live.clear();
    Ok(report::exit_code(worst))
}

/// Ctrl-C, or SIGTERM.
struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
