//! Requests of a wanted size: a deployment with a config drive and deploy steps.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use portcullis::json::Document;
use portcullis::request::{Caller, Request, RequestId};
use serde_json::json;

use crate::user_data;

/// Body of about so many bytes. Beyond the small parts it is the text of the user data, as in
/// any real deployment.
pub fn body(bytes: usize) -> Bytes {
    body_with(user_data::ordinary, bytes)
}

/// The same with user data of a kind, which is made for a number of bytes.
pub fn body_with(user_data: fn(usize) -> String, bytes: usize) -> Bytes {
    let steps = json!([
        { "interface": "bios", "step": "apply_configuration", "args": { "settings": [{ "name": "LogicalProc", "value": "Enabled" }] }, "priority": 50 },
        { "interface": "raid", "step": "apply_configuration", "args": { "raid_config": { "logical_disks": [] } }, "priority": 51 },
        { "interface": "deploy", "step": "inject_files", "args": { "files": [] }, "priority": 52 },
        { "interface": "deploy", "step": "write_image", "args": {}, "priority": 80 },
    ]);
    let link = |n: usize| json!({ "id": format!("link{n}"), "type": "phy", "ethernet_mac_address": format!("52:54:00:12:34:{n:02x}"), "mtu": 1500 });
    let network = |n: usize| json!({ "id": format!("net{n}"), "type": "ipv4_dhcp", "link": format!("link{n}"), "network_id": "0b5cbf5a-7d6b-4ef6-a3c7-2c51f9b3ab1c" });
    let without_text = json!({
        "target": "active",
        "deploy_steps": steps,
        "configdrive": {
            "meta_data": {
                "uuid": "1be26c0b-03f2-4d2e-ae87-c02d7f33c781",
                "hostname": "compute-17.rack3.example.org",
                "public_keys": { "ops": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM" },
            },
            "network_data": { "links": (0..2).map(link).collect::<Vec<_>>(), "networks": (0..2).map(network).collect::<Vec<_>>(), "services": [] },
            "user_data": "",
        },
    });
    let missing = bytes.saturating_sub(without_text.to_string().len());
    let mut whole = without_text;
    whole["configdrive"]["user_data"] = json!(user_data(missing));
    whole.to_string().into()
}

/// A deployment with a body of about so many bytes.
pub fn provision(bytes: usize) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert(
        "x-openstack-ironic-api-version",
        HeaderValue::from_static("1.109"),
    );
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    Request {
        id: RequestId::generate(),
        method: Method::PUT,
        target: "/v1/nodes/1be26c0b-03f2-4d2e-ae87-c02d7f33c781/states/provision"
            .parse()
            .expect("a sound path"),
        headers,
        caller: Caller::default(),
        body: body(bytes),
    }
}

/// The creation of a node, with about so many bytes of whatever the operator notes of it.
pub fn node(bytes: usize) -> Request {
    let body = json!({
        "driver": "redfish",
        "name": "rack3-u17",
        "driver_info": {
            "redfish_address": "https://bmc-17.example.org",
            "deploy_kernel": "https://images.example.org/deploy.kernel",
            "deploy_ramdisk": "https://images.example.org/deploy.initramfs",
            "kernel_append_params": "nofb vga=normal console=ttyS0,115200",
        },
        "properties": { "cpus": 64, "memory_mb": 524_288, "local_gb": 1920, "cpu_arch": "x86_64" },
        "extra": notes(bytes),
    });
    creation("/v1/nodes", &body)
}

/// The creation of a port, with about so many bytes of notes.
pub fn port(bytes: usize) -> Request {
    let body = json!({
        "node_uuid": "1be26c0b-03f2-4d2e-ae87-c02d7f33c781",
        "address": "52:54:00:12:34:56",
        "local_link_connection": { "switch_id": "0a:1b:2c:3d:4e:5f", "port_id": "Ethernet3/1" },
        "extra": notes(bytes),
    });
    creation("/v1/ports", &body)
}

fn notes(bytes: usize) -> serde_json::Value {
    const NOTE: &str = "delivered in the third lot, burnt in for two days";
    let notes = (0..bytes / (NOTE.len() + 16)).map(|n| (format!("note {n:03}"), NOTE.into()));
    serde_json::Value::Object(notes.collect())
}

fn creation(path: &'static str, body: &serde_json::Value) -> Request {
    Request {
        method: Method::POST,
        target: path.parse().expect("a sound path"),
        body: body.to_string().into(),
        ..provision(0)
    }
}

/// What Ironic says of the node that a deployment is for.
pub fn known_node() -> Document {
    let node = json!({
        "uuid": "1be26c0b-03f2-4d2e-ae87-c02d7f33c781",
        "name": "rack3-u17",
        "driver": "redfish",
        "driver_info": { "redfish_address": "https://bmc-17.example.org" },
        "provision_state": "available",
        "power_state": "power off",
        "maintenance": false,
        "protected": false,
        "retired": false,
        "traits": [],
        "properties": { "cpu_arch": "x86_64" },
        "instance_info": {
            "image_source": "https://images.example.org/jammy.qcow2",
            "image_os_hash_algo": "sha256",
            "image_os_hash_value":
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "image_disk_format": "qcow2",
            "root_gb": "10",
        },
    });
    Document::read(node.to_string().into()).expect("a node")
}

/// A patch of a node with so many operations.
pub fn patch(operations: usize) -> Request {
    let operation =
        |n: usize| json!({ "op": "add", "path": format!("/extra/key{n}"), "value": { "n": n } });
    let body: Vec<_> = (0..operations).map(operation).collect();
    Request {
        method: Method::PATCH,
        target: "/v1/nodes/1be26c0b-03f2-4d2e-ae87-c02d7f33c781"
            .parse()
            .expect("a sound path"),
        body: json!(body).to_string().into(),
        ..provision(0)
    }
}
