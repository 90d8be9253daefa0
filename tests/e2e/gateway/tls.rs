//! TLS: links that lead back over it, certificates of clients, and new certificates while serving.

use portcullis_tests::certificates::Authority;
use portcullis_tests::client::{Client, request};
use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::{Gateway, Setup};

use crate::writes::{HEADERS, POWER, POWER_ON, PROVISION, REBUILD};

const LISTEN: &str = "address = \"127.0.0.1:0\"\n\
                      tls = { certificate_file = \"server.pem\", key_file = \"server.key\" }";

#[test]
fn links_lead_back_over_tls() {
    let fake = FakeIronic::start();
    let authority = Authority::new("authority");
    let setup = Setup::new(&fake.url());
    authority.sign("server").write(setup.dir(), "server");
    let gateway = setup.listen(LISTEN).start();
    let mut client = Client::connect_tls(gateway.door(), authority.client(&[], None));

    let nodes = client.ask("GET", "/v1/nodes", &HEADERS, b"").json();
    for link in [&nodes["next"], &nodes["nodes"][0]["links"][0]["href"]] {
        let link = link.as_str().expect("a link");
        assert!(
            link.starts_with("https://gw.example:6385/v1/nodes"),
            "{link}"
        );
    }
    let created = client.ask("POST", "/v1/nodes", &HEADERS, br#"{"driver":"ipmi"}"#);
    assert_eq!(created.status, 201);
    let location = created.header("location").expect("a location");
    assert!(
        location.starts_with("https://gw.example:6385/v1/nodes/"),
        "{location}"
    );
    assert_eq!(client.ask("PUT", PROVISION, &HEADERS, REBUILD).status, 403);
    assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
}

/// Whether a client gets an answer.
fn is_served(gateway: &Gateway, authority: &Authority, by: Option<&Authority>) -> bool {
    let identity = by.map(|by| by.sign("client"));
    let config = authority.client(&[], identity.as_ref());
    let mut client = Client::connect_tls(gateway.door(), config);
    let asked = client.try_send(request("PUT", POWER, &HEADERS, POWER_ON));
    asked
        .and_then(|()| client.try_reply_to("PUT"))
        .is_ok_and(|reply| reply.status == 202)
}

#[test]
fn clients_without_a_certificate_are_not_served() {
    let fake = FakeIronic::start();
    let (servers, clients, others) = (
        Authority::new("servers"),
        Authority::new("clients"),
        Authority::new("others"),
    );
    let setup = Setup::new(&fake.url());
    servers.sign("server").write(setup.dir(), "server");
    clients.write(&setup.dir().join("clients.pem"));
    let listen = LISTEN.replace(" }", ", client_ca_file = \"clients.pem\" }");
    let gateway = setup.listen(&listen).start();
    assert!(!is_served(&gateway, &servers, None));
    assert!(!is_served(&gateway, &servers, Some(&others)));
    assert_eq!(fake.lines(), [""; 0]);
    assert!(is_served(&gateway, &servers, Some(&clients)));
    fake.only_write();

    // Nor are those that do not speak TLS at all.
    let mut plain = Client::connect(&portcullis_tests::gateway::Door::Http(
        gateway.door().address(),
    ));
    plain.send(request("PUT", POWER, &HEADERS, POWER_ON));
    plain.read_to_end();
    fake.only_write();
    gateway.wait_until_idle();
}

#[test]
fn a_new_certificate_is_taken_while_serving() {
    let fake = FakeIronic::start();
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let setup = Setup::new(&fake.url());
    old.sign("server").write(setup.dir(), "server");
    let gateway = setup.listen(LISTEN).start();
    let mut connected = Client::connect_tls(gateway.door(), old.client(&[], None));
    assert_eq!(connected.ask("GET", "/v1/nodes", &HEADERS, b"").status, 200);

    // A key that does not go with the certificate changes nothing.
    let other = tempfile::tempdir().expect("a directory");
    new.sign("server").write(other.path(), "server");
    std::fs::copy(
        other.path().join("server.key"),
        gateway.dir().join("server.key"),
    )
    .expect("a file");
    gateway.reload(false);
    assert!(is_served(&gateway, &old, None));

    std::fs::copy(
        other.path().join("server.pem"),
        gateway.dir().join("server.pem"),
    )
    .expect("a file");
    gateway.reload(true);
    assert!(is_served(&gateway, &new, None));
    assert!(!is_served(&gateway, &old, None));
    // Who was connected stays so.
    assert_eq!(connected.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
}
