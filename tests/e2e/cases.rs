//! Every case of every policy in `policies/`, judged by the component in a sandbox, through the
//! whole chain: schema, settings check, routing, fields, verdict.
//!
//! Each policy runs the same files natively in its own tests. Both compare with what the case
//! expects, so they agree with each other.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use portcullis::admission::Gate;
use portcullis::bundle::Bundle;
use portcullis::config::{Config, PolicyConfig, SandboxConfig, Source};
use portcullis::driver::{NoNodes, OneNode};
use portcullis::json::Document;
use portcullis::request::{Caller, Request};
use portcullis::sandbox::Compiler;
use portcullis::verdict::{self, Verdict};
use portcullis_guest as guest;
use portcullis_guest::testing::{Case, load_cases};
use portcullis_tests::{guests, requests, workspace_root};
use serde_json::value::RawValue;

#[tokio::test]
async fn every_case_holds_in_the_sandbox() {
    let mut failures = Vec::new();
    for policy in policies() {
        match load_cases(
            workspace_root()
                .join("policies")
                .join(&policy)
                .join("cases"),
        ) {
            Ok(cases) => failures.extend(run(&policy, cases).await),
            Err(error) => failures.push(format!("{policy}: {error}")),
        }
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// Names of the directories in `policies/`.
fn policies() -> Vec<String> {
    let entries = fs::read_dir(workspace_root().join("policies")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no policy in policies/");
    names
}

/// Runs the cases of one policy, and returns what is wrong with those that do not hold. Cases
/// with the same settings share a gate.
async fn run(policy: &str, cases: Vec<Case>) -> Vec<String> {
    let bundle = guests::bundle(&[policy]);
    let mut by_settings: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in cases {
        let settings = case.settings.get().to_owned();
        by_settings.entry(settings).or_default().push(case);
    }
    let mut failures = Vec::new();
    for (settings, cases) in by_settings {
        let gate = open(policy, &settings, &bundle).await;
        for case in cases {
            let told = match &gate {
                Ok(gate) => judge(gate, &case).await,
                Err(problem) => Err(format!("  {problem}")),
            };
            let title = |difference| format!("{policy}: {}:\n{difference}", case.title());
            failures.extend(told.err().map(title));
        }
    }
    failures
}

async fn open(policy: &str, settings: &str, bundle: &Bundle) -> Result<Gate, String> {
    let source = Source::Bundled(bundle.policies[0].name);
    let mut policy = PolicyConfig::new(policy.parse().unwrap(), source);
    policy.settings = serde_json::from_str(settings).unwrap();
    // How fast it is on a busy machine is not what cases are about.
    policy.limits.time = Duration::from_secs(20);
    let config = Config {
        policies: vec![policy],
        sandbox: SandboxConfig {
            instances: 1,
            ..SandboxConfig::default()
        },
        ..Config::without_file(bundle).unwrap()
    };
    let gate = Gate::open(&config, bundle, Compiler::ThisProcess).await;
    gate.map_err(|error| error.to_string())
}

/// Judges one case, and compares with what it expects.
async fn judge(gate: &Gate, case: &Case) -> Result<(), String> {
    let request = request(case);
    let deadline = requests::ample();
    let decided = match &case.node {
        Some(node) => {
            let node = Document::read(node.get().to_owned().into());
            let node = OneNode(node.map_err(|error| format!("  node: {error}"))?);
            gate.decide(request, &node, deadline).await
        }
        None => gate.decide(request, &NoNodes, deadline).await,
    };
    let decided = decided.map_err(|error| format!("  not judged: {error:?}"))?;
    let operation = decided.operation().map(|operation| operation.name());
    if operation != Some(&*case.operation) {
        let expected = &case.operation;
        return Err(format!(
            "  - operation {expected}\n  + operation {operation:?}"
        ));
    }
    let [(outcome, _)] = decided.outcomes() else {
        return Err("  the policy does not judge this operation".into());
    };
    match &outcome.result {
        Ok(verdict) => case.check(&as_guest(verdict)),
        Err(failure) => Err(format!("  no verdict: {failure:?}")),
    }
}

fn request(case: &Case) -> Request {
    let body = case.request.body.as_deref().map_or("", RawValue::get);
    let query: Vec<_> = case
        .request
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)))
        .collect();
    let separator = if query.is_empty() { "" } else { "?" };
    let target = format!("{}{separator}{}", case.request.path, query.join("&"));
    let caller = case.caller.clone();
    Request {
        caller: Caller {
            project_id: caller.project_id,
            user_id: caller.user_id,
            roles: caller.roles,
        },
        ..requests::request(&case.request.method, &target, body)
    }
}

fn percent_encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The verdict in the words of the SDK, which knows how to compare it with a case.
fn as_guest(verdict: &Verdict) -> guest::Verdict {
    let findings = verdict.findings().iter().map(finding).collect();
    match verdict {
        Verdict::Allow(_) => guest::Verdict::Allow(findings),
        Verdict::Deny(_) => guest::Verdict::Deny(findings),
    }
}

fn finding(found: &verdict::Finding) -> guest::Finding {
    guest::Finding {
        rule: found.rule.clone(),
        pointer: found.pointer.clone(),
        message: found.message.clone(),
        severity: match found.severity {
            verdict::Severity::Info => guest::Severity::Info,
            verdict::Severity::Warning => guest::Severity::Warning,
            verdict::Severity::Error => guest::Severity::Error,
        },
        hint: found.hint.clone(),
    }
}
