//! What Ironic takes, or answers with 500, and what is refused here.

use super::*;

#[test]
fn hostile_bodies_are_refused() {
    let long = "x".repeat(70_000);
    for (operation, body) in HOSTILE {
        let body = body.replace("LONG", &long);
        let findings = found(operation, 115, &body);
        assert!(
            !findings.is_empty(),
            "{operation} {}",
            &body[..body.len().min(200)]
        );
    }
}

const HOSTILE: &[(&str, &str)] = &[
    // Answered with 500.
    ("node.create", r#"{"driver":"d","properties":null}"#),
    (
        "node.update",
        r#"[{"op":"add","path":"/description","value":5}]"#,
    ),
    (
        "node.update",
        r#"[{"op":"add","path":"/description","value":null}]"#,
    ),
    (
        "node.update",
        r#"[{"op":"remove","path":"/automated_clean"}]"#,
    ),
    (
        "node.update",
        r#"[{"op":"remove","path":"/conductor_group"}]"#,
    ),
    (
        "node.update",
        r#"[{"op":"replace","path":"/conductor_group","value":null}]"#,
    ),
    ("node.update", r#"[{"op":"remove","path":"/maintenance"}]"#),
    (
        "node.update",
        r#"[{"op":"add","path":"/maintenance","value":null}]"#,
    ),
    // Kept, to break something later.
    (
        "node.create",
        r#"{"driver":"d","properties":{"capabilities":5}}"#,
    ),
    (
        "node.create",
        r#"{"driver":"d","properties":{"memory_mb":-1}}"#,
    ),
    (
        "node.create",
        r#"{"driver":"d","properties":{"cpus":"lots"}}"#,
    ),
    ("node.create", r#"{"driver":"d","extra":{"a":"LONG"}}"#),
    ("node.create", r#"{"driver":"d","extra":{"a":"\u0000"}}"#),
    ("node.create", r#"{"driver":"d","extra":{"a\u0000":1}}"#),
    ("node.create", r#"{"driver":"d","name":"a\n"}"#),
    ("node.create", r#"{"driver":"d","name":"../../etc"}"#),
    ("node.create", r#"{"driver":"d","name":"maintenance"}"#),
    (
        "node.create",
        r#"{"driver":"d","name":"3d5e1b7a62c44f0e9a8d0c1b2e3f4a5d"}"#,
    ),
    ("node.create", r#"{"driver":"d","name":"n1.json"}"#),
    ("node.create", r#"{"driver":"d","owner":"LONG"}"#),
    ("node.create", r#"{"driver":"d","instance_name":"a\nb"}"#),
    (
        "node.create",
        r#"{"driver":"d","provision_state":"active"}"#,
    ),
    (
        "node.update",
        r#"[{"op":"add","path":"/driver_internal_info","value":{}}]"#,
    ),
    (
        "node.update",
        r#"[{"op":"add","path":"/instance_uuid","value":"x"}]"#,
    ),
    ("node.power", r#"{"target":"power off","timeout":-1}"#),
    (
        "node.power",
        r#"{"target":"power off","timeout":1000000000000}"#,
    ),
    (
        "node.power",
        r#"{"target":"power off","node_ident":"another"}"#,
    ),
    ("node.delete", r#"{"node_ident":"another"}"#),
    ("node.maintenance.clear", r#"{"node_ident":"another"}"#),
    ("node.traits.remove", r#"{"trait":"CUSTOM_A"}"#),
    (
        "node.maintenance.set",
        r#"{"reason":"x\r\n2031-01-01 INFO all is well"}"#,
    ),
    ("node.maintenance.set", r#"{"reason":"LONG"}"#),
    ("node.boot-device", r#"{"boot_device":"toaster"}"#),
    (
        "node.raid",
        r#"{"logical_disks":[{"size_gb":"all","raid_level":"1"}]}"#,
    ),
    (
        "node.raid",
        r#"{"logical_disks":[{"size_gb":1,"raid_level":"1","physical_disks":["a"]}]}"#,
    ),
    ("node.vif.attach", r#"{"id":"../../x"}"#),
    (
        "node.vif.attach",
        r#"{"port_uuid":"3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d"}"#,
    ),
    ("node.vif.attach", r#"{"id":"a","note":"LONG"}"#),
    (
        "node.vif.attach",
        r#"{"id":"a","port_uuid":"3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d","portgroup_uuid":"3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d"}"#,
    ),
    (
        "node.vmedia.attach",
        r#"{"device_type":"cdrom","image_url":"file:///etc/shadow"}"#,
    ),
    (
        "node.vmedia.attach",
        r#"{"device_type":"cdrom","image_url":"http://a/\nb"}"#,
    ),
    ("node.traits.set", r#"{"traits":["custom_a"]}"#),
    (
        "node.provision.active",
        r#"{"target":"active","configdrive":"hello, world"}"#,
    ),
    (
        "node.provision.active",
        r#"{"target":"active","configdrive":{"meta_data":[]}}"#,
    ),
    (
        "node.provision.active",
        r#"{"target":"active","configdrive":{"files":{}}}"#,
    ),
    (
        "node.provision.active",
        r#"{"target":"active","rescue_password":"x"}"#,
    ),
    (
        "node.provision.active",
        r#"{"target":"active","deploy_steps":[{"interface":"shell","step":"a","args":{},"priority":1}]}"#,
    ),
    (
        "node.provision.rescue",
        r#"{"target":"rescue","rescue_password":" "}"#,
    ),
    (
        "node.provision.rescue",
        r#"{"target":"rescue","rescue_password":["x"]}"#,
    ),
    (
        "node.provision.rescue",
        r#"{"target":"rescue","rescue_password":"a\nb"}"#,
    ),
    (
        "node.provision.rescue",
        r#"{"target":"rescue","rescue_password":"LONG"}"#,
    ),
    ("node.provision.clean", r#"{"target":"clean"}"#),
    (
        "node.provision.clean",
        r#"{"target":"clean","clean_steps":[],"runbook":"r"}"#,
    ),
    (
        "port.create",
        r#"{"address":"52:54:00:ab:cd:zz","node_uuid":"3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d"}"#,
    ),
    ("port.create", r#"{"address":"52:54:00:ab:cd:01"}"#),
    (
        "port.create",
        r#"{"address":"52:54:00:ab:cd:01","node_uuid":"3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d","local_link_connection":{"port_id":"1"}}"#,
    ),
    (
        "volume-connector.create",
        r#"{"type":"foo","connector_id":"x","node_uuid":"3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d"}"#,
    ),
    (
        "volume-target.create",
        r#"{"volume_type":"iscsi","volume_id":"v","boot_index":-5,"node_uuid":"3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d"}"#,
    ),
    ("allocation.create", r#"{"name":"a"}"#),
    (
        "runbook.create",
        r#"{"name":"a b","steps":[{"interface":"bios","step":"x","order":1}]}"#,
    ),
    (
        "inspection-rule.create",
        r#"{"conditions":[],"actions":[{"op":"exec","args":{}}]}"#,
    ),
    (
        "inspection-rule.create",
        r#"{"conditions":[],"actions":[{"op":"fail","args":{"msg":"m"}}],"priority":10000}"#,
    ),
    (
        "inspection-rule.create",
        r#"{"conditions":[],"actions":[{"op":"set-plugin-data","args":["path"]}]}"#,
    ),
    (
        "inspection-rule.create",
        r#"{"actions":[{"op":"fail","args":["m"]}],"conditions":[{"op":"!in-net","args":{"address":"192.0.2.7"}}]}"#,
    ),
    (
        "inspection-rule.create",
        r#"{"actions":[{"op":"fail","args":{"msg":"m"}}]}"#,
    ),
    (
        "portgroup.create",
        r#"{"node_uuid":"3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d","standalone_ports_supported":null}"#,
    ),
    ("event.create", r#"{"events":[]}"#),
];
