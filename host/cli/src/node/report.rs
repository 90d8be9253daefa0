//! What has become of an order: a line for people, an object for programs, and an exit code.

use std::fmt::Write as _;
use std::process::ExitCode;

use portcullis::lifecycle::error::LeftoverKind;
use portcullis::lifecycle::{After, Cause, Failed, Leftover, NodeView};
use serde::Serialize;

use crate::chain::Chain;
use crate::output::{BAD, DIM, GOOD};

/// How an order ended. Ordered from good to bad, and by exit code: 2 is for what cannot begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// At its goal.
    Done,
    /// A policy refused it, and nothing was changed.
    Refused,
    /// It failed, and everything is as it was.
    Failed,
    /// It was late or stopped, and everything is as it was.
    Interrupted,
    /// Something is left.
    Left,
}

/// The exit code that says so.
pub fn exit_code(ending: Ending) -> ExitCode {
    ExitCode::from(match ending {
        Ending::Done => 0,
        Ending::Refused => 1,
        Ending::Failed => 3,
        Ending::Interrupted => 4,
        Ending::Left => 5,
    })
}

/// What has become of one order.
#[derive(Debug, Serialize)]
pub struct Report {
    node: String,
    order: String,
    /// How it ended.
    pub ending: Ending,
    #[serde(skip_serializing_if = "Option::is_none")]
    provision_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    power_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left: Vec<Left>,
}

const LEFT: &str = "something is left";

/// A call that would finish what is left.
#[derive(Debug, Serialize)]
pub struct Left {
    kind: LeftoverKind,
    call: String,
    method: String,
    path: String,
    reason: String,
}

impl From<&Leftover> for Left {
    fn from(left: &Leftover) -> Self {
        let (method, path) = left.call.line(&left.node);
        Self {
            kind: left.kind,
            call: left.call.to_string(),
            method: method.to_string(),
            path,
            reason: left.reason.clone(),
        }
    }
}

impl Report {
    /// Of an order that has ended.
    pub fn of(node: &str, order: &str, outcome: &Result<NodeView, Failed>) -> Self {
        let report = Self::new(node, order);
        match outcome {
            Ok(view) => Self {
                provision_state: Some(view.provision_state.to_string()),
                power_state: view.power_state.clone(),
                instance_uuid: view.instance_uuid.as_ref().map(ToString::to_string),
                ..report
            },
            Err(failed) => report.failed(&failed.cause, &failed.after),
        }
    }

    fn new(node: &str, order: &str) -> Self {
        Self {
            node: node.into(),
            order: order.into(),
            ending: Ending::Done,
            provision_state: None,
            power_state: None,
            instance_uuid: None,
            cause: None,
            after: None,
            left: Vec::new(),
        }
    }

    /// Of something left over that was found in the journal, and still is.
    pub fn recovered(node: &str, left: &[Leftover]) -> Self {
        Self {
            ending: Ending::Left,
            left: left.iter().map(Left::from).collect(),
            after: Some(LEFT),
            ..Self::new(node, "recover")
        }
    }

    fn failed(self, cause: &Cause, after: &After) -> Self {
        let ending = match after {
            After::Left(_) => Ending::Left,
            After::Untouched | After::TakenBack if cause.is_refusal() => Ending::Refused,
            After::Untouched | After::TakenBack if cause.is_interruption() => Ending::Interrupted,
            After::Untouched | After::TakenBack => Ending::Failed,
        };
        Self {
            ending,
            cause: Some(Chain(cause).to_string()),
            after: Some(match after {
                After::Untouched => "nothing was changed",
                After::TakenBack => "what was done has been taken back",
                After::Left(_) => LEFT,
            }),
            left: after.leftovers().iter().map(Left::from).collect(),
            ..self
        }
    }

    /// For programs.
    ///
    /// # Errors
    /// Never, in practice: everything in it is text.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// For people.
    pub fn text(&self) -> String {
        let Self { node, order, .. } = self;
        let mut text = match self.ending {
            Ending::Done => format!("{GOOD}done{GOOD:#} {node} {order}"),
            Ending::Refused => format!("{BAD}refused{BAD:#} {node} {order}"),
            Ending::Failed => format!("{BAD}failed{BAD:#} {node} {order}"),
            Ending::Interrupted => format!("{BAD}stopped{BAD:#} {node} {order}"),
            Ending::Left => format!("{BAD}unfinished{BAD:#} {node} {order}"),
        };
        let states = [
            &self.provision_state,
            &self.power_state,
            &self.instance_uuid,
        ];
        for state in states.into_iter().flatten() {
            let _ = write!(text, " {DIM}{state}{DIM:#}");
        }
        if let Some(cause) = &self.cause {
            let _ = write!(text, ": {cause}");
        }
        if let Some(after) = self.after {
            let _ = write!(text, "; {after}");
        }
        for left in &self.left {
            let Left {
                call,
                method,
                path,
                reason,
                ..
            } = left;
            let _ = write!(text, "\n    {call} {DIM}{method} {path}{DIM:#} ({reason})");
        }
        text
    }
}
