//! Over TLS: an authority of one's own, and a certificate that Keystone and Ironic want to see.

use std::fs::{self, Permissions};
use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use portcullis::driver::{AuthError, Driver, DriverError};
use portcullis_lab::http::{Open, read_body, read_head};
use portcullis_tests::certificates::Authority;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::{described, faults, ironic};

/// A server that is Keystone and Ironic, and lets in who shows a certificate.
struct Server {
    dir: TempDir,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
        servers.write(&dir.path().join("servers.pem"));
        clients.write(&dir.path().join("clients.pem"));
        servers.sign("server").write(dir.path(), "server");
        clients.sign("client").write(dir.path(), "client");
        fs::set_permissions(dir.path().join("client.key"), Permissions::from_mode(0o600)).unwrap();
        let config = Arc::new(config(dir.path()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // Ends with the process of the test.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let config = Arc::clone(&config);
                thread::spawn(move || serve(stream.unwrap(), config));
            }
        });
        Self { dir, port }
    }

    fn file(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    /// A login there, with these variables too.
    fn login(&self, more: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
        let url = format!("https://localhost:{}", self.port);
        let mut variables = vec![
            ("OS_AUTH_URL", url.clone()),
            ("OS_USER_ID", "u1".into()),
            ("OS_PASSWORD", "s3cret".into()),
            ("OS_BAREMETAL_ENDPOINT_OVERRIDE", url),
        ];
        variables.extend_from_slice(more);
        variables
    }
}

fn config(dir: &Path) -> ServerConfig {
    let certificates = |name: &str| {
        let all = CertificateDer::pem_file_iter(dir.join(name)).unwrap();
        all.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates("clients.pem"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            certificates("server.pem"),
            PrivateKeyDer::from_pem_file(dir.join("server.key")).unwrap(),
        )
        .unwrap()
}

/// Answers one request; who is not let in gets none.
fn serve(stream: TcpStream, config: Arc<ServerConfig>) {
    let connection = ServerConnection::new(config).unwrap();
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    let Ok(Some(head)) = read_head(&mut reader) else {
        return;
    };
    let _ = read_body(&mut reader, &head.headers, Open::Empty);
    let (status, body) = if head.start.starts_with("POST /v3/auth/tokens ") {
        ("201 Created\r\nX-Subject-Token: token", faults::BODY)
    } else {
        ("200 OK", "{}")
    };
    let length = body.len();
    let reply =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    let mut stream = reader.into_inner();
    let _ = stream.write_all(reply.as_bytes());
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

async fn probe(variables: &[(&str, String)]) -> Result<(), DriverError> {
    Driver::new(&ironic(variables)).unwrap().probe().await
}

#[tokio::test]
async fn both_sides_show_a_certificate() {
    let server = Server::start();
    let authority = ("OS_CACERT", server.file("servers.pem"));
    let certificate = ("OS_CERT", server.file("client.pem"));
    let key = ("OS_KEY", server.file("client.key"));
    let all = [authority.clone(), certificate.clone(), key.clone()];
    probe(&server.login(&all)).await.unwrap();

    // Another authority, and no certificate.
    let others = ("OS_CACERT", server.file("clients.pem"));
    let outcome = probe(&server.login(&[others, certificate.clone(), key])).await;
    assert!(
        matches!(outcome, Err(DriverError::Auth(AuthError::Connect(_)))),
        "{outcome:?}"
    );
    let outcome = probe(&server.login(std::slice::from_ref(&authority))).await;
    assert!(matches!(outcome, Err(DriverError::Auth(_))), "{outcome:?}");

    // Certificate and key may stand in one file.
    let both = ["client.pem", "client.key"].map(|name| fs::read(server.file(name)).unwrap());
    fs::write(server.file("both.pem"), both.concat()).unwrap();
    let one_file = [authority, ("OS_CERT", server.file("both.pem"))];
    let said = described(&server.login(&one_file)).unwrap_err().to_string();
    assert!(said.contains("holds a secret and its mode is"), "{said}");
    fs::set_permissions(server.file("both.pem"), Permissions::from_mode(0o400)).unwrap();
    probe(&server.login(&one_file)).await.unwrap();
}
