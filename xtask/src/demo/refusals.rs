//! Second scene: what is refused, why, and that none of it arrived at Ironic.

use anyhow::{Result, bail};
use portcullis_lab::http::Reply;
use serde_json::{Value, json};

use crate::demo::client::provision_path;
use crate::demo::stage::Stage;
use crate::demo::{did, result};
use crate::say::{self, paint};

/// Header of every refused request, and of no other: what to look for in what arrived.
const MARK: &str = "never-to-arrive";

/// The rule of the gateway itself: that a request has the form Ironic expects.
const SCHEMA: &str = "schema";

/// A request nobody should send.
struct Refusal {
    /// What it tries.
    tries: &'static str,
    /// Why that is no good idea.
    because: &'static str,
    body: String,
    /// Rules that have to be named, or none for a body that cannot be read at all. Forms are the
    /// gateway's own matter, and everything else that of a policy.
    rules: &'static [&'static str],
}

/// Sends every refusal, shows its findings, and looks for them at Ironic.
pub fn play(stage: &Stage, node: &str) -> Result<()> {
    let client = stage.client();
    let path = provision_path(node);
    let before = writes(stage);
    let refusals = refusals();
    for refusal in &refusals {
        did(refusal.tries);
        let reply = client.send_text("PUT", &path, &refusal.body, MARK)?;
        show(refusal, &reply)?;
    }
    prove(stage, refusals.len(), before)
}

fn refusals() -> Vec<Refusal> {
    vec![
        Refusal {
            tries: "ask for the provision state \"activ\"",
            because: "Ironic has no such verb; a slip is told at once, with the verbs there are",
            body: json!({"target": "activ"}).to_string(),
            rules: &[SCHEMA],
        },
        Refusal {
            tries: "deploy once more while the node is active",
            because: "the verb cannot be used from this state; the policy was shown the node as it is now",
            body: json!({"target": "active"}).to_string(),
            rules: &["state"],
        },
        Refusal {
            tries: "rebuild with a step that writes firmware from a URL",
            because: "firmware is written for good, so steps of that interface are off until an operator allows them",
            body: json!({"target": "rebuild", "deploy_steps": [
                {"interface": "firmware", "step": "update", "priority": 150,
                 "args": {"settings": [{"component": "bmc", "url": "http://198.51.100.7/bmc.bin"}]}}]})
            .to_string(),
            rules: &["step-interface"],
        },
        Refusal {
            tries: "rebuild with a config drive that has a password in clear and a network that names no link",
            because: "both are told in one reply: nobody should fix mistakes one round trip at a time",
            body: json!({"target": "rebuild", "configdrive": {
                "meta_data": {"hostname": "demo-1", "admin_pass": "correct-horse"},
                "network_data": {"links": [], "services": [],
                                 "networks": [{"id": "n0", "type": "ipv4_dhcp", "link": "link9",
                                               "network_id": "4f6f8c0e-6c1b-4d0e-9f8a-2f1f6f0f6d11"}]},
            }})
            .to_string(),
            rules: &["CD-PLAIN-PASSWORD", "CD-NET"],
        },
        Refusal {
            tries: "send a body with the key \"target\" twice",
            because: "policies and Ironic could read two different requests from it",
            body: r#"{"target": "rebuild", "target": "deleted"}"#.to_owned(),
            rules: &[],
        },
    ]
}

fn show(refusal: &Refusal, reply: &Reply) -> Result<()> {
    let is_form = refusal.rules.iter().all(|rule| *rule == SCHEMA);
    let expected = if is_form { 400 } else { 403 };
    if reply.status != expected {
        bail!(
            "this should have been refused with {expected} and was answered {}: {}",
            reply.status,
            reply.text()
        );
    }
    result(&format!(
        "{}, {}",
        paint("31", &format!("refused with {}", reply.status)),
        refusal.because
    ));
    let answer = reply.json();
    let findings: &[Value] = answer
        .pointer("/portcullis/findings")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for finding in findings {
        say::text(&format!("       {}\n", told(finding)));
    }
    if findings.is_empty() {
        say::text(&format!("       {}\n", fault(&answer)));
    }
    for rule in refusal.rules {
        if !findings
            .iter()
            .any(|finding| text(finding, "rule") == *rule)
        {
            bail!(
                "the refusal should have named the rule `{rule}`: {}",
                reply.text()
            );
        }
    }
    Ok(())
}

fn told(finding: &Value) -> String {
    let place = match text(finding, "pointer") {
        "" => String::new(),
        pointer => format!("{pointer}: "),
    };
    let hint = match text(finding, "hint") {
        "" => String::new(),
        hint => format!(", expected {hint}"),
    };
    format!(
        "{place}{}{hint}  [{}/{}]",
        text(finding, "message"),
        text(finding, "policy"),
        text(finding, "rule")
    )
}

/// The text Ironic's own clients show.
fn fault(answer: &Value) -> String {
    let fault: Value = serde_json::from_str(text(answer, "error_message")).unwrap_or_default();
    text(&fault, "faultstring").to_owned()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn writes(stage: &Stage) -> usize {
    stage
        .recorder()
        .requests()
        .iter()
        .filter(|request| request.method != "GET")
        .count()
}

fn prove(stage: &Stage, refused: usize, before: usize) -> Result<()> {
    let arrived = writes(stage) - before;
    let bytes = stage.recorder().bytes();
    let marked = bytes
        .windows(MARK.len())
        .any(|window| window == MARK.as_bytes());
    if arrived > 0 || marked {
        bail!("{arrived} of {refused} refused requests arrived at Ironic");
    }
    did("look at what the recorder in front of Ironic has seen meanwhile");
    result(&format!(
        "{refused} requests refused, 0 writes arrived, and not one byte of theirs is among all that passed"
    ));
    Ok(())
}
