//! Why there is no proof of who we are, without a word of what it would have been.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

/// Why Keystone gave no token that can be used. Cheap to copy: all who waited for one token get
/// the same answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthError {
    /// No connection came about.
    #[error("Keystone cannot be reached")]
    Connect(#[source] Arc<hyper_util::client::legacy::Error>),
    /// The connection broke, or what came over it was not HTTP.
    #[error("connection to Keystone broke before it had answered")]
    Broken(#[source] Arc<hyper_util::client::legacy::Error>),
    /// The answer did not come in time, or not as a whole.
    #[error("Keystone did not answer within {limit:?}")]
    Timeout {
        /// How long it had.
        limit: Duration,
    },
    /// Keystone does not accept who we say we are, or not for this scope.
    #[error("Keystone refuses the credentials (401)")]
    Refused,
    /// Keystone answers something else than a token. A redirection counts as that, since
    /// whoever sends one could have the password sent anywhere.
    #[error("Keystone answers {status} to the request for a token, expected 201")]
    Status {
        /// The answer.
        status: StatusCode,
    },
    /// Keystone's answer is no token as the Identity API describes it.
    #[error("Keystone's answer to the request for a token has {found}, expected {expected}")]
    Answer {
        /// What is there.
        found: &'static str,
        /// What should be.
        expected: &'static str,
    },
    /// The service catalogue does not say where Ironic is.
    #[error(
        "the service catalogue has no endpoint for service `{service}`, interface {interfaces} \
         and {region}, expected one, or `ironic.url` in the configuration"
    )]
    NoEndpoint {
        /// Type of the service.
        service: String,
        /// Interfaces, in backticks.
        interfaces: String,
        /// The region, in backticks, or that it may be any.
        region: String,
    },
    /// The address in the service catalogue is none.
    #[error(
        "the service catalogue's endpoint for Ironic is no `http` or `https` address without \
         user and query"
    )]
    EndpointUrl,
    /// The request cannot be put into HTTP.
    #[error("the request for a token cannot be sent: Keystone's address is too long")]
    Request,
    /// The runtime ended meanwhile.
    #[error("the request for a token was abandoned")]
    Abandoned,
}

impl AuthError {
    /// Whether it was a matter of time.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    pub(super) fn from_client(error: hyper_util::client::legacy::Error) -> Self {
        if error.is_connect() {
            Self::Connect(Arc::new(error))
        } else {
            Self::Broken(Arc::new(error))
        }
    }
}
