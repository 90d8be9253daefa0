//! One request for a token, and what Keystone makes of it.
//!
//! Nothing is believed of the answer before it is read strictly and within limits, and no
//! redirection is followed. The request is wiped from memory once it is sent.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{HeaderName, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::catalogue::{self, Service};
use super::lifetime::Lifetime;
use super::{AuthError, TOKEN, request};
use crate::credentials::{CatalogueQuery, KeystoneLogin};

/// Largest answer that is read. A catalogue of a hundred services in ten regions has some 500 kB.
const ANSWER_BYTES: usize = 4 << 20;
/// Longest token. Servers take no header much longer than this.
const TOKEN_BYTES: usize = 8 << 10;
/// Where Keystone puts the token.
const SUBJECT_TOKEN: HeaderName = HeaderName::from_static("x-subject-token");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Asks one Keystone for tokens, always with the same login.
pub(super) struct Keystone {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    login: KeystoneLogin,
    query: Option<CatalogueQuery>,
    limit: Duration,
}

/// What Keystone has granted.
pub(super) struct Grant {
    /// The token as a header.
    pub(super) headers: HeaderMap,
    pub(super) lifetime: Lifetime,
    /// Where Ironic is, when the catalogue was asked.
    pub(super) ironic: Option<Result<Uri, AuthError>>,
}

impl Keystone {
    /// Nothing is sent yet. Each answer, as a whole, may take as long as `limit`.
    pub(super) fn new(
        connector: HttpsConnector<HttpConnector>,
        login: KeystoneLogin,
        query: Option<CatalogueQuery>,
        limit: Duration,
    ) -> Self {
        // Tokens are fetched too seldom to keep a connection for.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Self {
            client,
            login,
            query,
            limit,
        }
    }

    /// Gets a new token.
    pub(super) async fn ask(&self) -> Result<Grant, AuthError> {
        let asked = Instant::now();
        let exchange = async {
            let reply = self.client.request(self.request()?).await;
            self.read(reply.map_err(AuthError::from_client)?, asked)
                .await
        };
        let outcome = tokio::time::timeout(self.limit, exchange).await;
        outcome.unwrap_or(Err(AuthError::Timeout { limit: self.limit }))
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, AuthError> {
        let url = self.login.url.tokens().ok_or(AuthError::Request)?;
        let body = request::body(&self.login).ok_or(AuthError::Request)?;
        let mut request = Request::post(url).body(Full::new(Bytes::from_owner(body)));
        if let Ok(request) = &mut request {
            request.headers_mut().insert(CONTENT_TYPE, JSON);
            request.headers_mut().insert(ACCEPT, JSON);
        }
        request.map_err(|_| AuthError::Request)
    }

    async fn read(&self, reply: Response<Incoming>, asked: Instant) -> Result<Grant, AuthError> {
        match reply.status() {
            StatusCode::CREATED => {}
            StatusCode::UNAUTHORIZED => return Err(AuthError::Refused),
            status => return Err(AuthError::Status { status }),
        }
        let headers = token_header(reply.headers())?;
        let body = Limited::new(reply.into_body(), ANSWER_BYTES)
            .collect()
            .await;
        let body = body.map_err(|_| AuthError::Answer {
            found: "a body that breaks off or is larger than 4 MiB",
            expected: "a token",
        })?;
        let answer: Answer =
            serde_json::from_slice(&body.to_bytes()).map_err(|_| AuthError::Answer {
                found: "a body that is not what the Identity API describes",
                expected: "a token with `issued_at` and `expires_at`",
            })?;
        let Token {
            issued_at,
            expires_at,
            catalog,
        } = answer.token;
        Ok(Grant {
            headers,
            lifetime: Lifetime::read(&issued_at, &expires_at, asked)?,
            ironic: (self.query.as_ref()).map(|query| catalogue::find(&catalog, query)),
        })
    }
}

#[derive(Deserialize)]
struct Answer {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    issued_at: String,
    expires_at: String,
    #[serde(default)]
    catalog: Vec<Service>,
}

/// The header to send, from the header that came.
fn token_header(headers: &HeaderMap) -> Result<HeaderMap, AuthError> {
    let mut all = headers.get_all(&SUBJECT_TOKEN).into_iter();
    let (Some(token), None) = (all.next(), all.next()) else {
        return Err(AuthError::Answer {
            found: "no `X-Subject-Token`, or several",
            expected: "exactly one",
        });
    };
    let bytes = token.as_bytes();
    let is_token =
        !bytes.is_empty() && bytes.len() <= TOKEN_BYTES && bytes.iter().all(u8::is_ascii_graphic);
    let value = is_token.then(|| super::sensitive(Zeroizing::new(bytes.to_vec())));
    let value = value.flatten().ok_or(AuthError::Answer {
        found: "an `X-Subject-Token` that is empty, too long or has other characters",
        expected: "at most 8 KiB of printable characters",
    })?;
    Ok(HeaderMap::from_iter([(TOKEN, value)]))
}
