//! What became of a request that was judged: for people, and for programs.

use std::fmt::Write as _;

use anstyle::Style;
use portcullis::admission::Decided;
use portcullis::operation::OperationError;
use portcullis::policy::Mode;
use portcullis::verdict::{self, Decision, PolicyFinding, Severity};
use serde::Serialize;

use crate::chain::Chain;
use crate::output::{BAD, DIM, GOOD, NOTE};

/// How a request stands. Ordered from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It would reach Ironic.
    Admitted,
    /// It would be refused, by a policy or because it cannot be read.
    Refused,
    /// A policy that has to answer did not.
    NotJudged,
}

impl Standing {
    /// The exit code that says so.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Admitted => 0,
            Self::Refused => 1,
            Self::NotJudged => 2,
        }
    }
}

/// What became of one request. Serialises as `check --json` prints it.
#[derive(Debug, Serialize)]
pub struct Report {
    #[serde(skip)]
    title: String,
    decision: &'static str,
    operation: String,
    findings: Vec<PolicyFinding>,
    failures: Vec<FailedPolicy>,
    /// Why the request cannot be read, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct FailedPolicy {
    policy: String,
    reason: &'static str,
    message: String,
}

impl Report {
    /// Of a request that was judged. `title` is what people know it by.
    pub fn judged(title: String, decided: &Decided) -> Self {
        let failed = decided.outcomes().iter().filter_map(|(outcome, _)| {
            let cause = outcome.result.as_ref().err()?;
            Some(FailedPolicy {
                policy: outcome.policy.to_string(),
                reason: cause.reason(),
                message: cause.to_string(),
            })
        });
        Self {
            title,
            decision: decided.decision().name(),
            operation: decided
                .operation()
                .map_or("read", |operation| operation.name())
                .to_owned(),
            findings: decided.decision().findings().to_vec(),
            failures: failed.collect(),
            error: None,
        }
    }

    /// Of a request that cannot be read, which is refused like any other that must not pass.
    pub fn unreadable(title: String, error: &OperationError) -> Self {
        Self {
            title,
            decision: Decision::Reject {
                findings: Vec::new(),
            }
            .name(),
            operation: match error {
                OperationError::Closed { operation } => operation.clone(),
                _ => "unreadable".into(),
            },
            findings: verdict::findings_of_form(error),
            failures: Vec::new(),
            error: Some(Chain(error).to_string()),
        }
    }

    /// How the request stands.
    pub fn standing(&self) -> Standing {
        match self.decision {
            "admit" => Standing::Admitted,
            "reject" => Standing::Refused,
            _ => Standing::NotJudged,
        }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        // Text keys and plain values: it always can be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// For people.
    pub fn text(&self) -> String {
        let (style, word) = match self.standing() {
            Standing::Admitted => (GOOD, "admitted"),
            Standing::Refused => (BAD, "refused"),
            Standing::NotJudged => (BAD, "not judged"),
        };
        let mut text = format!(
            "{style}{word}{style:#} {} {DIM}({}){DIM:#}",
            self.title, self.operation
        );
        if let Some(error) = &self.error {
            let _ = write!(text, "\n  {error}");
        }
        for found in &self.findings {
            tell(&mut text, found);
        }
        for FailedPolicy {
            policy, message, ..
        } in &self.failures
        {
            let _ = write!(text, "\n  {BAD}failure{BAD:#} policy `{policy}`: {message}");
        }
        text
    }
}

fn tell(
    text: &mut String,
    PolicyFinding {
        policy,
        mode,
        finding,
    }: &PolicyFinding,
) {
    let (style, word): (Style, _) = match (mode, finding.severity) {
        (Mode::Enforce, Severity::Error) => (BAD, "error"),
        (Mode::Audit, Severity::Error) => (NOTE, "error (audit only)"),
        (_, Severity::Warning) => (NOTE, "warning"),
        (_, Severity::Info) => (DIM, "info"),
    };
    let _ = write!(text, "\n  {style}{word}{style:#} ");
    if !finding.pointer.is_empty() {
        let _ = write!(text, "{}: ", finding.pointer);
    }
    text.push_str(&finding.message);
    if let Some(hint) = &finding.hint {
        let _ = write!(text, ", expected {hint}");
    }
    let _ = write!(text, " {DIM}[{policy}/{}]{DIM:#}", finding.rule);
}

#[cfg(test)]
mod tests {
    use portcullis::verdict::Finding;
    use serde_json::{Value, json};

    use super::*;

    fn report(decision: &'static str) -> Report {
        let finding = Finding {
            rule: "r1".into(),
            pointer: "/target".into(),
            message: "`x` is not known".into(),
            severity: Severity::Error,
            hint: Some("`active`".into()),
        };
        Report {
            title: "PUT /v1/nodes/n/states/provision".into(),
            decision,
            operation: "node.provision.x".into(),
            findings: vec![PolicyFinding {
                policy: "p".parse().unwrap(),
                mode: Mode::Enforce,
                finding,
            }],
            failures: vec![FailedPolicy {
                policy: "q".into(),
                reason: "time",
                message: "was stopped".into(),
            }],
            error: None,
        }
    }

    #[test]
    fn programs_get_one_object() {
        let json: Value = serde_json::from_str(&report("reject").json()).unwrap();
        let expected = json!({
            "decision": "reject",
            "operation": "node.provision.x",
            "findings": [{
                "policy": "p", "mode": "enforce", "rule": "r1", "pointer": "/target",
                "message": "`x` is not known", "severity": "error", "hint": "`active`",
            }],
            "failures": [{"policy": "q", "reason": "time", "message": "was stopped"}],
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn people_get_sentences() {
        let plain = anstream::adapter::strip_str(&report("reject").text()).to_string();
        let expected = "refused PUT /v1/nodes/n/states/provision (node.provision.x)\n  \
                        error /target: `x` is not known, expected `active` [p/r1]\n  \
                        failure policy `q`: was stopped";
        assert_eq!(plain, expected);
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst() {
        let standings =
            ["admit", "undecided", "reject"].map(|decision| report(decision).standing());
        assert_eq!(standings.map(Standing::exit_code), [0, 2, 1]);
        assert_eq!(standings.into_iter().max(), Some(Standing::NotJudged));
    }
}
