use super::*;
use portcullis_guest::Pointer;
use portcullis_guest::policy::check_settings;
use proptest::prelude::*;
use serde_json::json;

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
    check(r#"{"traits": ["CUSTOM_*", "HW_CPU_X86_VMX"]}"#, true);
    check(r#"{"traits": ["*_GOLD"]}"#, false);
    check(r#"{"traits": [""]}"#, false);
    check(r#"{"protected": ["deleted", "erase"]}"#, true);
    check(r#"{"protected": ["active"]}"#, false);
    check(
        r#"{"window": {"open": [{"from": "22:00", "to": "24:00"}]}}"#,
        true,
    );
    check(
        r#"{"window": {"open": [{"from": "22:60", "to": "24:00"}]}}"#,
        false,
    );
    check(
        r#"{"window": {"open": [{"from": "22:00", "to": "24:01"}]}}"#,
        false,
    );
    check(
        r#"{"window": {"open": [{"from": "7:00", "to": "08:00"}]}}"#,
        false,
    );
    check(
        r#"{"window": {"open": [{"days": ["Mon"], "from": "07:00", "to": "08:00"}]}}"#,
        false,
    );
    check(r#"{"window": {}}"#, false);
    check(r#"{"severity": {"NODE-RETIRED": "warning"}}"#, true);
    check(r#"{"severity": {"NODE-LOST": "warning"}}"#, false);
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

/// Driver info is made of secrets, and people write them into the wrong places as well.
#[test]
fn findings_do_not_quote_values() {
    let secret = "hunter2-CORRECT-horse";
    let wrong = [
        json!(format!("{secret}\u{0}")),
        json!({ "password": secret }),
        json!([secret]),
        json!(format!("{secret}`reboot`")),
        json!(secret.repeat(500)),
    ];
    let keys = [
        "ipmi_username",
        "ipmi_hex_kg_key",
        "ipmi_password",
        "redfish_address",
        "snmp_version",
    ];
    let mut seen = 0;
    for value in &wrong {
        for key in keys {
            let object = Value::Json(json!({ key: value }).to_string());
            let findings = driver_info::check(&object, &Value::Absent)
                .into_iter()
                .chain(properties::check(&object, &Value::Absent));
            for finding in findings {
                seen += 1;
                assert!(!format!("{finding:?}").contains(secret), "{finding:?}");
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

fn scalar() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        "\\PC{0,20}".prop_map(|it| json!(it)),
        any::<String>().prop_map(|it| json!(it)),
    ]
}

proptest! {
    /// What is found in driver info stands there, under a key a pointer can name.
    #[test]
    fn findings_point_into_driver_info(
        members in prop::collection::btree_map("[ -~]{0,12}|ipmi_port|snmp_version", scalar(), 0..8),
    ) {
        let document = json!({ "driver_info": members });
        let value = Value::Json(document["driver_info"].to_string());
        for finding in driver_info::check(&value, &Value::Absent) {
            prop_assert!(document.pointer(&finding.pointer).is_some(), "{:?}", finding);
        }
        prop_assert!(driver_info::check(&value, &value).is_empty());
    }

    /// No spelling of a text that a terminal or a log would take for more than text gets through.
    #[test]
    fn no_control_character_gets_through(text in any::<String>(), at in 0_u32..32) {
        let control = char::from_u32(at).expect("a control character");
        let value = Value::Json(json!({ "ipmi_password": format!("{text}{control}") }).to_string());
        let found = driver_info::check(&value, &Value::Absent);
        prop_assert_eq!(found.len(), 1);
        let place = Pointer::root().key("driver_info").key("ipmi_password");
        prop_assert_eq!(&found[0].pointer, place.as_str());
    }

    /// A window cannot be made to panic, and is closed when nobody knows the time.
    #[test]
    fn times_of_any_form_are_read(time in "[0-9TZ:+-]{0,30}|\\PC{0,30}") {
        let window: window::Window =
            serde_json::from_str(r#"{"open": []}"#).expect("a window");
        prop_assert!(!window.is_open(&time));
    }
}
