//! Listening sockets.
//!
//! A Unix socket comes into being with its permissions: it is made under another name and then
//! put in its place, which also replaces one that a killed process left behind. One that still
//! answers is not replaced.

use std::fs::{self, Permissions};
use std::io;
use std::net::{self, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net as unix_net;
use std::path::{Path, PathBuf};

use portcullis::config::Bind;
use tokio::net::{TcpListener, UnixListener};

/// Why nothing can be served at a configured place.
#[derive(Debug, thiserror::Error)]
#[error("listening on {place}")]
pub struct ListenError {
    place: String,
    #[source]
    source: io::Error,
}

/// A socket that connections are accepted from. The file of a Unix socket goes when it is
/// dropped.
#[derive(Debug)]
pub struct Listening {
    socket: Socket,
    file: Option<PathBuf>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// An accepted connection, ready to be handed to any thread.
#[derive(Debug)]
pub enum Accepted {
    /// Over TCP.
    Tcp(net::TcpStream),
    /// Over a Unix socket.
    Unix(unix_net::UnixStream),
}

impl Listening {
    /// Listens at a configured place. Has to be called inside a runtime.
    ///
    /// # Errors
    /// When the address is in use or may not be used.
    pub fn open(bind: &Bind) -> Result<Self, ListenError> {
        match bind {
            Bind::Address(address) => tcp(*address)
                .map(|socket| Self {
                    socket: Socket::Tcp(socket),
                    file: None,
                })
                .map_err(|source| ListenError {
                    place: address.to_string(),
                    source,
                }),
            Bind::Unix { path, mode } => unix(path, *mode)
                .map(|socket| Self {
                    socket: Socket::Unix(socket),
                    file: Some(path.clone()),
                })
                .map_err(|source| ListenError {
                    place: format!("unix socket `{}`", path.display()),
                    source,
                }),
        }
    }

    /// Waits for the next client.
    ///
    /// # Errors
    /// When none can be accepted just now, for example for want of file descriptors.
    pub async fn accept(&self) -> io::Result<Accepted> {
        match &self.socket {
            Socket::Tcp(socket) => {
                let (stream, _) = socket.accept().await?;
                // Replies are written whole, so waiting to fill a segment would only delay them.
                // On a connection that is closed already this fails, as will everything else.
                let _ = stream.set_nodelay(true);
                stream.into_std().map(Accepted::Tcp)
            }
            Socket::Unix(socket) => {
                let (stream, _) = socket.accept().await?;
                stream.into_std().map(Accepted::Unix)
            }
        }
    }

    /// The TCP address, with the port that was given when any was asked for.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(socket) => socket.local_addr().ok(),
            Socket::Unix(_) => None,
        }
    }

    /// How a client would name it.
    pub fn url(&self, tls: bool) -> String {
        match (&self.file, self.address()) {
            (Some(path), _) => format!("unix:{}", path.display()),
            (None, Some(address)) if tls => format!("https://{address}"),
            (None, Some(address)) => format!("http://{address}"),
            (None, None) => "a closed socket".to_owned(),
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(path) = &self.file {
            // Gone already, or its directory is no longer ours to write: nothing to be done.
            let _ = fs::remove_file(path);
        }
    }
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = net::TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket)
}

fn unix(path: &Path, mode: u32) -> io::Result<UnixListener> {
    make_way(path)?;
    let mut made = path.as_os_str().to_owned();
    made.push(format!(".{}", std::process::id()));
    let made = PathBuf::from(made);
    let _ = fs::remove_file(&made);
    let socket = UnixListener::bind(&made)?;
    let placed = fs::set_permissions(&made, Permissions::from_mode(mode))
        .and_then(|()| fs::rename(&made, path));
    placed.inspect_err(|_| drop(fs::remove_file(&made)))?;
    Ok(socket)
}

/// Makes sure that what is at `path`, if anything, is a socket that nobody serves.
fn make_way(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "a file that is not a socket is there",
        ));
    }
    match unix_net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "another process serves it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix_bind(path: &Path) -> Bind {
        Bind::Unix {
            path: path.to_owned(),
            mode: 0o660,
        }
    }

    #[tokio::test]
    async fn a_unix_socket_has_its_mode_and_goes_with_us() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let listening = Listening::open(&unix_bind(&path)).unwrap();
        assert_eq!(listening.url(false), format!("unix:{}", path.display()));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o660
        );
        let _client = unix_net::UnixStream::connect(&path).unwrap();
        assert!(matches!(
            listening.accept().await.unwrap(),
            Accepted::Unix(_)
        ));
        drop(listening);
        assert!(
            fs::read_dir(dir.path()).unwrap().next().is_none(),
            "nothing is left"
        );
    }

    #[tokio::test]
    async fn only_a_stale_socket_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let check = |expected: Option<&str>| {
            let opened = Listening::open(&unix_bind(&path));
            let shown = opened.as_ref().err().map(|error| error.source.to_string());
            assert_eq!(shown.as_deref(), expected);
        };
        drop(unix_net::UnixListener::bind(&path).unwrap());
        check(None);
        let live = unix_net::UnixListener::bind(&path).unwrap();
        check(Some("another process serves it"));
        drop(live);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "precious").unwrap();
        check(Some("a file that is not a socket is there"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[tokio::test]
    async fn any_free_port_is_told() {
        let any = Bind::Address("127.0.0.1:0".parse().unwrap());
        let listening = Listening::open(&any).unwrap();
        let address = listening.address().unwrap();
        assert_ne!(address.port(), 0);
        assert_eq!(listening.url(true), format!("https://{address}"));
        let taken = Listening::open(&Bind::Address(address)).unwrap_err();
        assert_eq!(taken.to_string(), format!("listening on {address}"));
    }
}
