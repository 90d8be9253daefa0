//! The table: what stock clients send, and which rules refuse it by default.

/// One kind of request.
pub struct Sent {
    /// Operation it is, then method and path.
    pub request: (&'static str, &'static str, &'static str),
    /// Provision state of the node, where there is one.
    pub state: &'static str,
    /// Empty for none.
    pub body: &'static str,
    /// Rules by which the default configuration refuses it, and the laboratory's does not.
    pub refused: &'static [&'static str],
}

const fn sent(
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    body: &'static str,
) -> Sent {
    Sent {
        request: (operation, method, path),
        state: "",
        body,
        refused: &[],
    }
}

/// A provision verb, asked of a node in this state.
const fn verb(operation: &'static str, state: &'static str, body: &'static str) -> Sent {
    let request = (operation, "PUT", "/v1/nodes/rack7-u3/states/provision");
    Sent {
        request,
        state,
        body,
        refused: &[],
    }
}

const fn refused(rules: &'static [&'static str], sent: Sent) -> Sent {
    Sent {
        refused: rules,
        ..sent
    }
}

const DRIVE: &[&str] = &["CD-PLAIN-PASSWORD"];

/// What stock clients send.
pub const SENT: &[Sent] = &[
    // Nodes.
    sent(
        "node.create",
        "POST",
        "/v1/nodes",
        r#"{"driver": "fake-hardware", "name": "rack7-u3",
        "resource_class": "baremetal", "properties": {"cpu_arch": "x86_64", "cpus": 8,
        "memory_mb": 16384, "local_gb": 200, "capabilities": "boot_mode:uefi"},
        "driver_info": {"username": "operator", "password": "keep-it-dark"},
        "extra": {"rack": "r7"}}"#,
    ),
    sent(
        "node.update",
        "PATCH",
        N,
        r#"[
        {"op": "add", "path": "/instance_info/image_source", "value": "http://127.0.0.1:9/disk.qcow2"},
        {"op": "add", "path": "/instance_info/image_checksum", "value": "900150983cd24fb0d6963f7d28e17f72"},
        {"op": "add", "path": "/instance_info/root_gb", "value": 10}]"#,
    ),
    sent(
        "node.update",
        "PATCH",
        N,
        r#"[{"op": "add", "path": "/shard", "value": "s1"}]"#,
    ),
    sent(
        "node.update",
        "PATCH",
        N,
        r#"[{"op": "add", "path": "/extra/owner", "value": 7}]"#,
    ),
    sent("node.delete", "DELETE", N, ""),
    // What Nova does to a node around an instance.
    sent(
        "node.update",
        "PATCH",
        N,
        r#"[{"op": "replace", "path": "/instance_uuid",
        "value": "0c6b1d8e-4f2a-4d93-b7a5-9e8c7d6f5a41"}]"#,
    ),
    sent(
        "node.update",
        "PATCH",
        N,
        r#"[
        {"op": "add", "path": "/instance_info/image_source", "value": "5f9c2b7e-1d34-4a68-9c0b-2e7f8a6d5c43"},
        {"op": "add", "path": "/instance_info/root_gb", "value": "20"},
        {"op": "add", "path": "/instance_info/swap_mb", "value": "0"},
        {"op": "add", "path": "/instance_info/display_name", "value": "web-1"},
        {"op": "add", "path": "/instance_info/vcpus", "value": "8"},
        {"op": "add", "path": "/instance_info/memory_mb", "value": "16384"},
        {"op": "add", "path": "/instance_info/local_gb", "value": "200"},
        {"op": "add", "path": "/instance_info/fixed_ips", "value": "['10.0.0.5']"},
        {"op": "add", "path": "/instance_info/capabilities", "value": "{\"boot_mode\": \"uefi\"}"},
        {"op": "add", "path": "/instance_info/traits", "value": ["CUSTOM_FAST"]}]"#,
    ),
    sent(
        "node.update",
        "PATCH",
        N,
        r#"[{"op": "add", "path": "/instance_info", "value": {}},
        {"op": "replace", "path": "/instance_uuid", "value": null}]"#,
    ),
    // Provision verbs.
    verb("node.provision.manage", "enroll", r#"{"target": "manage"}"#),
    verb(
        "node.provision.inspect",
        "manageable",
        r#"{"target": "inspect"}"#,
    ),
    verb(
        "node.provision.provide",
        "manageable",
        r#"{"target": "provide"}"#,
    ),
    verb(
        "node.provision.adopt",
        "manageable",
        r#"{"target": "adopt"}"#,
    ),
    verb(
        "node.provision.abort",
        "clean wait",
        r#"{"target": "abort"}"#,
    ),
    verb(
        "node.provision.unhold",
        "deploy hold",
        r#"{"target": "unhold"}"#,
    ),
    verb(
        "node.provision.clean",
        "manageable",
        r#"{"target": "clean",
        "clean_steps": [{"interface": "bios", "step": "factory_reset"}]}"#,
    ),
    verb(
        "node.provision.clean",
        "manageable",
        r#"{"target": "clean", "runbook": "CUSTOM_WIPE"}"#,
    ),
    verb(
        "node.provision.active",
        "available",
        r#"{"target": "active"}"#,
    ),
    verb(
        "node.provision.active",
        "available",
        r##"{"target": "active", "configdrive": {
        "meta_data": {"hostname": "web-1"}, "user_data": "#!/bin/sh\n"}}"##,
    ),
    refused(
        DRIVE,
        verb(
            "node.provision.active",
            "available",
            r##"{"target": "active", "configdrive": {
        "meta_data": {"hostname": "web-1"}, "user_data": "#cloud-config\npassword: open-sesame\n",
        "network_data": {"links": [], "networks": [], "services": []}}}"##,
        ),
    ),
    verb(
        "node.provision.active",
        "available",
        // An image, which the clients make of a directory.
        "{\"target\": \"active\", \"configdrive\": \"\
            H4sIAAAAAAAA/+3dXU/TUBzH8f+ZiAMJmoE8PywNXg7bxSgoMSEKiRcaMrnwbqmwIQ/bSNbohUrCnb4p35IvQc9pOz\
            ZY4SAijvn9FNquT//dkF+7cw4TAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            6vkL1/WUZC02atXy9lYuf9r+xvWyxxZn1NU/5lfSaVmKNi0NNXcPm5kjo9GrUUmbRVpWzTkiqcb5WeDqeIuP9R+Lnm\
            LStsE9oX2DEgDoCKk4/3Vinz1tSE2qUpZt2ZKc5Nv2x+KV7P0HK2fWbc3/9WjT+r3m7hEzc2QyejV5Wv5b3zUT0+Ud\
            RP4D6CI/G/kPAAD+Gyr8jN3kf5+MhWu1/VK1Hvgbu9Iv42IetvOuly+6C0XP7ZWJcMueH5TqgQAAgGspfPIfNYs+sz\
            YmqjX/tXFJtea/NiEp8h8AgOtMhW3s5i4gI1PRWk32paTb+usSiK/b/XeHZVrCRve86CZPPc/p5YKee+IOyEy0b08f\
            G+jzzFkAAKCjhc//k2aRMWtTpgGgPf+1adMQkJT/2oxpEiD/AQC4Lg6sY+zerN1S339IoXBTHa69nVOVZbN7uXIjOu\
            /GySuur06owfgixxcrhYzSbQqqUHi5VvQWF73lsq26uoSy8jns2SCmdSOxSt9Rk4ep9u31q8GWXhCttXuiy/T8Rm0A\
            ADpR2ZKNqj34L5CCV5PzB2F/RTF9FhKr9Dc7Mkic9HdU2Lsx5y7kPLe1fCq6Uur85T+EfSPF9I9IrN4bd5qIK99WcS\
            /KP6sKAMBFlC2ZmZD/Fwgp612Guoy7jK8yGx0zOxItR5ohaarcrZQCv7jpB/78Tr1Wfeo1snhIyfFd5o3MHZrzDufU\
            0QXO/UYAAOhwZctTK/lP/gMAuo/9f+xZj1APw5EDYnoPJh6Rae9SKAAA4N9xLNl9nvx/FI4PFDNGIPGI4aSBAzIfjh\
            wUM3og8awBhhQAAPCXOJbsVvY7BPXM8rn7lFR0ipsn/6Jshpnu6/Tf0bluvlIAAABcNcfyFE7+AwDQfT4572v1oOpX\
            Ss6TrPOx9C7nOV/6BQAAdLFfQjSuAAAAAQA=\"}",
    ),
    refused(
        &[
            "CD-URL",
            "CD-URL-TLS",
            "CD-URL-HOST",
            "CD-URL-PORT",
            "URL-ADDRESS",
            "URL-PORT",
        ],
        verb(
            "node.provision.active",
            "available",
            r#"{"target": "active", "configdrive": "http://127.0.0.1:9/drive.iso.gz"}"#,
        ),
    ),
    verb(
        "node.provision.rebuild",
        "active",
        r#"{"target": "rebuild"}"#,
    ),
    refused(
        DRIVE,
        verb(
            "node.provision.rebuild",
            "active",
            r##"{"target": "rebuild", "configdrive": {
        "meta_data": {"hostname": "web-1"}, "user_data": "#cloud-config\npassword: open-sesame\n"}}"##,
        ),
    ),
    verb(
        "node.provision.deleted",
        "active",
        r#"{"target": "deleted"}"#,
    ),
    verb(
        "node.provision.rescue",
        "active",
        r#"{"target": "rescue", "rescue_password": "let-me-in"}"#,
    ),
    verb(
        "node.provision.unrescue",
        "rescue",
        r#"{"target": "unrescue"}"#,
    ),
    verb(
        "node.provision.service",
        "active",
        r#"{"target": "service",
        "service_steps": [{"interface": "vendor", "step": "log_passthrough", "args": {"note": "x"}}]}"#,
    ),
    // Power, boot and the rest of what a node does.
    sent(
        "node.power",
        "PUT",
        "/v1/nodes/rack7-u3/states/power",
        r#"{"target": "power off"}"#,
    ),
    sent(
        "node.power",
        "PUT",
        "/v1/nodes/rack7-u3/states/power",
        r#"{"target": "power on"}"#,
    ),
    sent(
        "node.power",
        "PUT",
        "/v1/nodes/rack7-u3/states/power",
        r#"{"target": "rebooting"}"#,
    ),
    sent(
        "node.power",
        "PUT",
        "/v1/nodes/rack7-u3/states/power",
        r#"{"target": "soft power off", "timeout": 60}"#,
    ),
    sent(
        "node.inject-nmi",
        "PUT",
        "/v1/nodes/rack7-u3/management/inject_nmi",
        "{}",
    ),
    sent(
        "node.boot-device",
        "PUT",
        "/v1/nodes/rack7-u3/management/boot_device",
        r#"{"boot_device": "pxe", "persistent": true}"#,
    ),
    sent(
        "node.boot-mode",
        "PUT",
        "/v1/nodes/rack7-u3/states/boot_mode",
        r#"{"target": "uefi"}"#,
    ),
    sent(
        "node.secure-boot",
        "PUT",
        "/v1/nodes/rack7-u3/states/secure_boot",
        r#"{"target": true}"#,
    ),
    sent(
        "node.console",
        "PUT",
        "/v1/nodes/rack7-u3/states/console",
        r#"{"enabled": true}"#,
    ),
    // Nova says it in the query.
    sent(
        "node.console",
        "PUT",
        "/v1/nodes/rack7-u3/states/console?enabled=False",
        "",
    ),
    sent(
        "node.raid",
        "PUT",
        "/v1/nodes/rack7-u3/states/raid",
        r#"{"logical_disks": [{"size_gb": 100, "raid_level": "1"}]}"#,
    ),
    sent(
        "node.maintenance.set",
        "PUT",
        "/v1/nodes/rack7-u3/maintenance",
        r#"{"reason": "upkeep"}"#,
    ),
    sent(
        "node.maintenance.clear",
        "DELETE",
        "/v1/nodes/rack7-u3/maintenance",
        "",
    ),
    sent(
        "node.traits.set",
        "PUT",
        "/v1/nodes/rack7-u3/traits",
        r#"{"traits": ["CUSTOM_BLUE"]}"#,
    ),
    sent(
        "node.traits.add",
        "PUT",
        "/v1/nodes/rack7-u3/traits/HW_CPU_X86_VMX",
        "",
    ),
    sent(
        "node.traits.remove",
        "DELETE",
        "/v1/nodes/rack7-u3/traits/CUSTOM_BLUE",
        "",
    ),
    sent(
        "node.vif.attach",
        "POST",
        "/v1/nodes/rack7-u3/vifs",
        r#"{"id": "5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d21"}"#,
    ),
    sent(
        "node.vif.detach",
        "DELETE",
        "/v1/nodes/rack7-u3/vifs/5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d21",
        "",
    ),
    refused(
        &["URL-ADDRESS", "URL-PORT"],
        sent(
            "node.vmedia.attach",
            "POST",
            "/v1/nodes/rack7-u3/vmedia",
            r#"{"device_type": "cdrom", "image_url": "http://127.0.0.1:9/rescue.iso"}"#,
        ),
    ),
    sent(
        "node.vmedia.detach",
        "DELETE",
        "/v1/nodes/rack7-u3/vmedia",
        "",
    ),
    sent(
        "node.vmedia.detach",
        "DELETE",
        "/v1/nodes/rack7-u3/vmedia?device_types=cdrom",
        "",
    ),
    refused(
        &["closed"],
        sent(
            "node.vendor-passthru",
            "POST",
            "/v1/nodes/rack7-u3/vendor_passthru/second_method",
            r#"{"bar": "baz"}"#,
        ),
    ),
    // Everything around nodes.
    sent(
        "port.create",
        "POST",
        "/v1/ports",
        r#"{"address": "52:54:00:12:34:01",
        "node_uuid": "7a1f3c52-9b0e-4d67-8e21-5c4d3b2a1f00", "pxe_enabled": "true",
        "physical_network": "physnet1"}"#,
    ),
    sent(
        "port.update",
        "PATCH",
        "/v1/ports/52:54:00:12:34:01",
        r#"[{"op": "add", "path": "/extra/slot", "value": "1"}]"#,
    ),
    sent(
        "port.delete",
        "DELETE",
        "/v1/ports/0d7e5c3b-2a19-4f68-b5c4-d3e2f1a0b9c8",
        "",
    ),
    sent(
        "portgroup.create",
        "POST",
        "/v1/portgroups",
        r#"{"name": "bond", "mode": "802.3ad",
        "node_uuid": "7a1f3c52-9b0e-4d67-8e21-5c4d3b2a1f00", "address": "52:54:00:12:34:03",
        "standalone_ports_supported": true}"#,
    ),
    sent("portgroup.delete", "DELETE", "/v1/portgroups/bond", ""),
    sent(
        "chassis.create",
        "POST",
        "/v1/chassis",
        r#"{"description": "shelf"}"#,
    ),
    sent(
        "chassis.delete",
        "DELETE",
        "/v1/chassis/0d7e5c3b-2a19-4f68-b5c4-d3e2f1a0b9c8",
        "",
    ),
    sent(
        "volume-connector.create",
        "POST",
        "/v1/volume/connectors",
        r#"{"type": "iqn",
        "node_uuid": "7a1f3c52-9b0e-4d67-8e21-5c4d3b2a1f00",
        "connector_id": "iqn.2031-01.com.example:web-1"}"#,
    ),
    sent(
        "volume-connector.delete",
        "DELETE",
        "/v1/volume/connectors/0d7e5c3b-2a19-4f68-b5c4-d3e2f1a0b9c8",
        "",
    ),
    sent(
        "volume-target.create",
        "POST",
        "/v1/volume/targets",
        r#"{"volume_type": "iscsi",
        "node_uuid": "7a1f3c52-9b0e-4d67-8e21-5c4d3b2a1f00", "boot_index": 0, "volume_id": "v-1",
        "properties": {"auth_password": "only-for-chap", "target_portal": "127.0.0.1:3260"}}"#,
    ),
    sent(
        "volume-target.delete",
        "DELETE",
        "/v1/volume/targets/0d7e5c3b-2a19-4f68-b5c4-d3e2f1a0b9c8",
        "",
    ),
    sent(
        "allocation.create",
        "POST",
        "/v1/allocations",
        r#"{"name": "claim", "resource_class": "baremetal", "traits": ["CUSTOM_FAST"]}"#,
    ),
    sent("allocation.delete", "DELETE", "/v1/allocations/claim", ""),
    sent(
        "deploy-template.create",
        "POST",
        "/v1/deploy_templates",
        r#"{"name": "CUSTOM_FAST",
        "steps": [{"interface": "deploy", "step": "erase_devices", "args": {}, "priority": 0}]}"#,
    ),
    sent(
        "deploy-template.delete",
        "DELETE",
        "/v1/deploy_templates/CUSTOM_FAST",
        "",
    ),
    sent(
        "runbook.create",
        "POST",
        "/v1/runbooks",
        r#"{"name": "CUSTOM_WIPE",
        "steps": [{"interface": "bios", "step": "factory_reset", "args": {}, "order": 1}]}"#,
    ),
    sent(
        "runbook.traits.add",
        "PUT",
        "/v1/runbooks/CUSTOM_WIPE/traits/CUSTOM_WIPE",
        "",
    ),
    sent("runbook.delete", "DELETE", "/v1/runbooks/CUSTOM_WIPE", ""),
    sent(
        "inspection-rule.create",
        "POST",
        "/v1/inspection_rules",
        r#"{"description": "tag",
        "actions": [{"op": "set-attribute", "args": {"path": "/extra/seen", "value": "yes"}}],
        "conditions": [{"op": "eq", "args": {"values": ["a", "a"]}}]}"#,
    ),
    sent(
        "inspection-rule.delete",
        "DELETE",
        "/v1/inspection_rules/0d7e5c3b-2a19-4f68-b5c4-d3e2f1a0b9c8",
        "",
    ),
];

const N: &str = "/v1/nodes/rack7-u3";
