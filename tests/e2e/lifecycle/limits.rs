//! Limits that hold for all clients together: connections, and memory for bodies.

use portcullis_tests::client::request;
use portcullis_tests::fake_ironic::{FakeIronic, Gate, Script};
use portcullis_tests::gateway::Setup;

use crate::writes::{DEPLOY, HEADERS, POWER, POWER_ON, PROVISION, own, power_on};

/// Whoever comes too many waits until somebody leaves, and is then served like anybody else.
#[test]
fn no_more_connections_are_served_than_may_be() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .server("max_connections = 3")
        .start();
    let mut clients: Vec<_> = (0..3).map(|_| gateway.client()).collect();
    for client in &mut clients {
        assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
    }
    let mut waiting = gateway.client();
    waiting.send(power_on());
    for client in &mut clients {
        assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
    }
    assert_eq!(gateway.metric("portcullis_connections"), 3);
    assert_eq!(fake.look(|seen| seen.writes().len()), 6);
    // Health is answered by another door.
    assert_eq!(gateway.admin("/healthz").status, 200);
    drop(clients.pop());
    assert_eq!(waiting.reply().status, 202);
    drop((waiting, clients));
    gateway.wait_until_idle();
}

/// The places are everybody's: a listener without clients keeps none of them from the others.
#[test]
fn listeners_share_the_places() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .server("max_connections = 2")
        .listen("address = \"127.0.0.1:0\"")
        .listen("unix = \"one.sock\"")
        .listen("unix = \"two.sock\"")
        .start();
    for door in gateway.doors() {
        let mut clients: Vec<_> = (0..2)
            .map(|_| portcullis_tests::client::Client::connect(door))
            .collect();
        for client in &mut clients {
            assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
        }
    }
}

/// A deployment with a body of this many bytes.
fn deployment(bytes: usize) -> Vec<u8> {
    let mut body = DEPLOY.to_vec();
    body.resize(bytes, b' ');
    request("PUT", PROVISION, &HEADERS, &body)
}

const MIB: usize = 1 << 20;

/// A body for which there is no memory waits until another is done.
#[test]
fn bodies_wait_for_memory() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .server("body_memory = \"4MiB\"")
        .start();
    let gate = Gate::new();
    let held = gate.clone();
    fake.on_writes(move || Script::json("202 Accepted", "{}").after(&held));
    let mut first = gateway.client();
    first.send(deployment(3 * MIB));
    fake.wait("the first has arrived", |seen| seen.writes().len() == 1);
    let mut second = gateway.client();
    second.send(request(
        "PUT",
        PROVISION,
        &[("Content-Length", &(2 * MIB).to_string())],
        b"",
    ));
    gateway.wait_for_metric("portcullis_bodies_waiting", 1);
    gate.open();
    assert_eq!(first.reply().status, 202);
    gateway.wait_for_metric("portcullis_bodies_waiting", 0);
    let mut body = DEPLOY.to_vec();
    body.resize(2 * MIB, b' ');
    second.send(body);
    gate.open();
    assert_eq!(second.reply().status, 202);
    drop((first, second));
    gateway.wait_until_idle();
}

/// Not for ever: without memory in time it is told so, and nothing of it arrives.
#[test]
fn a_body_that_finds_no_memory_is_given_up() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .server("body_memory = \"2MiB\"\nrequest_timeout = \"300ms\"")
        .start();
    // More than there will ever be.
    let mut client = gateway.client();
    client.send(request(
        "PUT",
        PROVISION,
        &[("Content-Length", &(3 * MIB).to_string())],
        b"",
    ));
    let reply = client.reply();
    assert_eq!(
        (reply.status, &own(&reply)["reason"]),
        (500, &"no-memory".into())
    );

    let mut slow = gateway.client();
    slow.send(request(
        "PUT",
        PROVISION,
        &[("Content-Length", &(2 * MIB).to_string())],
        b"",
    ));
    slow.send("{");
    gateway.wait_for_metric("portcullis_body_memory_bytes", 2 * (MIB as u64));
    let mut client = gateway.client();
    client.send(power_on());
    let reply = client.reply();
    assert_eq!(
        (reply.status, &own(&reply)["reason"]),
        (500, &"no-memory".into())
    );
    assert_eq!(
        gateway
            .client()
            .ask("GET", "/v1/nodes", &HEADERS, b"")
            .status,
        200
    );
    drop(slow);
    gateway.wait_for_metric("portcullis_body_memory_bytes", 0);
    assert_eq!(
        gateway
            .client()
            .ask("PUT", POWER, &HEADERS, POWER_ON)
            .status,
        202
    );
    fake.only_write();
}
