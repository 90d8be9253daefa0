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
    check(r#"{"allow": ["rd.break", "systemd.*"], "only": []}"#, true);
    check(r#"{"allow": ["*"]}"#, false);
    check(r#"{"deny": ["a=b"]}"#, false);
    check(r#"{"only": ["-b"]}"#, false);
    check(r#"{"severity": {"KP-WEAKENED": "error"}}"#, true);
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
