//! What a failure means for the decision: nothing passes unless an operator wrote that it may.

use super::*;

use std::path::Path;

use portcullis::admission::{Decided, Gate, GateError};
use portcullis::config::{Config, DecisionsConfig, PolicyConfig, Source};
use portcullis::driver::Known;
use portcullis::policy::{Mode, OnFailure};
use portcullis::sandbox::{Compiler, EvaluationError, TrapKind};
use portcullis::verdict::{Decision, Failure};
use serde_json::{Value, json};

const PANIC: &str = r#"{"validate":"panic"}"#;
const DENY: &str = r#"{"validate":"deny"}"#;

/// A policy of the hostile guest: enforced, and refusing on failure.
fn policy(name: &str, settings: &str) -> PolicyConfig {
    let mut policy = PolicyConfig::new(name.parse().unwrap(), Source::Bundled("hostile"));
    policy.capabilities = vec!["log".into()];
    policy.limits = patient();
    policy.settings = serde_json::from_str(settings).unwrap();
    policy
}

fn audited(name: &str, settings: &str) -> PolicyConfig {
    let mut policy = policy(name, settings);
    policy.mode = Mode::Audit;
    policy
}

fn admitting(name: &str, settings: &str) -> PolicyConfig {
    let mut policy = policy(name, settings);
    policy.on_failure = OnFailure::Admit;
    policy
}

fn deprived(name: &str, settings: &str) -> PolicyConfig {
    let mut policy = policy(name, settings);
    policy.capabilities.clear();
    policy
}

async fn open(policies: Vec<PolicyConfig>, record: Option<&Path>) -> Result<Gate, GateError> {
    let bundle = guests::bundle(&["hostile"]);
    let config = Config {
        policies,
        decisions: DecisionsConfig {
            file: record.map(Path::to_owned),
        },
        ..Config::without_file(&bundle).unwrap()
    };
    Gate::open(&config, &bundle, Compiler::ThisProcess).await
}

async fn decide(policies: Vec<PolicyConfig>) -> Decided {
    let gate = open(policies, None).await.unwrap();
    let request = requests::enrolment();
    gate.decide(request, &Known::default(), requests::ample())
        .await
        .unwrap()
}

fn panicked() -> EvaluationError {
    EvaluationError::Trap(TrapKind::Unreachable)
}

#[tokio::test]
async fn a_failure_stops_the_request_and_names_its_policy() {
    let decided = decide(vec![policy("good", BEHAVE), policy("bad", PANIC)]).await;
    let failure = Failure {
        policy: "bad".parse().unwrap(),
        cause: panicked(),
    };
    let expected = Decision::Undecided {
        failures: vec![failure],
        findings: Vec::new(),
    };
    assert_eq!(*decided.decision(), expected);
    assert!(decided.into_admitted().is_err());
}

#[tokio::test]
async fn a_failure_admits_where_an_operator_wrote_so() {
    let decided = decide(vec![admitting("bad", PANIC), policy("good", BEHAVE)]).await;
    let outcomes: Vec<_> = decided
        .outcomes()
        .iter()
        .map(|(outcome, _)| &outcome.result)
        .collect();
    let allowed = Ok(Verdict::Allow(Vec::new()));
    assert_eq!(outcomes, [&Err(panicked()), &allowed]);
    assert!(decided.into_admitted().is_ok());
}

#[tokio::test]
async fn admitting_on_failure_is_the_choice_of_one_policy() {
    let decided = decide(vec![admitting("bad", PANIC), policy("worse", PANIC)]).await;
    let failed: Vec<_> = decided
        .decision()
        .failures()
        .iter()
        .map(|failure| failure.policy.as_str())
        .collect();
    assert_eq!(failed, ["worse"]);
}

#[tokio::test]
async fn a_denial_counts_whatever_else_fails() {
    for failing in [policy("bad", PANIC), admitting("bad", PANIC)] {
        let decided = decide(vec![failing, policy("no", DENY)]).await;
        assert_eq!(decided.decision().name(), "reject");
        assert_eq!(decided.decision().findings().len(), 1);
    }
}

#[tokio::test]
async fn an_audited_policy_stops_nothing_and_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let record = directory.path().join("decisions.jsonl");
    let policies = vec![
        audited("no", DENY),
        audited("bad", PANIC),
        policy("good", BEHAVE),
    ];
    let gate = open(policies, Some(&record)).await.unwrap();
    let request = requests::enrolment();
    let decided = gate
        .decide(request, &Known::default(), requests::ample())
        .await
        .unwrap();
    assert_eq!(decided.decision().name(), "admit");
    assert_eq!(decided.decision().findings().len(), 1);

    let written = std::fs::read_to_string(&record).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    let policies: Vec<_> = written["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| {
            json!([
                policy["policy"],
                policy["mode"],
                policy["outcome"],
                policy["reason"]
            ])
        })
        .collect();
    let expected = [
        json!(["no", "audit", "deny", null]),
        json!(["bad", "audit", "failure", "trap"]),
        json!(["good", "enforce", "allow", null]),
    ];
    assert_eq!(policies, expected);
    assert_eq!(written["decision"], "admit");
    assert_eq!(written["findings"][0]["policy"], "no");
}

#[tokio::test]
async fn policies_that_cannot_be_used_are_reported_together() {
    let policies = vec![
        policy("good", BEHAVE),
        policy("traps", r#"{"check":"panic"}"#),
        deprived("deprived", BEHAVE),
        policy("misspelt", r#"{"valiDate":"deny"}"#),
    ];
    let Err(GateError::Policies(problems)) = open(policies, None).await.map(drop) else {
        panic!("opened");
    };
    let found: Vec<_> = problems
        .iter()
        .map(|problem| problem.policy.as_str())
        .collect();
    assert_eq!(found, ["traps", "deprived", "misspelt"]);
}
