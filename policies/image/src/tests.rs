use super::*;

#[test]
fn cases() {
    portcullis_guest::testing::run_cases::<Policy>("cases");
}

/// The defaults in the schema are what operators read, those in the code are what counts.
#[test]
fn documented_defaults_are_the_ones_that_hold() {
    let schema: Json = serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
    let documented = schema["properties"].as_object().expect("properties");
    let defaults = documented
        .iter()
        .filter_map(|(key, property)| Some((key.clone(), property.get("default")?.clone())))
        .collect();
    let read: Settings = serde_json::from_value(Json::Object(defaults)).expect("settings");
    assert_eq!(format!("{read:?}"), format!("{:?}", Settings::default()));
}
