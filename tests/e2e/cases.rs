//! Every case of every policy in `policies/`, judged by the component in a sandbox: settings
//! schema and check, routing, patch, fields, verdict. The schemas of the API are left out: policies
//! say what they say about requests that would not get as far, too.
//!
//! Each policy runs the same files natively in its own tests. Both compare with what the case
//! expects, so they agree with each other.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use http::HeaderName;
use portcullis::admission::Gate;
use portcullis::bundle::Bundle;
use portcullis::config::{Config, PolicyConfig, SandboxConfig, Source};
use portcullis::config_drive::Submitted;
use portcullis::json::Document;
use portcullis::operation::{
    self, Collection, Evidence, Facts, Field, MAX_PATCH_OPERATIONS, Operation, Route,
};
use portcullis::request::{Caller, Request};
use portcullis::sandbox::limits::{DriveLimits, Limits};
use portcullis::sandbox::{Capability, Compiler, DriveReader, Sandbox, SandboxOptions, Validator};
use portcullis::verdict::{self, Verdict};
use portcullis_guest as guest;
use portcullis_guest::testing::{Case, load_cases};
use portcullis_tests::{guests, requests, workspace_root};
use serde_json::value::{RawValue, to_raw_value};

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
        .filter(|path| path.join("policy.toml").is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no policy in policies/");
    names
}

/// Runs the cases of one policy, and returns what is wrong with those that do not hold.
async fn run(policy: &str, cases: Vec<Case>) -> Vec<String> {
    let bundle = guests::bundle(&[policy]);
    let bundled = &bundle.policies[0];
    let sandbox = Sandbox::new(&SandboxOptions {
        instances: 1,
        ..SandboxOptions::default()
    });
    // How fast it is on a busy machine is not what cases are about.
    let limits = Limits {
        time: Duration::from_secs(20),
        ..Limits::default()
    };
    let sandbox = sandbox.unwrap();
    // None of them has to ask for it.
    let granted = [Capability::ConfigDrive];
    let loaded = sandbox.load(bundled.wasm, Some(bundled.compiled), &granted, limits);
    let validator = loaded.await.unwrap();
    let drives = DriveLimits {
        time: limits.time,
        ..DriveLimits::default()
    };
    let reader = guests::drive_reader();
    let reader = sandbox
        .load_drive_reader(reader.wasm, Some(reader.compiled), drives)
        .unwrap();
    let mut settings_seen = BTreeMap::new();
    let mut failures = Vec::new();
    for case in cases {
        let settings = case.settings.get().to_owned();
        if !settings_seen.contains_key(&settings) {
            let opened = open(policy, &settings, &bundle).await;
            settings_seen.insert(settings.clone(), opened.err());
        }
        let told = match &settings_seen[&settings] {
            None => judge(&validator, &reader, &case).await,
            Some(problem) => Err(format!("  {problem}")),
        };
        let title = |difference| format!("{policy}: {}:\n{difference}", case.title());
        failures.extend(told.err().map(title));
    }
    failures
}

/// Whether a gate takes the policy with these settings.
async fn open(policy: &str, settings: &str, bundle: &Bundle) -> Result<(), String> {
    let source = Source::Bundled(bundle.policies[0].name);
    let mut policy = PolicyConfig::new(policy.parse().unwrap(), source);
    policy.capabilities = vec![Capability::ConfigDrive.name().to_owned()];
    policy.settings = serde_json::from_str(settings).unwrap();
    let config = Config {
        policies: vec![policy],
        sandbox: SandboxConfig {
            instances: 1,
            ..SandboxConfig::default()
        },
        ..Config::without_file(bundle).unwrap()
    };
    let gate = Gate::open(&config, bundle, Compiler::ThisProcess).await;
    gate.map(drop).map_err(|error| error.to_string())
}

/// Judges one case, and compares with what it expects.
async fn judge(
    validator: &Validator,
    reader: &Arc<DriveReader>,
    case: &Case,
) -> Result<(), String> {
    let request = request(case);
    let Ok(Route::Write(route)) = operation::route(&request.method, &request.target) else {
        return Err("  not a write".into());
    };
    let read = Operation::read(route, &request);
    let mut operation = read.map_err(|error| format!("  not read: {error:?}"))?;
    if operation.name() != case.operation {
        let (expected, found) = (&case.operation, operation.name());
        return Err(format!("  - operation {expected}\n  + operation {found}"));
    }
    if operation.name().ends_with(".update") {
        let patch = operation.read_patch(MAX_PATCH_OPERATIONS);
        patch.map_err(|error| format!("  patch: {error}"))?;
    }
    let facts = facts(case, &operation, &validator.description().fields)?;
    let evidence = Evidence {
        request_id: &request.id,
        operation: &operation,
        headers: &request.headers,
        caller: &request.caller,
        taken_at: match &case.time {
            Some(time) => {
                let time = humantime::parse_rfc3339(time).map_err(|error| format!("  {error}"))?;
                time.duration_since(UNIX_EPOCH).unwrap()
            }
            None => Duration::ZERO,
        },
        facts: &facts,
    };
    let settings = case.settings.get();
    let submitted = Submitted::find(&operation, &facts);
    let drive = submitted.map(|submitted| reader.drive(submitted, requests::ample()));
    let evaluated = validator.evaluate_with(settings, &evidence, drive.as_ref(), requests::ample());
    match &evaluated.await.result {
        Ok(verdict) => case.check(&as_guest(verdict)),
        Err(failure) => Err(format!("  no verdict: {failure:?}")),
    }
}

/// What Ironic would say, as the case has it.
fn facts(case: &Case, operation: &Operation, declared: &[Field]) -> Result<Facts, String> {
    let known = |name: &str, text: &Option<Box<RawValue>>| {
        let read = text.as_deref();
        let read = read.map(|text| Document::read(text.get().to_owned().into()));
        read.transpose()
            .map_err(|error| format!("  {name}: {error}"))
    };
    let mut facts = Facts {
        node: known("node", &case.node)?,
        port: known("port", &case.port)?,
        portgroup: known("portgroup", &case.portgroup)?,
        patched: None,
        ports: None,
    };
    if let Some(ports) = known("ports", &case.ports)? {
        let declared = declared.iter().filter_map(Field::of_all_ports);
        facts.ports = Facts::of_ports(&ports, &declared.collect::<Vec<_>>());
    }
    let resource = known("resource", &case.resource)?;
    let subject = operation.subject().map(|subject| subject.collection);
    let current = match subject {
        Some(Collection::Nodes) => facts.node.as_ref(),
        Some(Collection::Ports) => facts.port.as_ref(),
        Some(Collection::Portgroups) => facts.portgroup.as_ref(),
        _ => resource.as_ref(),
    };
    if let (Some(patch), Some(current)) = (operation.patch(), current) {
        let mut patched = current.root().to_tree();
        patch
            .apply(&mut patched)
            .map_err(|error| format!("  patch: {error}"))?;
        facts.patched = known("resource", &Some(to_raw_value(&patched).unwrap()))?;
    }
    Ok(facts)
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
    let mut request = requests::request(&case.request.method, &target, body);
    let (major, minor) = case.microversion.parts();
    let version = format!("{major}.{minor}").parse().unwrap();
    request
        .headers
        .insert("x-openstack-ironic-api-version", version);
    for (name, value) in &case.request.headers {
        let name: HeaderName = name.parse().unwrap();
        request.headers.insert(name, value.parse().unwrap());
    }
    Request {
        caller: Caller {
            project_id: caller.project_id,
            user_id: caller.user_id,
            roles: caller.roles,
        },
        ..request
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
