//! Judging a whole plan before its first call.
//!
//! Each step is judged with the node as it will be when its turn comes. A step that is refused stops
//! them all, and nothing has been sent.

use std::time::{Duration, Instant};

use http::HeaderMap;
use serde_json::{Map, Value};

use super::error::Cause;
use super::ironic::Ironic;
use super::plan::Plan;
use crate::admission::DecideError;
use crate::driver::{Driver, DriverError, Reader, Reading};
use crate::json::Document;
use crate::operation::{Collection, Microversion, Resource};
use crate::verdict::Decision;

/// Longest time for judging one step.
const JUDGING: Duration = Duration::from_secs(10);

/// The node as it will be, and everything else as it is.
struct Ahead<'a> {
    node: Document,
    rest: &'a Driver,
}

impl Reader for Ahead<'_> {
    async fn read(
        &self,
        resource: Resource<'_>,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> Result<Reading, DriverError> {
        match resource.collection {
            Collection::Nodes => Ok(Reading::Found(self.node.clone())),
            Collection::Ports
            | Collection::Portgroups
            | Collection::Chassis
            | Collection::VolumeConnectors
            | Collection::VolumeTargets
            | Collection::Allocations
            | Collection::DeployTemplates
            | Collection::Runbooks
            | Collection::InspectionRules => self.rest.read(resource, caller, fields).await,
        }
    }
}

/// What the gate makes of each step, in their order, with the node as `node` describes it before
/// the first of them.
pub(super) async fn verdicts(
    ironic: &Ironic,
    plan: &Plan,
    node: &Map<String, Value>,
    version: Microversion,
) -> Vec<Result<Decision, DecideError>> {
    let mut node = node.clone();
    let mut verdicts = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        verdicts.push(verdict(ironic, plan, &step.call, &node, version).await);
        step.call.foretell(&mut node);
    }
    verdicts
}

async fn verdict(
    ironic: &Ironic,
    plan: &Plan,
    call: &super::call::Call,
    node: &Map<String, Value>,
    version: Microversion,
) -> Result<Decision, DecideError> {
    let text = Value::Object(node.clone()).to_string();
    let node =
        Document::read(text.into()).map_err(|_| DecideError::Facts(DriverError::Description))?;
    let reader = Ahead {
        node,
        rest: &ironic.driver,
    };
    // A plan that has just been made holds all that it sends.
    let Ok(request) = call.request(&plan.node, version) else {
        return Err(DecideError::Facts(DriverError::Description));
    };
    let deadline = Instant::now() + JUDGING;
    ironic.gate.foresee(request, &reader, deadline).await
}

/// The first refusal among them.
pub(super) fn refusal(plan: &Plan, verdicts: Vec<Result<Decision, DecideError>>) -> Option<Cause> {
    let steps = plan.steps.iter().enumerate();
    steps
        .zip(verdicts)
        .find_map(|((at, step), verdict)| match verdict {
            Ok(Decision::Admit { .. }) => None,
            Ok(decision @ (Decision::Reject { .. } | Decision::Undecided { .. })) => {
                Some(Cause::Refused {
                    step: at + 1,
                    call: step.call.to_string(),
                    decision: Box::new(decision),
                })
            }
            Err(source) => Some(Cause::Unjudged {
                step: at + 1,
                source: Box::new(source),
            }),
        })
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
