//! Plans: the calls an order will make, in their order, and how each is taken back.
//!
//! Pure. A plan is made from the order and from what Ironic shows of the node; nothing has been
//! sent when there is one. It can be printed, written to a journal and read back, and holds no
//! secret in either form.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::call::{Call, Verb};
use super::input::{InstanceId, NodeUuid};
use super::state::{NodeView, PowerState, ProvisionState};
use super::verbs;

/// The calls of one order for one node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// What was ordered, in a word.
    pub order: String,
    /// For which node.
    pub node: NodeUuid,
    /// Whose the node has to be, for anything to be taken back.
    pub owner: Owner,
    /// The calls. None: there is nothing to do.
    pub steps: Vec<Step>,
    /// The step with which it becomes better to finish than to go back, should the process end:
    /// from here on, [`recover`](super::Lifecycle::recover) goes forward.
    pub commit: usize,
}

/// Whose a node is while a plan is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// It is claimed for this instance, by the plan or before it.
    Instance(InstanceId),
    /// It stays whose it was: this instance's, or nobody's.
    AsFound(Option<InstanceId>),
    /// It is being given up, so that anybody may have it next.
    GivenUp(Option<InstanceId>),
}

impl Owner {
    /// Whether the node is somebody else's by now.
    pub fn has_lost(&self, node: &NodeView) -> bool {
        let found = node.instance_uuid.as_ref();
        match self {
            Self::Instance(ours) => found.is_some_and(|found| found != ours),
            Self::AsFound(before) => found != before.as_ref(),
            Self::GivenUp(before) => found.is_some() && found != before.as_ref(),
        }
    }
}

/// One call, and what belongs to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The call.
    pub call: Call,
    /// Provision states in which it is made; any, when there are none.
    pub expects: Vec<ProvisionState>,
    /// Whether it is left out when a look at Ironic shows that it is so already.
    pub unless_so: bool,
    /// Whether Ironic is asked before if it finds everything that a deployment needs.
    pub validates: bool,
    /// What is waited for behind it.
    pub wait: Option<Wait>,
    /// Longest time for that wait in seconds, where it is less than the deadline of the order.
    pub wait_at_most_s: Option<u32>,
    /// What its failure means.
    pub on_failure: OnFailure,
    /// How it is taken back.
    pub undo: Undo,
}

/// What the failure of a step means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The order has failed, and is taken back.
    TakeBack,
    /// The next step is another way to the same end, and left out when this one succeeds.
    GoOn,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// A provision state.
    Provision {
        /// Any of these is the end.
        goal: Vec<ProvisionState>,
        /// These lead there; no other does.
        by_way_of: Vec<ProvisionState>,
    },
    /// A power state.
    Power(PowerState),
    /// That nobody holds the node's lock any more: the work behind a call is done.
    Unlocked,
    /// The same, and that what the call sets is what Ironic shows then.
    Shown,
}

/// How a step is taken back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// By this call.
    Call(Box<Call>),
    /// By the way back of its verb, once the node is in a state that has one.
    WayBack,
    /// There is nothing to take back: what fails ends by itself, or does not matter.
    Nothing,
    /// It cannot be.
    Impossible,
}

impl Plan {
    /// Without the wait behind the last call.
    pub fn without_waiting(mut self) -> Self {
        if let Some(last) = self.steps.last_mut() {
            last.wait = None;
        }
        self
    }

    /// Whether it does nothing but put the node into maintenance, or take it out.
    pub(super) fn is_about_maintenance(&self) -> bool {
        let mut calls = self.steps.iter().map(|step| &step.call);
        calls.all(|call| matches!(call, Call::SetMaintenance { .. } | Call::ClearMaintenance))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl Step {
    /// A call that is made whatever the state, with nothing behind it, and cannot be taken back.
    pub fn new(call: Call) -> Self {
        Self {
            call,
            expects: Vec::new(),
            unless_so: false,
            validates: false,
            wait: None,
            wait_at_most_s: None,
            on_failure: OnFailure::TakeBack,
            undo: Undo::Impossible,
        }
    }

    /// A verb, where Ironic accepts it, until it has done its work.
    pub fn provision(verb: Verb, arguments: super::call::Arguments) -> Self {
        Self {
            expects: verbs::accepted_in(verb).to_vec(),
            wait: verbs::goal_of(verb).map(|goal| Wait::Provision {
                goal: vec![goal],
                by_way_of: verbs::on_the_way(verb).to_vec(),
            }),
            undo: match verbs::way_back(verb) {
                Some(_) => Undo::WayBack,
                // Ironic goes back to `enroll` by itself.
                None if verb == Verb::Manage => Undo::Nothing,
                None => Undo::Impossible,
            },
            ..Self::new(Call::Provision { verb, arguments })
        }
    }

    /// The same, taken back by this call.
    pub fn undone_by(self, call: Call) -> Self {
        Self {
            undo: Undo::Call(Box::new(call)),
            ..self
        }
    }

    /// The same, left out when it is so already.
    pub fn unless_so(self) -> Self {
        Self {
            unless_so: true,
            ..self
        }
    }

    /// The same, with this wait behind it.
    pub fn until(self, wait: Wait) -> Self {
        Self {
            wait: Some(wait),
            ..self
        }
    }
}

impl fmt::Display for Plan {
    /// One line for each step, and one under it for its way back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.order, self.node)?;
        if self.is_empty() {
            return f.write_str("\n  nothing to do");
        }
        for (at, step) in self.steps.iter().enumerate() {
            let (method, line) = step.call.line(&self.node);
            write!(f, "\n  {}. {}\n     {method} {line}", at + 1, step.call)?;
            if let Some(wait) = &step.wait {
                write!(f, "\n     then wait until {wait}")?;
            }
            match &step.undo {
                Undo::Call(call) => write!(f, "\n     back: {call}")?,
                Undo::WayBack => f.write_str("\n     back: the way back of the verb")?,
                Undo::Nothing => {}
                Undo::Impossible => f.write_str("\n     no way back")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provision { goal, .. } => {
                let goal: Vec<_> = goal.iter().map(ProvisionState::as_str).collect();
                write!(f, "it is {}", goal.join(" or "))
            }
            Self::Power(state) => write!(f, "it has {}", state.as_str()),
            Self::Unlocked => f.write_str("its lock is free"),
            Self::Shown => f.write_str("Ironic shows it"),
        }
    }
}
