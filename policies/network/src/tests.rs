use super::*;
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
    check(r#"{"mac_prefixes": ["52:54:00", "AA"]}"#, true);
    check(r#"{"mac_prefixes": ["52-54-00"]}"#, false);
    check(r#"{"mac_prefixes": ["52:54:00:"]}"#, false);
    check(r#"{"mac_prefixes": ["52:54:00:01:02:03:04"]}"#, false);
    check(r#"{"physical_networks": ["physnet*", "*"]}"#, true);
    check(r#"{"physical_networks": ["*net"]}"#, false);
    check(r#"{"physical_networks": [""]}"#, false);
    check(r#"{"modes": "802.3ad"}"#, false);
    check(r#"{"severity": {"NET-MOVE": "error"}}"#, true);
    check(r#"{"severity": {"NET-MOVES": "error"}}"#, false);
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

#[test]
fn uuids_are_written_one_way() {
    let check = |text: &str, expected: bool| assert_eq!(is_uuid(text), expected, "{text:?}");
    check("5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d21", true);
    check("5E0D2C4A-7F16-4A55-9A0E-3B8F5A1C9D21", true);
    check("5e0d2c4a7f164a559a0e3b8f5a1c9d21", false);
    check("{5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d21}", false);
    check("5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d2", false);
    check("5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d21\n", false);
    check("5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9dé", false);
}

proptest! {
    /// Every address with the group bit clear is somebody's, unless it is zero.
    #[test]
    fn addresses_are_judged_by_their_bits(octets in any::<[u8; 6]>()) {
        let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let expected = octets[0] & 1 == 0 && octets != [0; 6];
        prop_assert_eq!(mac::fault(&pairs.join(":")).is_none(), expected);
    }

    #[test]
    fn no_text_breaks_the_reading_of_addresses(text in "\\PC{0,24}") {
        let sound = mac::fault(&text).is_none();
        prop_assert!(!sound || text.len() == 17);
    }
}
