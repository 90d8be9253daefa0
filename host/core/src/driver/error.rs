//! Why there is no reply from Ironic.

use std::time::Duration;

use http::StatusCode;

use super::AuthError;

/// Why Ironic gave no answer that can be passed on. Safe to show to a client: addresses and
/// texts of the network are in the source, for the log.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// No connection came about.
    #[error("Ironic cannot be reached")]
    Connect(#[source] hyper_util::client::legacy::Error),
    /// The connection broke, or what came over it was not HTTP.
    #[error("connection to Ironic broke before it had answered")]
    Broken {
        /// What the client library says.
        #[source]
        source: hyper_util::client::legacy::Error,
        /// Whether the request may have reached Ironic.
        was_sent: bool,
    },
    /// Ironic changes to another protocol, for which nobody has asked.
    #[error("Ironic answered by changing to another protocol")]
    Switched,
    /// The head of the reply did not come in time.
    #[error("Ironic did not answer within {limit:?}")]
    ReplyTimeout {
        /// How long it had.
        limit: Duration,
    },
    /// The body of the reply stopped coming.
    #[error("Ironic's answer stopped for {limit:?}")]
    IdleTimeout {
        /// How long it may pause.
        limit: Duration,
    },
    /// The body of the reply broke off.
    #[error("Ironic's answer broke off")]
    Body(#[source] hyper::Error),
    /// What a request is about cannot be read from the reply.
    #[error("Ironic's description of what the request is about cannot be read")]
    Description,
    /// The target does not fit behind Ironic's URL.
    #[error("target of the request is too long to be forwarded")]
    Target,
    /// Ironic's front page is not there.
    #[error("Ironic answers {status} to a request for its front page")]
    Unhealthy {
        /// The answer.
        status: StatusCode,
    },
    /// There are no credentials to send.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// Neither the configuration nor a service catalogue says where Ironic is.
    #[error("nothing says where Ironic is: a service catalogue needs a login at Keystone")]
    Nowhere,
    /// The authorities that may have signed Ironic's certificate cannot be used.
    #[error("authorities for Ironic's certificate cannot be used: {reason}")]
    Authorities {
        /// What is wrong.
        reason: String,
    },
    /// The certificate that proves who we are cannot be used.
    #[error("client certificate for Ironic cannot be used: {reason}")]
    ClientCertificate {
        /// What is wrong.
        reason: String,
    },
}

impl DriverError {
    /// Whether it was a matter of time, which HTTP has a status of its own for.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Auth(error) => error.is_timeout(),
            _ => matches!(self, Self::ReplyTimeout { .. } | Self::IdleTimeout { .. }),
        }
    }

    /// Whether the request may have reached Ironic, and may have taken effect there.
    pub fn was_sent(&self) -> bool {
        match self {
            Self::Connect(_)
            | Self::Target
            | Self::Auth(_)
            | Self::Nowhere
            | Self::Authorities { .. }
            | Self::ClientCertificate { .. }
            | Self::Description => false,
            Self::Broken { was_sent, .. } => *was_sent,
            Self::Switched
            | Self::ReplyTimeout { .. }
            | Self::IdleTimeout { .. }
            | Self::Body(_)
            | Self::Unhealthy { .. } => true,
        }
    }

    pub(super) fn from_client(error: hyper_util::client::legacy::Error) -> Self {
        if error.is_connect() {
            return Self::Connect(error);
        }
        let hyper = std::error::Error::source(&error)
            .and_then(|source| source.downcast_ref::<hyper::Error>());
        let was_sent = !hyper.is_some_and(hyper::Error::is_canceled);
        Self::Broken {
            source: error,
            was_sent,
        }
    }
}
