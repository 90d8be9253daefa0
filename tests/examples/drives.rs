//! Judges rows of sample drives and documents with the bundled policy, and tells which are answered
//! as they expect.
//!
//! `cargo run --release --example drives -- FILE...`, where each file is JSON lines in a gzip stream.
//! A row with `transport` is a drive: `b64` or `text`, and what to expect under `expect`. A row
//! with `kind` is a document in `text`, and `valid` says whether it keeps to its schema.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use portcullis::admission::{DecideError, Gate};
use portcullis::bundle::Bundle;
use portcullis::config::{Config, PolicyConfig, Source};
use portcullis::config_drive::{Parts, build_iso, to_base64};
use portcullis::driver::Known;
use portcullis::sandbox::Compiler;
use portcullis::verdict::{Decision, Severity};
use portcullis_tests::{guests, requests};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// Rules about the shape of documents, to compare with the verdict of a schema.
const SHAPE_RULES: [&str; 8] = [
    "CD-NET",
    "CD-META",
    "CD-JSON-DUP",
    "CD-JSON-DEPTH",
    "CD-CONTENT-PATH",
    "CD-UD-SCHEMA",
    "CD-UD-FORMAT",
    "CD-UD-NESTED",
];

/// What was answered, and what was expected.
struct Outcome {
    group: String,
    id: String,
    wrong: Option<String>,
    took: Duration,
}

struct Answer {
    denied: bool,
    rules: Vec<String>,
    messages: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let gate = gate().await?;
    let mut outcomes = Vec::new();
    for path in std::env::args().skip(1) {
        let mut text = String::new();
        GzDecoder::new(fs::File::open(path)?).read_to_string(&mut text)?;
        for line in text.lines() {
            let row: Value = serde_json::from_str(line)?;
            outcomes.extend(outcome(&gate, &row).await?);
        }
    }
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for outcome in &outcomes {
        let (right, all) = groups.entry(&outcome.group).or_default();
        *all += 1;
        match &outcome.wrong {
            None => *right += 1,
            Some(wrong) => println!("{} {}: {wrong}", outcome.group, outcome.id),
        }
    }
    for (group, (right, all)) in &groups {
        println!("{group}: {right} of {all} as expected");
    }
    let right: usize = groups.values().map(|(right, _)| right).sum();
    println!("all: {right} of {} as expected", outcomes.len());
    if let Some(slowest) = outcomes.iter().max_by_key(|outcome| outcome.took) {
        println!("slowest: {} in {:?}", slowest.id, slowest.took);
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "peak memory, rows included: {}",
        peak.unwrap_or("not known")
    );
    Ok(())
}

/// The policy alone, with its defaults.
async fn gate() -> Result<Gate, Failure> {
    const POLICY: &str = "config-drive";
    let bundle: Bundle = guests::bundle(&[POLICY]);
    let mut policy = PolicyConfig::new(POLICY.parse()?, Source::Bundled(POLICY));
    policy.capabilities = vec![POLICY.to_owned()];
    let config = Config {
        policies: vec![policy],
        ..Config::without_file(&bundle)?
    };
    Ok(Gate::open(&config, &bundle, Compiler::ThisProcess).await?)
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

async fn outcome(gate: &Gate, row: &Value) -> Result<Option<Outcome>, Failure> {
    let is_drive = row.get("transport").is_some();
    let begin = Instant::now();
    let wrong = if is_drive {
        drive(gate, row).await?
    } else {
        match document(row)? {
            Some(drive) => shape(row, &judge(gate, &drive).await?),
            None => return Ok(None),
        }
    };
    Ok(Some(Outcome {
        group: text(row, if is_drive { "cls" } else { "kind" }).to_owned(),
        id: text(row, "id").to_owned(),
        wrong,
        took: begin.elapsed(),
    }))
}

/// What is wrong about the answer to a drive.
async fn drive(gate: &Gate, row: &Value) -> Result<Option<String>, Failure> {
    let key = match text(row, "transport") {
        "text" => "text",
        _ => "b64",
    };
    let answer = judge(gate, &json!(text(row, key)).to_string()).await?;
    let expected = row.pointer("/expect/policy").and_then(Value::as_str);
    let found = if answer.denied { "deny" } else { "accept" };
    let rules = row.pointer("/expect/rules").and_then(Value::as_array);
    let rules = rules.into_iter().flatten().filter_map(Value::as_str);
    let missing: Vec<_> = rules
        .filter(|rule| !answer.rules.iter().any(|found| found == rule))
        .collect();
    let is_right = expected.is_none_or(|expected| expected == "either" || expected == found)
        && (missing.is_empty() || !answer.denied);
    Ok((!is_right).then(|| {
        format!(
            "expected {expected:?} {missing:?}, found {found}\n    {}",
            answer.messages.join("\n    ")
        )
    }))
}

/// The drive that a document is judged in, if documents of its kind are.
fn document(row: &Value) -> Result<Option<String>, Failure> {
    let document = text(row, "text");
    Ok(Some(match text(row, "kind") {
        "network_data.json" => format!("{{\"network_data\":{document}}}"),
        "meta_data.json" => format!("{{\"meta_data\":{document}}}"),
        "user-data" => {
            let image = build_iso(&Parts {
                meta_data: b"{}".to_vec().into(),
                user_data: Some(document.as_bytes().to_vec().into()),
                ..Parts::default()
            })?;
            json!(&*to_base64(&image)?).to_string()
        }
        _ => return Ok(None),
    }))
}

/// What is wrong about the answer to a document.
fn shape(row: &Value, answer: &Answer) -> Option<String> {
    let valid = row
        .get("valid")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    let against = |rule: &&String| SHAPE_RULES.contains(&rule.as_str());
    let is_valid = !answer.rules.iter().any(|rule| against(&rule));
    let why: String = text(row, "why").chars().take(150).collect();
    let messages = answer.messages.join("\n    ");
    (is_valid != valid).then(|| format!("expected valid = {valid} ({why}), found\n    {messages}"))
}

async fn judge(gate: &Gate, drive: &str) -> Result<Answer, Failure> {
    let body = format!("{{\"target\":\"active\",\"configdrive\":{drive}}}");
    let path = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states/provision";
    let request = requests::request("PUT", path, &body);
    let decision = gate
        .opinion(&request, &Known::default(), requests::ample())
        .await;
    let findings = match &decision {
        Ok(decision @ (Decision::Admit { .. } | Decision::Reject { .. })) => decision.findings(),
        Ok(Decision::Undecided { failures, .. }) => return Err(format!("{failures:?}").into()),
        // What the host refuses before any policy counts as refused for its form.
        Err(DecideError::Operation(error)) => {
            return Ok(Answer {
                denied: true,
                rules: vec!["CD-META".to_owned()],
                messages: vec![error.to_string()],
            });
        }
        Err(error) => return Err(error.to_string().into()),
    };
    let told = findings.iter().map(|found| &found.finding);
    Ok(Answer {
        denied: told
            .clone()
            .any(|finding| finding.severity == Severity::Error),
        rules: told.clone().map(|finding| finding.rule.clone()).collect(),
        messages: told
            .map(|finding| format!("{} {} {}", finding.rule, finding.pointer, finding.message))
            .collect(),
    })
}
