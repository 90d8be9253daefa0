//! `--plan`: what would be done, and what the policies make of it.

use std::fmt::Write as _;
use std::process::ExitCode;

use portcullis::admission::DecideError;
use portcullis::lifecycle::call::Call;
use portcullis::lifecycle::plan::{Plan, Undo};
use portcullis::lifecycle::{Cause, Foreseen, Lifecycle, Order, Terms};
use portcullis::operation::NodeIdent;
use portcullis::verdict::{Decision, Severity};
use serde_json::{Map, Value, json};

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
    terms: Terms,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut worst = Ending::Done;
    for (node, order) in orders {
        let foreseen = lifecycle.foresee(&node, &order, terms).await;
        output::line(match (&foreseen, json) {
            (Ok(foreseen), false) => text(foreseen),
            (Ok(foreseen), true) => object(foreseen).to_string(),
            (Err(cause), false) => format!("{BAD}no plan{BAD:#} {node}: {}", Chain(cause)),
            (Err(cause), true) => json!({
                "node": node.to_string(), "order": order.name(), "cause": Chain(cause).to_string(),
            })
            .to_string(),
        })?;
        worst = worst.max(ending(&foreseen, terms));
    }
    Ok(report::exit_code(worst))
}

fn ending(foreseen: &Result<Foreseen, Cause>, terms: Terms) -> Ending {
    match foreseen {
        Ok(foreseen) if foreseen.can_begin(terms.one_way) => Ending::Done,
        Ok(_) => Ending::Refused,
        Err(_) => Ending::Failed,
    }
}

type Verdict = Result<Decision, DecideError>;

fn text(foreseen: &Foreseen) -> String {
    let plan = &foreseen.plan;
    let mut text = format!("{} {}", plan.order, plan.node);
    if plan.is_empty() {
        text.push_str("\n  nothing to do");
    }
    // Writing to a string does not fail.
    for (at, (step, foresight)) in plan.steps.iter().zip(&foreseen.steps).enumerate() {
        let (method, line) = step.call.line(&plan.node);
        let _ = write!(
            text,
            "\n  {}. {} {}\n     {DIM}{method} {line}{DIM:#}",
            at + 1,
            word(&foresight.verdict),
            step.call
        );
        if let Some(wait) = &step.wait {
            let _ = write!(text, "\n     then wait until {wait}");
        }
        reasons(&mut text, &foresight.verdict);
        for (call, verdict) in &foresight.back {
            let _ = write!(text, "\n     back: {} {call}", word(verdict));
            reasons(&mut text, verdict);
        }
        if matches!(step.undo, Undo::Impossible) {
            let _ = write!(text, "\n     {NOTE}no way back{NOTE:#}");
        }
    }
    text
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Ok(Decision::Admit { .. }) => format!("{GOOD}admitted{GOOD:#}"),
        Ok(Decision::Reject { .. }) => format!("{BAD}refused{BAD:#}"),
        Ok(Decision::Undecided { .. }) | Err(_) => format!("{BAD}not judged{BAD:#}"),
    }
}

/// A line for each reason of a verdict.
fn reasons(text: &mut String, verdict: &Verdict) {
    // Writing to a string does not fail.
    let decision = match verdict {
        Ok(decision) => decision,
        Err(error) => {
            let _ = write!(text, "\n     {}", Chain(error));
            return;
        }
    };
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

fn object(foreseen: &Foreseen) -> Value {
    let plan = &foreseen.plan;
    let steps = plan.steps.iter().zip(&foreseen.steps);
    let steps = steps.map(|(step, foresight)| {
        let mut object = call(plan, &step.call, &foresight.verdict);
        let back = foresight.back.iter();
        let back: Vec<_> = back
            .map(|(back, verdict)| call(plan, back, verdict))
            .collect();
        let wait = step.wait.as_ref().map(ToString::to_string);
        object.insert("wait".into(), wait.into());
        object.insert("back".into(), back.into());
        let can_be_taken_back = !matches!(step.undo, Undo::Impossible);
        object.insert("can_be_taken_back".into(), can_be_taken_back.into());
        object
    });
    json!({"node": plan.node, "order": plan.order, "steps": steps.collect::<Vec<_>>()})
}

fn call(plan: &Plan, call: &Call, verdict: &Verdict) -> Map<String, Value> {
    let (method, path) = call.line(&plan.node);
    let (decision, findings) = match verdict {
        Ok(decision) => (decision.name(), json!(decision.findings())),
        Err(_) => ("undecided", json!([])),
    };
    let error = verdict.as_ref().err();
    let members = [
        ("call", call.to_string().into()),
        ("method", method.as_str().into()),
        ("path", path.into()),
        ("decision", decision.into()),
        ("findings", findings),
        ("error", error.map(|error| Chain(error).to_string()).into()),
    ];
    members
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect()
}
