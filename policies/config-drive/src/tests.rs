use super::*;
use portcullis_guest::policy::check_settings;
use portcullis_guest::testing::put_config_drive;

#[test]
fn cases() {
    portcullis_guest::testing::run_cases::<Policy>("cases");
}

#[test]
fn settings_of_another_form_are_refused() {
    let check = |settings: &str, accepted: bool| {
        assert_eq!(
            check_settings::<Policy>(settings).is_ok(),
            accepted,
            "{settings}"
        );
    };
    check("{}", true);
    check(
        r#"{"allow_url": true, "severity": {"CD-PLAIN-PASSWORD": "warning"}}"#,
        true,
    );
    check(r#"{"severity": {"CD-NOTHING": "off"}}"#, false);
    check(r#"{"allow_url": "yes"}"#, false);
    check(r#"{"max_json_bytes": -1}"#, false);
}

/// The defaults in the schema are what operators read, those in the code are what counts.
#[test]
fn documented_defaults_are_the_ones_that_hold() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../settings.schema.json")).expect("JSON");
    let documented = schema["properties"].as_object().expect("properties");
    let defaults: serde_json::Map<_, _> = documented
        .iter()
        .map(|(key, property)| (key.clone(), property["default"].clone()))
        .collect();
    let read: Settings = serde_json::from_value(defaults.into()).expect("settings");
    assert_eq!(format!("{read:?}"), format!("{:?}", Settings::default()));
}

/// Findings reach clients and records: no word of a secret may stand in them.
#[test]
fn findings_do_not_quote_secrets() {
    let secret = "hunter2-CORRECT-horse";
    let key = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{secret}\n");
    let user_data =
        format!("#cloud-config\npassword: {secret}\nchpasswd:\n  list: |\n    root:{secret}\n");
    let drive = serde_json::json!({
        "meta_data": {"admin_pass": secret, "uuid": secret, "hostname": format!("{secret}\n"), "k": key},
        "vendor_data": {"users": [{"password": secret}]},
        "user_data": user_data,
        "network_data": {"links": [{"id": secret, "type": secret, "ethernet_mac_address": secret}]},
    });
    let forms = [
        drive,
        serde_json::json!(format!("http://user:{secret}@host/drive")),
        serde_json::json!(secret),
        serde_json::json!(5),
    ];
    for settings in [
        Settings::default(),
        Settings {
            allow_url: true,
            ..Settings::default()
        },
    ] {
        for form in &forms {
            put_config_drive(Some(("/configdrive", form)));
            let findings = validate(
                &settings,
                &context(),
                Input {
                    node_uuid: Value::Absent,
                    instance_uuid: Value::Absent,
                    port_addresses: Value::Json(r#"["52:54:00:00:00:01"]"#.to_owned()),
                },
            );
            assert!(!findings.is_empty());
            for finding in findings {
                assert!(!format!("{finding:?}").contains(secret), "{finding:?}");
            }
        }
    }
}

/// The most text settings permit, as awkward as a search by lines can be given: work that grows
/// with the square of it would take minutes.
#[test]
fn hostile_user_data_is_searched_in_linear_time() {
    const BYTES: usize = 1 << 20;
    let units = [
        ":",
        "a: ",
        "{a: ",
        "\"",
        "'a': ",
        "password:\n",
        "{a:{",
        "- ",
        "list: |\n x:",
        " #",
        "-----BEGIN ",
    ];
    let settings = Settings {
        max_user_data_bytes: 2 * BYTES,
        ..Settings::default()
    };
    for unit in units {
        let text = format!("#cloud-config\n# pw\n{}", unit.repeat(BYTES / unit.len()));
        let started = std::time::Instant::now();
        user_data::check(&settings, text.as_bytes(), &Pointer::root());
        assert!(
            started.elapsed().as_secs() < 10,
            "{unit:?} took {:?}",
            started.elapsed()
        );
    }
}

fn context() -> Context {
    Context {
        request_id: "req-1".to_owned(),
        operation: "node.provision.active".to_owned(),
        node: None,
        caller: portcullis_guest::Caller {
            project_id: None,
            user_id: None,
            roles: Vec::new(),
        },
        microversion: portcullis_guest::Microversion {
            major: 1,
            minor: 109,
        },
    }
}
