//! Requests of a wanted size: a deployment with a config drive and deploy steps.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use portcullis::request::{Caller, Request, RequestId};
use serde_json::json;

/// Body of about so many bytes. Beyond the small parts it is the text of the user data, as in
/// any real deployment.
pub fn body(bytes: usize) -> Bytes {
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
                "uuid": "9bd4ea33-3fc5-4d2c-8f02-5d9f0a5a3f11",
                "hostname": "compute-17.rack3.example.org",
                "public_keys": { "ops": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM" },
            },
            "network_data": { "links": (0..2).map(link).collect::<Vec<_>>(), "networks": (0..2).map(network).collect::<Vec<_>>(), "services": [] },
            "user_data": "",
        },
    });
    let line = "runcmd: [ systemctl, enable, --now, node-exporter ]\n";
    let missing = bytes.saturating_sub(without_text.to_string().len());
    let mut whole = without_text;
    whole["configdrive"]["user_data"] = json!(format!(
        "#cloud-config\n{}",
        line.repeat(missing / (line.len() + 1))
    ));
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
