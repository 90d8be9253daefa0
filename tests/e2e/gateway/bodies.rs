//! Bodies of writes: how long they may be, and how they may come.

use portcullis_tests::client::{Client, request};
use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::Setup;

use crate::writes::{DEPLOY, HEADERS, POWER, POWER_ON, PROVISION, own};

/// A body of exactly this length, which means the same as `short`.
fn padded(short: &[u8], length: usize) -> Vec<u8> {
    let mut body = short.to_vec();
    body.resize(length, b' ');
    body
}

#[test]
fn a_provision_request_may_have_64_mib_and_others_one() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let check = |target: &str, body: &[u8], length: usize, accepted: bool| {
        let before = fake.look(|seen| seen.writes().len());
        let reply = gateway
            .client()
            .ask("PUT", target, &HEADERS, &padded(body, length));
        if accepted {
            assert_eq!(reply.status, 202, "{target} {length}: {}", reply.text());
            let arrived = fake.look(|seen| seen.writes()[before].body.len());
            assert_eq!(arrived, length);
        } else {
            assert_eq!(reply.status, 413, "{target} {length}: {}", reply.text());
            assert_eq!(own(&reply)["reason"], "too-large");
            assert_eq!(reply.header("connection"), Some("close"));
            assert_eq!(fake.look(|seen| seen.writes().len()), before);
        }
    };
    check(POWER, POWER_ON, 1 << 20, true);
    check(POWER, POWER_ON, (1 << 20) + 1, false);
    check(PROVISION, DEPLOY, 64 << 20, true);
    check(PROVISION, DEPLOY, (64 << 20) + 1, false);
    gateway.wait_until_idle();
}

/// The body of a chunked request, in chunks of this many bytes.
fn chunked(body: &[u8], piece: usize) -> Vec<u8> {
    let mut chunks = Vec::new();
    for piece in body.chunks(piece) {
        chunks.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        chunks.extend(piece);
        chunks.extend(b"\r\n");
    }
    chunks.extend(b"0\r\n\r\n");
    chunks
}

fn send_chunked(client: &mut Client, target: &str, body: &[u8], piece: usize) {
    let headers = [&HEADERS[..], &[("Transfer-Encoding", "chunked")]].concat();
    client.send(request("PUT", target, &headers, b""));
    // The rest is not read when the body turns out to be too long.
    let _ = client.try_send(chunked(body, piece));
}

#[test]
fn a_chunked_body_arrives_with_its_length() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    for (at, piece) in [1, 7, POWER_ON.len()].into_iter().enumerate() {
        send_chunked(&mut client, POWER, POWER_ON, piece);
        assert_eq!(client.reply().status, 202);
        let arrived = fake.look(|seen| seen.requests[at].clone());
        assert_eq!(arrived.body, POWER_ON);
        let length = POWER_ON.len().to_string();
        assert_eq!(arrived.header("content-length"), [length]);
        assert!(arrived.header("transfer-encoding").is_empty());
    }
    let long = padded(POWER_ON, (1 << 20) + 1);
    send_chunked(&mut client, POWER, &long, 60_000);
    let reply = client.reply();
    assert_eq!(reply.status, 413);
    assert_eq!(own(&reply)["reason"], "too-large");
    assert_eq!(fake.look(|seen| seen.requests.len()), 3);
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let expecting = |length: usize| {
        let length = length.to_string();
        let more = [("Expect", "100-continue"), ("Content-Length", &*length)];
        request("PUT", POWER, &[&HEADERS[..], &more].concat(), b"")
    };
    let mut client = gateway.client();
    client.send(expecting(POWER_ON.len()));
    client.read_until("HTTP/1.1 100 Continue\r\n\r\n");
    client.send(POWER_ON);
    assert_eq!(client.reply().status, 202);
    assert_eq!(fake.only_write().body, POWER_ON);

    // What is not wanted anyway is refused before it is sent.
    client.send(expecting(2 << 20));
    assert_eq!(client.reply().status, 413);
    fake.only_write();
}
