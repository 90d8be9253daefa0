use super::*;
use crate::settings::Limits;
use portcullis_guest::policy::check_settings;
use proptest::prelude::*;

#[test]
fn cases() {
    portcullis_guest::testing::run_cases::<Policy>("cases");
}

#[test]
fn settings_the_schema_cannot_judge_are_refused() {
    let check = |settings: &str, accepted: bool| {
        assert_eq!(
            check_settings::<Policy>(settings).is_ok(),
            accepted,
            "{settings}"
        );
    };
    check("{}", true);
    check(
        r#"{"deploy": {"interfaces": ["vendor"], "allow": ["vendor.log_passthrough", "raid.*"]}}"#,
        true,
    );
    check(r#"{"interfaces": ["vendor"]}"#, false);
    check(r#"{"deploy": {"interfaces": ["rescue"]}}"#, false);
    check(r#"{"clean": {"allow": ["raid"]}}"#, false);
    check(r#"{"service": {"deny": ["raid."]}}"#, false);
    check(r#"{"runbook": {"deny": ["*"]}}"#, false);
    check(r#"{"deploy": {"deny": ["raid.a*"]}}"#, false);
    check(
        r#"{"clean": {"priority_min": 5, "priority_max": 4}}"#,
        false,
    );
    check(r#"{"clean": {"priority_min": -1}}"#, false);
    check(r#"{"runbooks": ["CUSTOM_*", "a"]}"#, true);
    check(r#"{"runbooks": ["*_CUSTOM"]}"#, false);
    check(r#"{"runbooks": [""]}"#, false);
    check(
        r#"{"arguments": {"deploy.a": {"b": {"type": "any"}}}}"#,
        true,
    );
    check(r#"{"arguments": {"deploy.*": {}}}"#, false);
    check(r#"{"arguments": {"a": {}}}"#, false);
    check(
        r#"{"arguments": {"deploy.a": {"b": {"type": "float"}}}}"#,
        false,
    );
    check(
        r#"{"arguments": {"deploy.a": {"b": {"type": "integer", "one_of": ["1"]}}}}"#,
        false,
    );
    check(r#"{"severity": {"step-denied": "info"}}"#, true);
    check(r#"{"severity": {"step-refused": "info"}}"#, false);
}

/// The defaults in the schema are what operators read, those in the code are what counts.
#[test]
fn documented_defaults_are_the_ones_that_hold() {
    let schema: Json = serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
    let defaults = |properties: &Json| -> Json {
        let properties = properties.as_object().expect("properties");
        let with_default = properties
            .iter()
            .filter_map(|(key, property)| Some((key.clone(), property.get("default")?.clone())));
        with_default.collect::<serde_json::Map<_, _>>().into()
    };
    let limits = defaults(&schema["$defs"]["limits"]["properties"]);
    let limits: Limits = serde_json::from_value(limits).expect("limits");
    assert_eq!(format!("{limits:?}"), format!("{:?}", Limits::default()));

    let mut all = defaults(&schema["properties"]);
    let kinds = [
        ("deploy", Kind::Deploy),
        ("clean", Kind::Clean),
        ("service", Kind::Service),
        ("runbook", Kind::Runbook),
    ];
    for (key, kind) in kinds {
        assert_eq!(
            all[key],
            serde_json::json!({"interfaces": kind.interfaces()})
        );
        all[key] = serde_json::json!({});
    }
    let read: Settings = serde_json::from_value(all).expect("settings");
    assert_eq!(format!("{read:?}"), format!("{:?}", Settings::default()));
}

/// Step arguments hold licences, passwords and keys.
#[test]
fn findings_do_not_quote_arguments() {
    let secret = "hunter2-CORRECT-horse";
    let steps = serde_json::json!([
        {"interface": secret, "step": format!("{secret}!"), "args": secret, "priority": secret},
        {"interface": "raid", "step": "apply_configuration", "priority": 1,
         "args": {"raid_config": secret, "delete_existing": format!("{secret}\u{0}")}},
        {"interface": "vendor", "step": "send_raw", "priority": 1, "args": {"raw_bytes": secret}},
        secret,
    ]);
    let steps = Value::Json(steps.to_string());
    for kind in [Kind::Deploy, Kind::Clean, Kind::Service, Kind::Runbook] {
        let findings = list(&Settings::default(), kind, &steps, &Pointer::root());
        assert!(findings.len() > 5, "{findings:?}");
        for finding in findings {
            assert!(!format!("{finding:?}").contains(secret), "{finding:?}");
        }
    }
}

fn json() -> impl Strategy<Value = Json> {
    let words = prop::sample::select(vec![
        "interface",
        "step",
        "args",
        "order",
        "priority",
        "raid",
        "vendor",
        "send_raw",
        "-1",
        "7",
        "apply_configuration",
        "execute_on_child_nodes",
        "\u{0}",
        "é/~",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        words.clone().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((words.clone(), inner), 0..6).prop_map(|members| {
                let members = members.into_iter();
                Json::Object(
                    members
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    /// Whatever comes is judged without a panic, and what is found stands within the steps.
    #[test]
    fn findings_point_into_the_steps(steps in json()) {
        let document = serde_json::json!({"steps": steps});
        let value = Value::Json(steps.to_string());
        let place = Pointer::root().key("steps");
        for kind in [Kind::Deploy, Kind::Clean, Kind::Service, Kind::Runbook] {
            for finding in list(&Settings::default(), kind, &value, &place) {
                let above = finding.pointer.rsplit_once('/').map_or("", |(above, _)| above);
                prop_assert!(document.pointer(above).is_some(), "{:?}", finding);
            }
        }
    }
}
