//! A new configuration while serving: all of it, or nothing.

use std::fs;

use portcullis_tests::fake_ironic::{FakeIronic, Gate, Script, ordinary};
use portcullis_tests::gateway::{Gateway, Setup};
use serde_json::Value;

use crate::writes::{DEPLOY, HEADERS, PROVISION, REBUILD, own};

/// One policy, in this mode.
fn target(mode: &str) -> String {
    format!(
        "[[policy]]\nname = \"target-{mode}\"\nsource = \"bundled:provision-target\"\nmode = \"{mode}\"\n"
    )
}

fn stage() -> (FakeIronic, Gateway) {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .policy(
            "target-enforce",
            "bundled:provision-target",
            "mode = \"enforce\"",
        )
        .start();
    (fake, gateway)
}

/// Puts another policy in the place of the first.
fn with_policies(gateway: &Gateway, policies: &str) -> String {
    let text = gateway.configuration();
    let (before, _) = text.split_once("[[policy]]").expect("a policy");
    format!("{before}{policies}")
}

fn status_of_destroy(gateway: &Gateway) -> u16 {
    gateway
        .client()
        .ask("PUT", PROVISION, &HEADERS, REBUILD)
        .status
}

#[test]
fn new_policies_judge_new_requests() {
    let (fake, gateway) = stage();
    // Who is connected does not have to connect again.
    let mut connected = gateway.client();
    assert_eq!(
        connected.ask("PUT", PROVISION, &HEADERS, REBUILD).status,
        403
    );
    gateway.configure(&with_policies(&gateway, &target("audit")));
    assert_eq!(status_of_destroy(&gateway), 403, "not before it is told");
    gateway.reload(true);
    assert_eq!(
        connected.ask("PUT", PROVISION, &HEADERS, REBUILD).status,
        202
    );
    fake.only_write();
    gateway.configure(&with_policies(&gateway, &target("enforce")));
    gateway.reload(true);
    assert_eq!(
        connected.ask("PUT", PROVISION, &HEADERS, REBUILD).status,
        403
    );
    let policies: Vec<_> = gateway
        .decisions()
        .iter()
        .map(|it| it["policies"][0]["policy"].clone())
        .collect();
    assert_eq!(
        policies,
        [
            "target-enforce",
            "target-enforce",
            "target-audit",
            "target-enforce"
        ]
    );
}

#[test]
fn anything_wrong_leaves_everything_as_it_was() {
    let (_fake, gateway) = stage();
    let good = gateway.configuration();
    let not_wasm = gateway.dir().join("not.wasm");
    fs::write(&not_wasm, "text").expect("a file");
    for (fault, text, told) in [
        ("no TOML", "[[policy".to_owned(), "portcullis.toml:1"),
        (
            "an unknown key",
            good.replace("mode = ", "mod = "),
            "key `policy[0].mod`: unknown, did you mean `mode`",
        ),
        (
            "a good policy and one that is none",
            with_policies(
                &gateway,
                &(target("audit") + "[[policy]]\nname = \"x\"\nsource = \"not.wasm\"\n"),
            ),
            "policy `x`: not a WebAssembly component",
        ),
        (
            "settings that the policy does not have",
            with_policies(
                &gateway,
                &(target("audit") + "settings = { nonsense = true }\n"),
            ),
            "nonsense",
        ),
        (
            "a good policy and a record that cannot be opened",
            with_policies(&gateway, &target("audit")).replace("decisions.jsonl", "."),
            "decisions",
        ),
    ] {
        gateway.configure(&text);
        gateway.reload(false);
        assert_eq!(status_of_destroy(&gateway), 403, "{fault}");
        let is_it = |line: &Value| {
            let error = line["error"].as_str().unwrap_or_default();
            line["message"] == "configuration not reloaded, the last one stays"
                && error.contains(told)
        };
        gateway
            .log()
            .wait_for(&format!("line about {fault}"), is_it);
    }
    fs::remove_file(gateway.dir().join("portcullis.toml")).expect("a file");
    gateway.reload(false);
    assert_eq!(status_of_destroy(&gateway), 403);
    gateway.configure(&good.replace("mode = \"enforce\"", "mode = \"audit\""));
    gateway.reload(true);
    assert_eq!(status_of_destroy(&gateway), 202);
}

/// A request is judged by what it began with.
#[test]
fn requests_in_flight_finish_on_what_they_began_with() {
    let (fake, gateway) = stage();
    let gate = Gate::new();
    let held = gate.clone();
    // The policy waits for the node.
    fake.direct(move |request| {
        let script = ordinary(request);
        if request.is_write() {
            script
        } else {
            script.after(&held)
        }
    });
    let mut client = gateway.client();
    client.send(crate::writes::rebuild());
    fake.wait("the node is read", |seen| seen.requests.len() == 1);
    gateway.configure(&with_policies(&gateway, &target("audit")));
    gateway.reload(true);
    gate.open_for(3);
    let reply = client.reply();
    assert_eq!(reply.status, 403);
    assert_eq!(own(&reply)["findings"][0]["policy"], "target-enforce");
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, REBUILD).status, 202);
}

/// So that it can be rotated.
#[test]
fn the_record_is_opened_anew() {
    let (_fake, gateway) = stage();
    let mut client = gateway.client();
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, DEPLOY).status, 202);
    let file = gateway.dir().join("decisions.jsonl");
    let rotated = gateway.dir().join("decisions.1");
    fs::rename(&file, &rotated).expect("a file");
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, DEPLOY).status, 202);
    gateway.reload(true);
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, REBUILD).status, 403);
    let lines = |file| fs::read_to_string(file).expect("a file").lines().count();
    assert_eq!((lines(&rotated), lines(&file)), (2, 1));
}

/// What cannot change without a restart is named, and the rest is taken.
#[test]
fn what_needs_a_restart_is_named() {
    let (_fake, gateway) = stage();
    let text = with_policies(&gateway, &target("audit"))
        .replace("workers = 2", "workers = 3")
        .replace("level = \"info\"", "level = \"debug\"");
    gateway.configure(&text);
    gateway.reload(true);
    for section in ["server", "log"] {
        gateway.log().wait_for("warning", |line| {
            line["level"] == "WARN" && line["section"] == section
        });
    }
    assert!(!gateway.log().text().contains("\"section\":\"ironic\""));
    assert_eq!(status_of_destroy(&gateway), 202);
}

/// Reloading while requests come loses none of them.
#[test]
fn nobody_notices_a_reload() {
    let (fake, gateway) = stage();
    fake.direct(|request| {
        if request.is_write() {
            Script::json("202 Accepted", "{}")
        } else {
            ordinary(request)
        }
    });
    let clients: Vec<_> = std::thread::scope(|scope| {
        let work = || {
            let mut client = gateway.client();
            for number in 0..100 {
                let (body, expected) = if number % 2 == 0 {
                    (DEPLOY, 202)
                } else {
                    (REBUILD, 403)
                };
                let reply = client.ask("PUT", PROVISION, &HEADERS, body);
                assert_eq!(reply.status, expected, "{}", reply.text());
            }
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        for _ in 0..3 {
            gateway.reload(true);
        }
        threads.into_iter().map(|it| it.join().is_ok()).collect()
    });
    assert_eq!(clients, [true; 4]);
    assert_eq!(gateway.decisions().len(), 400);
}
