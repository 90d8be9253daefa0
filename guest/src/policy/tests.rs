//! The glue between a policy and the contract, on a policy made for it.

use super::*;
use crate::bindings::portcullis::policy::types::{Caller, Microversion, Value};
use crate::{Level, problem};
use serde::Deserialize;

crate::policy! {
    name: "sample",
    doc: "For tests.",
    rules: [NAME, NOTE],
    settings_schema: "{}",
    operations: ["node.create"],
    capabilities: ["log"],
    settings: Settings,
    check_settings: check,
    severities: levels,
    input: Input,
    validate: judge,
}

const NAME: Rule = Rule::error("name", "Names are short.");
const NOTE: Rule = Rule::info("note", "For the record.");

/// Settings with everything the macro knows.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    max: usize,
    levels: Severities,
}

crate::input! {
    /// Fields of both roots.
    pub struct Input {
        name: Option<String> = "/body/name" as "a string",
        retired: Option<bool> = "/node/retired" as "a boolean",
        raw: Value = "/body/extra",
    }
}

fn check(settings: &Settings) -> Vec<SettingsProblem> {
    if settings.max < 100 {
        Vec::new()
    } else {
        vec![problem("/max", "too much, expected below 100")]
    }
}

fn judge(settings: &Settings, _: &Context, input: Input) -> Vec<Finding> {
    let mut findings = vec![NOTE.at("", format!("{:?} {:?}", input.retired, input.raw))];
    if input.name.is_some_and(|name| name.len() > settings.max) {
        findings.push(NAME.at("/name", "too long"));
    }
    findings
}

fn request(fields: Vec<Value>) -> Request {
    let context = Context {
        request_id: "req-1".to_owned(),
        operation: "node.create".to_owned(),
        node: None,
        caller: Caller {
            project_id: None,
            user_id: None,
            roles: Vec::new(),
        },
        microversion: Microversion {
            major: 1,
            minor: 109,
        },
    };
    Request { context, fields }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn the_description_is_what_the_macro_was_told() {
    let description = describe::<Policy>("1.1.0").expect("the contract of this SDK");
    assert_eq!(description.name, "sample");
    assert_eq!(description.version, env!("CARGO_PKG_VERSION"));
    let rules: Vec<_> = description
        .rules
        .iter()
        .map(|rule| rule.id.as_str())
        .collect();
    assert_eq!(rules, ["name", "note", "input-shape"]);
    assert_eq!(
        description.fields,
        ["/body/name", "/node/retired", "/body/extra"]
    );
    assert_eq!(description.operations, ["node.create"]);
    assert_eq!(description.capabilities, ["log"]);
}

#[test]
fn only_hosts_with_the_contract_are_served() {
    let check = |contract: &str, served: bool| {
        assert_eq!(describe::<Policy>(contract).is_ok(), served, "{contract}");
    };
    check("1.0.0", true);
    check("1.7.3", true);
    check("0.9.0", false);
    check("2.0.0", false);
    check("1", false);
    check("one.zero", false);
}

#[test]
fn settings_are_read_then_checked() {
    let places = |settings: &str| match check_settings::<Policy>(settings) {
        Ok(()) => Vec::new(),
        Err(SettingsError::Invalid(problems)) => problems
            .into_iter()
            .map(|problem| problem.pointer)
            .collect(),
    };
    assert!(places("{}").is_empty());
    assert!(places(r#"{"levels": {"name": "off"}}"#).is_empty());
    assert_eq!(places("[]x"), [""]);
    assert_eq!(places(r#"{"maximum": 3}"#), [""]);
    assert_eq!(
        places(r#"{"max": 100, "levels": {"a/b": "off"}}"#),
        ["/max", "/levels/a~1b"]
    );
    assert_eq!(
        places(r#"{"levels": {"input-shape": "off"}}"#),
        ["/levels/input-shape"]
    );
}

#[test]
fn a_finding_of_severity_error_denies() {
    let verdict = |settings: &str| {
        let fields = vec![text("abc"), Value::Absent, Value::Null];
        validate::<Policy>(settings, request(fields)).expect("a verdict")
    };
    assert!(matches!(verdict(r#"{"max": 3}"#), Verdict::Allow(findings) if findings.len() == 1));
    assert!(matches!(verdict("{}"), Verdict::Deny(findings) if findings.len() == 2));
    let lowered = verdict(r#"{"levels": {"name": "warning", "note": "off"}}"#);
    assert!(matches!(lowered, Verdict::Allow(findings)
        if findings.len() == 1 && findings[0].severity == Severity::Warning));
    let raised = verdict(r#"{"max": 3, "levels": {"note": "error"}}"#);
    assert!(matches!(raised, Verdict::Deny(findings) if findings.len() == 1));
}

#[test]
fn fields_of_another_shape_deny_without_quoting_them() {
    let fields = vec![
        Value::Json(r#"["hunter2"]"#.to_owned()),
        text("hunter2"),
        Value::Absent,
    ];
    let Ok(Verdict::Deny(findings)) = validate::<Policy>("{}", request(fields)) else {
        panic!("a denial");
    };
    let told: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding.pointer.as_str(),
                finding.message.as_str(),
                finding.hint.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("/name", "found an array of another shape", Some("a string")),
            (
                "",
                "`/node/retired` is a string of another shape",
                Some("a boolean")
            ),
        ]
    );
    assert!(findings.iter().all(|finding| finding.rule == "input-shape"));
}

#[test]
fn what_a_host_must_not_do_is_no_verdict() {
    let few = validate::<Policy>("{}", request(vec![Value::Absent]));
    assert!(matches!(few, Err(ValidateError::Failed(_))));
    let unchecked = validate::<Policy>("5", request(Vec::new()));
    assert!(matches!(unchecked, Err(ValidateError::Settings(_))));
}

#[test]
fn levels_are_written_in_lower_case() {
    assert!(matches!(
        serde_json::from_str::<Level>(r#""off""#),
        Ok(Level::Off)
    ));
    assert!(serde_json::from_str::<Level>(r#""Off""#).is_err());
}
