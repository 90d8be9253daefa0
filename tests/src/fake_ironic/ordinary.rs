//! What Ironic answers when nothing is wrong with it, as far as a gateway can tell.

use serde_json::{Value, json};

use super::{Arrived, Script};

/// The UUID that every node has here.
pub const NODE: &str = "2a3b4c5d-0000-4000-8000-000000000001";

/// The address of the only port of every node here.
pub const ADDRESS: &str = "52:54:00:aa:00:01";

/// Headers of every answer (Ironic 39.0).
const VERSIONS: [(&str, &str); 5] = [
    ("X-OpenStack-Ironic-API-Minimum-Version", "1.1"),
    ("X-OpenStack-Ironic-API-Maximum-Version", "1.115"),
    ("X-OpenStack-Ironic-API-Version", "1.109"),
    (
        "x-openstack-request-id",
        "req-0b7a52d3-5d5a-4f6e-9a5e-3c1d2e4f5a6b",
    ),
    ("Server", "ironic_api"),
];

/// The answer to a request.
pub fn ordinary(request: &Arrived) -> Script {
    let host = request.header("host").join(",");
    let path = request.target.split('?').next().unwrap_or_default();
    let segments: Vec<_> = path.trim_start_matches("/v1").split('/').skip(1).collect();
    match (&*request.method, &segments[..]) {
        ("GET", [""]) => json(200, json!({"name": "OpenStack Ironic API"})),
        ("GET", ["nodes"]) => json(
            200,
            json!({
                "nodes": [{"uuid": NODE, "links": [{"href": format!("http://{host}/v1/nodes/{NODE}"), "rel": "self"}]}],
                "next": format!("http://{host}/v1/nodes?limit=1&marker={NODE}"),
            }),
        ),
        ("GET", ["nodes", name]) => json(200, node(name)),
        ("GET", ["ports"]) => json(200, json!({"ports": [{"address": ADDRESS}]})),
        ("POST", ["nodes"]) => {
            let location = format!("http://{host}/v1/nodes/{NODE}");
            answer(
                "201 Created",
                &[("Location", &location)],
                Some(&json!({"uuid": NODE})),
            )
        }
        ("PATCH", _) => json(200, json!({"uuid": NODE})),
        ("PUT", ["nodes", name, "states", "provision"]) => {
            let location = format!("http://{host}/v1/nodes/{name}/states");
            answer("202 Accepted", &[("Location", &location)], None)
        }
        ("PUT", _) => answer("202 Accepted", &[], None),
        ("DELETE", _) => answer("204 No Content", &[], None),
        _ => {
            let fault = json!({"code": 404, "title": "Not Found", "description": "no such path"});
            answer(
                "404 Not Found",
                &[],
                Some(&json!({"error_message": fault.to_string()})),
            )
        }
    }
}

/// A node that may be deployed.
fn node(name: &str) -> Value {
    json!({
        "uuid": NODE, "name": name, "provision_state": "available", "target_provision_state": null,
        "reservation": null, "maintenance": false, "protected": false, "retired": false,
        "driver": "fake-hardware", "instance_info": {}, "driver_info": {}, "properties": {}, "extra": {},
    })
}

fn json(status: u16, body: Value) -> Script {
    answer(&format!("{status} OK"), &[], Some(&body))
}

fn answer(status: &str, more: &[(&str, &str)], body: Option<&Value>) -> Script {
    let mut headers = [&VERSIONS[..], more].concat();
    if body.is_some() {
        headers.push(("Content-Type", "application/json"));
    }
    // Python writes a blank behind each colon.
    let body = body.map(|body| body.to_string().replace("\":", "\": "));
    let body = body.unwrap_or_default();
    Script::reply(status, &headers, body.as_bytes())
}

/// An answer with Ironic's usual headers.
pub fn reply(status: u16, body: Option<&Value>) -> Script {
    answer(&format!("{status} Status"), &[], body)
}
