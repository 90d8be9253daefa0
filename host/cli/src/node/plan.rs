//! `--plan`: what would be done, and what the policies make of it.

use std::fmt::Write as _;
use std::process::ExitCode;

use portcullis::admission::DecideError;
use portcullis::lifecycle::input::Deadline;
use portcullis::lifecycle::plan::Undo;
use portcullis::lifecycle::{Cause, Foreseen, Lifecycle, Order};
use portcullis::operation::NodeIdent;
use portcullis::verdict::{Decision, Severity};
use serde_json::{Value, json};

use super::report::{self, Ending};
use crate::chain::Chain;
use crate::output::{self, BAD, DIM, GOOD, NOTE};

/// Prints the plan of each order, with the verdict for each step. Sends nothing but reads.
///
/// # Errors
/// When it cannot be printed.
pub async fn show(
    lifecycle: &Lifecycle,
    orders: Vec<(NodeIdent, Order)>,
    deadline: Deadline,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut worst = Ending::Done;
    for (node, order) in orders {
        let foreseen = lifecycle.foresee(&node, &order, deadline).await;
        output::line(match (&foreseen, json) {
            (Ok(foreseen), false) => text(foreseen),
            (Ok(foreseen), true) => object(foreseen).to_string(),
            (Err(cause), false) => format!("{BAD}no plan{BAD:#} {node}: {}", Chain(cause)),
            (Err(cause), true) => json!({
                "node": node.to_string(), "order": order.name(), "cause": Chain(cause).to_string(),
            })
            .to_string(),
        })?;
        worst = worst.max(ending(&foreseen));
    }
    Ok(report::exit_code(worst))
}

fn ending(foreseen: &Result<Foreseen, Cause>) -> Ending {
    match foreseen {
        Ok(foreseen) if foreseen.verdicts.iter().all(is_admitted) => Ending::Done,
        Ok(_) => Ending::Refused,
        Err(_) => Ending::Failed,
    }
}

fn is_admitted(verdict: &Result<Decision, DecideError>) -> bool {
    matches!(verdict, Ok(Decision::Admit { .. }))
}

fn text(foreseen: &Foreseen) -> String {
    let plan = &foreseen.plan;
    let mut text = format!("{} {}", plan.order, plan.node);
    if plan.is_empty() {
        text.push_str("\n  nothing to do");
    }
    // Writing to a string does not fail.
    for (at, (step, verdict)) in plan.steps.iter().zip(&foreseen.verdicts).enumerate() {
        let (method, line) = step.call.line(&plan.node);
        let word = match verdict {
            Ok(Decision::Admit { .. }) => format!("{GOOD}admitted{GOOD:#}"),
            Ok(Decision::Reject { .. }) => format!("{BAD}refused{BAD:#}"),
            Ok(Decision::Undecided { .. }) | Err(_) => format!("{BAD}not judged{BAD:#}"),
        };
        let _ = write!(
            text,
            "\n  {}. {word} {}\n     {DIM}{method} {line}{DIM:#}",
            at + 1,
            step.call
        );
        if let Some(wait) = &step.wait {
            let _ = write!(text, "\n     then wait until {wait}");
        }
        let _ = match &step.undo {
            Undo::Call(call) => write!(text, "\n     back: {call}"),
            Undo::WayBack => write!(text, "\n     back: by the verb that leads back"),
            Undo::Nothing => Ok(()),
            Undo::Impossible => write!(text, "\n     {NOTE}no way back{NOTE:#}"),
        };
        match verdict {
            Err(error) => {
                let _ = write!(text, "\n     {}", Chain(error));
            }
            Ok(decision) => {
                for found in decision.findings() {
                    let severity = match found.finding.severity {
                        Severity::Error => "error",
                        Severity::Warning => "warning",
                        Severity::Info => "info",
                    };
                    let finding = &found.finding;
                    let _ = write!(
                        text,
                        "\n     {severity} {} {} at `{}`: {}",
                        found.policy, finding.rule, finding.pointer, finding.message
                    );
                }
                for failure in decision.failures() {
                    let _ = write!(text, "\n     {}: {}", failure.policy, failure.cause);
                }
            }
        }
    }
    text
}

fn object(foreseen: &Foreseen) -> Value {
    let plan = &foreseen.plan;
    let steps = plan
        .steps
        .iter()
        .zip(&foreseen.verdicts)
        .map(|(step, verdict)| {
            let (method, path) = step.call.line(&plan.node);
            let (decision, findings) = match verdict {
                Ok(decision) => (decision.name(), json!(decision.findings())),
                Err(_) => ("undecided", json!([])),
            };
            json!({
                "call": step.call.to_string(), "method": method.as_str(), "path": path,
                "decision": decision, "findings": findings,
                "error": verdict.as_ref().err().map(|error| Chain(error).to_string()),
                "wait": step.wait.as_ref().map(ToString::to_string),
                "back": match &step.undo {
                    Undo::Call(call) => Some(call.to_string()),
                    Undo::WayBack => Some("by the verb that leads back".into()),
                    Undo::Nothing | Undo::Impossible => None,
                },
                "can_be_taken_back": !matches!(step.undo, Undo::Impossible),
            })
        });
    json!({"node": plan.node, "order": plan.order, "steps": steps.collect::<Vec<_>>()})
}
