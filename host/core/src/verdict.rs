//! Verdicts, and how several become one decision.
//!
//! Pure: the same outcomes in, the same decision out. Nothing here logs or waits.

use serde::Serialize;

use crate::operation::OperationError;
use crate::operation::schema::SchemaFinding;
use crate::policy::{Mode, OnFailure, PolicyId};
use crate::sandbox::EvaluationError;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For the record only.
    Info,
    /// Worth somebody's attention; stops nothing.
    Warning,
    /// A reason to deny.
    Error,
}

/// One problem in a request, as a validator reports it. Safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Id of the validator's rule.
    pub rule: String,
    /// JSON pointer into the request's body; empty for the request as a whole.
    pub pointer: String,
    /// What was found.
    pub message: String,
    /// How much it matters.
    pub severity: Severity,
    /// What would be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A finding, and the policy that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyFinding {
    /// The policy.
    pub policy: PolicyId,
    /// How the policy's denial counts.
    pub mode: Mode,
    /// What its validator found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What one validator answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go ahead; none of the findings is an error.
    Allow(Vec<Finding>),
    /// Stop; at least one of the findings is an error.
    Deny(Vec<Finding>),
}

impl Verdict {
    /// The findings, whatever the answer.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Allow(findings) | Self::Deny(findings) => findings,
        }
    }
}

/// A verdict, or why there is none, with what the operator wants to be made of it.
#[derive(Debug)]
pub struct Outcome {
    /// The policy.
    pub policy: PolicyId,
    /// Whether its denial counts.
    pub mode: Mode,
    /// Whether its failure stops the request.
    pub on_failure: OnFailure,
    /// What its validator answered.
    pub result: Result<Verdict, EvaluationError>,
}

/// A policy whose validator gave no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The policy.
    pub policy: PolicyId,
    /// Why there is no verdict.
    pub cause: EvaluationError,
}

/// What the host does with an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may go to Ironic.
    Admit {
        /// Findings that stop nothing.
        notes: Vec<PolicyFinding>,
    },
    /// A policy in `enforce` mode said no.
    Reject {
        /// Never empty, most severe first: a rejection always says why, and says everything.
        findings: Vec<PolicyFinding>,
    },
    /// Nobody whose denial counts denied, but a validator that had to answer did not.
    Undecided {
        /// Never empty.
        failures: Vec<Failure>,
        /// Findings of the validators that did answer.
        findings: Vec<PolicyFinding>,
    },
}

impl Decision {
    /// The decision as one word, for records and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Admit { .. } => "admit",
            Self::Reject { .. } => "reject",
            Self::Undecided { .. } => "undecided",
        }
    }

    /// All findings, whatever the decision.
    pub fn findings(&self) -> &[PolicyFinding] {
        match self {
            Self::Admit { notes: findings }
            | Self::Reject { findings }
            | Self::Undecided { findings, .. } => findings,
        }
    }

    /// The failures that left the request undecided.
    pub fn failures(&self) -> &[Failure] {
        match self {
            Self::Undecided { failures, .. } => failures,
            Self::Admit { .. } | Self::Reject { .. } => &[],
        }
    }
}

/// Combines the outcomes of all selected policies: an enforced denial rejects; else a failure
/// of an enforced policy leaves the operation undecided, unless its operator wrote
/// `on_failure = "admit"`; else the operation is admitted.
pub fn decide<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Decision {
    let outcomes: Vec<_> = outcomes.into_iter().collect();
    let mut findings: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| findings_of(outcome))
        .collect();
    findings.sort_by_key(|found| (!counts(found), std::cmp::Reverse(found.finding.severity)));
    if outcomes.iter().any(|outcome| rejects(outcome)) {
        return Decision::Reject { findings };
    }
    let failures: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| stopping_failure(outcome))
        .collect();
    if failures.is_empty() {
        Decision::Admit { notes: findings }
    } else {
        Decision::Undecided { failures, findings }
    }
}

/// What the host itself finds in a request before any policy sees it. Its policy is called
/// `portcullis`; the rules are `schema` (the request does not have the form that Ironic expects) and
/// `closed` (the operation is not to be had here).
pub fn findings_of_form(error: &OperationError) -> Vec<PolicyFinding> {
    let Ok(policy) = HOST.parse::<PolicyId>() else {
        return Vec::new();
    };
    let finding = |rule: &str, found: &SchemaFinding| PolicyFinding {
        policy: policy.clone(),
        mode: Mode::Enforce,
        finding: Finding {
            rule: rule.into(),
            pointer: found.pointer.clone(),
            message: found.message.clone(),
            severity: Severity::Error,
            hint: Some(found.accepted.clone()),
        },
    };
    if let OperationError::Closed { operation } = error {
        let found = SchemaFinding {
            pointer: String::new(),
            message: format!("`{operation}` is closed here"),
            accepted: "an operation that is open (setting `api.open`)".into(),
        };
        return vec![finding(CLOSED, &found)];
    }
    let places = error.places().iter();
    places.map(|found| finding(SCHEMA, found)).collect()
}

/// What stands for a policy where the host itself has found something.
const HOST: &str = "portcullis";
/// The rule that a request has the form Ironic expects.
const SCHEMA: &str = "schema";

/// The rule that an operation is open.
const CLOSED: &str = "closed";

/// Whether the finding is a reason for a rejection.
fn counts(found: &PolicyFinding) -> bool {
    found.mode == Mode::Enforce && found.finding.severity == Severity::Error
}

fn findings_of(outcome: &Outcome) -> impl Iterator<Item = PolicyFinding> + '_ {
    let findings = outcome.result.as_ref().map_or(&[][..], Verdict::findings);
    findings.iter().map(|finding| PolicyFinding {
        policy: outcome.policy.clone(),
        mode: outcome.mode,
        finding: finding.clone(),
    })
}

fn rejects(outcome: &Outcome) -> bool {
    outcome.mode == Mode::Enforce && matches!(outcome.result, Ok(Verdict::Deny(_)))
}

fn stopping_failure(outcome: &Outcome) -> Option<Failure> {
    let cause = outcome.result.as_ref().err()?;
    match (outcome.mode, outcome.on_failure) {
        (Mode::Enforce, OnFailure::Refuse) => Some(Failure {
            policy: outcome.policy.clone(),
            cause: cause.clone(),
        }),
        (Mode::Enforce, OnFailure::Admit) | (Mode::Audit, OnFailure::Refuse | OnFailure::Admit) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity) -> Finding {
        Finding {
            rule: "r".into(),
            pointer: String::new(),
            message: "m".into(),
            severity,
            hint: None,
        }
    }

    fn deny() -> Result<Verdict, EvaluationError> {
        Ok(Verdict::Deny(vec![
            finding(Severity::Warning),
            finding(Severity::Error),
        ]))
    }

    fn allow() -> Result<Verdict, EvaluationError> {
        Ok(Verdict::Allow(vec![finding(Severity::Info)]))
    }

    fn failed() -> Result<Verdict, EvaluationError> {
        Err(EvaluationError::PoolFull)
    }

    #[test]
    fn outcomes_combine() {
        use Mode::{Audit, Enforce};
        use OnFailure::{Admit, Refuse};
        type Row = (Mode, OnFailure, fn() -> Result<Verdict, EvaluationError>);
        let check = |rows: &[Row], expected: &str| {
            let outcome = |(at, &(mode, on_failure, result)): (usize, &Row)| Outcome {
                policy: format!("p{at}").parse().unwrap(),
                mode,
                on_failure,
                result: result(),
            };
            let outcomes: Vec<_> = rows.iter().enumerate().map(outcome).collect();
            assert_eq!(decide(&outcomes).name(), expected, "{outcomes:?}");
        };
        check(&[], "admit");
        check(&[(Enforce, Refuse, allow)], "admit");
        check(
            &[(Enforce, Refuse, allow), (Enforce, Refuse, deny)],
            "reject",
        );
        check(&[(Audit, Refuse, deny)], "admit");
        check(&[(Enforce, Refuse, failed)], "undecided");
        check(&[(Enforce, Admit, failed)], "admit");
        check(&[(Audit, Refuse, failed)], "admit");
        check(
            &[(Enforce, Refuse, failed), (Enforce, Refuse, deny)],
            "reject",
        );
        check(
            &[(Enforce, Admit, failed), (Enforce, Refuse, failed)],
            "undecided",
        );
        check(&[(Enforce, Admit, deny)], "reject");
    }

    #[test]
    fn a_rejection_says_everything_and_its_reason_first() {
        let outcome = |name: &str, mode, result| Outcome {
            policy: name.parse().unwrap(),
            mode,
            on_failure: OnFailure::Refuse,
            result,
        };
        let outcomes = [
            outcome("a", Mode::Audit, deny()),
            outcome("b", Mode::Enforce, allow()),
            outcome("c", Mode::Enforce, deny()),
        ];
        let decision = decide(&outcomes);
        let order: Vec<_> = decision
            .findings()
            .iter()
            .map(|f| (f.policy.as_str(), f.finding.severity))
            .collect();
        let expected = [
            ("c", Severity::Error),
            ("a", Severity::Error),
            ("a", Severity::Warning),
            ("c", Severity::Warning),
            ("b", Severity::Info),
        ];
        assert_eq!(order, expected);
    }
}
