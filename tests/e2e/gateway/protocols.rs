//! HTTP/2 without and with TLS, HTTP/1.0, and Unix sockets: the same gateway by other doors.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use portcullis_tests::certificates::Authority;
use portcullis_tests::client::Client;
use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::{Door, Setup};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::writes::{DEPLOY, HEADERS, POWER, POWER_ON, PROVISION, REBUILD};

type Http2 = http2::SendRequest<Full<Bytes>>;

async fn speak_http2(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Http2 {
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

async fn ask(
    sender: &mut Http2,
    (method, target, body): (&str, &str, &'static [u8]),
) -> Response<Incoming> {
    let request = Request::builder()
        .method(method)
        .uri(format!("https://gw.example:6385{target}"))
        .header("X-OpenStack-Ironic-API-Version", "1.109")
        .body(Full::from(body))
        .expect("a request");
    sender.send_request(request).await.expect("a reply")
}

/// Many requests at once on one connection, each judged by itself.
async fn exchange(mut sender: Http2, fake: &FakeIronic) {
    let requests = [
        ("GET", "/v1/nodes", &b""[..], 200),
        ("PUT", PROVISION, DEPLOY, 202),
        ("PUT", PROVISION, REBUILD, 403),
        ("PUT", POWER, POWER_ON, 202),
        ("PUT", PROVISION, b"{", 400),
        ("GET", "/v1/no-such-thing", b"", 404),
    ];
    let mut tasks = tokio::task::JoinSet::new();
    for round in 0..8 {
        for (method, target, body, expected) in requests {
            let mut sender = sender.clone();
            tasks.spawn(async move {
                let reply = ask(&mut sender, (method, target, body)).await;
                assert_eq!(reply.status(), expected, "{round} {method} {target}");
                let body = reply.into_body().collect().await.expect("a body");
                body.to_bytes()
            });
        }
    }
    tasks.join_all().await;
    let reply = ask(&mut sender, ("GET", "/v1/nodes", b"")).await;
    assert!(
        reply
            .headers()
            .contains_key("x-openstack-ironic-api-version")
    );

    let writes = fake.look(|seen| seen.writes().into_iter().cloned().collect::<Vec<_>>());
    assert_eq!(writes.len(), 16);
    for write in writes {
        assert!(write.body == DEPLOY || write.body == POWER_ON);
        assert_eq!(write.header("host"), ["gw.example:6385"]);
        assert_eq!(write.header("x-openstack-ironic-api-version"), ["1.109"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_understood_right_away() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let stream = TcpStream::connect(gateway.door().address())
        .await
        .expect("a listener");
    exchange(speak_http2(stream).await, &fake).await;
    gateway.wait_until_idle();
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_agreed_on_by_tls() {
    let fake = FakeIronic::start();
    let authority = Authority::new("authority");
    let setup = Setup::new(&fake.url());
    authority.sign("server").write(setup.dir(), "server");
    let gateway = setup
        .listen(
            "address = \"127.0.0.1:0\"\n\
             tls = { certificate_file = \"server.pem\", key_file = \"server.key\" }",
        )
        .start();
    let connector = TlsConnector::from(authority.client(&["h2", "http/1.1"], None));
    let stream = TcpStream::connect(gateway.door().address())
        .await
        .expect("a listener");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = connector.connect(name, stream).await.expect("TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    exchange(speak_http2(stream).await, &fake).await;

    // The same listener speaks HTTP/1.1 with who prefers it.
    let old = authority.client(&["http/1.1"], None);
    let mut client = Client::connect_tls(gateway.door(), Arc::clone(&old));
    assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
}

#[test]
fn http_1_0_is_answered_and_closed() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url()).start();
    let mut client = gateway.client();
    client.send("GET /v1/nodes HTTP/1.0\r\n\r\n");
    let text = String::from_utf8(client.read_to_end()).expect("text");
    assert!(text.starts_with("HTTP/1.0 200 OK\r\n"), "{text}");
    assert!(
        !text.to_ascii_lowercase().contains("transfer-encoding"),
        "{text}"
    );
    let mut client = gateway.client();
    client.send(format!(
        "PUT {PROVISION} HTTP/1.0\r\nHost: gw\r\nContent-Length: {}\r\n\r\n",
        REBUILD.len()
    ));
    client.send(REBUILD);
    let text = String::from_utf8(client.read_to_end()).expect("text");
    assert!(text.starts_with("HTTP/1.0 403 "), "{text}");
}

#[test]
fn a_unix_socket_is_a_door_like_any_other() {
    let fake = FakeIronic::start();
    let gateway = Setup::new(&fake.url())
        .listen("unix = \"gate.sock\"\nunix_mode = \"0600\"")
        .listen("address = \"127.0.0.1:0\"")
        .start();
    let path = gateway.dir().join("gate.sock");
    assert_eq!(gateway.door(), &Door::Unix(path.clone()));
    let metadata = path.metadata().expect("a socket");
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    for door in gateway.doors() {
        let mut client = Client::connect(door);
        assert_eq!(client.ask("GET", "/v1/nodes", &HEADERS, b"").status, 200);
        assert_eq!(client.ask("PUT", PROVISION, &HEADERS, REBUILD).status, 403);
        assert_eq!(client.ask("PUT", POWER, &HEADERS, POWER_ON).status, 202);
    }
}
