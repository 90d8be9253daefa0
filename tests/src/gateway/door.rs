//! Where a gateway can be reached.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Where clients connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// By plain HTTP.
    Http(SocketAddr),
    /// By TLS.
    Https(SocketAddr),
    /// By a Unix socket.
    Unix(PathBuf),
}

impl Door {
    pub(super) fn from_announcement(line: &str) -> Option<Self> {
        let url = line.strip_prefix("listening on ")?;
        if let Some(path) = url.strip_prefix("unix:") {
            return Some(Self::Unix(path.into()));
        }
        let (scheme, address) = url.split_once("://")?;
        let address = address.parse().ok()?;
        match scheme {
            "http" => Some(Self::Http(address)),
            "https" => Some(Self::Https(address)),
            _ => None,
        }
    }

    /// Its address.
    ///
    /// # Panics
    /// When it is a Unix socket.
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Http(address) | Self::Https(address) => *address,
            Self::Unix(path) => panic!("{} has no address", path.display()),
        }
    }
}
