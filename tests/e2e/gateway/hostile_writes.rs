//! Writes that Ironic would take, answer with 500, or choke on: none of them arrives.

use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::Setup;

use crate::writes::{HEADERS, POWER, PROVISION, own};

const NODE: &str = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001";
const NODES: &str = "/v1/nodes";

/// Bodies of requests, by method and path.
const HOSTILE: &[(&str, &str, &[&str])] = &[
    (
        "POST",
        NODES,
        &[
            // Read in two ways, or in none.
            r#"{"driver": "ipmi", "driver": "redfish"}"#,
            r#"{"driver": "ipmi", "extra": {"n": NaN}}"#,
            r#"{"driver": "ipmi", "extra": {"n": -Infinity}}"#,
            r#"{"driver": "ipmi", "extra": {"t": "\ud800"}}"#,
            r#"{"driver": "ipmi", "extra": {"t": "a\u0000b"}}"#,
            "\u{feff}{\"driver\": \"ipmi\"}",
            "driver=ipmi",
            "",
            // Of another form than Ironic's database and conductor can bear.
            r#"{"driver": "ipmi", "properties": null}"#,
            r#"{"driver": "ipmi", "properties": {"capabilities": 5}}"#,
            r#"{"driver": "ipmi", "name": "a\nb"}"#,
            r#"{"driver": "ipmi", "description": 5}"#,
            r#"{"driver": "ipmi", "instance_uuid": "not one"}"#,
            r#"{"driver": "ipmi", "unknown_field": 1}"#,
            // What leads inside, or gives away.
            r#"{"driver": "redfish", "driver_info": {"redfish_address": "https://169.254.169.254"}}"#,
            r#"{"driver": "redfish", "driver_info": {"redfish_address": "https://0x7f.1"}}"#,
            r#"{"driver": "ipmi", "driver_info": {"deploy_kernel": "file:///etc/shadow"}}"#,
            r#"{"driver": "ipmi", "driver_info": {"kernel_append_params": "quiet init=/bin/sh"}}"#,
            r#"{"driver": "ipmi", "driver_info": {"kernel_append_params": "quiet\nroot=/dev/sdb"}}"#,
        ],
    ),
    (
        "PATCH",
        NODE,
        &[
            r#"{"op": "add", "path": "/extra/a", "value": 1}"#,
            r#"[{"op": "test", "path": "/extra", "value": {}}]"#,
            r#"[{"op": "add", "value": 1}]"#,
            r#"[{"op": "add", "path": "/extra/a/b/c", "value": 1}]"#,
            r#"[{"op": "add", "path": "/extra/~2", "value": 1}]"#,
            r#"[{"op": "remove", "path": "/extra/nothing"}]"#,
            r#"[{"op": "remove", "path": "/automated_clean"}]"#,
            r#"[{"op": "replace", "path": "/provision_state", "value": "available"}]"#,
            r#"[{"op": "add", "path": "/driver_internal_info/x", "value": 1}]"#,
            r#"[{"op": "replace", "path": "/description", "value": 5}]"#,
            r#"[{"op": "add", "path": "/instance_info/image_source", "value": "file:///etc/shadow"}]"#,
            r#"[{"op": "add", "path": "/instance_info/image_source", "value": "http://169.254.169.254/x"}]"#,
            r#"[{"op": "add", "path": "/instance_info/image_source", "value": "https://u:p@images.example.org/x"}]"#,
            r#"[{"op": "add", "path": "/instance_info/image_checksum", "value": "zz"}]"#,
            r#"[{"op": "add", "path": "/instance_info/kernel_append_params", "value": "rd.break"}]"#,
            r#"[{"op": "add", "path": "/driver_info/password", "value": {"a": 1}}]"#,
        ],
    ),
    (
        "PUT",
        PROVISION,
        &[
            "",
            r#"{"target": 5}"#,
            r#"{"target": "explode"}"#,
            r#"{"target": "active", "surprise": 1}"#,
            r#"{"target": "rescue", "rescue_password": "a\nb"}"#,
            r#"{"target": "active", "deploy_steps": [{"interface": "deploy", "step": "no_such_step", "args": {}, "priority": 10}]}"#,
            r#"{"target": "active", "configdrive": "not-base64!"}"#,
        ],
    ),
    (
        "PUT",
        POWER,
        &[
            r#"{"target": "on"}"#,
            r#"{"target": "power on", "timeout": -1}"#,
            r#"{"target": "power on", "timeout": 1000000000000}"#,
        ],
    ),
    (
        "POST",
        "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/vifs",
        &[
            r#"{"id": "../../x"}"#,
            r#"{"id": "5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d21", "surprise": {"a": 1}}"#,
        ],
    ),
    (
        "POST",
        "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/vmedia",
        &[r#"{"device_type": "cdrom", "image_url": "http://[::ffff:127.0.0.1]/x.iso"}"#],
    ),
    (
        "POST",
        "/v1/volume/targets",
        &[
            r#"{"volume_type": "iscsi", "volume_id": "v", "boot_index": -5, "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
        ],
    ),
    // Detours: Ironic's framework takes the object from the body, or the method from elsewhere.
    (
        "DELETE",
        "/v1/nodes/maintenance",
        &[r#"{"node_ident": "n1"}"#],
    ),
    (
        "PUT",
        "/v1/nodes/states/power",
        &[r#"{"node_ident": "n1", "target": "power off"}"#],
    ),
    ("POST", "/v1/nodes//states", &["{}"]),
    ("POST", "/v1/nodes/../nodes", &["{}"]),
    ("POST", "/v1/nodes/n%252e/vifs", &["{}"]),
    (
        "PUT",
        "/v1/nodes/n1/states/provision?target=deleted",
        &[r#"{"target": "manage"}"#],
    ),
    // Closed.
    (
        "POST",
        "/v1/heartbeat/n1",
        &[r#"{"callback_url": "http://10.0.0.1"}"#],
    ),
    ("POST", "/v1/nodes/n1/vendor_passthru/anything", &["{}"]),
    ("POST", "/v1/nobody/has/described/this", &["{}"]),
];

#[test]
fn none_of_them_arrives() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).all_policies().start();
    for (method, path, bodies) in HOSTILE {
        for body in *bodies {
            // Some replies are the last of their connection.
            let reply = gateway
                .client()
                .ask(method, path, &HEADERS, body.as_bytes());
            let told = reply.text();
            assert!(
                [400, 403].contains(&reply.status),
                "{method} {path} {body}: {told}"
            );
            own(&reply);
        }
    }
    // Too many operations cost no more than counting them.
    let operation = r#"{"op": "add", "path": "/extra/a", "value": 1}"#;
    let patch = format!("[{}]", vec![operation; 15_000].join(","));
    let reply = gateway
        .client()
        .ask("PATCH", NODE, &HEADERS, patch.as_bytes());
    assert_eq!(reply.status, 400, "{}", reply.text());

    let writes = fake.look(|seen| seen.writes().len());
    assert_eq!(writes, 0, "{:?}", fake.lines());
}
