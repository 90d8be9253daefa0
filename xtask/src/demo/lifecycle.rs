//! First and last scene: everything a well-meaning client does passes.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::demo::client::Client;
use crate::demo::stage::Stage;
use crate::demo::{did, result};
use crate::say;

const NODE: &str = "demo-1";

/// Enrols a node and takes it through deployment and rebuild; returns its name.
pub fn play(stage: &Stage) -> Result<String> {
    let client = stage.client();
    enrol(&client, NODE)?;
    transition(
        &client,
        NODE,
        "manage",
        "manageable",
        "checks that its credentials work",
    )?;
    transition(
        &client,
        NODE,
        "provide",
        "available",
        "cleans it for its first instance",
    )?;

    did("set what to deploy: an image and its checksum");
    client.request("PATCH", &format!("/v1/nodes/{NODE}"), &instance())?;
    result("admitted");

    did("deploy, with a config drive in its JSON form");
    client.provision(
        NODE,
        &json!({"target": "active", "configdrive": config_drive()}),
    )?;
    let took = client.wait_for(NODE, "active")?;
    result(&format!(
        "admitted by three policies, each in a sandbox of its own; {NODE} is active ({})",
        say::elapsed(took)
    ));

    transition(
        &client,
        NODE,
        "rebuild",
        "active",
        "deploys the image again",
    )?;
    Ok(NODE.to_owned())
}

/// Enrols a node with the fake hardware type.
pub fn enrol(client: &Client, name: &str) -> Result<()> {
    did(&format!("enrol a node called {name}"));
    let node = json!({
        "name": name,
        "driver": "fake-hardware",
        "driver_info": {"username": "operator", "password": "not-for-the-log"},
        "properties": {"cpu_arch": "x86_64", "local_gb": 100},
    });
    let made = client.request("POST", "/v1/nodes", &node)?;
    let uuid = made
        .get("uuid")
        .and_then(Value::as_str)
        .context("Ironic's answer has no uuid")?;
    result(&format!("admitted; Ironic made it {uuid}"));
    Ok(())
}

/// Destroys the instance and removes the node.
pub fn end(stage: &Stage, node: &str) -> Result<()> {
    let client = stage.client();
    transition(
        &client,
        node,
        "deleted",
        "available",
        "destroys the instance and cleans the node",
    )?;
    did("remove the node");
    client.request("DELETE", &format!("/v1/nodes/{node}"), &Value::Null)?;
    result("admitted; the node is gone");
    Ok(())
}

/// Asks for a verb and waits for the state it leads to.
pub fn transition(
    client: &Client,
    node: &str,
    verb: &str,
    state: &str,
    meaning: &str,
) -> Result<()> {
    did(&format!("{verb}: Ironic {meaning}"));
    client.provision(node, &json!({"target": verb}))?;
    let took = client.wait_for(node, state)?;
    result(&format!(
        "admitted; {node} is {state} ({})",
        say::elapsed(took)
    ));
    Ok(())
}

fn instance() -> Value {
    json!([{"op": "add", "path": "/instance_info", "value": {
        "image_source": "http://127.0.0.1:9/image.qcow2",
        "image_checksum": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    }}])
}

fn config_drive() -> Value {
    json!({
        "meta_data": {"hostname": "demo-1", "availability_zone": "row-7"},
        "user_data": "#cloud-config\npackages: [chrony]\n",
        "network_data": {
            "links": [{"id": "link0", "type": "phy", "ethernet_mac_address": "52:54:00:12:34:56"}],
            "networks": [{"id": "network0", "type": "ipv4_dhcp", "link": "link0",
                          "network_id": "4f6f8c0e-6c1b-4d0e-9f8a-2f1f6f0f6d11"}],
            "services": [],
        },
    })
}
