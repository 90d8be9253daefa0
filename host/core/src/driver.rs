//! The driver: forwards what was admitted to Ironic, and reads a node when a policy needs it.
//!
//! Accepts nothing but an [`Admitted`]. Body and end-to-end headers go out as they came in. A
//! write is sent at most once: a connection that breaks is reported and never tried again.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{StatusCode, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::admission::Admitted;
use crate::config::IronicConfig;
use crate::json::Document;

mod auth;
mod error;
mod headers;
mod reply;
mod tls;

pub use error::DriverError;
pub use reply::{IronicReply, ReplyBody};

/// Body of a request to Ironic: complete, or passed on as it arrives.
pub(crate) type RequestBody =
    Either<Full<Bytes>, BoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>>;

/// A connection that was idle for longer is not used again. Shorter than the ten seconds after
/// which Ironic's own server closes one, so that a write does not meet a closing connection.
const IDLE_CONNECTION: Duration = Duration::from_secs(5);
/// Largest node that is read.
const NODE_BYTES: usize = 4 << 20;

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
    /// the head of the reply is there; the body follows as it arrives.
    ///
    /// # Errors
    /// When Ironic cannot be reached, breaks off, answers what is not HTTP, or takes too long. A
    /// write may have taken effect all the same, unless [`DriverError::was_sent`] says no.
    pub async fn forward(&self, admitted: Admitted) -> Result<IronicReply, DriverError> {
        let mut request = admitted.into_request();
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
        self.send(request).await
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

/// Where a node can be read for the policies that ask for it.
pub trait NodeReader {
    /// Reads the node `ident`, with the credentials in `caller`, as far as `fields` (names of
    /// its attributes) go.
    ///
    /// # Errors
    /// When there is no answer.
    fn read_node(
        &self,
        ident: &str,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> impl Future<Output = Result<NodeReply, DriverError>> + Send;
}

/// What came of reading a node.
pub enum NodeReply {
    /// The node.
    Node(Document),
    /// Ironic's own answer that is no node, such as 404 or 401. It is the answer to the request
    /// as well: there is nothing to judge.
    Answered(Box<IronicReply>),
    /// There is nobody to ask. Fields of the node are absent.
    Unknown,
}

/// For judging without any Ironic: no node is known.
pub struct NoNodes;

impl NodeReader for NoNodes {
    async fn read_node(
        &self,
        _ident: &str,
        _caller: &HeaderMap,
        _fields: &[&str],
    ) -> Result<NodeReply, DriverError> {
        Ok(NodeReply::Unknown)
    }
}

/// For judging without any Ironic: the one node that is known.
pub struct OneNode(pub Document);

impl NodeReader for OneNode {
    async fn read_node(
        &self,
        _ident: &str,
        _caller: &HeaderMap,
        _fields: &[&str],
    ) -> Result<NodeReply, DriverError> {
        Ok(NodeReply::Node(self.0.clone()))
    }
}

impl NodeReader for Driver {
    async fn read_node(
        &self,
        ident: &str,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> Result<NodeReply, DriverError> {
        let mut headers = auth::credentials_of(caller);
        if let Some(own) = self.credentials.as_ref().filter(|_| headers.is_empty()) {
            headers = own.clone();
        }
        // The newest version shows all that policies may ask for, whatever the request speaks.
        headers.insert(
            HeaderName::from_static("x-openstack-ironic-api-version"),
            HeaderValue::from_static("latest"),
        );
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let path = format!("/v1/nodes/{}", headers::percent_encode(ident));
        let narrow = format!("{path}?fields={}", fields.join(","));
        let mut reply = self
            .get(
                &narrow.parse().map_err(|_| DriverError::Target)?,
                headers.clone(),
            )
            .await?;
        if reply.status() == StatusCode::BAD_REQUEST {
            // An older Ironic does not know one of the fields: the whole node tells as well.
            reply = self
                .get(&path.parse().map_err(|_| DriverError::Target)?, headers)
                .await?;
        }
        if reply.status() != StatusCode::OK {
            return Ok(NodeReply::Answered(Box::new(reply)));
        }
        let body = Limited::new(reply.into_response().into_body(), NODE_BYTES)
            .collect()
            .await
            .map_err(|_| DriverError::Node)?;
        Document::read(body.to_bytes())
            .map(NodeReply::Node)
            .map_err(|_| DriverError::Node)
    }
}
