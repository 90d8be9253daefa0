//! The laboratory keeps its promises, with a real Ironic.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use portcullis_lab::{Auth, Ironic, Network, Options, http};
use serde_json::{Value, json};

/// One request as an Ironic client sends it.
fn call(ironic: &Ironic, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = (!body.is_null()).then(|| body.to_string());
    let mut headers = vec![
        ("X-OpenStack-Ironic-API-Version", "1.109"),
        ("Content-Type", "application/json"),
    ];
    headers.extend(ironic.authorization().map(|value| ("Authorization", value)));
    let reply = http::send(
        ironic.address(),
        method,
        path,
        &headers,
        body.as_ref().map(String::as_bytes),
    )
    .unwrap();
    (reply.status, reply.json())
}

fn enrol(ironic: &Ironic) -> String {
    let (status, node) = call(
        ironic,
        "POST",
        "/v1/nodes",
        json!({"driver": "fake-hardware"}),
    );
    assert_eq!(status, 201, "{node}");
    node["uuid"].as_str().unwrap().to_owned()
}

/// Asks for a provision state and waits for it.
fn provision(ironic: &Ironic, node: &str, body: Value, expected: &str) {
    let (status, answer) = call(
        ironic,
        "PUT",
        &format!("/v1/nodes/{node}/states/provision"),
        body,
    );
    assert_eq!(status, 202, "{answer}");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (_, node) = call(ironic, "GET", &format!("/v1/nodes/{node}"), Value::Null);
        if node["provision_state"] == expected {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "still {}: {}",
            node["provision_state"],
            node["last_error"]
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn several_run_side_by_side_and_each_takes_work_at_once() {
    let first = Ironic::start(Options::default()).unwrap();
    let second = Ironic::start(Options {
        auth: Auth::HttpBasic,
        ..Options::default()
    })
    .unwrap();
    enrol(&first);
    enrol(&second);
    let (status, _) = call(&first, "GET", "/v1/nodes", Value::Null);
    assert_eq!(status, 200);
    let anonymous = http::send(second.address(), "GET", "/v1/nodes", &[], None).unwrap();
    assert_eq!(anonymous.status, 401);
}

#[test]
fn a_config_drive_is_made_on_deploy_whatever_the_machine_has_installed() {
    let ironic = Ironic::start(Options::default()).unwrap();
    let node = enrol(&ironic);
    let image = json!({"image_source": "http://127.0.0.1:9/i", "image_checksum": "0123456789abcdef0123456789abcdef"});
    let (status, answer) = call(
        &ironic,
        "PATCH",
        &format!("/v1/nodes/{node}"),
        json!([{"op": "add", "path": "/instance_info", "value": image}]),
    );
    assert_eq!(status, 200, "{answer}");
    provision(&ironic, &node, json!({"target": "manage"}), "manageable");
    provision(&ironic, &node, json!({"target": "provide"}), "available");
    let drive = json!({"meta_data": {"hostname": "h"}, "user_data": "#cloud-config\n"});
    provision(
        &ironic,
        &node,
        json!({"target": "active", "configdrive": drive}),
        "active",
    );
    let (_, shown) = call(&ironic, "GET", &format!("/v1/nodes/{node}"), Value::Null);
    assert!(
        shown["instance_info"]["configdrive"].is_string(),
        "{}",
        shown["instance_info"]
    );
}

#[test]
fn flat_networking_reaches_the_fake_neutron() {
    let ironic = Ironic::start(Options {
        network: Network::Flat,
        ..Options::default()
    })
    .unwrap();
    let neutron = ironic.neutron().unwrap();
    let node = enrol(&ironic);
    let port = json!({"node_uuid": node, "address": "52:54:00:00:00:01", "pxe_enabled": true});
    assert_eq!(call(&ironic, "POST", "/v1/ports", port).0, 201);
    let vif = "11111111-2222-3333-4444-555555555555";
    let (status, answer) = call(
        &ironic,
        "POST",
        &format!("/v1/nodes/{node}/vifs"),
        json!({"id": vif}),
    );
    assert_eq!(status, 204, "{answer}");
    assert!(neutron.port(vif).is_some(), "{:?}", neutron.requests());
    let missing = json!({"id": "dead1111-2222-3333-4444-555555555555"});
    let (status, _) = call(&ironic, "POST", &format!("/v1/nodes/{node}/vifs"), missing);
    assert_ne!(status, 204);
}

#[test]
fn it_can_be_paused_killed_and_started_again_where_it_was() {
    let mut ironic = Ironic::start(Options::default()).unwrap();
    let node = enrol(&ironic);
    ironic.pause();
    let mut waiting = TcpStream::connect(ironic.address()).unwrap();
    waiting
        .write_all(b"GET / HTTP/1.1\r\nHost: ironic\r\nConnection: close\r\n\r\n")
        .unwrap();
    waiting
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    assert_eq!(
        waiting.read(&mut [0; 1]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    ironic.resume();
    waiting
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    assert_eq!(waiting.read(&mut [0; 1]).unwrap(), 1);
    ironic.kill();
    assert!(http::send(ironic.address(), "GET", "/", &[], None).is_err());
    ironic.restart().unwrap();
    let (status, _) = call(&ironic, "GET", &format!("/v1/nodes/{node}"), Value::Null);
    assert_eq!(status, 200);
    assert!(!ironic.log().is_empty());
    let address = ironic.address();
    drop(ironic);
    assert!(http::send(address, "GET", "/", &[], None).is_err());
}
