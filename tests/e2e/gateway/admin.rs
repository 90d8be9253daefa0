//! Health, readiness and metrics mean something.

use std::net::SocketAddr;

use portcullis_lab::http::send;
use portcullis_tests::fake_ironic::{FakeIronic, Script};
use portcullis_tests::gateway::{Gateway, Setup};

use crate::writes::{DEPLOY, HEADERS, PROVISION, REBUILD};

fn is_ready(gateway: &Gateway) -> bool {
    let reply = gateway.admin("/readyz");
    let status = reply.json()["status"].as_str().map(str::to_owned);
    match reply.status {
        200 => assert_eq!(status.as_deref(), Some("ready")),
        503 => {
            assert_eq!(status.as_deref(), Some("not ready"));
            assert_eq!(reply.json()["reasons"].as_array().map(Vec::len), Some(1));
        }
        other => panic!("{other}: {}", reply.text()),
    }
    reply.status == 200
}

#[test]
fn readiness_follows_ironic_and_health_does_not() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .ironic("reply_timeout = \"200ms\"")
        .start();
    assert!(is_ready(&gateway));
    fake.kill();
    gateway.wait_until("it is not ready", || !is_ready(&gateway));
    assert_eq!(gateway.admin("/healthz").status, 200);
    fake.revive();
    gateway.wait_until("it is ready again", || is_ready(&gateway));
    fake.freeze();
    gateway.wait_until("it is not ready", || !is_ready(&gateway));
    fake.thaw();
    gateway.wait_until("it is ready again", || is_ready(&gateway));
    fake.direct(|_| Script::json("500 Internal Server Error", "{}"));
    gateway.wait_until("it is not ready", || !is_ready(&gateway));
    assert_eq!(gateway.admin("/healthz").json()["status"], "alive");
}

/// Its own question is asked with its own credentials, and no client's request has them.
#[test]
fn readiness_is_asked_with_the_gateways_own_credentials() {
    let fake = FakeIronic::start();
    let setup = Setup::new(&fake.url());
    let file = setup.dir().join("ironic.cred");
    std::fs::write(&file, "gateway:own-secret-9").expect("a file");
    std::process::Command::new("chmod")
        .args(["600".as_ref(), file.as_os_str()])
        .status()
        .expect("a file of ours");
    let gateway = setup
        .ironic("credentials = { file = \"ironic.cred\" }")
        .start();
    assert!(is_ready(&gateway));
    let asked = fake.look(|seen| seen.requests[0].clone());
    assert_eq!(asked.target, "/");
    assert_eq!(
        asked.header("authorization"),
        ["Basic Z2F0ZXdheTpvd24tc2VjcmV0LTk="]
    );
    gateway.client().ask("PUT", PROVISION, &HEADERS, DEPLOY);
    let others = fake.look(|seen| seen.requests[1..].to_vec());
    assert_eq!(others.len(), 2);
    assert!(
        others
            .iter()
            .all(|it| it.header("authorization").is_empty())
    );
}

#[test]
fn everything_that_happens_is_counted() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    client.ask("GET", "/v1/nodes", &HEADERS, b"");
    client.ask("PUT", PROVISION, &HEADERS, DEPLOY);
    client.ask("PUT", PROVISION, &HEADERS, REBUILD);
    client.ask("PUT", PROVISION, &HEADERS, b"{");
    gateway.log().wait_for_requests(4);
    let reply = gateway.admin("/metrics");
    assert_eq!(
        reply.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    let text = reply.text();
    assert!(text.ends_with("# EOF\n"));
    for line in [
        "portcullis_requests_total{operation=\"read\",decision=\"read\",status=\"200\"} 1",
        "portcullis_requests_total{operation=\"node.provision\",decision=\"admit\",status=\"202\"} 1",
        "portcullis_requests_total{operation=\"node.provision\",decision=\"reject\",status=\"403\"} 1",
        "portcullis_requests_total{operation=\"unknown\",decision=\"none\",status=\"400\"} 1",
        "portcullis_request_seconds_count 4",
        "portcullis_evaluation_seconds_count{policy=\"provision-target\"} 2",
        "portcullis_connections 1",
        "portcullis_body_memory_bytes 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    drop(client);
    gateway.wait_until_idle();
}

#[test]
fn nothing_else_is_served_there() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let admin: SocketAddr = gateway.admin_address();
    assert_eq!(gateway.admin("/v1/nodes").status, 404);
    assert_eq!(gateway.admin("/").status, 404);
    let reply = send(admin, "POST", "/healthz", &[], Some(b"{}")).expect("an answer");
    assert_eq!(
        (reply.status, reply.header("allow")),
        (405, Some("GET, HEAD"))
    );
    assert_eq!(fake.lines(), [""; 0]);
}
