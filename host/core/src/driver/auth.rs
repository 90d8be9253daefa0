//! Proof of who we are, for what is sent with our own credentials.
//!
//! A [`Session`] turns credentials into headers. For HTTP basic and a given token they are always
//! the same; a login at Keystone is turned into a token when one is first needed, into another one
//! before that ends, and once more when Ironic refuses it.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Uri;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

mod catalogue;
mod error;
mod keystone;
mod lifetime;
mod request;
mod tokens;

pub(crate) use catalogue::base_of;
pub use error::AuthError;

use self::keystone::Keystone;
use self::tokens::{Token, Tokens};
use super::{DriverError, tls};
use crate::config::IronicConfig;
use crate::credentials::Credentials;

/// Keystone's token.
const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
/// The token of a service that acts for the caller.
const SERVICE_TOKEN: HeaderName = HeaderName::from_static("x-service-token");

/// Speaks for one set of credentials. Copies share one token, and any number of tasks may ask at
/// the same time: Keystone is asked once for all of them.
///
/// ```no_run
/// # use portcullis::driver::{AuthError, Session};
/// # async fn example(session: Session) -> Result<(), AuthError> {
/// let proof = session.proof().await?;
/// // Send a request with `proof.headers()`. Should Ironic answer 401 to it:
/// if let Some(other) = session.other_than(&proof).await? {
///     // Send it once more, with `other.headers()`.
/// }
/// # Ok(())
/// # }
/// ```
///
/// Must be used within a Tokio runtime.
#[derive(Clone)]
pub struct Session(Source);

#[derive(Clone)]
enum Source {
    /// Always the same, perhaps none.
    Fixed(HeaderMap),
    Keystone(Arc<Tokens>),
}

/// What is sent with one request to prove who we are. Its `Debug` shows names of headers only.
#[derive(Clone)]
pub struct Proof {
    headers: HeaderMap,
    token: Option<u64>,
}

impl Session {
    /// A session with the credentials of a configuration; one that proves nothing when it has
    /// none. Nothing is sent before a proof is asked for.
    ///
    /// # Errors
    /// When the authorities or the client certificate that are needed to talk to Keystone cannot
    /// be used.
    pub fn open(config: &IronicConfig) -> Result<Self, DriverError> {
        let source = match &config.credentials {
            None => Source::Fixed(HeaderMap::new()),
            Some(Credentials::Basic { user, password }) => {
                let pair = Zeroizing::new(format!("{user}:{}", password.expose()));
                let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
                let value = Zeroizing::new(format!("Basic {}", encoded.as_str()).into_bytes());
                Source::fixed(AUTHORIZATION, value)
            }
            Some(Credentials::Token(token)) => {
                Source::fixed(TOKEN, Zeroizing::new(token.expose().clone().into_bytes()))
            }
            Some(Credentials::Keystone(login)) => {
                let connector = tls::connector(config, login.url.is_https())?;
                let keystone = Keystone::new(
                    connector,
                    login.as_ref().clone(),
                    config.catalogue.clone(),
                    config.reply_timeout,
                );
                Source::Keystone(Arc::new(Tokens::new(keystone)))
            }
        };
        Ok(Self(source))
    }

    /// Proof to send with a request now. Waits for Keystone only when there is no token that is
    /// still good.
    ///
    /// # Errors
    /// When there is none, and Keystone gives none. It is not asked again for a while then: until
    /// that is over, everybody gets the same error at once.
    pub async fn proof(&self) -> Result<Proof, AuthError> {
        match &self.0 {
            Source::Fixed(headers) => Ok(Proof {
                headers: headers.clone(),
                token: None,
            }),
            Source::Keystone(tokens) => tokens.get().await.map(|token| Proof::of(&token)),
        }
    }

    /// Another proof in place of one to which Ironic has answered 401, since a token can end
    /// before its time. None when there is no other: for HTTP basic and a given token.
    ///
    /// However many requests were refused with the same token, Keystone is asked for one.
    ///
    /// # Errors
    /// As [`Self::proof`].
    pub async fn other_than(&self, refused: &Proof) -> Result<Option<Proof>, AuthError> {
        match (&self.0, refused.token) {
            (Source::Keystone(tokens), Some(number)) => {
                let token = tokens.other_than(number).await?;
                Ok(token.map(|token| Proof::of(&token)))
            }
            (Source::Fixed(_), _) | (Source::Keystone(_), None) => Ok(None),
        }
    }

    /// Whether a proof that Ironic refuses can be replaced by another one.
    pub fn is_renewable(&self) -> bool {
        matches!(self.0, Source::Keystone(_))
    }

    /// Where Ironic is, by the service catalogue; none when the configuration says it.
    pub(super) async fn ironic(&self) -> Result<Option<Uri>, AuthError> {
        match &self.0 {
            Source::Fixed(_) => Ok(None),
            Source::Keystone(tokens) => tokens.get().await?.ironic.clone().transpose(),
        }
    }
}

impl Source {
    /// One header. A value that no header can hold yields none, and Ironic then answers 401.
    fn fixed(name: HeaderName, value: Zeroizing<Vec<u8>>) -> Self {
        let header = sensitive(value).map(|value| (name, value));
        Self::Fixed(header.into_iter().collect())
    }
}

impl Proof {
    /// The headers to send.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn of(token: &Token) -> Self {
        Self {
            headers: token.headers.clone(),
            token: Some(token.number),
        }
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.headers.keys()).finish()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Source::Fixed(headers) if headers.is_empty() => "Session(none)",
            Source::Fixed(_) => "Session(fixed)",
            Source::Keystone(_) => "Session(keystone)",
        })
    }
}

/// A header value that is wiped from memory with its last copy, and not shown by `Debug`.
fn sensitive(value: Zeroizing<Vec<u8>>) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(value)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// An error with all its causes, in one line.
struct Causes<'a>(&'a AuthError);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        let mut next = std::error::Error::source(self.0);
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

/// Whether a request brings credentials of its own.
pub(super) fn carries_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) || headers.contains_key(TOKEN)
}

/// The credentials among the headers of a request.
pub(super) fn credentials_of(headers: &HeaderMap) -> HeaderMap {
    let mut credentials = HeaderMap::new();
    for name in [AUTHORIZATION, TOKEN, SERVICE_TOKEN] {
        for value in headers.get_all(&name) {
            credentials.append(name.clone(), value.clone());
        }
    }
    credentials
}
