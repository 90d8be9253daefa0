//! Ending: in order when asked once, at once when asked twice.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use portcullis_tests::client::{Client, request};
use portcullis_tests::fake_ironic::{DEADLINE, FakeIronic, Gate, Script, Step};
use portcullis_tests::gateway::{Gateway, Setup};
use rustix::process::Signal;

use crate::writes::{HEADERS, power_on};

/// Within this an end that waits for nobody has come.
const SOON: Duration = Duration::from_secs(5);

/// A gateway with one write in flight that Ironic answers when the gate is opened.
fn in_flight(server: &str) -> (FakeIronic, Gateway, Client, Gate) {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).server(server).start();
    let gate = Gate::new();
    let held = gate.clone();
    fake.on_writes(move || Script::json("202 Accepted", "{}").after(&held));
    let mut client = gateway.client();
    client.send(power_on());
    fake.wait("the write has arrived", |seen| seen.writes().len() == 1);
    (fake, gateway, client, gate)
}

fn begins_to_stop(gateway: &Gateway) {
    let is_it = |line: &serde_json::Value| {
        line["message"]
            .as_str()
            .is_some_and(|it| it.starts_with("stopping"))
    };
    gateway.log().wait_for("line about stopping", is_it);
}

#[test]
fn requests_in_flight_are_finished_and_no_more_are_taken() {
    for signal in [Signal::TERM, Signal::INT] {
        let (fake, mut gateway, mut client, gate) = in_flight("");
        let mut idle = gateway.client();
        assert_eq!(idle.ask("GET", "/v1/nodes", &HEADERS, b"").status, 200);
        // One whose request has not come to its end is in flight as well.
        let mut halfway = gateway.client();
        halfway.send(request(
            "PUT",
            crate::writes::POWER,
            &[("Content-Length", "21")],
            b"",
        ));
        halfway.send("{");
        gateway.wait_until("the body has a place in memory", || {
            gateway.metric("portcullis_body_memory_bytes") == 2048
        });

        gateway.signal(signal);
        begins_to_stop(&gateway);
        assert!(idle.read_to_end().is_empty(), "who is idle is let go");
        assert!(
            TcpStream::connect(gateway.door().address()).is_err(),
            "nobody is let in"
        );
        gate.open_for(2);
        let reply = client.reply();
        assert_eq!(reply.status, 202);
        assert!(client.read_to_end().is_empty());
        halfway.send(&crate::writes::POWER_ON[1..]);
        assert_eq!(halfway.reply().status, 202);
        assert!(gateway.wait_for_exit(SOON).success());
        assert_eq!(fake.look(|seen| seen.writes().len()), 2);
        assert_eq!(gateway.decisions().len(), 2);
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let (_fake, mut gateway, mut client, _gate) = in_flight("drain_timeout = \"1h\"");
    gateway.signal(Signal::TERM);
    begins_to_stop(&gateway);
    gateway.signal(Signal::TERM);
    assert!(gateway.wait_for_exit(SOON).success());
    client.try_reply_to("PUT").expect_err("no reply");
}

#[test]
fn requests_that_take_too_long_are_cut_off() {
    let (_fake, mut gateway, mut client, _gate) = in_flight("drain_timeout = \"200ms\"");
    let began = Instant::now();
    gateway.signal(Signal::TERM);
    assert!(gateway.wait_for_exit(SOON).success());
    assert!(began.elapsed() >= Duration::from_millis(200));
    client.try_reply_to("PUT").expect_err("no reply");
    let line = &gateway.log().wait_for_requests(1)[0];
    assert_eq!(line["reason"], "client-left");
}

/// A reply that is being read, and a stream of HTTP/2 would be the same.
#[test]
fn a_reply_on_its_way_is_finished() {
    let fake = FakeIronic::start();
    let mut gateway = Setup::new(&fake.url()).start();
    let gate = Gate::new();
    let held = gate.clone();
    fake.direct(move |_| {
        Script::of([
            Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nfirst".to_vec()),
            Step::Wait(held.clone()),
            Step::Send(b"second".to_vec()),
        ])
    });
    let mut client = gateway.client();
    client.send(request("GET", "/v1/nodes", &HEADERS, b""));
    client.read_until("first");
    gateway.signal(Signal::TERM);
    begins_to_stop(&gateway);
    gate.open();
    assert_eq!(client.read_to_end(), b"second");
    assert!(gateway.wait_for_exit(SOON).success());
}

/// The file of a Unix socket goes, and one that a killed gateway left behind is no obstacle.
#[test]
fn a_unix_socket_is_cleared_away() {
    let fake = FakeIronic::start();
    let mut gateway = Setup::new(&fake.url())
        .listen("unix = \"gate.sock\"")
        .start();
    let path = gateway.dir().join("gate.sock");
    gateway.signal(Signal::TERM);
    assert!(gateway.wait_for_exit(DEADLINE).success());
    assert!(!path.exists());

    let mut killed = Setup::new(&fake.url())
        .listen("unix = \"gate.sock\"")
        .start();
    killed.signal(Signal::KILL);
    assert!(!killed.wait_for_exit(DEADLINE).success());
    assert!(killed.dir().join("gate.sock").exists());
    let again = killed.restart();
    let mut client = Client::connect(again.door());
    assert_eq!(client.ask("GET", "/v1/nodes", &HEADERS, b"").status, 200);
}
