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
    check(r#"{"min_microversion": "1.58", "enforce": true}"#, true);
    check(r#"{"min_microversion": "1.99999"}"#, false);
    check(r#"{"min_microversion": "latest"}"#, false);
    check(r#"{"severity": {"LEG-TLS": "error"}}"#, true);
    check(r#"{"severity": {"LEG-SSL": "error"}}"#, false);
}

/// The defaults in the schema are what operators read, those in the code are what counts.
#[test]
fn documented_defaults_are_the_ones_that_hold() {
    let documented = portcullis_guest::testing::documented_settings::<Policy>();
    assert_eq!(
        format!("{documented:?}"),
        format!("{:?}", Settings::default())
    );
}
