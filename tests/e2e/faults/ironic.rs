//! Ironic at fault: gone, silent, slow, cutting connections, answering nonsense.

mod table;

use std::time::{Duration, Instant};

use portcullis_tests::fake_ironic::{FakeIronic, Gate, Script, Step, ordinary};
use portcullis_tests::gateway::{Gateway, Setup};

use crate::writes::{DEPLOY, HEADERS, POWER, POWER_ON, PROVISION, own, power_on};
use table::{faults, raw};

/// How long Ironic may take here.
const PATIENCE: Duration = Duration::from_millis(300);
/// Within this every fault has been answered, on a machine with other things to do.
const BOUND: Duration = Duration::from_secs(5);

fn stage() -> (FakeIronic, Gateway) {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .ironic("reply_timeout = \"300ms\"\nidle_timeout = \"300ms\"")
        .start();
    (fake, gateway)
}

/// After whatever has happened: everything is served, and nothing is left behind.
fn all_is_well(fake: &FakeIronic, gateway: &Gateway) {
    fake.direct(ordinary);
    let mut client = gateway.client();
    assert_eq!(client.ask("GET", "/v1/nodes", &HEADERS, b"").status, 200);
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, DEPLOY).status, 202);
    assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
    drop(client);
    gateway.wait_until_idle();
}

#[test]
fn a_write_without_an_answer_is_sent_once_and_told_why() {
    let (fake, gateway) = stage();
    for (fault, steps, (status, reason)) in faults() {
        // A connection that was used before, where a client library might try again.
        assert_eq!(
            gateway
                .client()
                .ask("PUT", POWER, &HEADERS, POWER_ON)
                .status,
            202
        );
        let before = fake.look(|seen| seen.writes().len());
        fake.on_writes(move || Script::of(steps.clone()));
        let began = Instant::now();
        let reply = gateway.client().ask("PUT", POWER, &HEADERS, POWER_ON);
        assert!(began.elapsed() < BOUND, "{fault}: {:?}", began.elapsed());
        assert_eq!(reply.status, status, "{fault}: {}", reply.text());
        assert_eq!(own(&reply)["reason"], reason, "{fault}");
        if status == 504 {
            assert!(
                began.elapsed() >= PATIENCE,
                "{fault}: {:?}",
                began.elapsed()
            );
        }
        let after = fake.look(|seen| seen.writes().len());
        assert_eq!(after, before + 1, "{fault}: sent once");
        fake.direct(ordinary);
    }
    let records = gateway.decisions();
    assert!(records.iter().all(|it| it["decision"] == "admit"));
    all_is_well(&fake, &gateway);
    // What had not been answered is not waited for any longer.
    fake.wait("at most idle connections are left", |seen| seen.open <= 2);
}

#[test]
fn a_read_without_an_answer_is_told_why() {
    let (fake, gateway) = stage();
    for (fault, steps, (status, reason)) in faults() {
        fake.direct(move |_| Script::of(steps.clone()));
        let reply = gateway.client().ask("GET", "/v1/nodes", &HEADERS, b"");
        assert_eq!(reply.status, status, "{fault}: {}", reply.text());
        assert_eq!(own(&reply)["reason"], reason, "{fault}");
        // So is a write whose node cannot be read, and nothing of it is sent.
        let reply = gateway.client().ask("PUT", PROVISION, &HEADERS, DEPLOY);
        assert_eq!(reply.status, status, "{fault}: {}", reply.text());
        assert_eq!(own(&reply)["reason"], reason, "{fault}");
        assert!(fake.look(|seen| seen.writes().is_empty()), "{fault}");
    }
    all_is_well(&fake, &gateway);
}

/// The head is passed on, so only the connection can tell that the body is not whole.
#[test]
fn a_reply_that_breaks_off_is_not_taken_for_whole() {
    let (fake, gateway) = stage();
    let known = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nthe beginning\r\n";
    let bad_chunk =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nthe beginning\r\nzz\r\n";
    for (fault, steps) in [
        ("cut", raw(known, Step::Cut)),
        ("closed", raw(known, Step::Close)),
        ("reset", raw(known, Step::Reset)),
        ("silent", raw(known, Step::Silence)),
        ("cut between chunks", raw(chunked, Step::Cut)),
        ("silent between chunks", raw(chunked, Step::Silence)),
        ("a chunk that is none", raw(bad_chunk, Step::Silence)),
    ] {
        for method in ["GET", "PUT"] {
            let steps = steps.clone();
            fake.direct(move |_| Script::of(steps.clone()));
            let body = if method == "PUT" { POWER_ON } else { b"" };
            let mut client = gateway.client();
            let began = Instant::now();
            client.send(portcullis_tests::client::request(
                method, POWER, &HEADERS, body,
            ));
            client.try_reply_to(method).expect_err(fault);
            assert!(began.elapsed() < BOUND, "{fault}: {:?}", began.elapsed());
        }
    }
    let lines = gateway.log().wait_for_requests(14);
    assert!(
        lines
            .iter()
            .all(|line| line["reason"] == "ironic-broke-off"),
        "{lines:?}"
    );
    all_is_well(&fake, &gateway);
}

#[test]
fn an_ironic_that_is_killed_is_missed_and_found_again() {
    let (fake, gateway) = stage();
    let mut client = gateway.client();
    for _ in 0..3 {
        assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
        fake.kill();
        for (method, target, body) in [
            ("PUT", POWER, POWER_ON),
            ("PUT", PROVISION, DEPLOY),
            ("GET", "/v1/nodes", b""),
        ] {
            let reply = client.ask(method, target, &HEADERS, body);
            assert_eq!(reply.status, 502, "{}", reply.text());
            assert_eq!(own(&reply)["reason"], "ironic-unreachable");
        }
        fake.revive();
        assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
    }
    assert_eq!(fake.look(|seen| seen.writes().len()), 6);
    drop(client);
    all_is_well(&fake, &gateway);
}

/// As with SIGSTOP: the system still takes connections and bytes.
#[test]
fn an_ironic_that_stands_still_is_given_up_and_not_asked_twice() {
    let (fake, gateway) = stage();
    let mut client = gateway.client();
    assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
    fake.freeze();
    for _ in 0..3 {
        let reply = client.ask("PUT", POWER, &HEADERS, POWER_ON);
        assert_eq!(reply.status, 504, "{}", reply.text());
        assert_eq!(own(&reply)["reason"], "ironic-too-slow");
    }
    fake.thaw();
    assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
    drop(client);
    all_is_well(&fake, &gateway);
    // It may have found the three when it woke up; never any of them twice.
    assert!(fake.look(|seen| seen.writes().len()) <= 2 + 3 + 2);
}

#[test]
fn a_slow_answer_is_waited_for() {
    let (fake, gateway) = stage();
    let gate = Gate::new();
    let held = gate.clone();
    fake.on_writes(move || Script::json("202 Accepted", "{}").after(&held));
    let mut client = gateway.client();
    client.send(power_on());
    fake.wait("the write has arrived", |seen| seen.writes().len() == 1);
    gate.open();
    assert_eq!(client.reply().status, 202);
    fake.only_write();
}

/// An Ironic that takes a large body and stops reading it.
#[test]
fn an_ironic_that_stops_reading_is_given_up() {
    let (fake, gateway) = stage();
    fake.leave_bodies_unread();
    fake.direct(|request| {
        if request.is_write() {
            // Not even its end is looked for.
            Script::of([Step::Wait(Gate::new())])
        } else {
            ordinary(request)
        }
    });
    let mut large = DEPLOY.to_vec();
    large.resize(32 << 20, b' ');
    let reply = gateway.client().ask("PUT", PROVISION, &HEADERS, &large);
    assert_eq!(reply.status, 504, "{}", reply.text());
    assert_eq!(own(&reply)["reason"], "ironic-too-slow");
    gateway.wait_until_idle();
}

/// Ironic closes connections that were idle for ten seconds. A write never meets a closed one
/// that could be known to be closed.
#[test]
fn a_connection_that_ironic_has_closed_is_not_used_again() {
    let (fake, gateway) = stage();
    let mut client = gateway.client();
    for round in 1..=20 {
        fake.on_writes(|| Script::json("202 Accepted", "{}").then(Step::Close));
        assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
        fake.wait("both sides have closed", |seen| seen.open == 0);
        assert_eq!(fake.look(|seen| seen.writes().len()), round);
    }
}

/// Bytes that nobody asked for could be taken for the answer to the next request.
#[test]
fn an_answer_too_many_is_nobodys_answer() {
    let (fake, gateway) = stage();
    let two = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n\
               HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    for _ in 0..20 {
        fake.on_writes(move || Script::raw(two));
        let mut client = gateway.client();
        assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
        let reply = client.ask("GET", "/v1/nodes", &HEADERS, b"");
        assert_ne!(reply.text(), "forged");
    }
    all_is_well(&fake, &gateway);
}

#[test]
fn interim_replies_are_not_the_answer() {
    let (fake, gateway) = stage();
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    let answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
    fake.on_writes(move || Script::raw(interim.repeat(20) + answer));
    assert_eq!(
        gateway
            .client()
            .ask("PUT", POWER, &HEADERS, POWER_ON)
            .status,
        202
    );
    fake.only_write();
}

/// The gateway starts without Ironic, and does not tell clients where it looks for it.
#[test]
fn an_ironic_that_was_never_there() {
    let fake = FakeIronic::start();
    fake.kill();
    let gateway = Setup::new(&fake.url()).start();
    let reply = gateway.client().ask("PUT", POWER, &HEADERS, POWER_ON);
    assert_eq!(reply.status, 502);
    assert_eq!(own(&reply)["reason"], "ironic-unreachable");
    assert!(!reply.text().contains("127.0.0.1"), "{}", reply.text());
    assert_eq!(gateway.admin("/readyz").status, 503);
    fake.revive();
    all_is_well(&fake, &gateway);
}
