//! Carrying out a plan.
//!
//! Each call is written ahead, made once, and settled: by its answer, or by looking at what Ironic
//! shows when no answer came. Locks and an Ironic that is away are waited for until the deadline.

use std::time::Duration;

use serde_json::Value;

use super::call::Call;
use super::call_error::CallError;
use super::conflict::Conflict;
use super::doubt::Doubt;
use super::effect::{self, Mark, Taken};
use super::error::Cause;
use super::ironic::{Ironic, Unwritten};
use super::journal::{Entry, Journal};
use super::pace::Limit;
use super::plan::{OnFailure, Owner, Plan, Step, Wait};
use super::progress::Reporter;
use super::seen::Seen;
use super::state::NodeView;
use super::wait::{self, WaitError};
use crate::operation::Microversion;

/// One plan being carried out.
pub(super) struct Errand<'a> {
    pub(super) ironic: &'a Ironic,
    pub(super) plan: Plan,
    pub(super) version: Microversion,
    pub(super) journal: Journal,
    pub(super) report: &'a Reporter,
    pub(super) times: Times,
    /// Steps that were begun, in their order.
    pub(super) begun: Vec<(usize, Mark)>,
    /// Steps that changed nothing of ours, or were taken back.
    pub(super) undone: Vec<usize>,
    /// The step that was begun last, if what became of it is not known.
    pub(super) doubt: Option<(usize, Doubt)>,
    /// Whether a process before this one began it.
    pub(super) is_recovery: bool,
    /// The node when it was last looked at.
    pub(super) last: Option<NodeView>,
}

/// How long some things may take that have no deadline of their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Taking back.
    pub(super) undo: Duration,
    /// For how long Ironic has to show nothing of a write without an answer before that counts as
    /// not made.
    pub(super) settle: Duration,
}

/// How a call went that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// It did what it was for.
    Done,
    /// It was so already, and not by us.
    SoAlready,
}

/// A call that failed.
pub(super) struct NotDone {
    pub(super) error: CallError,
    /// What is not known, if it may have an effect all the same.
    pub(super) doubt: Option<Doubt>,
}

/// Whether there is a next step.
enum Flow {
    Next,
    /// What was to be given up is somebody else's by now; nothing there is ours to do.
    Ended,
}

impl Errand<'_> {
    /// Makes the steps from this one on.
    pub(super) async fn carry_out(&mut self, from: usize, limit: &Limit) -> Result<(), Cause> {
        let mut at = from;
        while at < self.plan.steps.len() {
            if let Some(cause) = over(limit) {
                return Err(cause);
            }
            at = match self.step(at, limit).await {
                Ok(Flow::Next) => self.after(at),
                Ok(Flow::Ended) => return Ok(()),
                Err(cause) if self.goes_on(at, &cause, limit) => {
                    tracing::info!(node = %self.plan.node, %cause, "going on with the next way");
                    at + 1
                }
                Err(cause) => return Err(cause),
            };
        }
        Ok(())
    }

    /// The step that follows one that succeeded.
    pub(super) fn after(&self, at: usize) -> usize {
        let step = self.plan.steps.get(at);
        match step.map(|step| step.on_failure) {
            // The other way to the same end is not needed.
            Some(OnFailure::GoOn) => at + 2,
            Some(OnFailure::TakeBack) | None => at + 1,
        }
    }

    pub(super) fn goes_on(&self, at: usize, cause: &Cause, limit: &Limit) -> bool {
        let step = self.plan.steps.get(at);
        step.is_some_and(|step| step.on_failure == OnFailure::GoOn)
            && !cause.is_refusal()
            && !limit.is_over()
    }

    async fn step(&mut self, at: usize, limit: &Limit) -> Result<Flow, Cause> {
        let Some(step) = self.plan.steps.get(at).cloned() else {
            return Ok(Flow::Next);
        };
        self.report
            .step(at + 1, self.plan.steps.len(), step.call.to_string());
        let (node, seen) = self.node(limit).await?;
        let is_given_up = at > 0 && matches!(self.plan.owner, Owner::GivenUp(_));
        if is_given_up && self.plan.owner.has_lost(&node) {
            return Ok(Flow::Ended);
        }
        self.check(&step, &node)?;
        let mark = Mark::of(&node);
        if !(step.unless_so && self.is_so(&step.call, &mark, limit).await?) {
            if step.validates {
                self.validate(limit).await?;
            }
            self.make(at, &step.call, mark, seen, limit).await?;
        }
        let mark = Mark::of(&node);
        self.last = Some(node);
        self.wait(&step, &mark, limit).await?;
        Ok(Flow::Next)
    }

    async fn node(&self, limit: &Limit) -> Result<(NodeView, Seen), Cause> {
        let node = self.ironic.node_before_a_call(&self.plan.node, limit).await;
        node.map_err(|error| over(limit).unwrap_or(Cause::Unreadable(error)))?
            .ok_or_else(|| Cause::NoNode(self.ident()))
    }

    /// Whether the node is still what the step was planned for.
    fn check(&self, step: &Step, node: &NodeView) -> Result<(), Cause> {
        let is_claimed = !matches!(step.call, Call::Claim { .. });
        let is_ours = match &self.plan.owner {
            Owner::Instance(ours) if is_claimed => node.instance_uuid.as_ref() == Some(ours),
            owner => !owner.has_lost(node),
        };
        if !is_ours {
            return Err(Cause::Owner(node.instance_uuid.clone()));
        }
        if step.expects.is_empty() || step.expects.contains(&node.provision_state) {
            return Ok(());
        }
        Err(Cause::State {
            state: node.provision_state.clone(),
            expected: one_of(&step.expects),
        })
    }

    async fn is_so(&self, call: &Call, mark: &Mark, limit: &Limit) -> Result<bool, Cause> {
        let taken = effect::look(self.ironic, &self.plan.node, call, mark, limit).await;
        let taken = taken.map_err(|error| over(limit).unwrap_or(Cause::Unreadable(error)))?;
        Ok(taken == Taken::Yes)
    }

    /// What a deployment cannot do without.
    const VALIDATED: [&'static str; 3] = ["deploy", "power", "storage"];

    async fn validate(&self, limit: &Limit) -> Result<(), Cause> {
        let path = format!("/v1/nodes/{}/validate", self.plan.node);
        let found = self.ironic.read(&path, limit).await;
        let found = found.map_err(|error| over(limit).unwrap_or(Cause::Unreadable(error)))?;
        let found = found.unwrap_or_default();
        let mut problems = Vec::new();
        for interface in Self::VALIDATED {
            let Some(about) = found.get(interface) else {
                continue;
            };
            if about.get("result") == Some(&Value::Bool(false)) {
                let reason = about.get("reason").and_then(Value::as_str);
                problems.push(format!(
                    "{interface}: {}",
                    reason.unwrap_or("no reason given")
                ));
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Cause::Invalid(problems.join("; ")))
        }
    }

    async fn make(
        &mut self,
        at: usize,
        call: &Call,
        mark: Mark,
        seen: Seen,
        limit: &Limit,
    ) -> Result<(), Cause> {
        let begin = Entry::Begin {
            step: at,
            mark: mark.clone(),
        };
        self.journal.add(begin).await?;
        self.begun.push((at, mark.clone()));
        self.doubt = None;
        match self.send(call, &mark, seen, limit).await {
            Ok(Sent::Done) => {}
            // What we did not do is not ours to undo.
            Ok(Sent::SoAlready) => self.is_undone(at).await?,
            Err(NotDone { error, doubt }) => {
                match doubt {
                    Some(doubt) => self.doubt = Some((at, doubt)),
                    None => self.is_undone(at).await?,
                }
                return Err(Cause::Call {
                    call: call.to_string(),
                    source: Box::new(error),
                });
            }
        }
        self.journal.add(Entry::Done { step: at }).await?;
        Ok(())
    }

    pub(super) async fn is_undone(&mut self, at: usize) -> Result<(), Cause> {
        self.undone.push(at);
        Ok(self.journal.add(Entry::Undone { step: at }).await?)
    }

    /// Waits for what a step leads to.
    pub(super) async fn wait(
        &mut self,
        step: &Step,
        before: &Mark,
        limit: &Limit,
    ) -> Result<(), Cause> {
        let Some(goal) = &step.wait else {
            return Ok(());
        };
        let limit = match step.wait_at_most_s {
            Some(seconds) => limit.at_most(Duration::from_secs(seconds.into())),
            None => limit.clone(),
        };
        let (uuid, owner) = (&self.plan.node, &self.plan.owner);
        let failed = |source| Cause::Wait {
            call: step.call.to_string(),
            source,
        };
        let node = wait::until(self.ironic, uuid, goal, owner, &limit, self.report).await;
        let node = node.map_err(failed)?;
        if *goal == Wait::Shown {
            let shown = effect::look(self.ironic, uuid, &step.call, before, &limit).await;
            if shown.map_err(|error| failed(WaitError::Unreadable(Box::new(error))))? != Taken::Yes
            {
                return Err(failed(WaitError::stays(&node)));
            }
        }
        self.last = Some(node);
        Ok(())
    }

    /// Makes a call until it is settled. Only at the first try it is judged by what was seen before.
    pub(super) async fn send(
        &self,
        call: &Call,
        before: &Mark,
        mut seen: Seen,
        limit: &Limit,
    ) -> Result<Sent, NotDone> {
        let mut backoff = self.ironic.pace.backoff();
        let mut doubt = None;
        let mut was_uncertain = false;
        loop {
            let request = match call.request(&self.plan.node, self.version) {
                Ok(request) => request,
                Err(withheld) => {
                    let error = withheld.into();
                    return Err(NotDone { error, doubt });
                }
            };
            let written = self.ironic.write(request, std::mem::take(&mut seen), limit);
            let Err(Unwritten { error, answer }) = written.await else {
                return Ok(Sent::Done);
            };
            let is_uncertain = error.is_uncertain();
            // The try before this one, or somebody else, may be why it is refused.
            let is_looked_at = is_uncertain || was_uncertain || says_it_is_so(call, &error);
            was_uncertain |= is_uncertain;
            let mut may_repeat = error.passes();
            if is_looked_at {
                let mut latest = Doubt(answer);
                let may_come_late = is_uncertain && !error.is_over();
                // Looks that fail begin the time anew.
                let time = Limit::firm(self.times.settle * 2);
                let taken = self.settle(call, before, &mut latest, may_come_late, &time);
                match taken.await {
                    Taken::Yes if was_uncertain => return Ok(Sent::Done),
                    Taken::Yes => return Ok(Sent::SoAlready),
                    Taken::No => {}
                    Taken::NotYet | Taken::CannotTell if is_uncertain => doubt = Some(latest),
                    Taken::NotYet | Taken::CannotTell => {}
                }
                // Where Ironic has said that it could not, asking again is not for us to decide.
                may_repeat |= may_come_late && !call.does_harm_twice();
            }
            if !may_repeat || !backoff.pause(limit).await {
                return Err(NotDone { error, doubt });
            }
        }
    }

    pub(super) fn ident(&self) -> crate::operation::NodeIdent {
        ident(&self.plan.node)
    }
}

/// Whether an error says that there is nothing to do, which a look then has to confirm.
fn says_it_is_so(call: &Call, error: &CallError) -> bool {
    let CallError::Answered {
        status, conflict, ..
    } = error
    else {
        return false;
    };
    match call {
        Call::AttachVif { .. } => *conflict == Some(Conflict::Attached),
        Call::Claim { .. } => *conflict == Some(Conflict::Associated),
        Call::DetachVif { .. } | Call::DeleteTarget { .. } | Call::DeleteConnector { .. } => {
            status.is_client_error() && *conflict != Some(Conflict::Locked)
        }
        Call::Unclaim { .. }
        | Call::ClearInstance
        | Call::SetInfo { .. }
        | Call::CreateTarget(_)
        | Call::CreateConnector(_)
        | Call::Provision { .. }
        | Call::Power { .. }
        | Call::SetBootDevice { .. }
        | Call::SetBootMode { .. }
        | Call::SetConsole { .. }
        | Call::InjectNmi
        | Call::InsertMedia { .. }
        | Call::EjectMedia { .. }
        | Call::SetMaintenance { .. }
        | Call::ClearMaintenance => false,
    }
}

/// Why it is over, if it is.
pub(super) fn over(limit: &Limit) -> Option<Cause> {
    if limit.is_stopped() {
        Some(Cause::Stopped)
    } else if limit.is_over() {
        Some(Cause::Deadline)
    } else {
        None
    }
}

/// States in a sentence.
pub(super) fn one_of(states: &[super::state::ProvisionState]) -> String {
    let states: Vec<_> = states.iter().map(|state| format!("`{state}`")).collect();
    match states.as_slice() {
        [one] => one.clone(),
        _ => format!("one of {}", states.join(", ")),
    }
}

/// A UUID names a node as well.
pub(super) fn ident(uuid: &super::input::NodeUuid) -> crate::operation::NodeIdent {
    crate::operation::NodeIdent::of_uuid(uuid.as_str())
}
