//! Fetching a drive by its URL: once, from a host that is listed, at an address that was checked.
//!
//! The name is looked up once and every address it has must be allowed; the connection then goes
//! to one of these very addresses. By `https` only, without user, without redirects, with bounds
//! on size and time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT_ENCODING, HOST};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::{DriverError, tls};
use crate::config::DriveUrlConfig;
use crate::config_drive::url::{HTTPS, HostPattern, is_public};
use crate::units::ByteSize;

/// Why a drive was not fetched. Safe to show to a client.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The URL is not of the form that is fetched.
    #[error(
        "URL of the drive cannot be used, expected `https`, a host and a path, without user and fragment"
    )]
    Url,
    /// Its host is not listed.
    #[error("host of the drive's URL is not listed, expected one of `config_drive.url.hosts`")]
    Host,
    /// Its host is at an address that must not be connected to.
    #[error(
        "host of the drive's URL has an address that is neither public nor in `config_drive.url.networks`"
    )]
    Address,
    /// It took too long.
    #[error("drive was not fetched within {limit:?}")]
    Time {
        /// How long it had.
        limit: Duration,
    },
    /// It is too large.
    #[error("drive is larger than {limit} as it is served")]
    TooLarge {
        /// How large it may be.
        limit: ByteSize,
    },
    /// The host answered something else than the drive.
    #[error("host of the drive's URL answered {status}, expected 200; redirects are not followed")]
    Status {
        /// The answer.
        status: StatusCode,
    },
    /// No connection came about, or it broke.
    #[error("drive cannot be fetched from the host of its URL")]
    Network(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl FetchError {
    /// Whether what was asked for is refused, and not merely out of reach.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Url | Self::Host | Self::Address | Self::TooLarge { .. } => true,
            Self::Time { .. } | Self::Status { .. } | Self::Network(_) => false,
        }
    }

    /// Whether it was a matter of time.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Time { .. })
    }
}

/// Fetches drives.
pub struct Fetcher {
    config: DriveUrlConfig,
    tls: TlsConnector,
}

impl Fetcher {
    /// A fetcher for these hosts.
    ///
    /// # Errors
    /// When the authorities for their certificates cannot be read.
    pub fn new(config: &DriveUrlConfig) -> Result<Self, DriverError> {
        let tls = tls::trusting(config.ca_file.as_deref())?;
        Ok(Self {
            config: config.clone(),
            tls: TlsConnector::from(Arc::new(tls)),
        })
    }

    /// What the URL serves.
    ///
    /// # Errors
    /// When it is not to be fetched, or could not be.
    pub async fn fetch(&self, url: &str, deadline: Instant) -> Result<Bytes, FetchError> {
        let uri = self.check(url)?;
        let limit = self.config.timeout;
        let deadline = deadline.min(Instant::now() + limit);
        let fetched = tokio::time::timeout_at(deadline.into(), self.get(uri)).await;
        fetched.map_err(|_| FetchError::Time { limit })?
    }

    fn check(&self, url: &str) -> Result<Uri, FetchError> {
        let uri: Uri = url.parse().map_err(|_| FetchError::Url)?;
        let authority = uri.authority().ok_or(FetchError::Url)?;
        let is_plain = uri.scheme_str() == Some("https")
            && !authority.as_str().contains('@')
            && !url.contains(['#', '\\'])
            && url.len() <= MAX_URL;
        if !is_plain {
            return Err(FetchError::Url);
        }
        let host = authority.host().to_ascii_lowercase();
        let port = uri.port_u16().unwrap_or(HTTPS);
        let is_listed = |listed: &HostPattern| listed.matches(&host, port);
        if self.config.hosts.iter().any(is_listed) {
            Ok(uri)
        } else {
            Err(FetchError::Host)
        }
    }

    async fn get(&self, uri: Uri) -> Result<Bytes, FetchError> {
        let host = uri.host().unwrap_or_default().to_owned();
        let port = uri.port_u16().unwrap_or(HTTPS);
        let address = self.address(&host, port).await?;
        let stream = TcpStream::connect(address).await.map_err(network)?;
        let name = ServerName::try_from(host.clone()).map_err(|_| FetchError::Url)?;
        let stream = self.tls.connect(name, stream).await.map_err(network)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(network)?;
        let target = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(target)
            .header(
                HOST,
                uri.authority().map_or("", |authority| authority.as_str()),
            )
            .header(ACCEPT_ENCODING, "identity")
            .body(Empty::<Bytes>::new())
            .map_err(|_| FetchError::Url)?;
        let answer = async {
            let reply = sender.send_request(request).await.map_err(network)?;
            if reply.status() != StatusCode::OK {
                let status = reply.status();
                return Err(FetchError::Status { status });
            }
            self.read(reply.into_body()).await
        };
        tokio::pin!(connection, answer);
        tokio::select! {
            biased;
            answer = &mut answer => answer,
            // What has arrived until it ended, or that it broke, is known to who waits for it.
            _ = &mut connection => answer.await,
        }
    }

    /// One of the host's addresses, all of which are allowed.
    async fn address(&self, host: &str, port: u16) -> Result<SocketAddr, FetchError> {
        let found = lookup_host((host, port)).await.map_err(network)?;
        let addresses: Vec<SocketAddr> = found.collect();
        if !addresses.iter().all(|address| self.allows(address.ip())) {
            return Err(FetchError::Address);
        }
        let first = addresses.into_iter().next();
        first.ok_or_else(|| network("host has no address"))
    }

    fn allows(&self, address: IpAddr) -> bool {
        is_public(address)
            || self
                .config
                .networks
                .iter()
                .any(|network| network.contains(address))
    }

    async fn read(&self, mut body: hyper::body::Incoming) -> Result<Bytes, FetchError> {
        let limit = self.config.max_size;
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(network)?;
            let Some(piece) = frame.data_ref() else {
                continue;
            };
            if bytes.len() + piece.len() > limit.as_usize() {
                return Err(FetchError::TooLarge { limit });
            }
            bytes.extend_from_slice(piece);
        }
        Ok(bytes.freeze())
    }
}

/// Longest URL that is fetched.
const MAX_URL: usize = 2048;

fn network(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> FetchError {
    FetchError::Network(error.into())
}
