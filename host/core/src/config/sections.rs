//! What each section of a configuration holds once it is checked, and its defaults.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::config_drive::url::{HostPattern, Network};
use crate::credentials::{Access, CatalogueQuery, ClientCertificate, Credentials, Endpoint};
use crate::operation::MAX_PATCH_OPERATIONS;
use crate::policy::Pattern;
use crate::sandbox::DRIVES;
use crate::sandbox::limits::DriveLimits;
use crate::units::ByteSize;

/// `[ironic]`: the Ironic that admitted requests are forwarded to.
#[derive(Clone, Debug)]
pub struct IronicConfig {
    /// `http` or `https`, with a host, without user, password or query.
    pub url: http::Uri,
    /// Where to look in Keystone's service catalogue, instead of `url`.
    pub catalogue: Option<CatalogueQuery>,
    /// Authorities (PEM) that may have signed the certificates of Ironic and Keystone, instead of
    /// the system's.
    pub ca_file: Option<PathBuf>,
    /// What is shown to servers that want to see a certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Until the head of the reply has arrived.
    pub reply_timeout: Duration,
    /// Between two pieces of a reply's body.
    pub idle_timeout: Duration,
    /// For requests Portcullis makes on its own account; a client's requests carry the
    /// client's own.
    pub credentials: Option<Credentials>,
}

impl Default for IronicConfig {
    fn default() -> Self {
        Self {
            url: http::Uri::from_static("http://127.0.0.1:6385"),
            catalogue: None,
            ca_file: None,
            client_certificate: None,
            connect_timeout: Duration::from_secs(5),
            reply_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(30),
            credentials: None,
        }
    }
}

impl IronicConfig {
    /// Takes the credentials, and what stands beside them: where Ironic is, the authorities, the
    /// client certificate. What is not said there stays as it is.
    pub fn enter(&mut self, access: Access) {
        let Access {
            credentials,
            endpoint,
            ca_file,
            client_certificate,
        } = access;
        self.credentials = credentials;
        match endpoint {
            Some(Endpoint::At(url)) => (self.url, self.catalogue) = (url, None),
            Some(Endpoint::Catalogue(query)) => self.catalogue = Some(query),
            None => {}
        }
        self.ca_file = ca_file.or(self.ca_file.take());
        self.client_certificate = client_certificate.or(self.client_certificate.take());
    }
}

/// `[[listen]]`: one place where clients are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where it listens.
    pub bind: Bind,
    /// TLS, where it is spoken. Never on a Unix socket.
    pub tls: Option<TlsPaths>,
    /// Whether `X-Project-Id`, `X-User-Id` and `X-Roles` are believed, because a proxy in
    /// front sets them.
    pub identity_headers: bool,
}

impl Default for Listener {
    fn default() -> Self {
        Self {
            bind: Bind::Address(SocketAddr::from((Ipv4Addr::LOCALHOST, 6390))),
            tls: None,
            identity_headers: false,
        }
    }
}

/// Where a listener listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// A TCP address; port 0 asks for any free port.
    Address(SocketAddr),
    /// A Unix socket.
    Unix {
        /// Where the socket is made.
        path: PathBuf,
        /// Its permission bits, for example `0o660`.
        mode: u32,
    },
}

/// PEM files of a TLS listener. They exist; what they hold is for the listener to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsPaths {
    /// Certificate chain, leaf first.
    pub certificate_file: PathBuf,
    /// Private key.
    pub key_file: PathBuf,
    /// Authorities that may have signed a client's certificate; when given, every client must
    /// show one.
    pub client_ca_file: Option<PathBuf>,
}

/// `[admin]`: health, readiness and metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminConfig {
    /// Where they are served; nowhere without it.
    pub address: Option<SocketAddr>,
}

/// `[server]`: what clients may take of time, connections and memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Threads; 0 is one for each processor.
    pub workers: usize,
    /// Until the head of a request has arrived.
    pub header_timeout: Duration,
    /// Until the body of a write has arrived.
    pub body_timeout: Duration,
    /// How long a connection may stay unused.
    pub idle_timeout: Duration,
    /// How long requests in flight may go on after a stop was asked for.
    pub drain_timeout: Duration,
    /// Open client connections, all listeners together.
    pub max_connections: usize,
    /// Memory for buffered bodies, all requests together.
    pub body_memory: ByteSize,
    /// Judging one write: reading a node, waiting for a sandbox, and all policies.
    pub request_timeout: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            workers: 0,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
            drain_timeout: Duration::from_secs(30),
            max_connections: 4096,
            body_memory: ByteSize::from_mib(256),
            request_timeout: Duration::from_secs(10),
        }
    }
}

/// `[api]`: which parts of Ironic's API are to be had at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiConfig {
    /// Operations that are closed by default and are open here.
    pub open: Vec<Pattern>,
    /// Operations in one patch.
    pub max_patch_operations: usize,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            max_patch_operations: MAX_PATCH_OPERATIONS,
        }
    }
}

/// `[sandbox]`: where validators run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxConfig {
    /// Evaluations at the same time; 0 is computed from processors and memory.
    pub instances: usize,
    /// Evaluations that may wait for a free instance.
    pub max_waiting: usize,
    /// Where compiled validators are kept; nowhere without it.
    pub cache_dir: Option<PathBuf>,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            instances: 0,
            max_waiting: 1024,
            cache_dir: None,
        }
    }
}

/// `[config_drive]`: how drives are opened, and what the host puts in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigDriveConfig {
    /// Whether an image is built anew from the files that were judged.
    pub rebuild: bool,
    /// Drives that are open at the same time.
    pub max_open: usize,
    /// What opening one may use.
    pub limits: DriveLimits,
    /// `[config_drive.url]`.
    pub url: DriveUrlConfig,
}

impl Default for ConfigDriveConfig {
    fn default() -> Self {
        Self {
            rebuild: false,
            max_open: DRIVES,
            limits: DriveLimits::default(),
            url: DriveUrlConfig::default(),
        }
    }
}

/// `[config_drive.url]`: drives that are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveUrlConfig {
    /// Whether the host fetches them.
    pub allow: bool,
    /// Hosts they may come from.
    pub hosts: Vec<HostPattern>,
    /// Networks they may come from besides the public Internet.
    pub networks: Vec<Network>,
    /// Authorities (PEM) that may have signed the hosts' certificates, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Largest drive that is fetched, as it is served.
    pub max_size: ByteSize,
    /// For all of it, from the look-up of the name to the last byte.
    pub timeout: Duration,
}

impl Default for DriveUrlConfig {
    fn default() -> Self {
        Self {
            allow: false,
            hosts: Vec::new(),
            networks: Vec::new(),
            ca_file: None,
            max_size: ByteSize::from_mib(64),
            timeout: Duration::from_secs(5),
        }
    }
}

/// `[log]`: what goes to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// The least important lines that are written.
    pub level: LogLevel,
    /// How a line is written.
    pub format: LogFormat,
}

/// How important a log line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Something could not be done.
    Error,
    /// Something to look at.
    Warn,
    /// What happened.
    #[default]
    Info,
    /// How it happened.
    Debug,
    /// Every step.
    Trace,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// `[decisions]`: the record of every decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionsConfig {
    /// JSON lines are appended here; nowhere without it.
    pub file: Option<PathBuf>,
}
