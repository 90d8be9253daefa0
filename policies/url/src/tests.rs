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
        r#"{"images": {"hosts": ["*.example.org", "10.0.0.0/8", "[fd00::1]:80"]}}"#,
        true,
    );
    check(r#"{"images": {"hosts": ["http://example.org"]}}"#, false);
    check(r#"{"bmc": {"hosts": ["*"]}}"#, false);
    check(r#"{"bmc": {"ports": [443, "8000-9000"]}}"#, true);
    check(r#"{"bmc": {"ports": ["9000-8000"]}}"#, false);
    check(r#"{"callbacks": {"ports": ["1-99999"]}}"#, false);
    check(r#"{"images": {"schemes": ["file"]}}"#, false);
    check(r#"{"severity": {"URL-PORT": "warning"}}"#, true);
}

/// The defaults in the schema are what operators read, those in the code are what counts.
#[test]
fn documented_defaults_are_the_ones_that_hold() {
    let schema: Json = serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
    let mut documented = serde_json::Map::new();
    for kind in ["images", "bmc", "callbacks"] {
        let limits = &schema["properties"][kind]["properties"];
        let limits = limits.as_object().expect("properties").iter();
        let limits = limits.map(|(key, limit)| (key.clone(), limit["default"].clone()));
        documented.insert(kind.to_owned(), Json::Object(limits.collect()));
    }
    let read: Settings = serde_json::from_value(Json::Object(documented)).expect("settings");
    for audience in [Audience::Images, Audience::Bmc, Audience::Callbacks] {
        let told = |settings: &Settings| format!("{:?}", settings.admitted(audience));
        assert_eq!(told(&read), told(&Settings::default()));
    }
}

/// A rule that is missing from the schema could not be named in the settings. One is meant to be.
#[test]
fn every_rule_but_one_can_be_changed() {
    let schema: Json = serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
    let names = &schema["properties"]["severity"]["propertyNames"]["enum"];
    let named: Vec<_> = names.as_array().expect("names").iter().collect();
    let declared = <Policy as portcullis_guest::Validator>::RULES.iter();
    let expected: Vec<_> = declared
        .map(|rule| rule.id)
        .filter(|id| *id != "URL-FILE")
        .collect();
    assert_eq!(named, expected);
}
