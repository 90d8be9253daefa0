//! `portcullis check`: requests judged without any Ironic.

use std::fs;
use std::process::Output;

use portcullis_tests::gateway::run;
use portcullis_tests::guests;
use serde_json::{Value, json};

const ADMITTED: &str = r#"{"method": "PUT", "path": "/v1/nodes/n/states/provision", "headers": {"X-OpenStack-Ironic-API-Version": "1.109"}, "body": {"target": "active"}}"#;
const REFUSED: &str = r#"{"method": "PUT", "path": "/v1/nodes/n/states/provision", "headers": {"X-OpenStack-Ironic-API-Version": "1.109"}, "body": {"target": "rebuild"}, "node": {"provision_state": "available"}}"#;
const UNREADABLE: &str = r#"{"method": "PUT", "path": "/v1/nodes/n/states/provision", "body": {"target": "active", "target": 1}}"#;

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The objects that `check --json` prints.
fn judged(arguments: &[&str], input: &str) -> (i32, Vec<Value>) {
    let output = run(&[&["check", "--json"], arguments].concat(), input);
    let lines = text(&output.stdout);
    let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    (code(&output), lines.lines().map(read).collect())
}

#[test]
fn the_exit_code_tells_the_worst() {
    let check = |input: &str, expected: i32, decisions: &[&str]| {
        let (code, lines) = judged(&[], input);
        let found: Vec<_> = lines.iter().map(|it| it["decision"].clone()).collect();
        assert_eq!(found, decisions, "{input}");
        assert_eq!(code, expected, "{input}");
    };
    check(ADMITTED, 0, &["admit"]);
    check(REFUSED, 1, &["reject"]);
    check(UNREADABLE, 1, &["reject"]);
    check(
        &format!("{ADMITTED}\n{REFUSED}\n\n{ADMITTED}\n"),
        1,
        &["admit", "reject", "admit"],
    );
    check(&format!("[{ADMITTED}, {REFUSED}]"), 1, &["admit", "reject"]);
    check("[]", 0, &[]);
    check(r#"{"method": "GET", "path": "/v1/nodes"}"#, 0, &["admit"]);
}

#[test]
fn programs_get_the_whole_decision() {
    let (_, lines) = judged(&[], &format!("{ADMITTED}{REFUSED}{UNREADABLE}"));
    assert_eq!(
        lines[0],
        json!({"decision": "admit", "operation": "node.provision.active", "findings": [], "failures": []})
    );
    assert_eq!(lines[1]["operation"], "node.provision.rebuild");
    let finding = &lines[1]["findings"][0];
    assert_eq!(finding["policy"], "provision-target");
    assert_eq!(finding["rule"], "state");
    assert_eq!(finding["pointer"], "/target");
    assert_eq!(finding["severity"], "error");
    assert!(
        finding["message"].is_string() && finding["hint"].is_string(),
        "{finding}"
    );
    assert_eq!(lines[2]["operation"], "unreadable");
    let error = lines[2]["error"].as_str().expect("an error");
    assert!(error.contains("key stands twice"), "{error}");
}

#[test]
fn files_and_standard_input_are_judged_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (dir.path().join("one.json"), dir.path().join("two.jsonl"));
    fs::write(&one, REFUSED).expect("a file");
    fs::write(&two, format!("{ADMITTED}\n{ADMITTED}\n")).expect("a file");
    let (one, two) = (one.to_str().expect("text"), two.to_str().expect("text"));
    let decisions = |arguments: &[&str], input: &str| {
        let (_, lines) = judged(arguments, input);
        lines
            .iter()
            .map(|it| it["decision"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(decisions(&[one, two], ""), ["reject", "admit", "admit"]);
    assert_eq!(
        decisions(&[two, "-", one], REFUSED),
        ["admit", "admit", "reject", "reject"]
    );

    let output = run(&["check", "no-such-file.json"], "");
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("no-such-file.json"));
}

/// A node and a caller may be given along.
#[test]
fn policies_see_the_node_that_is_given() {
    let asked = |state: &str| {
        let mut request: Value = serde_json::from_str(ADMITTED).expect("JSON");
        request["node"] = json!({"uuid": "u", "name": "n", "provision_state": state});
        request["caller"] = json!({"project_id": "p", "roles": ["admin"]});
        judged(&[], &request.to_string())
    };
    assert_eq!(asked("available").0, 0);
    let (code, lines) = asked("active");
    assert_eq!(code, 1);
    assert_eq!(lines[0]["findings"][0]["rule"], "state");
}

#[test]
fn what_cannot_be_judged_is_told_apart() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = dir.path().join("portcullis.toml");
    let hostile = guests::path("hostile", "wasm");
    fs::write(
        &config,
        format!(
            "[sandbox]\ncache_dir = \"\"\n[[policy]]\nname = \"site\"\nsource = \"{}\"\n\
             capabilities = [\"log\"]\nsettings = {{ validate = \"divide\" }}\n",
            hostile.display()
        ),
    )
    .expect("a file");
    let config = config.to_str().expect("text");
    let (code, lines) = judged(&["--config", config], ADMITTED);
    assert_eq!(code, 2);
    assert_eq!(lines[0]["decision"], "undecided");
    let failure = &lines[0]["failures"][0];
    assert_eq!(
        (&failure["policy"], &failure["reason"]),
        (&json!("site"), &json!("trap"))
    );

    for (input, told) in [
        ("{", "request 1"),
        ("{}", "missing field `method`"),
        (
            r#"{"method": "PUT", "path": "/", "colour": "red"}"#,
            "unknown field `colour`",
        ),
        ("no JSON at all", "request 1"),
    ] {
        let output = run(&["check"], input);
        assert_eq!(output.status.code(), Some(2), "{input}");
        let error = text(&output.stderr);
        assert!(
            error.starts_with("error: ") && error.contains(told),
            "{input}: {error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

/// Colours are for terminals.
#[test]
fn people_get_sentences() {
    let output = run(&["check"], &format!("{ADMITTED}\n{REFUSED}"));
    let told = text(&output.stdout);
    assert!(
        told.starts_with(
            "admitted PUT /v1/nodes/n/states/provision (node.provision.active)\n\
             refused PUT /v1/nodes/n/states/provision (node.provision.rebuild)\n  \
             error /target: "
        ),
        "{told}"
    );
    assert!(told.contains("[provision-target/state]"), "{told}");
    assert!(!told.contains('\u{1b}'), "{told}");
}
