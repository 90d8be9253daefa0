//! Requests that many tests send, and what our own replies have to look like.

use portcullis_lab::http::Reply;
use portcullis_tests::client::request;
use serde_json::Value;

/// Where a node's provision state is changed. A policy reads the node first.
pub const PROVISION: &str = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states/provision";
/// Where a node's power state is changed. No policy judges it.
pub const POWER: &str = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states/power";
/// A provision request that every policy admits.
pub const DEPLOY: &[u8] = br#"{"target":"active"}"#;
/// A provision request that is refused, for the state of the node.
pub const REBUILD: &[u8] = br#"{"target":"rebuild"}"#;
/// A power request.
pub const POWER_ON: &[u8] = br#"{"target":"power on"}"#;
/// What clients of Ironic send along.
pub const HEADERS: [(&str, &str); 2] = [
    ("X-OpenStack-Ironic-API-Version", "1.109"),
    ("Content-Type", "application/json"),
];

/// A write that is admitted without a look at the node, as bytes.
pub fn power_on() -> Vec<u8> {
    request("PUT", POWER, &HEADERS, POWER_ON)
}

/// A write that is refused, as bytes.
pub fn rebuild() -> Vec<u8> {
    request("PUT", PROVISION, &HEADERS, REBUILD)
}

/// What a reply of ours tells programs, once it is clear that it has the shape of Ironic's
/// errors: a fault as text within JSON, the request's id in body and header, and no status that
/// makes clients of Ironic try again.
pub fn own(reply: &Reply) -> Value {
    let text = reply.text();
    assert!(![409, 503].contains(&reply.status), "{text}");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    let fault = fault(&body);
    let code = if reply.status < 500 {
        "Client"
    } else {
        "Server"
    };
    assert_eq!(fault["faultcode"], code, "{text}");
    assert!(fault["debuginfo"].is_null(), "{text}");
    let details = &body["portcullis"];
    assert_eq!(
        details["request_id"].as_str(),
        reply.header("x-openstack-request-id"),
        "{text}"
    );
    details.clone()
}

/// The fault within an error of Ironic's shape.
pub fn fault(body: &Value) -> Value {
    let message = body["error_message"].as_str().expect("a message");
    serde_json::from_str(message).unwrap_or_else(|_| panic!("{message}"))
}

/// What a reply of ours tells people.
pub fn fault_text(reply: &Reply) -> String {
    fault(&reply.json())["faultstring"]
        .as_str()
        .expect("a text")
        .to_owned()
}
