//! The runner has to fail where a case is not met; these see it do so.

use super::*;
use crate::{Context, Finding, Rule};
use serde::Deserialize;
use std::path::PathBuf;

crate::policy! {
    name: "sample",
    doc: "For tests.",
    rules: [LONG],
    settings_schema: "{}",
    operations: ["node.create"],
    settings: Settings,
    input: Input,
    validate: judge,
}

const LONG: Rule = Rule::error("long", "Names are short.");

/// None.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

crate::input! {
    /// One of each root.
    pub struct Input {
        name: Option<String> = "/body/names/1/a~1b" as "a string",
        number: crate::Value = "/body/number",
        query: Option<String> = "/query/x" as "a string",
        method: String = "/request/method" as "a string",
        node: Option<String> = "/node/uuid" as "a string",
    }
}

fn judge(_: &Settings, context: &Context, input: Input) -> Vec<Finding> {
    let node = context.node.as_ref().map(|node| node.ident.as_str());
    let seen = format!(
        "{:?} {:?} {:?} {} {:?} {node:?}",
        input.name, input.number, input.query, input.method, input.node
    );
    if seen.contains("long") {
        vec![LONG.at("/name", seen)]
    } else {
        Vec::new()
    }
}

/// A directory under the build's own, with one file of cases; gone at the end.
struct Cases(PathBuf);

impl Cases {
    fn new(name: &str, text: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("cases-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join("all.json"), text).expect("a file");
        Self(directory)
    }
}

impl Drop for Cases {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What [`run_cases`] says about the cases `text`; nothing if it is content.
fn complaint(name: &str, text: &str) -> Option<String> {
    let cases = Cases::new(name, text);
    let run = std::panic::catch_unwind(|| run_cases::<Policy>(&cases.0));
    run.err()
        .map(|panic| *panic.downcast::<String>().expect("a message"))
}

const MET: &str = r#"{
    "operation": "node.create",
    "request": {
        "method": "POST", "path": "/v1/nodes/n1/x", "query": {"x": "y"},
        "body": {"names": [0, {"a/b": "long"}], "number": 1.50}
    },
    "node": {"uuid": "u"},
    "expect": {"verdict": "deny", "findings": [{"rule": "long", "pointer": "/name"}]}
}"#;

#[test]
fn a_case_that_is_met_passes() {
    assert_eq!(complaint("met", MET), None);
    assert_eq!(complaint("array", &format!("[{MET},{MET}]")), None);
}

#[test]
fn fields_are_found_under_every_root_and_numbers_are_as_written() {
    let text = complaint(
        "roots",
        &MET.replace("\"pointer\": \"/name\"", "\"pointer\": \"\""),
    );
    let seen = r#"Some("long") Value::Number("1.50") Some("y") POST Some("u") Some("n1")"#;
    assert!(
        text.as_ref().is_some_and(|text| text.contains(seen)),
        "{text:?}"
    );
}

#[test]
fn every_difference_is_told() {
    let check = |name: &str, from: &str, to: &str, told: &[&str]| {
        let text = complaint(name, &MET.replace(from, to)).expect("a complaint");
        for line in told {
            assert!(text.contains(line), "{line} is not in: {text}");
        }
    };
    check(
        "verdict",
        "\"deny\"",
        "\"allow\"",
        &["- verdict Allow", "+ verdict Deny"],
    );
    check(
        "rule",
        "\"rule\": \"long\"",
        "\"rule\": \"other\"",
        &["- other at `/name`", "+ long at"],
    );
    check(
        "severity",
        "\"/name\"",
        "\"/name\", \"severity\": \"info\"",
        &["(info)", "(error)"],
    );
    check(
        "missing",
        "\"a/b\": \"long\"",
        "\"a/b\": \"\"",
        &["+ verdict Allow", "- long at `/name`"],
    );
    check(
        "operation",
        "node.create",
        "node.delete",
        &["does not judge `node.delete`"],
    );
    check(
        "settings",
        "\"operation\"",
        "\"settings\": {\"a\": 1}, \"operation\"",
        &["settings cannot be read"],
    );
    check(
        "shape",
        "\"long\"}]",
        "5}]",
        &["+ input-shape at `/names/1/a~1b`"],
    );
}

#[test]
fn cases_that_cannot_be_used_are_errors() {
    let check = |name: &str, text: &str, told: &str| {
        let complaint = complaint(name, text).expect("a complaint");
        assert!(complaint.contains(told), "{complaint}");
    };
    check(
        "unknown-key",
        &MET.replace("\"node\"", "\"nodes\""),
        "unknown field `nodes`",
    );
    check("empty", "[]", "no case in");
    check("junk", "{", "is not a case");
    let nowhere = load_cases("cases/that/are/not/there");
    assert!(matches!(nowhere, Err(CaseError::Read { .. })));
}

mod roots {
    //! The roots that show more than the request.

    use super::super::{case::Case, fields};
    use crate::Value;

    fn check(case: &str, field: &str, expected: Result<Value, ()>) {
        let case: Case = serde_json::from_str(case).expect("a case");
        let found = fields::value(&case, field).map_err(drop);
        assert_eq!(
            format!("{found:?}"),
            format!("{expected:?}"),
            "{field} of {case:?}"
        );
    }

    fn text(text: &str) -> Result<Value, ()> {
        Ok(Value::Text(text.to_owned()))
    }

    #[test]
    fn ports_headers_and_the_time_are_fields() {
        let case = r#"{
            "operation": "port.delete", "time": "2026-11-23T01:02:03Z",
            "request": {"method": "DELETE", "path": "/v1/ports/p", "headers": {"x-reason": "r"}},
            "port": {"node_uuid": "n"}, "portgroup": {"mode": "m"}, "ports": [{"address": "a"}, {}],
            "expect": {"verdict": "allow"}
        }"#;
        check(case, "/port/node_uuid", text("n"));
        check(case, "/portgroup/mode", text("m"));
        check(
            case,
            "/ports/address",
            Ok(Value::Json(r#"["a",null]"#.to_owned())),
        );
        check(case, "/time/utc", text("2026-11-23T01:02:03Z"));
        check(case, "/header/x-reason", text("r"));
        check(case, "/header/x-other", Ok(Value::Absent));
        check(case, "/resource/name", Ok(Value::Absent));
        check(case, "/time/local", Err(()));
        check(case, "/clock", Err(()));
    }

    fn update(patch: &str) -> String {
        format!(
            r#"{{
                "operation": "node.update",
                "request": {{"method": "PATCH", "path": "/v1/nodes/n", "body": {patch}}},
                "node": {{"name": "n", "extra": {{"a": 1, "l": ["x"]}}}},
                "expect": {{"verdict": "allow"}}
            }}"#
        )
    }

    #[test]
    fn the_resource_is_the_body_of_a_create_and_the_patched_document_of_an_update() {
        let create = r#"{
            "operation": "chassis.create",
            "request": {"method": "POST", "path": "/v1/chassis", "body": {"description": "d"}},
            "expect": {"verdict": "allow"}
        }"#;
        check(create, "/resource/description", text("d"));
        let patch = update(
            r#"[
                {"op": "replace", "path": "/name", "value": "m"},
                {"op": "remove", "path": "/extra/a"},
                {"op": "add", "path": "/extra/b~1c", "value": "d"},
                {"op": "add", "path": "/extra/l/0", "value": "w"},
                {"op": "add", "path": "/extra/l/-", "value": "y"},
                {"op": "replace", "path": "/extra/l/1", "value": "z"},
                {"op": "remove", "path": "/extra/l/0"}
            ]"#,
        );
        check(&patch, "/resource/name", text("m"));
        check(&patch, "/node/name", text("n"));
        check(&patch, "/patch/0/path", text("/name"));
        check(create, "/patch", Ok(Value::Absent));
        check(&patch, "/resource/extra/a", Ok(Value::Absent));
        check(&patch, "/resource/extra/b~1c", text("d"));
        check(
            &patch,
            "/resource/extra/l",
            Ok(Value::Json(r#"["z","y"]"#.to_owned())),
        );
    }

    #[test]
    fn a_patch_that_cannot_be_applied_is_no_case() {
        for patch in [
            r#"[{"op": "remove", "path": "/nothing"}]"#,
            r#"[{"op": "add", "path": "/no/parent", "value": 1}]"#,
            r#"[{"op": "add", "path": "/extra/l/9", "value": 1}]"#,
            r#"[{"op": "move", "path": "/extra/a", "value": 1}]"#,
        ] {
            check(&update(patch), "/resource/name", Err(()));
        }
    }
}
