use portcullis::sandbox::EvaluationError;
use portcullis::verdict::{Failure, Finding, Severity};
use serde_json::{Value, json};

use super::*;

fn found(policy: &str, mode: Mode, pointer: &str, hint: Option<&str>) -> PolicyFinding {
    PolicyFinding {
        policy: policy.parse().unwrap(),
        mode,
        finding: Finding {
            rule: "r1".into(),
            pointer: pointer.into(),
            message: "something is wrong".into(),
            severity: Severity::Error,
            hint: hint.map(Into::into),
        },
    }
}

fn check(ending: &Ending<'_>, status: u16, reason: &str, faultstring: &str) -> Value {
    let reply = ending.reply(&RequestId::generate());
    assert_eq!(reply.status().as_u16(), status);
    let body: Value = serde_json::from_slice(reply.body()).unwrap();
    let fault: Value = serde_json::from_str(body["error_message"].as_str().unwrap()).unwrap();
    let faultcode = if status < 500 { "Client" } else { "Server" };
    assert_eq!(
        fault,
        json!({"faultcode": faultcode, "faultstring": faultstring, "debuginfo": null})
    );
    assert_eq!(body["portcullis"]["reason"], reason);
    assert_eq!(
        body["portcullis"]["request_id"],
        reply.headers()[REQUEST_ID].to_str().unwrap()
    );
    body["portcullis"].clone()
}

#[test]
fn a_rejection_tells_every_finding_that_counts() {
    let decision = Decision::Reject {
        findings: vec![
            found("steps", Mode::Enforce, "/deploy_steps/0", Some("`deploy`")),
            found("tried-out", Mode::Audit, "/x", None),
            found("target", Mode::Enforce, "", None),
        ],
    };
    let ending = Ending::Decided {
        operation: "node.provision.active",
        decision: &decision,
    };
    let details = check(
        &ending,
        403,
        "refused",
        "node.provision.active refused by policy: \
         (1) /deploy_steps/0: something is wrong, expected `deploy` [steps/r1]; \
         (2) something is wrong [target/r1]",
    );
    assert_eq!(details["operation"], "node.provision.active");
    let policies: Vec<_> = details["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["policy"])
        .collect();
    assert_eq!(policies, ["steps", "target"]);
}

#[test]
fn a_failure_names_the_policy_and_not_the_cause() {
    let decision = Decision::Undecided {
        failures: vec![Failure {
            policy: "steps".parse().unwrap(),
            cause: EvaluationError::Declined {
                reason: "internal detail".into(),
            },
        }],
        findings: vec![],
    };
    let ending = Ending::Decided {
        operation: "node.power",
        decision: &decision,
    };
    let expected = "node.power could not be judged; policy `steps` gave no verdict";
    let details = check(&ending, 500, "undecided", expected);
    assert_eq!(details["failures"], json!([{"policy": "steps"}]));
}

#[test]
fn other_endings_have_their_status() {
    let limit = ByteSize::from_mib(1);
    check(
        &Ending::TooLarge { limit },
        413,
        "too-large",
        "body of the request is too large, expected at most 1MiB",
    );
    check(
        &Ending::Unreadable(&OperationError::TooLarge { limit }),
        413,
        "too-large",
        "body of the request is too large, expected at most 1MiB",
    );
    check(
        &Ending::HeadTooSlow,
        408,
        "head-too-slow",
        "head of the request did not arrive in time",
    );
    check(
        &Ending::BodyTooSlow,
        408,
        "body-too-slow",
        "body of the request did not arrive in time",
    );
    check(
        &Ending::NoMemory,
        500,
        "no-memory",
        "no memory became free for the body of the request in time",
    );
    let twice =
        portcullis::operation::route(&http::Method::PUT, &"/v1/nodes/%2e%2e/x".parse().unwrap());
    let error = twice.unwrap_err();
    let text = Chain(&error).to_string();
    assert!(
        text.starts_with("path of the request cannot be used: "),
        "{text}"
    );
    check(&Ending::Unreadable(&error), 400, "unreadable", &text);
}
