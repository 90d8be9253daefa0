//! Judging a whole plan before its first call.
//!
//! Each step is judged with the node as it will be when its turn comes, and its way back with the node
//! as the step leaves it. A step that is refused stops them all, and nothing has been sent. So does a
//! way back that is refused where something could be left half done, unless that is risked.

use std::time::Instant;

use serde_json::{Map, Value};

use super::call::Call;
use super::error::Cause;
use super::ironic::Ironic;
use super::plan::{Plan, Step, Undo};
use super::seen::{JUDGING, Seen};
use super::verbs;
use crate::admission::DecideError;
use crate::driver::DriverError;
use crate::json::Document;
use crate::operation::Microversion;
use crate::verdict::Decision;

/// A plan, and what the gate makes of it.
#[derive(Debug)]
pub struct Foreseen {
    /// The plan.
    pub plan: Plan,
    /// One for each step, in their order.
    pub steps: Vec<Foresight>,
}

/// What the gate makes of a step.
#[derive(Debug)]
pub struct Foresight {
    /// Of its call.
    pub verdict: Result<Decision, DecideError>,
    /// Of each call that would take it back.
    pub back: Vec<(Call, Result<Decision, DecideError>)>,
}

impl Foreseen {
    /// Whether the order can be begun: every call is admitted, and so is taking back what may
    /// stand there half done, unless [that is risked](super::Terms::one_way).
    pub fn can_begin(&self, one_way: bool) -> bool {
        self.objection(one_way).is_none()
    }

    /// The plan, if it can be begun.
    pub(super) fn into_plan(mut self, one_way: bool) -> Result<Plan, Cause> {
        let Some((at, back)) = self.objection(one_way) else {
            return Ok(self.plan);
        };
        let mut foresight = self.steps.swap_remove(at);
        let (back, verdict) = match back {
            None => (None, foresight.verdict),
            Some(at) => {
                let (call, verdict) = foresight.back.swap_remove(at);
                (Some(call.to_string()), verdict)
            }
        };
        let step = at + 1;
        let call = self.plan.steps.swap_remove(at).call.to_string();
        Err(match (verdict.map(Box::new), back) {
            (Err(source), _) => Cause::Unjudged {
                step,
                source: Box::new(source),
            },
            (Ok(decision), None) => Cause::Refused {
                step,
                call,
                decision,
            },
            (Ok(decision), Some(back)) => Cause::OneWay {
                step,
                call,
                back,
                decision,
            },
        })
    }

    /// The first step that speaks against it, and which of its calls back does, if it is not the
    /// step itself.
    fn objection(&self, one_way: bool) -> Option<(usize, Option<usize>)> {
        let mut steps = self.steps.iter().enumerate();
        steps.find_map(|(at, step)| {
            if !is_admitted(&step.verdict) {
                return Some((at, None));
            }
            if one_way || !self.may_need_its_way_back(at) {
                return None;
            }
            let mut back = step.back.iter();
            let refused = back.position(|(_, verdict)| !is_admitted(verdict))?;
            Some((at, Some(refused)))
        })
    }

    /// With the last call the order has reached its goal, unless something is waited for.
    fn may_need_its_way_back(&self, at: usize) -> bool {
        let step = self.plan.steps.get(at);
        at + 1 < self.steps.len() || step.is_some_and(|step| step.wait.is_some())
    }
}

fn is_admitted(verdict: &Result<Decision, DecideError>) -> bool {
    matches!(verdict, Ok(Decision::Admit { .. }))
}

/// What the gate makes of each step and of its way back, with the node as `node` describes it
/// before the first of them.
pub(super) async fn foresee(
    ironic: &Ironic,
    plan: Plan,
    mut node: Map<String, Value>,
    version: Microversion,
) -> Foreseen {
    let mut steps = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let there = verdict(ironic, &plan, &step.call, &node, version).await;
        let before = node.clone();
        step.call.foretell(&mut node);
        let mut back = Vec::new();
        for (call, node) in ways_back(step, before, &node) {
            let verdict = verdict(ironic, &plan, &call, &node, version).await;
            back.push((call, verdict));
        }
        steps.push(Foresight {
            verdict: there,
            back,
        });
    }
    Foreseen { plan, steps }
}

/// The calls that take a step back, each with the node as it finds it.
fn ways_back(
    step: &Step,
    before: Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<(Call, Map<String, Value>)> {
    match (&step.undo, &step.call) {
        (Undo::Call(call), _) => vec![((**call).clone(), after.clone())],
        (Undo::WayBack, Call::Provision { verb, .. }) => {
            let calls = verbs::calls_back(*verb).into_iter();
            let found = calls.map(|(verb, state)| {
                let mut node = before.clone();
                node.insert("provision_state".into(), state.as_str().into());
                let arguments = Vec::new();
                (Call::Provision { verb, arguments }, node)
            });
            found.collect()
        }
        (Undo::WayBack | Undo::Nothing | Undo::Impossible, _) => Vec::new(),
    }
}

async fn verdict(
    ironic: &Ironic,
    plan: &Plan,
    call: &Call,
    node: &Map<String, Value>,
    version: Microversion,
) -> Result<Decision, DecideError> {
    let text = Value::Object(node.clone()).to_string();
    let node =
        Document::read(text.into()).map_err(|_| DecideError::Facts(DriverError::Description))?;
    let reader = Seen::of(plan.node.clone(), node).or(&ironic.driver);
    // A plan that has just been made holds all that it sends.
    let Ok(request) = call.request(&plan.node, version) else {
        return Err(DecideError::Facts(DriverError::Description));
    };
    let deadline = Instant::now() + JUDGING;
    ironic.gate.foresee(&request, &reader, deadline).await
}

/// What a decision says, in one line.
pub(super) fn reasons(decision: &Decision) -> String {
    let findings = decision.findings().iter().map(|found| {
        let finding = &found.finding;
        let hint = finding
            .hint
            .as_ref()
            .map(|hint| format!(", expected {hint}"));
        format!(
            "{} {} at `{}`: {}{}",
            found.policy,
            finding.rule,
            finding.pointer,
            finding.message,
            hint.unwrap_or_default()
        )
    });
    let failures = decision.failures().iter();
    let failures =
        failures.map(|failure| format!("{} gave no verdict: {}", failure.policy, failure.cause));
    findings.chain(failures).collect::<Vec<_>>().join("; ")
}
