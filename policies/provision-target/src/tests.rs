use super::*;
use portcullis_guest::policy::check_settings;

#[test]
fn cases() {
    portcullis_guest::testing::run_cases::<Policy>("cases");
}

#[test]
fn settings_that_name_what_does_not_exist_are_refused() {
    let check = |settings: &str, accepted: bool| {
        assert_eq!(
            check_settings::<Policy>(settings).is_ok(),
            accepted,
            "{settings}"
        );
    };
    check("{}", true);
    check(
        r#"{"allow": ["active"], "states": {"deleted": ["error"]}}"#,
        true,
    );
    check(r#"{"allow": ["destroy"]}"#, false);
    check(r#"{"allow": ["deploy"]}"#, false);
    check(r#"{"states": {"destroy": ["error"]}}"#, false);
    check(r#"{"states": {"deleted": ["broken"]}}"#, false);
    check(r#"{"severity": {"state": "warning"}}"#, true);
    check(r#"{"severity": {"input-shape": "off"}}"#, false);
    check(r#"{"severity": {"state": "fatal"}}"#, false);
    check(r#"{"unknown": 1}"#, false);
}

#[test]
fn a_resting_node_has_something_it_can_be_asked() {
    let verbs = |state: &str| {
        VERBS
            .iter()
            .filter(|verb| verb.from.contains(&state))
            .count()
    };
    for verb in VERBS {
        for state in verb.from {
            assert!(verb::is_start(state));
        }
    }
    for state in [
        "active",
        "manageable",
        "error",
        "service hold",
        "unrescue failed",
    ] {
        assert!(verb::is_resting(state) && verbs(state) > 0, "{state}");
    }
    assert!(!verb::is_resting("deploying"));
}
