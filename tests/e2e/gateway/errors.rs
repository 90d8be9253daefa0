//! What Ironic says in an error: passed on as it is when it holds no secret of the request, and
//! withheld when nobody can tell.

use portcullis_tests::fake_ironic::{FakeIronic, Script, Step};
use portcullis_tests::gateway::Setup;
use serde_json::json;

use crate::writes::{HEADERS, POWER, POWER_ON, PROVISION, fault_text};

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn an_error_without_a_secret_is_passed_on_byte_by_byte() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let body = "{\"error_message\":  \"n\u{f6}\" }\n";
    fake.on_writes(move || Script::json("409 Conflict", body));
    let reply = gateway.client().ask("PUT", POWER, &HEADERS, POWER_ON);
    assert_eq!((reply.status, reply.text().as_str()), (409, body));
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

/// The status is Ironic's; the text is none that could hold anything.
#[test]
fn what_cannot_be_searched_is_withheld() {
    let packed = Script::reply(
        "400 Bad Request",
        &[("Content-Encoding", "gzip"), ("Content-Type", "text/html")],
        b"\x1f\x8b",
    );
    let long = Script::reply("400 Bad Request", &[JSON], &vec![b'x'; 300 << 10]);
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Length: 10\r\n\r\nabc";
    let broken = Script::raw(head).then(Step::Cut);
    // Never ends, and never pauses for as long as a body may.
    let slow = Script::raw(head).then(Step::Silence);
    for (name, script) in [
        ("packed", packed),
        ("long", long),
        ("broken", broken),
        ("slow", slow),
    ] {
        let fake = FakeIronic::start();
        let gateway = Setup::new(&fake.url())
            .ironic("reply_timeout = \"500ms\"")
            .start();
        fake.on_writes(move || script.clone());
        let reply = gateway.client().ask("PUT", POWER, &HEADERS, POWER_ON);
        assert_eq!(reply.status, 400, "{name}");
        assert!(fault_text(&reply).contains("withheld"), "{name}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("content-encoding"), None, "{name}");
    }
}

/// Looking for every line of a large drive would take a worker too long.
#[test]
fn an_error_about_very_many_secrets_is_withheld() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .policy("target", "bundled:provision-target", "")
        .start();
    fake.on_writes(|| Script::json("400 Bad Request", "{}"));
    let drive = json!({"user_data": "x: somebody-else\n".repeat(10_000)});
    let body = json!({"target": "active", "configdrive": drive}).to_string();
    let reply = gateway
        .client()
        .ask("PUT", PROVISION, &HEADERS, body.as_bytes());
    assert_eq!(reply.status, 400);
    assert!(fault_text(&reply).contains("withheld"), "{}", reply.text());
}

/// Ironic has known names since 1.5. Before that, it looks for none, and neither do we.
#[test]
fn an_old_version_asks_by_the_name_it_was_given() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let ask = |version: &str| {
        let headers = [("X-OpenStack-Ironic-API-Version", version)];
        let target = "/v1/nodes/rack1-u7/states/power";
        gateway
            .client()
            .ask("PUT", target, &headers, POWER_ON)
            .status
    };
    assert_eq!((ask("1.4"), ask("1.5")), (202, 202));
    let sent = fake.look(|seen| {
        seen.writes()
            .iter()
            .map(|it| it.target.clone())
            .collect::<Vec<_>>()
    });
    let by_uuid = "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states/power";
    assert_eq!(sent, ["/v1/nodes/rack1-u7/states/power", by_uuid]);
}
