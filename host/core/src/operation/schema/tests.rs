//! Tests of the schemas: that they can be used, what they say, and what clients send.

use bytes::Bytes;
use serde_json::json;

use super::*;

mod clients;
mod hostile;

fn schemas() -> &'static Schemas {
    static SCHEMAS: std::sync::LazyLock<Schemas> =
        std::sync::LazyLock::new(|| Schemas::bundled().unwrap());
    &SCHEMAS
}

#[test]
fn every_schema_can_be_used_in_every_version() {
    for operation in schemas().operations() {
        let schema = schemas().find(operation).unwrap();
        assert_eq!(schema.faults(), Vec::<String>::new(), "{operation}");
    }
}

fn minor(minor: u16) -> Microversion {
    Microversion { major: 1, minor }
}

fn document(text: &str) -> Document {
    Document::read(Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

/// What is found in a body, as `pointer: found, expected accepted`.
fn found(operation: &str, version: u16, body: &str) -> Vec<String> {
    let schema = schemas().find(operation).expect(operation);
    let version = minor(version);
    let result = if body.is_empty() {
        schema.check_body(version, None)
    } else {
        let body = document(body);
        schema.check_body(version, Some(&body)).and_then(|()| {
            if !schema.is_of_patched() {
                return Ok(());
            }
            let patch = Patch::read(&body, usize::MAX).expect(operation);
            schema.check_patch(version, &patch)?;
            let mut patched = json!({"extra": {}, "instance_info": {}, "properties": {}});
            patch.apply(&mut patched).expect(operation);
            schema.check_patched(version, &patch, &patched)
        })
    };
    let findings = result.err().unwrap_or_default();
    findings
        .into_iter()
        .map(|found| {
            format!(
                "{}: {}, expected {}",
                found.pointer, found.message, found.accepted
            )
        })
        .collect()
}

#[test]
fn findings_say_what_is_wrong_and_what_would_do() {
    let check = |operation: &str, version: u16, body: &str, expected: &[&str]| {
        assert_eq!(
            found(operation, version, body),
            expected,
            "{operation} {version} {body}"
        );
    };
    let power = "node.power";
    check(power, 115, "", &[": found no body, expected an object"]);
    let patch = ": found no body, expected an array of operations";
    check("node.update", 115, "", &[patch]);
    check(
        power,
        115,
        "[]",
        &[": found an array of 0 items, expected an object"],
    );
    check(
        power,
        115,
        "{}",
        &[
            "/target: found nothing, expected one of `power on`, `power off`, `rebooting`, or one of `soft rebooting`, `soft power off`",
        ],
    );
    check(
        power,
        115,
        r#"{"target":"on"}"#,
        &[
            "/target: found a string of 2 characters, expected one of `power on`, `power off`, `rebooting`, or one of `soft rebooting`, `soft power off`",
        ],
    );
    check(
        power,
        115,
        r#"{"target":"power on","timeout":1000000000000}"#,
        &["/timeout: found an integer, expected an integer, 1 to 2147483647 or null"],
    );
    check(
        power,
        115,
        r#"{"target":"power on","timeout":1.5}"#,
        &["/timeout: found a number with a fraction, expected an integer, 1 to 2147483647 or null"],
    );
    check(
        power,
        26,
        r#"{"target":"power on","timeout":5}"#,
        &[
            "/timeout: found a member that this version of the API does not have, expected it from version 1.27 of the API on",
        ],
    );
    check(
        power,
        115,
        r#"{"target":"power on","node_ident":"n2"}"#,
        &["/node_ident: found a member that is not known, expected one of `target`, `timeout`"],
    );
    check(
        "node.vif.attach",
        27,
        r#"{"id":"x"}"#,
        &[
            ": found what version 1.27 of the API does not have, expected it from version 1.28 of the API on",
        ],
    );
    check(
        "node.create",
        115,
        r#"{"driver":"d","network_data":{"links":[{"type":"vlan","id":"v"}],"networks":[],"services":[]}}"#,
        &[
            "/network_data/links/0/vlan_mac_address: found nothing, expected a MAC address, six pairs of digits with `:` or `-` between them",
            "/network_data/links/0/vlan_link: found nothing, expected one line of at most 255 characters without control characters",
            "/network_data/links/0/vlan_id: found nothing, expected an integer, 0 to 4095",
        ],
    );
    check(
        "node.create",
        115,
        r#"{"driver":"d","extra":{"a":["b\u0000"]}}"#,
        &["/extra/a/0: found a NUL character in a string, expected text without it"],
    );
    check(
        "node.create",
        115,
        r#"{"driver":"d","a\nb":1}"#,
        &["/a\\nb: found a member that is not known, expected one that Ironic has"],
    );
    check(
        "node.provision.explode",
        115,
        r#"{"target":"explode"}"#,
        &[
            "/target: found a string of 7 characters, expected one of `abort`, `active`, `adopt`, `clean`, `deleted`, `deploy`, `inspect`, `manage`, `provide`, `rebuild`, `rescue`, `service`, `undeploy`, `unhold`, `unrescue`",
        ],
    );
    check(
        "node.provision.active",
        115,
        r#"{"target":"active","configdrive":{"meta_data":5}}"#,
        &["/configdrive/meta_data: found an integer, expected an object"],
    );
    check(
        "node.provision.active",
        115,
        r#"{"target":"active","configdrive":"not-base64!"}"#,
        &[
            "/configdrive: found a string of 11 characters, expected an object (from version 1.56 on), base64 or a URL as a string, or null",
        ],
    );
    check(
        "deploy-template.create",
        115,
        r#"{"name":"CUSTOM_A","steps":[
        {"interface":"deploy","step":"a","args":{},"priority":1},{"interface":"deploy","step":"a","args":{},"priority":"2"}]}"#,
        &[
            "/steps: found an array of 2 items, expected no two items with the same `interface` and `step`",
        ],
    );
    check(
        "inspection-rule.create",
        115,
        r#"{"conditions":[],"actions":[{"op":"log","args":{"level":"info"}},{"op":"fail","args":["m","n"]},{"op":"exec","args":[]}]}"#,
        &[
            "/actions/0/args/msg: found nothing, expected a value",
            "/actions/1/args: found an array of 2 items, expected `msg`, as members or in this order",
            "/actions/2: found an object of 2 members, expected `op`, the name of an action, and `args` for it",
        ],
    );
    check(
        "inspection-rule.create",
        115,
        r#"{"actions":[{"op":"fail","args":["m"]}],"conditions":[{"op":"!eq","args":{"value":1}}]}"#,
        &[
            "/conditions/0/args/value: found a member that is not known, expected one of `force_strings`, `values`",
            "/conditions/0/args/values: found nothing, expected a value",
        ],
    );
    check(
        "node.update",
        115,
        r#"[{"op":"remove","path":"/driver"},{"op":"add","path":"/uuid","value":"x"},{"op":"add","path":"/driver_info/a","value":1}]"#,
        &[
            "/0/path: found a field that cannot be removed, expected `replace` with another value",
            "/1/path: found a field that cannot be updated, expected one that Ironic has",
        ]
        .map(|text| text),
    );
    check(
        "node.update",
        81,
        r#"[{"op":"add","path":"/shard","value":"x"}]"#,
        &[
            "/0/path: found what version 1.81 of the API does not have, expected it from version 1.82 of the API on",
        ],
    );
    check(
        "node.update",
        115,
        r#"[{"op":"add","path":"/description","value":5}]"#,
        &[
            "/description: found an integer, expected a text of at most 4096 characters without control characters but line breaks and tabs",
        ],
    );
}

#[test]
fn no_value_is_ever_shown() {
    const SECRET: &str = "hunter2hunter2";
    let bodies = [
        format!(r#"{{"target":"{SECRET}"}}"#),
        format!(r#"{{"target":"rescue","rescue_password":"{SECRET}\n"}}"#),
        format!(r#"{{"target":["{SECRET}"],"configdrive":"{SECRET}!"}}"#),
        format!(r#"{{"target":{{"{SECRET}":1}}}}"#),
    ];
    for operation in schemas().operations() {
        for body in &bodies {
            let schema = schemas().find(operation).unwrap();
            let result = schema.check_body(Microversion::NEWEST, Some(&document(body)));
            for finding in result.err().unwrap_or_default() {
                let text = format!("{}{}", finding.message, finding.accepted);
                assert!(!text.contains(SECRET), "{operation} {body} {text}");
            }
        }
    }
}

/// A field that is new in some version is there from that version on.
#[test]
fn each_field_is_known_in_its_versions_and_in_no_other() {
    for (name, schema) in &schemas().0 {
        let Some(fields) = schema.whole.get("properties").and_then(Value::as_object) else {
            continue;
        };
        for (field, piece) in fields {
            for version in 1..=Microversion::NEWEST.minor {
                let knows = match &schema.body {
                    Body::Patch(views) => views.at(minor(version)).is_none_or(|view| {
                        !refuses_member(view.iter_errors(&json!({field.as_str(): null})))
                    }),
                    Body::Document { views, .. } => views.at(minor(version)).is_none_or(|view| {
                        let body = document(&json!({field.as_str(): null}).to_string());
                        !refuses_member(view.iter_errors(body.root()))
                    }),
                };
                let expected = version < schema.since || versions::has(piece, version);
                assert_eq!(knows, expected, "{name} {field} in 1.{version}");
            }
        }
    }
}

fn refuses_member<'e>(mut errors: impl Iterator<Item = jsonschema::ValidationError<'e>>) -> bool {
    errors.any(|error| error.kind().keyword() == "additionalProperties")
}

#[test]
fn schemas_are_schemas() {
    for (name, schema) in source::operations().unwrap() {
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn queries_are_judged() {
    let check = |operation: &str, name: &str, value: &str, expected: bool| {
        let query = [(name.to_owned(), value.to_owned())];
        let schema = schemas().find(operation).unwrap();
        let result = schema.check_query(Microversion::NEWEST, &query);
        assert_eq!(
            result.is_ok(),
            expected,
            "{operation} {name}={value} {result:?}"
        );
    };
    check("node.console", "enabled", "True", true);
    check("node.console", "enabled", "maybe", false);
    check("node.console", "node_ident", "n2", false);
    check("node.update", "reset_interfaces", "true", true);
    check("node.provision.rescue", "rescue_password", "x", false);
    check("node.vmedia.detach", "device_types", "cdrom,disk", true);
    check("node.vmedia.detach", "device_types", "tape", false);
    check("node.vendor-passthru", "method", "anything", true);
    check("node.delete", "node_ident", "n2", false);
}
