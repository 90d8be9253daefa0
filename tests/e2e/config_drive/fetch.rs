//! Drives that are given by a URL: fetched once, judged, and pinned.

use std::fmt::Write as _;
use std::io::{BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

use portcullis_lab::http::{Reply, read_head};
use portcullis_tests::certificates::Authority;
use portcullis_tests::fake_ironic::FakeIronic;
use portcullis_tests::gateway::{Gateway, Setup};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use super::{base64, deploy, encoded, image, rules, writes};
use crate::writes::{HEADERS, PROVISION, own};

/// A server of drives, by TLS, that answers each request with the same bytes.
struct Store {
    port: u16,
    answer: Arc<Mutex<Vec<u8>>>,
    asked: Arc<AtomicUsize>,
}

impl Store {
    fn start(dir: &Path) -> Self {
        let authority = Authority::new("drives");
        authority.write(&dir.join("drives-ca.pem"));
        authority.sign("localhost").write(dir, "drives");
        let certificate = CertificateDer::from_pem_file(dir.join("drives.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(dir.join("drives.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answer, asked) = (
            Arc::<Mutex<Vec<u8>>>::default(),
            Arc::<AtomicUsize>::default(),
        );
        let (config, shown, count) = (Arc::new(config), Arc::clone(&answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut reader = BufReader::new(StreamOwned::new(tls, stream));
                // Whoever does not trust the certificate ends here.
                if !matches!(read_head(&mut reader), Ok(Some(_))) {
                    continue;
                }
                count.fetch_add(1, SeqCst);
                let answer = shown.lock().unwrap().clone();
                let _ = reader.get_mut().write_all(&answer);
                let _ = reader.get_mut().flush();
            }
        });
        Self {
            port,
            answer,
            asked,
        }
    }

    fn serve(&self, status: &str, headers: &str, body: &str) {
        let mut answer = format!("HTTP/1.1 {status}\r\n{headers}");
        let _ = write!(answer, "Content-Length: {}\r\n\r\n{body}", body.len());
        *self.answer.lock().unwrap() = answer.into_bytes();
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/drive", self.port)
    }
}

const LOOPBACK: &str = "networks = [\"127.0.0.0/8\", \"::1/128\"]";

fn gateway(fake: &FakeIronic, store: &Store, setup: Setup, lines: &str) -> Gateway {
    let port = store.port;
    let _ = fake;
    setup
        .policy(
            "config-drive",
            "bundled:config-drive",
            &format!("settings = {{ url_hosts = [\"localhost\"], url_ports = [{port}] }}"),
        )
        .more(&format!(
            "[config_drive.url]\nallow = true\nhosts = [\"localhost:{port}\"]\n\
             ca_file = \"drives-ca.pem\"\n{lines}"
        ))
        .start()
}

fn put(gateway: &Gateway, drive: &str) -> Reply {
    gateway
        .client()
        .ask("PUT", PROVISION, &HEADERS, &deploy(drive))
}

#[test]
fn a_drive_is_fetched_once_and_its_bytes_are_pinned() {
    let fake = FakeIronic::start();
    let setup = Setup::new(&fake.url());
    let store = Store::start(setup.dir());
    let gateway = gateway(&fake, &store, setup, LOOPBACK);
    let text = base64(&image());
    store.serve("200 OK", "", &format!("{text}\n"));
    let reply = put(&gateway, &store.url());
    assert!(reply.status < 300, "{}", reply.text());
    assert_eq!(store.asked.load(SeqCst), 1);
    let sent: Value = serde_json::from_slice(&writes(&fake)[0].body).unwrap();
    assert_eq!(sent["configdrive"], text);
    let record = &gateway.decisions()[0]["config_drive"];
    assert_eq!(
        (&record["form"], &record["fetched"]),
        (&"url".into(), &true.into())
    );
    assert_eq!(record["bytes"], text.len());
}

#[test]
fn what_is_served_is_judged() {
    let fake = FakeIronic::start();
    let setup = Setup::new(&fake.url());
    let store = Store::start(setup.dir());
    let gateway = gateway(&fake, &store, setup, LOOPBACK);
    for (served, rule) in [
        (encoded(b"no drive at all"), "CD-GZIP"),
        ("https://169.254.169.254/latest".to_owned(), "CD-BASE64"),
        (String::new(), "CD-BASE64"),
    ] {
        store.serve("200 OK", "", &served);
        let reply = put(&gateway, &store.url());
        assert_eq!(reply.status, 403, "{}", reply.text());
        let found = rules(&own(&reply));
        assert!(found.contains(&rule.to_owned()), "{found:?}");
    }
    assert_eq!(writes(&fake).len(), 0);
}

#[test]
fn what_is_not_to_be_fetched_is_not() {
    let fake = FakeIronic::start();
    let setup = Setup::new(&fake.url());
    let store = Store::start(setup.dir());
    // Its address is loopback, and no network is listed.
    let gateway = gateway(&fake, &store, setup, "max_size = \"1KiB\"");
    let port = store.port;
    for (url, why) in [
        (store.url(), "neither public nor"),
        (format!("https://127.0.0.1:{port}/"), "not listed"),
        (format!("https://localhost.:{port}/"), "not listed"),
        ("https://localhost/".to_owned(), "not listed"),
        (format!("http://localhost:{port}/"), "cannot be used"),
        (format!("https://u@localhost:{port}/"), "cannot be used"),
    ] {
        let reply = put(&gateway, &url);
        assert_eq!(reply.status, 403, "{url}: {}", reply.text());
        assert!(reply.text().contains(why), "{url}: {}", reply.text());
    }
    assert_eq!(store.asked.load(SeqCst), 0);
    assert_eq!(writes(&fake).len(), 0);
}

#[test]
fn answers_that_are_no_drive_end_the_request() {
    let fake = FakeIronic::start();
    let setup = Setup::new(&fake.url());
    let store = Store::start(setup.dir());
    let lines = format!("{LOOPBACK}\nmax_size = \"1KiB\"\ntimeout = \"2s\"");
    let gateway = gateway(&fake, &store, setup, &lines);
    let check = |status: u16, why: &str| {
        let reply = put(&gateway, &store.url());
        assert_eq!(reply.status, status, "{}", reply.text());
        assert!(reply.text().contains(why), "{}", reply.text());
    };
    store.serve("302 Found", "Location: https://localhost/other\r\n", "");
    check(502, "redirects are not followed");
    store.serve("200 OK", "", &"A".repeat(2000));
    check(403, "larger than 1KiB");
    // A length that never comes: the store closes nothing.
    *store.answer.lock().unwrap() = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nAAAA".to_vec();
    let reply = put(&gateway, &store.url());
    assert!([502, 504].contains(&reply.status), "{}", reply.text());
    assert_eq!(writes(&fake).len(), 0);
}
