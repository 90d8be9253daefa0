//! Writes that Ironic would take, answer with 500, or choke on: none of them arrives.

use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::Setup;

use crate::writes::{HEADERS, POWER, POWER_ON, PROVISION, own};

const NODE: &str = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001";
const NODES: &str = "/v1/nodes";
const MAINTENANCE: &str = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/maintenance";
const VIFS: &str = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/vifs";
const TRAITS: &str = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/traits";

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
            r#"{"driver": "ipmi", "properties": {"memory_mb": -1}}"#,
            r#"{"driver": "ipmi", "properties": {"cpus": "lots"}}"#,
            r#"{"driver": "ipmi", "name": "a\nb"}"#,
            r#"{"driver": "ipmi", "name": "../../etc"}"#,
            r#"{"driver": "ipmi", "name": "detail"}"#,
            r#"{"driver": "ipmi", "name": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
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
            r#"{"target": "rescue", "rescue_password": "  "}"#,
            r#"{"target": "rescue", "rescue_password": ["a"]}"#,
            r#"{"target": "active", "deploy_steps": [{"interface": "nobody", "step": "erase", "args": {}, "priority": 10}]}"#,
            r#"{"target": "active", "deploy_steps": [{"interface": "deploy", "step": "no_such_step", "args": {}, "priority": 10}]}"#,
            r#"{"target": "active", "configdrive": "not-base64!"}"#,
            r#"{"target": "active", "configdrive": "bm8gZ3ppcA=="}"#,
            r#"{"target": "active", "configdrive": "file:///etc/shadow"}"#,
            r#"{"target": "active", "configdrive": "gopher://10.0.0.1/"}"#,
            r#"{"target": "active", "configdrive": {"files": {}}}"#,
            r#"{"target": "active", "configdrive": {"meta_data": []}}"#,
            r#"{"target": "active", "configdrive": {"user_data": 5}}"#,
            r#"{"target": "active", "configdrive": {"network_data": {"links": 5}}}"#,
            r#"{"target": "active", "configdrive": {"meta_data": {"uuid": "9c2d7a4e-1111-4222-8333-944455556666"}}}"#,
            r#"{"target": "active", "configdrive": {"meta_data": {"hostname": "../../x"}}}"#,
        ],
    ),
    (
        "PUT",
        POWER,
        &[
            r#"{"target": "on"}"#,
            r#"{"target": "power on", "timeout": -1}"#,
            r#"{"target": "power on", "timeout": "1e3"}"#,
            r#"{"target": "power on", "timeout": 1000000000000}"#,
        ],
    ),
    (
        "POST",
        VIFS,
        &[
            "{}",
            r#"{"id": "../../x"}"#,
            r#"{"id": "not-a-uuid"}"#,
            r#"{"id": "5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d21", "surprise": {"a": 1}}"#,
        ],
    ),
    (
        "POST",
        "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/vmedia",
        &[
            r#"{"device_type": "cdrom", "image_url": "http://[::ffff:127.0.0.1]/x.iso"}"#,
            r#"{"device_type": "cdrom", "image_url": "file:///etc/shadow"}"#,
        ],
    ),
    (
        "PUT",
        "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/management/boot_device",
        &[r#"{"boot_device": "toaster"}"#],
    ),
    (
        "PUT",
        "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states/boot_mode",
        &[r#"{"target": "coreboot"}"#],
    ),
    (
        "PUT",
        "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states/raid",
        &[
            r#"{"logical_disks": [{"size_gb": 100, "raid_level": "77"}]}"#,
            r#"{"logical_disks": [{"size_gb": "all", "raid_level": "1"}]}"#,
        ],
    ),
    (
        "PUT",
        MAINTENANCE,
        &[r#"{"reason": "upkeep\r\n2031-01-01 INFO all is well"}"#],
    ),
    ("PUT", TRAITS, &[r#"{"traits": ["custom_small"]}"#]),
    (
        "POST",
        "/v1/ports",
        &[
            r#"{"address": "52:54:00", "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
            r#"{"address": "01:00:5e:00:00:01", "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
            r#"{"address": "00:00:00:00:00:00", "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
            r#"{"address": "52:54:00:01:02:03", "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001", "extra": {"vif_port_id": "a"}}"#,
        ],
    ),
    (
        "POST",
        "/v1/portgroups",
        &[r#"{"node_uuid": "2a3b4c5d-0000-4000-8000-000000000001", "mode": "junk"}"#],
    ),
    (
        "POST",
        "/v1/volume/connectors",
        &[
            r#"{"type": "iqn", "connector_id": "not an iqn", "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
            r#"{"type": "foo", "connector_id": "iqn.2017-07.org.example:01", "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
        ],
    ),
    (
        "POST",
        "/v1/deploy_templates",
        &[
            r#"{"name": "CUSTOM_A", "steps": [{"interface": "deploy", "step": "no_such_step", "args": {"a": "; reboot"}, "priority": 10}]}"#,
            r#"{"name": "CUSTOM_A", "steps": [{"interface": "bios", "step": "factory_reset", "args": {}, "priority": 10},
                {"interface": "bios", "step": "factory_reset", "args": {}, "priority": 20}]}"#,
        ],
    ),
    (
        "POST",
        "/v1/volume/targets",
        &[
            r#"{"volume_type": "iscsi", "volume_id": "v", "boot_index": -5, "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
            r#"{"volume_type": "bogus", "volume_id": "v", "boot_index": 0, "node_uuid": "2a3b4c5d-0000-4000-8000-000000000001"}"#,
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

/// Bodies that are too long to be written down, or no text.
fn too_much() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let long = |bytes| "x".repeat(bytes);
    let node = |fields: String| format!(r#"{{"driver": "ipmi", {fields}}}"#).into_bytes();
    // The body and `extra` are two levels of their own.
    let deep = format!("{}{}", "[".repeat(24), "]".repeat(24));
    // Counting them is all that they cost.
    let operation = r#"{"op": "add", "path": "/extra/a", "value": 1}"#;
    let many = format!("[{}]", vec![operation; 15_000].join(","));
    let traits: Vec<_> = (0..51).map(|n| format!(r#""CUSTOM_{n}""#)).collect();
    let told = |key: &str, value: String| format!(r#"{{"{key}": "{value}"}}"#).into_bytes();
    let password = format!(
        r#"{{"target": "rescue", "rescue_password": "{}\n"}}"#,
        long(100 << 10)
    );
    vec![
        (
            "POST",
            NODES,
            node(format!(r#""extra": {{"n": {}}}"#, "9".repeat(5_000))),
        ),
        ("POST", NODES, node(format!(r#""extra": {{"a": {deep}}}"#))),
        (
            "POST",
            NODES,
            node(format!(r#""extra": {{"a": "{}"}}"#, long(900 << 10))),
        ),
        (
            "POST",
            NODES,
            node(format!(r#""extra": {{"a": "{}"}}"#, long(2 << 20))),
        ),
        ("POST", NODES, node(format!(r#""owner": "{}""#, long(300)))),
        (
            "POST",
            NODES,
            node(format!(r#""description": "{}""#, long(5_000))),
        ),
        ("POST", NODES, b"{\"driver\": \"ipmi\xff\"}".to_vec()),
        ("PATCH", NODE, many.into_bytes()),
        ("PUT", PROVISION, password.into_bytes()),
        ("PUT", MAINTENANCE, told("reason", long(900 << 10))),
        ("POST", VIFS, told("id", long(500 << 10))),
        (
            "PUT",
            TRAITS,
            format!(r#"{{"traits": [{}]}}"#, traits.join(",")).into_bytes(),
        ),
        (
            "PUT",
            TRAITS,
            format!(r#"{{"traits": ["CUSTOM_{}"]}}"#, "A".repeat(300)).into_bytes(),
        ),
    ]
}

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
    for (method, path, body) in too_much() {
        let reply = gateway.client().ask(method, path, &HEADERS, &body);
        let told = reply.text();
        let start = String::from_utf8_lossy(&body[..body.len().min(80)]);
        assert!(
            [400, 403, 413].contains(&reply.status),
            "{method} {path} {start}: {told}"
        );
        own(&reply);
    }
    // A version that is none. One that Ironic does not have is for Ironic to answer, since clients find
    // out from that answer which ones it has.
    for version in ["abc", "1", "1.1, 1.2"] {
        let headers = [("X-OpenStack-Ironic-API-Version", version)];
        let reply = gateway.client().ask("PUT", POWER, &headers, POWER_ON);
        assert_eq!(reply.status, 400, "{version}: {}", reply.text());
    }

    let writes = fake.look(|seen| seen.writes().len());
    assert_eq!(writes, 0, "{:?}", fake.lines());
}
