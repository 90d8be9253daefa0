//! The record of decisions: complete, private, and made before anything is passed on.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use portcullis_tests::client::request;
use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::Setup;
use serde_json::{Value, json};

use crate::writes::{DEPLOY, HEADERS, POWER, POWER_ON, PROVISION, REBUILD, own};

#[test]
fn a_record_says_who_asked_for_what_and_what_became_of_it() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .listen("address = \"127.0.0.1:0\"\nidentity_headers = true")
        .start();
    let mut client = gateway.client();
    let identity = [
        ("X-Project-Id", "p-1"),
        ("X-User-Id", "u-1"),
        ("X-Roles", "admin"),
    ];
    let headers = [&HEADERS[..], &identity].concat();
    client.ask("GET", "/v1/nodes", &headers, b"");
    client.ask("PUT", PROVISION, &headers, DEPLOY);
    let refused = own(&client.ask("PUT", PROVISION, &headers, REBUILD));
    let unreadable = own(&client.ask("PUT", PROVISION, &headers, b"{"));
    client.ask(
        "DELETE",
        "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/vifs/7",
        &headers,
        b"",
    );
    let records = gateway.decisions();
    assert_eq!(records.len(), 4, "{records:?}");
    let summary = |record: &Value| {
        let keys = [
            "operation",
            "method",
            "path",
            "node",
            "microversion",
            "decision",
        ];
        Value::from(keys.map(|key| record[key].clone()).to_vec())
    };
    let summaries: Vec<_> = records.iter().map(summary).collect();
    assert_eq!(
        summaries,
        [
            json!([
                "node.provision.active",
                "PUT",
                PROVISION,
                "2a3b4c5d-0000-4000-8000-000000000001",
                "1.109",
                "admit"
            ]),
            json!([
                "node.provision.rebuild",
                "PUT",
                PROVISION,
                "2a3b4c5d-0000-4000-8000-000000000001",
                "1.109",
                "reject"
            ]),
            json!(["unreadable", "PUT", PROVISION, null, null, "reject"]),
            json!([
                "node.vif.detach",
                "DELETE",
                "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/vifs/7",
                "2a3b4c5d-0000-4000-8000-000000000001",
                "1.109",
                "admit"
            ]),
        ]
    );
    for record in &records {
        assert_eq!(
            (&record["project_id"], &record["user_id"]),
            (&json!("p-1"), &json!("u-1"))
        );
    }
    assert_eq!(records[1]["request_id"], refused["request_id"]);
    assert_eq!(records[1]["findings"], refused["findings"]);
    assert_eq!(records[2]["request_id"], unreadable["request_id"]);
    let policies: Vec<_> = records[0]["policies"]
        .as_array()
        .expect("policies")
        .iter()
        .map(|it| (&it["policy"], &it["outcome"]))
        .map(|(policy, outcome)| format!("{policy} {outcome}"))
        .collect();
    assert_eq!(policies.len(), 3, "{policies:?}");
    assert!(
        policies.iter().all(|it| it.ends_with("\"allow\"")),
        "{policies:?}"
    );

    let file = gateway.dir().join("decisions.jsonl");
    let mode = file.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Also what is refused before anybody could judge it: for its first line, its host, or a body
/// that was not taken in.
#[test]
fn whatever_is_refused_is_on_record() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let check = |request: &[u8], status: u16, told: &str| {
        let before = gateway.decisions().len();
        let mut client = gateway.client();
        client.send(request);
        let reply = client.reply();
        assert_eq!(reply.status, status, "{told}");
        let records = gateway.decisions();
        assert_eq!(records.len(), before + 1, "{told}");
        let record = &records[before];
        assert_eq!(record["request_id"], own(&reply)["request_id"]);
        assert_eq!(record["decision"], "reject");
        let error = record["error"].as_str().expect("an error");
        assert!(error.contains(told), "{error}");
    };
    check(
        &request("POWER", "/v1/nodes/x/states", &HEADERS, POWER_ON),
        400,
        "method of the request",
    );
    check(
        &request("GET", "/v1/events?_method=post", &HEADERS, b""),
        400,
        "`_method`",
    );
    check(
        &request("PUT", "//v1/nodes", &HEADERS, POWER_ON),
        400,
        "path of the request",
    );
    check(
        &request("PUT", POWER, &[("Host", "other")], POWER_ON),
        400,
        "host of the request",
    );
    check(
        &request("PUT", POWER, &[("Content-Length", "2000000")], b""),
        413,
        "too large, expected at most 1MiB",
    );
    check(
        &request("PUT", POWER, &[("Transfer-Encoding", "chunked")], b"")
            .into_iter()
            .chain(*b"zz\r\n")
            .collect::<Vec<_>>(),
        400,
        "ended before it was complete",
    );
    assert_eq!(fake.lines(), [""; 0]);
}

/// Identity headers are believed where the configuration says so, and nowhere else.
#[test]
fn nobody_can_claim_an_identity() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let headers = [("X-Project-Id", "p-1"), ("X-User-Id", "u-1")];
    gateway.client().ask("PUT", POWER, &headers, POWER_ON);
    let record = gateway.decisions().pop().expect("a record");
    assert!(record["project_id"].is_null() && record["user_id"].is_null());
    // `alice:secret`
    let headers = [("Authorization", "Basic YWxpY2U6c2VjcmV0")];
    gateway.client().ask("PUT", POWER, &headers, POWER_ON);
    let record = gateway.decisions().pop().expect("a record");
    assert_eq!(record["user_id"], "alice");
}

/// What cannot be recorded does not pass.
#[test]
fn no_record_no_write() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).decisions("/dev/full").start();
    let mut client = gateway.client();
    for (target, body) in [(POWER, POWER_ON), (PROVISION, REBUILD)] {
        let reply = client.ask("PUT", target, &HEADERS, body);
        assert_eq!(reply.status, 500);
        assert_eq!(own(&reply)["reason"], "not-recorded");
    }
    assert_eq!(client.ask("GET", "/v1/nodes", &HEADERS, b"").status, 200);
    assert!(fake.look(|seen| seen.writes().is_empty()));
}

/// What one client of the crowd saw.
#[derive(Default)]
struct Tally {
    admitted: usize,
    refused: BTreeSet<String>,
    unreadable: BTreeSet<String>,
}

fn one_client(gateway: &portcullis_tests::gateway::Gateway, seed: usize, count: usize) -> Tally {
    let mut client = gateway.client();
    let mut tally = Tally::default();
    for number in seed..seed + count {
        let (target, body) = match number % 4 {
            0 => (PROVISION, DEPLOY),
            1 => (PROVISION, REBUILD),
            2 => (POWER, POWER_ON),
            _ => (PROVISION, &b"{\"target\":"[..]),
        };
        let reply = client.ask("PUT", target, &HEADERS, body);
        let id = || {
            own(&reply)["request_id"]
                .as_str()
                .expect("an id")
                .to_owned()
        };
        let is_new = match reply.status {
            202 => {
                tally.admitted += 1;
                true
            }
            403 => tally.refused.insert(id()),
            400 => tally.unreadable.insert(id()),
            other => panic!("{other}: {}", reply.text()),
        };
        assert!(is_new, "an id was given twice");
    }
    tally
}

#[test]
fn every_write_of_a_crowd_is_accounted_for() {
    const CLIENTS: usize = 16;
    const EACH: usize = 125;
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let tallies: Vec<_> = thread::scope(|scope| {
        let start = |seed| {
            scope.spawn({
                let gateway = &gateway;
                move || one_client(gateway, seed, EACH)
            })
        };
        let threads: Vec<_> = (0..CLIENTS).map(start).collect();
        threads
            .into_iter()
            .map(|it| it.join().expect("a client"))
            .collect()
    });
    let records = gateway.decisions();
    assert_eq!(records.len(), CLIENTS * EACH);
    let ids = |decision: &str, operation: &str| -> BTreeSet<String> {
        records
            .iter()
            .filter(|it| {
                it["decision"] == decision
                    && (it["operation"] == "unreadable") == (operation == "unreadable")
            })
            .map(|it| it["request_id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let refused: BTreeSet<_> = tallies.iter().flat_map(|it| it.refused.clone()).collect();
    assert_eq!(ids("reject", ""), refused);
    let unreadable: BTreeSet<_> = tallies
        .iter()
        .flat_map(|it| it.unreadable.clone())
        .collect();
    assert_eq!(ids("reject", "unreadable"), unreadable);
    let admitted: usize = tallies.iter().map(|it| it.admitted).sum();
    assert_eq!(ids("admit", "").len(), admitted);

    // Ironic got exactly what was admitted, byte for byte.
    let arrived = fake.look(|seen| {
        let bodies = seen.writes().into_iter().map(|it| it.body.clone());
        bodies.collect::<Vec<_>>()
    });
    assert_eq!(arrived.len(), admitted);
    assert!(
        arrived
            .iter()
            .all(|body| body == DEPLOY || body == POWER_ON)
    );
    assert_eq!(
        gateway.log().wait_for_requests(CLIENTS * EACH).len(),
        CLIENTS * EACH
    );
    gateway.wait_until_idle();
}
