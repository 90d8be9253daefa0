//! What stock clients send passes, whatever version they speak.
//!
//! Shapes are those of python-ironicclient 6.3, openstacksdk 4.22, Nova 34 and gophercloud; names
//! and values are our own.

use super::*;

const NODE: &str = "3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d";

#[test]
fn what_clients_send_passes() {
    for (operation, since, body) in SENT {
        let body = body.replace("NODE", NODE);
        for version in [
            *since,
            Microversion::NEWEST.minor,
            Microversion::NEWEST.minor + 5,
        ] {
            let findings = found(operation, version, &body);
            assert!(
                findings.is_empty(),
                "{operation} 1.{version} {body}: {findings:#?}"
            );
        }
    }
}

/// Operation, oldest version in which a client sends it so, and body.
const SENT: &[(&str, u16, &str)] = &[
    ("node.create", 1, r#"{"driver":"ipmi"}"#),
    (
        "node.create",
        109,
        r#"{"driver":"redfish","name":"r1-u4","uuid":null,"resource_class":"gold",
        "properties":{"cpus":"8","memory_mb":32768,"local_gb":"","cpu_arch":"x86_64",
        "capabilities":"boot_mode:uefi,secure_boot:true","root_device":{"serial":"x"}},
        "driver_info":{"redfish_address":"https://bmc.example","redfish_verify_ca":false},
        "extra":{},"automated_clean":"False","retired":false,"owner":"7b0c","network_interface":"noop",
        "network_data":{},"boot_interface":null,"instance_info":{"image_source":"x"}}"#,
    ),
    (
        "node.update",
        1,
        r#"[{"op":"replace","path":"/instance_uuid","value":"NODE"}]"#,
    ),
    (
        "node.update",
        1,
        r#"[{"op":"add","path":"/instance_info","value":{}},
        {"op":"replace","path":"/instance_uuid","value":null}]"#,
    ),
    (
        "node.update",
        1,
        r#"[{"op":"add","path":"/instance_info/traits","value":["CUSTOM_A"]},
        {"op":"add","path":"/instance_info/capabilities","value":"{\"boot_mode\": \"uefi\"}"},
        {"op":"add","path":"/instance_info/root_gb","value":"20"}]"#,
    ),
    (
        "node.update",
        5,
        r#"[{"op":"remove","path":"/name"},{"op":"add","path":"/extra/k","value":7}]"#,
    ),
    (
        "node.update",
        109,
        r#"[{"op":"add","path":"/automated_clean","value":"True"},
        {"op":"replace","path":"/protected","value":"True"},{"op":"remove","path":"/protected_reason"},
        {"op":"add","path":"/properties/memory_mb","value":4096},{"op":"remove","path":"/owner"},
        {"op":"add","path":"/conductor_group","value":""},{"op":"replace","path":"/driver","value":"ipmi"}]"#,
    ),
    ("node.delete", 1, ""),
    ("node.power", 1, r#"{"target":"rebooting"}"#),
    (
        "node.power",
        27,
        r#"{"target":"soft power off","timeout":60}"#,
    ),
    (
        "node.boot-device",
        1,
        r#"{"boot_device":"pxe","persistent":true}"#,
    ),
    (
        "node.boot-device",
        1,
        r#"{"boot_device":"disk","persistent":"False"}"#,
    ),
    ("node.boot-mode", 76, r#"{"target":"uefi"}"#),
    ("node.secure-boot", 76, r#"{"target":true}"#),
    ("node.secure-boot", 76, r#"{"target":"on"}"#),
    ("node.console", 1, r#"{"enabled":"true"}"#),
    ("node.console", 1, ""),
    ("node.inject-nmi", 29, "{}"),
    ("node.indicator", 63, r#"{"state":"ON"}"#),
    (
        "node.raid",
        12,
        r#"{"logical_disks":[{"size_gb":100,"raid_level":"1","is_root_volume":true}]}"#,
    ),
    ("node.raid", 12, "{}"),
    ("node.maintenance.set", 1, r#"{"reason":"new fans"}"#),
    ("node.maintenance.set", 1, r#"{"reason":null}"#),
    ("node.maintenance.set", 1, ""),
    ("node.maintenance.clear", 1, ""),
    (
        "node.traits.set",
        37,
        r#"{"traits":["CUSTOM_A","HW_CPU_X86_VMX"]}"#,
    ),
    ("node.traits.add", 37, ""),
    ("node.traits.add", 37, "{}"),
    ("node.traits.remove", 37, ""),
    ("node.vif.attach", 28, r#"{"id":"NODE"}"#),
    ("node.vif.attach", 67, r#"{"id":"NODE","port_uuid":"NODE"}"#),
    ("node.vif.detach", 28, ""),
    (
        "node.vmedia.attach",
        89,
        r#"{"device_type":"cdrom","image_url":"http://files.example/a.iso"}"#,
    ),
    ("node.vmedia.detach", 89, ""),
    ("node.vendor-passthru", 1, r#"{"bar":"baz"}"#),
    ("node.vendor-passthru", 1, ""),
    ("driver.vendor-passthru", 1, r#"[1]"#),
    ("node.provision.manage", 4, r#"{"target":"manage"}"#),
    ("node.provision.inspect", 6, r#"{"target":"inspect"}"#),
    ("node.provision.adopt", 17, r#"{"target":"adopt"}"#),
    ("node.provision.active", 1, r#"{"target":"active"}"#),
    (
        "node.provision.active",
        1,
        r#"{"target":"active","configdrive":"H4sIAAAA\nAAA="}"#,
    ),
    (
        "node.provision.active",
        56,
        r##"{"target":"active","configdrive":{"meta_data":{"hostname":"a"},
        "network_data":{"links":[]},"user_data":"#!/bin/sh\n"}}"##,
    ),
    (
        "node.provision.active",
        69,
        r#"{"target":"active","deploy_steps":[
        {"interface":"raid","step":"apply_configuration","args":{"x":1},"priority":90}]}"#,
    ),
    (
        "node.provision.active",
        73,
        r#"{"target":"deploy","configdrive":"https://drives.example/1.iso"}"#,
    ),
    ("node.provision.deleted", 1, r#"{"target":"deleted"}"#),
    (
        "node.provision.rebuild",
        35,
        r#"{"target":"rebuild","configdrive":""}"#,
    ),
    (
        "node.provision.rescue",
        38,
        r#"{"target":"rescue","rescue_password":"let me in"}"#,
    ),
    (
        "node.provision.clean",
        15,
        r#"{"target":"clean","clean_steps":[{"interface":"deploy","step":"erase_devices"}]}"#,
    ),
    (
        "node.provision.clean",
        92,
        r#"{"target":"clean","runbook":"CUSTOM_WIPE","disable_ramdisk":true}"#,
    ),
    (
        "node.provision.service",
        87,
        r#"{"target":"service","service_steps":[
        {"interface":"vendor","step":"log_passthrough","args":{},"execute_on_child_nodes":true,
        "limit_child_node_execution":["NODE"],"order":"3"}]}"#,
    ),
    (
        "port.create",
        1,
        r#"{"address":"52:54:00:AB:cd:01","node_uuid":"NODE"}"#,
    ),
    (
        "port.create",
        109,
        r#"{"address":"52:54:00:ab:cd:01","node_uuid":"NODE","pxe_enabled":"true",
        "local_link_connection":{"switch_id":"0a:1b:2c:3d:4e:5f","port_id":"Ethernet3/1","switch_info":"tor7"},
        "physical_network":"physnet1","extra":{"slot":1},"portgroup_uuid":null}"#,
    ),
    (
        "port.create",
        109,
        r#"{"address":"52:54:00:ab:cd:01","node_ident":"r1-u4","local_link_connection":{}}"#,
    ),
    (
        "port.update",
        1,
        r#"[{"op":"add","path":"/extra/slot","value":"1"}]"#,
    ),
    (
        "port.update",
        19,
        r#"[{"op":"replace","path":"/local_link_connection","value":
        {"switch_id":"00112233aabbccdd","port_id":"5"}},{"op":"add","path":"/pxe_enabled","value":"False"}]"#,
    ),
    (
        "portgroup.create",
        26,
        r#"{"node_uuid":"NODE","name":"bond0","mode":"802.3ad","address":null,
        "properties":{"miimon":100},"standalone_ports_supported":true}"#,
    ),
    (
        "portgroup.update",
        26,
        r#"[{"op":"replace","path":"/mode","value":"active-backup"}]"#,
    ),
    ("chassis.create", 1, r#"{"description":"shelf","extra":{}}"#),
    ("chassis.create", 1, "{}"),
    (
        "chassis.update",
        1,
        r#"[{"op":"remove","path":"/description"}]"#,
    ),
    (
        "volume-connector.create",
        32,
        r#"{"type":"iqn","connector_id":"iqn.2031-01.com.example:a","node_uuid":"NODE"}"#,
    ),
    (
        "volume-connector.update",
        32,
        r#"[{"op":"replace","path":"/type","value":"wwpn"}]"#,
    ),
    (
        "volume-target.create",
        32,
        r#"{"volume_type":"fibre_channel","volume_id":"NODE","boot_index":0,
        "node_uuid":"NODE","properties":{"target_lun":1}}"#,
    ),
    (
        "volume-target.update",
        32,
        r#"[{"op":"replace","path":"/boot_index","value":1}]"#,
    ),
    ("allocation.create", 52, r#"{"resource_class":"gold"}"#),
    (
        "allocation.create",
        58,
        r#"{"resource_class":null,"node":"r1-u4","name":null}"#,
    ),
    (
        "allocation.create",
        60,
        r#"{"resource_class":"gold","name":"a","traits":["CUSTOM_A"],"candidate_nodes":["r1-u4","NODE"],
        "owner":"7b0c","extra":{},"uuid":"NODE"}"#,
    ),
    (
        "allocation.update",
        57,
        r#"[{"op":"remove","path":"/name"}]"#,
    ),
    (
        "deploy-template.create",
        55,
        r#"{"name":"CUSTOM_FAST","steps":[
        {"interface":"bios","step":"apply_configuration","args":{"settings":[]},"priority":150}]}"#,
    ),
    (
        "deploy-template.update",
        55,
        r#"[{"op":"replace","path":"/steps","value":[
        {"interface":"bios","step":"factory_reset","args":{},"priority":"5"}]}]"#,
    ),
    (
        "runbook.create",
        92,
        r#"{"name":"CUSTOM_WIPE","steps":[{"interface":"bios","step":"factory_reset","args":{},"order":1}],
        "public":false,"disable_ramdisk":null,"owner":null}"#,
    ),
    (
        "runbook.create",
        112,
        r#"{"name":"CUSTOM_WIPE","steps":[{"interface":"bios","step":"factory_reset","order":1}],"description":"x"}"#,
    ),
    (
        "runbook.update",
        92,
        r#"[{"op":"add","path":"/public","value":true}]"#,
    ),
    ("runbook.traits.add", 112, ""),
    ("runbook.traits.set", 112, r#"{"traits":[]}"#),
    (
        "inspection-rule.create",
        96,
        r#"{"description":"tag","priority":10,"sensitive":false,"phase":"main",
        "actions":[{"op":"set-attribute","args":{"path":"/extra/seen","value":"yes"}}],
        "conditions":[{"op":"!eq","args":{"values":["a","b"]},"multiple":"any","loop":["x"]}]}"#,
    ),
    (
        "inspection-rule.create",
        96,
        r#"{"actions":[{"op":"log","args":["seen","debug"]},{"op":"add-trait","args":["CUSTOM_A"]},
        {"op":"set-plugin-data","args":["a","b"]},{"op":"unset-plugin-data","args":{"path":"a","plugin_data":{}}},
        {"op":"extend-port-attribute","args":{"port_id":"p","path":"extra/a","value":[1],"unique":true}},
        {"op":"api-call","args":{"url":"https://example.org","timeout":5},"loop":[1]}],
        "conditions":[{"op":"is-true","args":["x"]},{"op":"matches","args":{"value":"a","regex":"b"}},
        {"op":"!one-of","args":{"value":"a","values":["b"]}},{"op":"in-net","args":["192.0.2.7","192.0.2.0/24"]}]}"#,
    ),
    (
        "inspection-rule.update",
        96,
        r#"[{"op":"replace","path":"/priority","value":5}]"#,
    ),
    (
        "event.create",
        54,
        r#"{"events":[{"event":"network.bind_port","port_id":"NODE",
        "mac_address":"52:54:00:ab:cd:01","status":"ACTIVE","device_id":"NODE","binding:host_id":null,
        "binding:vnic_type":"baremetal"}]}"#,
    ),
    (
        "ramdisk.heartbeat",
        72,
        r#"{"callback_url":"https://192.0.2.7:9999","agent_version":"11.0.0","agent_token":"t",
        "agent_verify_ca":"-----BEGIN CERTIFICATE-----\nMII\n","agent_status":null,"agent_status_message":null}"#,
    ),
    ("ramdisk.lookup", 22, ""),
    (
        "ramdisk.continue-inspection",
        84,
        r#"{"inventory":{"interfaces":[{"mac_address":"52:54:00:ab:cd:01","name":"eno1"}],
        "bmc_address":"192.0.2.9"},"logs":"x"}"#,
    ),
];
