//! Clients at fault: slow, leaving, sending too much, not reading.

use std::time::{Duration, Instant};

use portcullis_tests::client::request;
use portcullis_tests::fake_ironic::{DEADLINE, FakeIronic, Script, Step};
use portcullis_tests::gateway::{Gateway, Setup};

use crate::writes::{HEADERS, POWER, POWER_ON, PROVISION, REBUILD, own, power_on};

/// Between two bytes of a client that trickles: each is in time, all of them are not.
const PACE: Duration = Duration::from_millis(20);

fn stage() -> (FakeIronic, Gateway) {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .server("header_timeout = \"300ms\"\nbody_timeout = \"300ms\"\nidle_timeout = \"300ms\"")
        .start();
    (fake, gateway)
}

/// After whatever has happened: nothing has arrived, everybody else is served, and nothing is
/// left behind.
fn nothing_came_of_it(fake: &FakeIronic, gateway: &Gateway) {
    assert_eq!(fake.lines(), [""; 0]);
    assert_eq!(
        gateway
            .client()
            .ask("PUT", POWER, &HEADERS, POWER_ON)
            .status,
        202
    );
    gateway.wait_until_idle();
}

#[test]
fn a_head_that_trickles_is_answered_408() {
    let (fake, gateway) = stage();
    let began = Instant::now();
    let answer = gateway.client().trickle(&power_on(), PACE);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"reason\":\"head-too-slow\""), "{answer}");
    assert!(began.elapsed() < DEADLINE);
    nothing_came_of_it(&fake, &gateway);
}

#[test]
fn a_body_that_trickles_is_answered_408() {
    let (fake, gateway) = stage();
    for framing in [("Content-Length", "1000"), ("Transfer-Encoding", "chunked")] {
        let mut client = gateway.client();
        client.send(request("PUT", POWER, &[framing], b""));
        let answer = client.trickle(&[b'0'; 1000], PACE);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{framing:?}: {answer}");
        assert!(answer.contains("\"reason\":\"body-too-slow\""), "{answer}");
    }
    nothing_came_of_it(&fake, &gateway);
}

#[test]
fn a_client_that_says_nothing_is_let_go() {
    let (fake, gateway) = stage();
    // Before its first request, and after one.
    assert!(gateway.client().read_to_end().is_empty());
    let mut client = gateway.client();
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, b"{").status, 400);
    assert!(client.read_to_end().is_empty());
    nothing_came_of_it(&fake, &gateway);
}

#[test]
fn a_client_that_leaves_in_between_leaves_nothing_behind() {
    let (fake, gateway) = stage();
    let whole = request("PUT", POWER, &HEADERS, POWER_ON);
    let head = whole.len() - POWER_ON.len();
    for sent in [1, 20, head - 2, head, head + 1, whole.len() - 1] {
        let mut client = gateway.client();
        client.send(&whole[..sent]);
        drop(client);
        // Whoever only stops sending still gets an answer, once there is a request to answer.
        let mut client = gateway.client();
        client.send(&whole[..sent]);
        client.finish_sending().expect("an open connection");
        let answer = client.read_to_end();
        let answer = String::from_utf8_lossy(&answer);
        if sent >= head {
            assert!(answer.starts_with("HTTP/1.1 400 "), "{sent}: {answer}");
            assert!(answer.contains("\"reason\":\"body-broken\""), "{answer}");
        }
    }
    nothing_came_of_it(&fake, &gateway);
}

#[test]
fn chunks_that_break_off_are_no_body() {
    let (fake, gateway) = stage();
    for chunks in ["ffffff\r\n{", "2\r\n{}\r\n", "2\r\n{}\r\n0\r\n"] {
        let mut client = gateway.client();
        let head = request("PUT", POWER, &[("Transfer-Encoding", "chunked")], b"");
        client.send([&head, chunks.as_bytes()].concat());
        client.finish_sending().expect("an open connection");
        let reply = client.reply();
        assert_eq!(reply.status, 400, "{chunks}");
        assert_eq!(own(&reply)["reason"], "body-broken");
    }
    nothing_came_of_it(&fake, &gateway);
}

/// What is longer than it may be is refused at once, and the client gets to read why.
#[test]
fn a_client_that_sends_too_much_is_told_so() {
    let (fake, gateway) = stage();
    let mut client = gateway.client();
    client.send(request(
        "PUT",
        POWER,
        &[("Content-Length", "1099511627776")],
        b"",
    ));
    let began = Instant::now();
    let mut sent = 0;
    while client.try_send([b' '; 64 << 10]).is_ok() {
        sent += 64 << 10;
        assert!(
            began.elapsed() < DEADLINE,
            "it takes everything: {sent} bytes"
        );
    }
    nothing_came_of_it(&fake, &gateway);

    let mut client = gateway.client();
    client.send(request(
        "PUT",
        POWER,
        &[("Content-Length", "1099511627776")],
        b"",
    ));
    let reply = client.reply();
    assert_eq!(reply.status, 413);
    assert_eq!(own(&reply)["reason"], "too-large");
    assert!(client.read_to_end().is_empty());
}

/// Nobody waits for the answer any more, so neither does the gateway; what was sent was sent.
#[test]
fn a_client_that_leaves_while_ironic_works_is_not_waited_for() {
    let (fake, gateway) = stage();
    fake.on_writes(|| Script::of([Step::Silence]));
    let mut client = gateway.client();
    client.send(power_on());
    fake.wait("the write has arrived", |seen| seen.writes().len() == 1);
    drop(client);
    fake.wait("the gateway has let go", |seen| seen.open == 0);
    let line = &gateway.log().wait_for_requests(1)[0];
    assert_eq!(line["reason"], "client-left");
    fake.only_write();
    gateway.wait_until_idle();
}

/// A client that asks for a lot and reads nothing holds neither memory nor a place for long.
#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let (fake, gateway) = stage();
    fake.direct(|_| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
        let piece = Step::Send(vec![b'x'; 1 << 20]);
        let mut steps = vec![Step::Send(head.as_bytes().to_vec())];
        steps.extend(std::iter::repeat_n(piece, 1024));
        Script::of(steps)
    });
    let mut client = gateway.client();
    client.send(request("GET", "/v1/nodes", &HEADERS, b""));
    gateway.log().wait_for_requests(1);
    fake.wait("the gateway has let go", |seen| seen.open == 0);
    gateway.wait_until_idle();
    assert!(gateway.peak_memory_bytes() < 100 << 20);
    drop(client);
}

/// Requests that are refused keep nobody else from being served, however many there are.
#[test]
fn a_crowd_that_misbehaves_harms_nobody() {
    let (fake, gateway) = stage();
    let crowd: Vec<_> = (0..200)
        .map(|number| {
            let mut client = gateway.client();
            match number % 4 {
                0 => client.send("PUT /v1/nodes/x/sta"),
                1 => client.send(request("PUT", POWER, &[("Content-Length", "1000")], b"")),
                2 => client.send(request("PUT", PROVISION, &HEADERS, REBUILD)),
                _ => {}
            }
            client
        })
        .collect();
    let mut client = gateway.client();
    for _ in 0..20 {
        assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
    }
    drop(client);
    for mut client in crowd {
        client.read_to_end();
    }
    assert_eq!(fake.look(|seen| seen.writes().len()), 20);
    assert!(!fake.look(|seen| seen.holds("destroy")));
    gateway.wait_until_idle();
}
