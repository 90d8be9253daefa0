//! Ironic's own answers, passed on as they are: also those it gives to the reading of a node, and
//! then nothing is asked of it.

use portcullis_lab::http::Reply;
use portcullis_lab::{Auth, Options};
use serde_json::{Value, json};

use super::{Scene, reason, rules, send};

/// Status, kind and text: what a client tells answers apart by.
fn told(reply: &Reply) -> (u16, Option<&str>, String) {
    (reply.status, reply.header("Content-Type"), reply.text())
}

/// What Ironic says about versions.
fn versions(reply: &Reply) -> [Option<&str>; 3] {
    ["Version", "Minimum-Version", "Maximum-Version"]
        .map(|name| reply.header(&format!("X-OpenStack-Ironic-API-{name}")))
}

#[test]
fn a_node_that_is_not_there_is_ironics_to_tell() {
    let scene = Scene::set(Options::default());
    let uuid = scene.enrol("before")["uuid"]
        .as_str()
        .expect("a UUID")
        .to_owned();
    let manage = json!({"target": "manage"});
    let missing = "/v1/nodes/nobody/states/provision";
    let through = scene.ask("PUT", missing, &manage);
    assert_eq!(through.status, 404);
    assert_eq!(
        told(&through),
        told(&scene.ask_ironic("PUT", missing, &manage))
    );
    assert!(through.header("X-OpenStack-Request-ID").is_some());

    let rename = json!([{"op": "replace", "path": "/name", "value": "after"}]);
    assert_eq!(scene.ask("PATCH", "/v1/nodes/before", &rename).status, 200);
    let old = "/v1/nodes/before/states/provision";
    let through = scene.ask("PUT", old, &manage);
    assert_eq!(told(&through), told(&scene.ask_ironic("PUT", old, &manage)));
    assert_eq!(
        rules(&scene.provision("after", &json!({"target": "provide"}))),
        ["state"]
    );
    assert_eq!(scene.provision("after", &manage).status, 202);
    // What was asked of nodes that are not there ended with the reading of the node.
    assert_eq!(
        scene.writes(),
        [
            // A name is resolved once, and what was judged is what is sent.
            format!("PATCH /v1/nodes/{uuid}"),
            "POST /v1/nodes".to_owned(),
            format!("PUT /v1/nodes/{uuid}/states/provision"),
        ]
    );
}

#[test]
fn who_a_caller_is_is_ironics_to_tell() {
    let scene = Scene::set(Options {
        auth: Auth::HttpBasic,
        ..Options::default()
    });
    scene.enrol("guarded");
    let (door, ironic) = (scene.gateway.door().address(), scene.ironic.address());
    let manage = json!({"target": "manage"});
    let node = json!({"driver": "fake-hardware"});
    let path = "/v1/nodes/guarded/states/provision";
    let strangers: [&[(&str, &str)]; 2] = [
        &[super::VERSION],
        // `lab` with another password.
        &[super::VERSION, ("Authorization", "Basic bGFiOm90aGVy")],
    ];
    for headers in strangers {
        for (method, path, body) in [
            ("PUT", path, &manage),
            ("GET", "/v1/nodes", &Value::Null),
            ("POST", "/v1/nodes", &node),
        ] {
            let through = send(door, method, path, headers, body);
            assert_eq!(through.status, 401, "{}", through.text());
            assert_eq!(
                told(&through),
                told(&send(ironic, method, path, headers, body))
            );
            assert!(through.header("WWW-Authenticate").is_some());
        }
    }
    assert_eq!(scene.provision("guarded", &manage).status, 202);
}

#[test]
fn versions_are_ironics_to_tell() {
    let scene = Scene::set(Options::default());
    scene.enrol("versioned");
    let (door, ironic) = (scene.gateway.door().address(), scene.ironic.address());
    let manage = json!({"target": "manage"});
    let node = json!({"driver": "fake-hardware"});
    for (version, method, path, body) in [
        ("1.999", "GET", "/v1/nodes/versioned", &Value::Null),
        ("abc", "GET", "/v1/nodes/versioned", &Value::Null),
        ("1.999", "POST", "/v1/nodes", &node),
        ("2.0", "POST", "/v1/nodes", &node),
        (
            "1.999",
            "PUT",
            "/v1/nodes/versioned/states/provision",
            &manage,
        ),
    ] {
        let headers = [(super::VERSION.0, version)];
        let through = send(door, method, path, &headers, body);
        assert_eq!(
            through.status,
            406,
            "{version} {method} {path}: {}",
            through.text()
        );
        let direct = send(ironic, method, path, &headers, body);
        assert_eq!(told(&through), told(&direct));
        assert_eq!(reason(&through), "");
        // What it does speak, for the client to choose from.
        assert_eq!(versions(&through), versions(&direct));
    }
    // A version that is there, and too old for what is asked: Ironic says 406, and the schema of
    // that version says what is there instead.
    let power = json!({"target": "soft power off"});
    let path = "/v1/nodes/versioned/states/power";
    let through = send(door, "PUT", path, &[(super::VERSION.0, "1.20")], &power);
    assert_eq!(
        (through.status, reason(&through).as_str()),
        (400, "unreadable")
    );
    assert!(through.text().contains("power off"), "{}", through.text());
    assert_eq!(scene.node("versioned")["provision_state"], "enroll");
}

#[test]
fn a_node_that_is_locked_is_ironics_to_tell() {
    let scene = Scene::set(Options {
        fake_delay: std::time::Duration::from_secs(8),
        ..Options::default()
    });
    let node = scene.enrol("busy");
    let uuid = node["uuid"].as_str().expect("an id");
    let reply = scene.ask(
        "PUT",
        "/v1/nodes/busy/states/power",
        &json!({"target": "power on"}),
    );
    assert_eq!(reply.status, 202, "{}", reply.text());
    // The policy holds its tongue about nodes that somebody works on; clients repeat a 409.
    let reply = scene.provision("busy", &json!({"target": "provide"}));
    assert_eq!(reply.status, 409, "{}", reply.text());
    assert!(
        reply.text().contains(&format!("Node {uuid} is locked")),
        "{}",
        reply.text()
    );
}

/// Ironic names an interface that it does not have, and here that is a password.
#[test]
fn an_error_comes_back_without_the_secrets_of_its_request() {
    let scene = Scene::set(Options::default());
    let secret = "Qm2xVb9LrT4kWz8";
    let node = json!({
        "driver": "fake-hardware",
        "driver_info": {"fake_password": secret},
        "boot_interface": secret,
    });
    let direct = scene.ask_ironic("POST", "/v1/nodes", &node);
    let through = scene.ask("POST", "/v1/nodes", &node);
    assert_eq!((direct.status, through.status), (400, 400));
    assert!(direct.text().contains(secret), "{}", direct.text());
    let masked = direct.text().replace(secret, "[redacted]");
    assert_eq!(through.text(), masked);
    let length = masked.len().to_string();
    assert_eq!(through.header("Content-Length"), Some(&*length));
    assert!(!scene.gateway.log().text().contains(secret));
}
