//! One line for each request, under its id, and no secret in any.

use std::collections::HashSet;

use portcullis_tests::fake_ironic::{FakeIronic, Script};
use portcullis_tests::gateway::Setup;
use serde_json::{Value, json};

use crate::writes::{DEPLOY, HEADERS, POWER, POWER_ON, PROVISION, REBUILD, own};

#[test]
fn every_request_has_one_line() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    client.ask("GET", "/v1/nodes?limit=1", &HEADERS, b"");
    client.ask("PUT", PROVISION, &HEADERS, DEPLOY);
    let refused = own(&client.ask("PUT", PROVISION, &HEADERS, REBUILD));
    let unreadable = own(&client.ask("PUT", PROVISION, &HEADERS, b"{"));
    let lines = gateway.log().wait_for_requests(4);
    let summary = |line: &Value| {
        let keys = [
            "method",
            "path",
            "operation",
            "decision",
            "status",
            "reason",
        ];
        Value::from(keys.map(|key| line[key].clone()).to_vec())
    };
    let summaries: Vec<_> = lines.iter().map(summary).collect();
    assert_eq!(
        summaries,
        [
            json!(["GET", "/v1/nodes", "read", "read", 200, null]),
            json!([
                "PUT",
                PROVISION,
                "node.provision.active",
                "admit",
                202,
                null
            ]),
            json!([
                "PUT",
                PROVISION,
                "node.provision.rebuild",
                "reject",
                403,
                "refused"
            ]),
            json!(["PUT", PROVISION, "unknown", "none", 400, "unreadable"]),
        ]
    );
    assert_eq!(
        lines[0]["ironic_request_id"],
        "req-0b7a52d3-5d5a-4f6e-9a5e-3c1d2e4f5a6b"
    );
    assert_eq!(lines[2]["request_id"], refused["request_id"]);
    assert_eq!(lines[3]["request_id"], unreadable["request_id"]);
    assert!(lines[1]["judged_us"].as_u64() <= lines[1]["took_us"].as_u64());
    let ids: HashSet<_> = lines
        .iter()
        .map(|line| line["request_id"].to_string())
        .collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(gateway.log().requests().len(), 4);
}

/// Not in the ordinary log, and not in the most talkative one.
#[test]
fn no_secret_is_logged_or_recorded() {
    const SECRETS: [&str; 8] = [
        "gAAAAA-caller-token",
        "service-token-4711",
        "YWxpY2U6YmFzaWMtc2VjcmV0",
        "basic-secret",
        "bmc-password-1",
        "rescue-password-2",
        "drive-password-3",
        "query-secret-5",
    ];
    for level in ["info", "trace"] {
        let fake = FakeIronic::start();
        let gateway = Setup::new(&fake.url()).log_level(level).start();
        let mut client = gateway.client();
        let headers = [
            ("X-Auth-Token", "gAAAAA-caller-token"),
            ("X-Service-Token", "service-token-4711"),
            ("Authorization", "Basic YWxpY2U6YmFzaWMtc2VjcmV0"),
            ("X-OpenStack-Ironic-API-Version", "1.109"),
        ];
        let enrol = json!({"driver": "ipmi", "driver_info": {"ipmi_password": "bmc-password-1"}});
        let rescue = json!({"target": "rescue", "rescue_password": "rescue-password-2"});
        let deploy = json!({
            "target": "active",
            "configdrive": {"meta_data": {"admin_pass": "drive-password-3"}},
        });
        let read = "/v1/lookup?addresses=x&token=query-secret-5";
        // Ironic's errors may repeat what they were given.
        fake.direct(|request| {
            let text = String::from_utf8_lossy(&request.body).into_owned();
            let fault = json!({"faultcode": "Client", "faultstring": format!("no: {text}")});
            let body = json!({"error_message": fault.to_string()});
            Script::json("400 Bad Request", &body.to_string())
        });
        let echoed = client.ask("POST", "/v1/nodes", &headers, enrol.to_string().as_bytes());
        let told = echoed.text();
        assert!(
            told.contains("ipmi_password") && told.contains("[redacted]"),
            "{told}"
        );
        assert!(!told.contains("bmc-password-1"), "{told}");
        client.ask("PUT", PROVISION, &headers, rescue.to_string().as_bytes());
        client.ask("PUT", PROVISION, &headers, deploy.to_string().as_bytes());
        client.ask("GET", read, &headers, b"");
        client.ask("GET", "/v1/nodes?password=query-secret-5", &headers, b"");
        client.ask(
            "PUT",
            PROVISION,
            &headers,
            br#"{"rescue_password": "rescue-password-2",}"#,
        );
        let text = gateway.log().wait_for("text of Ironic's error", |line| {
            line["text"]
                .as_str()
                .is_some_and(|text| text.contains("error_message"))
        });
        assert!(text.to_string().contains("ipmi_password"), "{text}");
        gateway.log().wait_for_requests(6);
        let log = gateway.log().text();
        let records = Value::from(gateway.decisions()).to_string();
        for secret in SECRETS {
            assert!(!log.contains(secret), "{secret} at {level} in {log}");
            assert!(!records.contains(secret), "{secret} in {records}");
        }
    }
}

/// A client that leaves is accounted for as well.
#[test]
fn a_client_that_leaves_has_its_line() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    fake.freeze();
    let mut client = gateway.client();
    client.send(portcullis_tests::client::request(
        "PUT", POWER, &HEADERS, POWER_ON,
    ));
    gateway.wait_for_metric("portcullis_connections", 1);
    fake.wait("Ironic is asked", |seen| seen.open == 1);
    drop(client);
    let line = &gateway.log().wait_for_requests(1)[0];
    assert_eq!(line["reason"], "client-left");
    assert_eq!(line["decision"], "admit");
    assert!(line["status"].is_null());
}
