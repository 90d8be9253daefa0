//! nginx, as an upstream that answers at once and as the reverse proxy to compare with.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use portcullis_tests::fake_ironic::DEADLINE;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The node that writes are about, as policies read it: ready to be deployed.
const NODE: &str = r#"{"uuid":"1be26c0b-03f2-4d2e-ae87-c02d7f33c781","name":"rack1-u7","provision_state":"available","target_provision_state":null,"maintenance":false,"protected":false,"retired":false,"reservation":null}"#;
const PORTS: &str =
    r#"{"ports":[{"address":"52:54:00:12:34:00"},{"address":"52:54:00:12:34:01"}]}"#;

/// An nginx that serves. Ended when it is dropped.
pub struct Nginx {
    child: Child,
    address: SocketAddr,
    _dir: TempDir,
}

impl Nginx {
    /// In Ironic's place: answers 202 to every write, and shows one node and its ports. One worker.
    pub fn upstream() -> Self {
        Self::start(1, "", &|address| {
            format!(
                "server {{ listen {address};
                   location ~ ^/v1/nodes/[^/]+$ {{ default_type application/json; return 200 '{NODE}'; }}
                   location = /v1/ports {{ default_type application/json; return 200 '{PORTS}'; }}
                   location / {{ return 202; }} }}"
            )
        })
    }

    /// A plain reverse proxy in front of it. Two workers, which keep their connections.
    pub fn proxy(upstream: &Self) -> Self {
        let keep = format!(
            "upstream ironic {{ server {}; keepalive 64; keepalive_requests {FOREVER}; }}",
            upstream.address
        );
        Self::start(2, &keep, &|address| {
            format!(
                "server {{ listen {address};
                   location / {{ proxy_pass http://ironic; proxy_http_version 1.1;
                     proxy_set_header Host $http_host; proxy_set_header Connection \"\"; }} }}"
            )
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its first process, the parent of its workers.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    fn start(workers: u32, upstreams: &str, server: &dyn Fn(SocketAddr) -> String) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let address = free_address();
        let at = dir.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {at}/{kind};\n"))
            .concat();
        let server = server(address);
        let config = format!(
            "daemon off; worker_processes {workers}; pid {at}/pid;
             events {{ worker_connections 1024; }}
             http {{ access_log off; keepalive_timeout 300s; keepalive_requests {FOREVER};
             {temporary} {upstreams} {server} }}"
        );
        fs::write(dir.path().join("nginx.conf"), config).expect("a file");
        let log = dir.path().join("error.log");
        let child = Command::new("nginx")
            .arg("-p")
            .arg(dir.path())
            .arg("-c")
            .arg(dir.path().join("nginx.conf"))
            .arg("-e")
            .arg(&log)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => {
                    panic!("nginx is not installed, which this compares with: `apt install nginx`")
                }
                _ => panic!("nginx: {error}"),
            });
        let mut nginx = Self {
            child,
            address,
            _dir: dir,
        };
        let until = Instant::now() + DEADLINE;
        while TcpStream::connect(address).is_err() {
            let ended = nginx.child.try_wait().expect("a process of ours");
            assert!(
                ended.is_none() && Instant::now() < until,
                "nginx does not serve: {}",
                fs::read_to_string(&log).unwrap_or_default()
            );
            thread::yield_now();
        }
        nginx
    }
}

impl Drop for Nginx {
    /// Its workers end when it ends them, not when it is killed.
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

/// More requests than any connection here will carry.
const FOREVER: u32 = 1_000_000_000;

/// nginx cannot be asked for any free port. Nothing else here listens meanwhile.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address")
}
