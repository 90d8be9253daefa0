//! The driver: forwards what was admitted to Ironic, and reads what a request is about.
//!
//! Accepts nothing but an [`Admitted`]. Body and end-to-end headers go out as they came in. A
//! write is sent at most once: a connection that breaks is reported and never tried again. What
//! Ironic says in an error comes back without the secrets of the request.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{StatusCode, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{Either, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::admission::Admitted;
use crate::config::IronicConfig;
use crate::sanitise::{self, KnownSecrets};

mod auth;
mod error;
mod fetch;
mod headers;
mod reader;
mod reply;
mod tls;

pub use error::DriverError;
pub use fetch::{FetchError, Fetcher};
pub use reader::{Known, Reader, Reading};
pub use reply::{IronicReply, ReplyBody};

use reply::cleaned;

/// Body of a request to Ironic: complete, or passed on as it arrives.
pub(crate) type RequestBody =
    Either<Full<Bytes>, BoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>>;

/// A connection that was idle for longer is not used again. Shorter than the ten seconds after
/// which Ironic's own server closes one, so that a write does not meet a closing connection.
const IDLE_CONNECTION: Duration = Duration::from_secs(5);

/// Sends requests to one Ironic, over connections of its own.
pub struct Driver {
    client: Client<HttpsConnector<HttpConnector>, RequestBody>,
    scheme: Scheme,
    authority: Authority,
    prefix: String,
    reply_timeout: Duration,
    idle_timeout: Duration,
    credentials: Option<HeaderMap>,
    own_account: HeaderMap,
}

impl Driver {
    /// A driver whose requests carry the credentials they were received with: what a gateway
    /// needs.
    ///
    /// # Errors
    /// When the authorities of the configuration cannot be read, or the system has none.
    pub fn new(config: &IronicConfig) -> Result<Self, DriverError> {
        let parts = config.url.clone().into_parts();
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(config.connect_timeout));
        let connector = tls::connector(
            http,
            config.ca_file.as_deref(),
            parts.scheme == Some(Scheme::HTTPS),
        )?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .build(connector);
        Ok(Self {
            client,
            scheme: parts.scheme.unwrap_or(Scheme::HTTP),
            authority: parts
                .authority
                .unwrap_or(Authority::from_static("127.0.0.1")),
            prefix: parts
                .path_and_query
                .map(|path| path.path().trim_end_matches('/').to_owned())
                .unwrap_or_default(),
            reply_timeout: config.reply_timeout,
            idle_timeout: config.idle_timeout,
            credentials: None,
            own_account: config
                .credentials
                .as_ref()
                .map(auth::headers)
                .unwrap_or_default(),
        })
    }

    /// A driver that adds the configured credentials to requests that carry none: what an
    /// orchestrator needs that embeds the library and speaks for itself.
    ///
    /// # Errors
    /// As [`Driver::new`].
    pub fn with_own_credentials(config: &IronicConfig) -> Result<Self, DriverError> {
        let driver = Self::new(config)?;
        Ok(Self {
            credentials: Some(driver.own_account.clone()),
            ..driver
        })
    }

    /// Sends an admitted request and returns what Ironic answers, whatever that is. Returns when
    /// the head of the reply is there; the body follows as it arrives. That of an error is read
    /// whole, and the secrets of the request are masked in it.
    ///
    /// # Errors
    /// When Ironic cannot be reached, breaks off, answers what is not HTTP, or takes too long. A
    /// write may have taken effect all the same, unless [`DriverError::was_sent`] says no.
    pub async fn forward(&self, admitted: Admitted) -> Result<IronicReply, DriverError> {
        let (mut request, operation, drive) = admitted.into_parts();
        let carriers = sanitise::carriers(request.headers());
        headers::drop_hop_by_hop(request.headers_mut());
        if let Some(own) = self
            .credentials
            .as_ref()
            .filter(|_| !auth::carries_credentials(request.headers()))
        {
            request.headers_mut().extend(own.clone());
        }
        let target = request.uri().path_and_query().cloned();
        *request.uri_mut() = self.uri(target.as_ref())?;
        let reply = self.send(request).await?;
        let secrets = || KnownSecrets::of_request_with(operation.as_ref(), &carriers, &drive);
        Ok(cleaned(reply, self.reply_timeout, secrets).await)
    }

    /// Asks Ironic for its front page, which needs no credentials.
    ///
    /// # Errors
    /// When there is no answer, or one that is no success.
    pub async fn probe(&self) -> Result<(), DriverError> {
        let reply = self
            .get(&PathAndQuery::from_static("/"), self.own_account.clone())
            .await?;
        if reply.status().is_success() {
            Ok(())
        } else {
            Err(DriverError::Unhealthy {
                status: reply.status(),
            })
        }
    }

    fn uri(&self, target: Option<&PathAndQuery>) -> Result<Uri, DriverError> {
        let target = target.cloned().unwrap_or(PathAndQuery::from_static("/"));
        let path = if self.prefix.is_empty() {
            Ok(target)
        } else {
            format!("{}{target}", self.prefix)
                .parse()
                .map_err(|_| DriverError::Target)
        };
        let uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone());
        uri.path_and_query(path?)
            .build()
            .map_err(|_| DriverError::Target)
    }

    /// Reads something on our own account. A connection that turns out to be closed is worth one
    /// more try: reading changes nothing.
    async fn get(
        &self,
        target: &PathAndQuery,
        headers: HeaderMap,
    ) -> Result<IronicReply, DriverError> {
        let request = || {
            let mut request = http::Request::new(Either::Left(Full::new(Bytes::new())));
            *request.headers_mut() = headers.clone();
            *request.uri_mut() = self.uri(Some(target))?;
            Ok::<_, DriverError>(request)
        };
        match self.send(request()?).await {
            Err(DriverError::Broken { .. }) => self.send(request()?).await,
            outcome => outcome,
        }
    }

    async fn send(&self, request: http::Request<RequestBody>) -> Result<IronicReply, DriverError> {
        let reply = tokio::time::timeout(self.reply_timeout, self.client.request(request)).await;
        let reply = reply.map_err(|_| DriverError::ReplyTimeout {
            limit: self.reply_timeout,
        })?;
        let reply = reply.map_err(DriverError::from_client)?;
        // Requests go out without `Upgrade`, and what follows such a reply is not HTTP.
        if reply.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(DriverError::Switched);
        }
        Ok(IronicReply::new(reply, self.idle_timeout))
    }
}
