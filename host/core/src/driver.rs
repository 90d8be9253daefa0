//! The driver: forwards what was admitted to Ironic, and reads what a request is about.
//!
//! Accepts nothing but an [`Admitted`]. Body and end-to-end headers go out as they came in. A
//! write is sent at most once: a connection that breaks is reported and never tried again. What
//! Ironic says in an error comes back without the secrets of the request.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::StatusCode;
use http::uri::{PathAndQuery, Scheme};
use http_body_util::combinators::BoxBody;
use http_body_util::{Either, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::admission::Admitted;
use crate::config::IronicConfig;
use crate::sanitise::{self, KnownSecrets, Sanitizers};

mod auth;
mod error;
mod fetch;
mod headers;
mod own;
mod place;
mod reader;
mod reply;
mod tls;

pub use auth::{AuthError, Proof, Session};
pub use error::DriverError;
pub use fetch::{FetchError, Fetcher};
pub use reader::{Known, Reader, Reading};
pub use reply::{IronicReply, ReplyBody};

pub(crate) use auth::base_of;

use own::Speaks;
use place::Place;
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
    /// None when the service catalogue says it.
    place: Option<Place>,
    reply_timeout: Duration,
    idle_timeout: Duration,
    speaks: Speaks,
    session: Session,
    sanitizers: Arc<Sanitizers>,
}

impl Driver {
    /// A driver whose requests carry the credentials they were received with: what a gateway
    /// needs.
    ///
    /// # Errors
    /// When the authorities or the client certificate of the configuration cannot be used, or the
    /// system has no authorities.
    pub fn new(config: &IronicConfig) -> Result<Self, DriverError> {
        let is_https = config.url.scheme() == Some(&Scheme::HTTPS);
        let connector = tls::connector(config, is_https)?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .build(connector);
        let is_known = config.catalogue.is_none();
        Ok(Self {
            client,
            place: is_known.then(|| Place::at(config.url.clone())),
            reply_timeout: config.reply_timeout,
            idle_timeout: config.idle_timeout,
            speaks: Speaks::ForCallers,
            session: Session::open(config)?,
            sanitizers: Arc::new(Sanitizers::none()),
        })
    }

    /// The same driver, which lets these sanitizers go through what Ironic says in an error. Without
    /// them only the secrets of the request are masked.
    pub fn sanitized_by(self, sanitizers: Arc<Sanitizers>) -> Self {
        Self { sanitizers, ..self }
    }

    /// A driver that adds the configured credentials to requests that carry none: what an
    /// orchestrator needs that embeds the library and speaks for itself.
    ///
    /// When Ironic answers 401 to a token from Keystone, the request is sent once more with
    /// another one; see [`Session::other_than`].
    ///
    /// # Errors
    /// As [`Driver::new`].
    pub fn with_own_credentials(config: &IronicConfig) -> Result<Self, DriverError> {
        Ok(Self {
            speaks: Speaks::ForItself,
            ..Self::new(config)?
        })
    }

    /// The session that proves who we are, to share its token.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Sends an admitted request and returns what Ironic answers, whatever that is. Returns when
    /// the head of the reply is there; the body follows as it arrives. That of an error is read
    /// whole, and what is secret in it is taken out.
    ///
    /// # Errors
    /// When Ironic cannot be reached, breaks off, answers what is not HTTP, or takes too long. A
    /// write may have taken effect all the same, unless [`DriverError::was_sent`] says no.
    pub async fn forward(&self, admitted: Admitted) -> Result<IronicReply, DriverError> {
        let (mut request, operation, drive) = admitted.into_parts();
        let mut carriers = sanitise::carriers(request.headers());
        headers::drop_hop_by_hop(request.headers_mut());
        let target = request.uri().path_and_query().cloned();
        let query = target.as_ref().and_then(PathAndQuery::query);
        let query = query.map(str::to_owned);
        let reply = if self.speaks.for_itself(request.headers()) {
            self.send_as_ourselves(request, target, &mut carriers)
                .await?
        } else {
            *request.uri_mut() = self.place().await?.uri(target.as_ref())?;
            self.send(request).await?
        };
        let secrets = || {
            KnownSecrets::of_request_with(operation.as_ref(), &carriers, query.as_deref(), &drive)
        };
        Ok(cleaned(reply, self.reply_timeout, &self.sanitizers, secrets).await)
    }

    /// Asks Ironic for its front page, with the configured credentials where there are some.
    ///
    /// # Errors
    /// When there is no answer, or one that is no success; and when Keystone gives no token.
    pub async fn probe(&self) -> Result<(), DriverError> {
        let proof = self.session.proof().await?;
        let reply = self
            .get(&PathAndQuery::from_static("/"), proof.headers().clone())
            .await?;
        if reply.status().is_success() {
            Ok(())
        } else {
            Err(DriverError::Unhealthy {
                status: reply.status(),
            })
        }
    }

    /// Reads something on our own account. A connection that turns out to be closed is worth one
    /// more try: reading changes nothing.
    async fn get(
        &self,
        target: &PathAndQuery,
        headers: HeaderMap,
    ) -> Result<IronicReply, DriverError> {
        let place = self.place().await?;
        let request = || {
            let mut request = http::Request::new(Either::Left(Full::new(Bytes::new())));
            *request.headers_mut() = headers.clone();
            *request.uri_mut() = place.uri(Some(target))?;
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
