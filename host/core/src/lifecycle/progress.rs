//! How far an order has come.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::watch;

use super::plan::Wait;
use super::state::NodeView;

/// What an order is about right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Waiting for its turn: another order works on the node, or too many are under way.
    Queued,
    /// Reading the node, making a plan, having it judged.
    Planning,
    /// Making the calls.
    Running,
    /// Taking back what was done.
    TakingBack,
    /// Over.
    Ended,
}

/// How far an order has come.
#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    /// What it is about.
    pub phase: Phase,
    /// Which step, from 1; 0 before the first.
    pub step: usize,
    /// How many there are.
    pub steps: usize,
    /// The call, in words.
    pub doing: String,
    /// State of the node when it was last looked at.
    pub state: Option<String>,
    /// Where the node is going.
    pub target: Option<String>,
    /// What is waited for.
    pub waits_for: Option<String>,
    /// When the order was given.
    #[serde(skip)]
    pub since: Instant,
}

impl Progress {
    fn new() -> Self {
        Self {
            phase: Phase::Queued,
            step: 0,
            steps: 0,
            doing: String::new(),
            state: None,
            target: None,
            waits_for: None,
            since: Instant::now(),
        }
    }

    /// For how long it has been going on.
    pub fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }
}

/// The side that reports.
pub(super) struct Reporter(watch::Sender<Progress>);

impl Reporter {
    pub(super) fn new() -> (Self, watch::Receiver<Progress>) {
        let (sender, receiver) = watch::channel(Progress::new());
        (Self(sender), receiver)
    }

    pub(super) fn phase(&self, phase: Phase) {
        self.0.send_modify(|progress| progress.phase = phase);
    }

    pub(super) fn step(&self, step: usize, steps: usize, doing: String) {
        self.0.send_modify(|progress| {
            progress.step = step;
            progress.steps = steps;
            progress.doing = doing;
            progress.waits_for = None;
        });
    }

    pub(super) fn waits(&self, node: &NodeView, wait: &Wait) {
        self.0.send_modify(|progress| {
            progress.state = Some(node.provision_state.to_string());
            let target = node.target_provision_state.as_ref();
            progress.target = target.or(node.target_power_state.as_ref()).cloned();
            progress.waits_for = Some(wait.to_string());
        });
    }
}
