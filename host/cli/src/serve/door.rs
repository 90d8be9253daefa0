//! One listener: its socket, its TLS, and the loop that hands its clients to the workers.

use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use portcullis::config::{Listener, TlsPaths};
use rustls::ServerConfig;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::listener::{ListenError, Listening};
use super::tls::{self, TlsError, TlsFiles};
use super::worker::{Handover, Workers};

/// How long to leave accepting alone when it fails; it does when file descriptors have run out,
/// and trying again at once would only burn time.
const BREATH: Duration = Duration::from_millis(100);

/// A listener that has been opened.
pub struct Door {
    listening: Listening,
    tls: ArcSwapOption<ServerConfig>,
    identity_headers: bool,
}

/// Why a listener cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Its socket cannot be.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Its TLS cannot be.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Door {
    /// Opens a listener.
    ///
    /// # Errors
    /// When its address or its certificate cannot be used.
    pub fn open(config: &Listener) -> Result<Self, DoorError> {
        let tls = load_tls(config)?;
        let listening = Listening::open(&config.bind)?;
        Ok(Self {
            listening,
            tls: ArcSwapOption::from(tls),
            identity_headers: config.identity_headers,
        })
    }

    /// How a client would name it.
    pub fn url(&self) -> String {
        self.listening.url(self.tls.load().is_some())
    }

    /// New connections use this TLS from now on.
    pub fn set_tls(&self, tls: Option<Arc<ServerConfig>>) {
        self.tls.store(tls);
    }

    /// Accepts clients until it is dropped. One for whom there is no place waits, and all behind
    /// it with it. A place is asked for only when there is somebody to take it, so that a
    /// listener without clients keeps none from the others.
    pub async fn admit_clients(self: Rc<Self>, places: Arc<Semaphore>, workers: Rc<Workers>) {
        loop {
            let stream = match self.listening.accept().await {
                Ok(stream) => stream,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => {
                    tracing::warn!(listener = %self.url(), %error, "accepting a connection");
                    sleep(BREATH).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                // Places are never closed, so there always is one some day.
                return;
            };
            workers.hand_over(Handover {
                stream,
                tls: self.tls.load_full(),
                identity_headers: self.identity_headers,
                place,
            });
        }
    }
}

/// Reads the certificate of a listener that has one.
///
/// # Errors
/// When a file cannot be read or used.
pub fn load_tls(config: &Listener) -> Result<Option<Arc<ServerConfig>>, TlsError> {
    let load = |TlsPaths {
                    certificate_file,
                    key_file,
                    client_ca_file,
                }: &TlsPaths| {
        tls::load(TlsFiles {
            certificate: certificate_file,
            key: key_file,
            client_authority: client_ca_file.as_ref().map(AsRef::<Path>::as_ref),
        })
    };
    config.tls.as_ref().map(load).transpose()
}
