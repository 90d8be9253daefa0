//! How an order ends that does not reach its goal.

use std::fmt;

use serde::Serialize;

use super::call::Call;
use super::call_error::CallError;
use super::input::{InstanceId, NodeUuid};
use super::journal::JournalError;
use super::state::ProvisionState;
use super::version::Feature;
use super::wait::WaitError;
use crate::admission::DecideError;
use crate::chain::Chain;
use crate::operation::{Microversion, NodeIdent};
use crate::verdict::Decision;

/// An order that did not reach its goal: why, and what has become of what it did.
#[derive(Debug, thiserror::Error)]
#[error("{}; {after}", Chain(.cause))]
pub struct Failed {
    /// Why.
    pub cause: Cause,
    /// What has become of what it did.
    pub after: After,
}

/// Why an order did not reach its goal; what led to it is its source.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// There is no such node.
    #[error("there is no node `{0}`")]
    NoNode(NodeIdent),
    /// The node cannot be read.
    #[error("node cannot be read")]
    Unreadable(#[source] CallError),
    /// The node is in a state in which this is not done.
    #[error("node is `{state}`, expected {expected}")]
    State {
        /// The state.
        state: ProvisionState,
        /// What would be accepted.
        expected: String,
    },
    /// The node does not fit in some other way.
    #[error("{found}, expected {expected}")]
    Unfit {
        /// What was found.
        found: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// The node belongs to somebody else.
    #[error("node belongs to {}", owner(.0.as_ref()))]
    Owner(Option<InstanceId>),
    /// Ironic is too old for this.
    #[error("{needs} needs a newer Ironic, whose newest version here is {has}")]
    Version {
        /// What it would have to be able to do.
        needs: Feature,
        /// The newest version it has.
        has: Microversion,
    },
    /// A policy refuses a step. None was taken.
    #[error("step {step} ({call}) is refused: {}", super::judge::reasons(.decision))]
    Refused {
        /// Which, from 1.
        step: usize,
        /// What it is, in words.
        call: String,
        /// What was decided.
        decision: Box<Decision>,
    },
    /// A policy would refuse that a step is taken back. None was taken.
    #[error("step {step} ({call}) could not be taken back, as {back} would be refused: {}", super::judge::reasons(.decision))]
    OneWay {
        /// Which, from 1.
        step: usize,
        /// What it is, in words.
        call: String,
        /// The call that would take it back, in words.
        back: String,
        /// What was decided.
        decision: Box<Decision>,
    },
    /// The gate cannot judge a step, or its way back. None was taken.
    #[error("step {step} cannot be judged")]
    Unjudged {
        /// Which, from 1.
        step: usize,
        /// Why.
        source: Box<DecideError>,
    },
    /// Another process works on the node, or one has ended in the middle of it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A call failed.
    #[error("{call} failed")]
    Call {
        /// Which, in words.
        call: String,
        /// Why.
        source: Box<CallError>,
    },
    /// Ironic finds that something is missing for a deployment.
    #[error("node does not validate: {0}")]
    Invalid(String),
    /// What a call led to was not the goal.
    #[error("{call} failed")]
    Wait {
        /// The call, in words.
        call: String,
        /// Why.
        source: WaitError,
    },
    /// There was no more time.
    #[error("deadline passed")]
    Deadline,
    /// Somebody asked to stop.
    #[error("stopped on request")]
    Stopped,
    /// The runtime ended before the order did. What was done is in the journal.
    #[error("the program's runtime ended in the middle of it")]
    Ended,
}

impl Cause {
    /// Whether a policy said no.
    pub fn is_refusal(&self) -> bool {
        let is_of_call = |source: &CallError| matches!(source, CallError::Refused(_));
        matches!(self, Self::Refused { .. } | Self::OneWay { .. })
            || matches!(self, Self::Call { source, .. } if is_of_call(source))
    }

    /// Whether it was a matter of time, or of somebody who asked to stop.
    pub fn is_interruption(&self) -> bool {
        let is_of_wait = |source: &WaitError| {
            matches!(
                source,
                WaitError::Deadline { .. } | WaitError::Stopped { .. }
            )
        };
        matches!(self, Self::Deadline | Self::Stopped | Self::Ended)
            || matches!(self, Self::Wait { source, .. } if is_of_wait(source))
    }
}

fn owner(instance: Option<&InstanceId>) -> String {
    instance.map_or_else(
        || "nobody".into(),
        |instance| format!("instance {instance}"),
    )
}

/// What has become of what an order did.
#[derive(Debug)]
pub enum After {
    /// Nothing was sent that changes anything.
    Untouched,
    /// Everything that was done has been taken back.
    TakenBack,
    /// This is left. It is in the journal too, for [`recover`](super::Lifecycle::recover).
    Left(Vec<Leftover>),
}

impl After {
    /// What is left.
    pub fn leftovers(&self) -> &[Leftover] {
        match self {
            Self::Left(left) => left,
            Self::Untouched | Self::TakenBack => &[],
        }
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untouched => f.write_str("nothing was changed"),
            Self::TakenBack => f.write_str("what was done has been taken back"),
            Self::Left(left) => {
                f.write_str("left to do:")?;
                left.iter()
                    .try_for_each(|leftover| write!(f, " {leftover};"))
            }
        }
    }
}

/// Something that could not be taken back, and the call that would finish it.
#[derive(Clone, Debug)]
pub struct Leftover {
    /// Of which node.
    pub node: NodeUuid,
    /// What it is a matter of.
    pub kind: LeftoverKind,
    /// The call.
    pub call: Box<Call>,
    /// Why it was not made, or not with success.
    pub reason: String,
}

/// What a leftover is a matter of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftoverKind {
    /// This call would take back what was done, or may yet take effect.
    TakeBack,
    /// There is no way back; this call was made, and has not reached its goal as far as is known, or
    /// too late.
    Unfinished,
    /// Somebody else has the node by now. Nobody should make the call without asking them.
    TakenOver,
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, line) = self.call.line(&self.node);
        write!(f, "{} [{method} {line}] ({})", self.call, self.reason)
    }
}
