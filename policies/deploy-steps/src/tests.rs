use super::*;
use portcullis_guest::policy::check_settings;

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
        r#"{"interfaces": ["vendor"], "allow": ["vendor.log_passthrough", "raid.*"], "deny": []}"#,
        true,
    );
    check(r#"{"interfaces": ["rescue"]}"#, false);
    check(r#"{"allow": ["raid"]}"#, false);
    check(r#"{"deny": ["raid."]}"#, false);
    check(r#"{"deny": ["*"]}"#, false);
    check(r#"{"deny": ["raid.a*"]}"#, false);
    check(r#"{"priority_min": 5, "priority_max": 4}"#, false);
    check(r#"{"priority_min": -1}"#, false);
    check(r#"{"severity": {"step-denied": "info"}}"#, true);
}

/// The defaults in the schema are what operators read, those in the code are what counts.
#[test]
fn documented_defaults_are_the_ones_that_hold() {
    let schema: Json = serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
    let documented = schema["properties"].as_object().expect("properties");
    let defaults: Map<String, Json> = documented
        .iter()
        .filter_map(|(key, property)| Some((key.clone(), property.get("default")?.clone())))
        .collect();
    let read: Settings = serde_json::from_value(Json::Object(defaults)).expect("settings");
    assert_eq!(format!("{read:?}"), format!("{:?}", Settings::default()));
}
