//! Credentials as headers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::credentials::Credentials;

/// Keystone's token.
const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
/// The token of a service that acts for the caller.
const SERVICE_TOKEN: HeaderName = HeaderName::from_static("x-service-token");

/// The headers that prove who we are. A value that no header can hold yields none, and Ironic
/// then answers 401.
pub(super) fn headers(credentials: &Credentials) -> HeaderMap {
    let (name, value) = match credentials {
        Credentials::Basic { user, password } => {
            let pair = Zeroizing::new(format!("{user}:{}", password.expose()));
            (
                AUTHORIZATION,
                Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))),
            )
        }
        Credentials::Token(token) => (TOKEN, Zeroizing::new(token.expose().clone())),
    };
    let Ok(mut value) = HeaderValue::from_str(&value) else {
        return HeaderMap::new();
    };
    value.set_sensitive(true);
    HeaderMap::from_iter([(name, value)])
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
