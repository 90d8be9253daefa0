//! Which parts of a request are secret. By schema, not by guess: where Ironic's API takes secrets,
//! and where credentials stand in any request over HTTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use super::known::{KnownSecrets, MOST_BYTES};
use crate::credentials::{Credentials, Identity};
use crate::json::{Typed, Value};
use crate::operation::{Operation, percent_decode};

impl KnownSecrets {
    /// The secrets in a request: credentials in its headers and its query, and, where it is a
    /// write, the fields of its body that Ironic's API gives secrets in.
    pub fn of_request(
        operation: Option<&Operation>,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Self {
        Self::of_request_with(operation, headers, query, &[])
    }

    /// The same, with what is secret on the drive of the request.
    pub(crate) fn of_request_with(
        operation: Option<&Operation>,
        headers: &HeaderMap,
        query: Option<&str>,
        drive: &[Zeroizing<String>],
    ) -> Self {
        let mut secrets = Secrets::default();
        drive.iter().for_each(|secret| secrets.add(secret));
        secrets.add_headers(headers);
        secrets.add_query(query.unwrap_or_default());
        if let Some(body) = operation.and_then(Operation::body) {
            secrets.add_body(body.root());
        }
        if secrets.bytes > MOST_BYTES {
            return Self::too_many();
        }
        Self::new(secrets.values)
    }

    /// The program's own credentials, as they stand in the configuration and as they are sent.
    pub fn of_account(credentials: Option<&Credentials>) -> Self {
        let mut secrets = Secrets::default();
        match credentials {
            None => {}
            Some(Credentials::Token(token)) => secrets.add(token.expose()),
            Some(Credentials::Keystone(login)) => match &login.identity {
                Identity::Password { password, .. } => secrets.add(password.expose()),
                Identity::ApplicationCredential { secret, .. } => secrets.add(secret.expose()),
            },
            Some(Credentials::Basic { user, password }) => {
                let pair = Zeroizing::new(format!("{user}:{}", password.expose()));
                secrets.add(&STANDARD.encode(pair.as_bytes()));
                secrets.add(&pair);
                secrets.add(password.expose());
            }
        }
        Self::new(secrets.values)
    }

    /// The credentials in headers.
    pub fn of_headers(headers: &HeaderMap) -> Self {
        Self::of_request(None, headers, None)
    }
}

/// The headers that carry secrets.
pub(crate) fn carriers(headers: &HeaderMap) -> HeaderMap {
    let mut carriers = HeaderMap::new();
    for name in SECRET_HEADERS.map(HeaderName::from_static) {
        for value in headers.get_all(&name) {
            carriers.append(name.clone(), value.clone());
        }
    }
    carriers
}

/// Headers whose whole value is a secret.
const SECRET_HEADERS: [&str; 8] = [
    "x-auth-token",
    "x-service-token",
    "x-subject-token",
    "x-account-meta-temp-url-key",
    "x-container-meta-temp-url-key",
    "authorization",
    "proxy-authorization",
    "cookie",
];
/// Members of a body in which every text is secret.
const SECRET_TREES: [&str; 4] = ["configdrive", "user_data", "vendor_data", "admin_pass"];
/// Parts of a name that make it the name of a secret.
const SECRET_NAMES: [&str; 18] = [
    "password",
    "passwd",
    "passphrase",
    "adminpass",
    "secret",
    "token",
    "credential",
    "community",
    "private_key",
    "privatekey",
    "priv_key",
    "auth_key",
    "api_key",
    "access_key",
    "kg_key",
    "key_contents",
    "temp_url",
    "signature",
];

#[derive(Default)]
pub(super) struct Secrets {
    pub(super) values: Vec<Zeroizing<String>>,
    bytes: usize,
}

impl Secrets {
    pub(super) fn add(&mut self, value: &str) {
        self.bytes = self.bytes.saturating_add(value.len());
        if self.bytes <= MOST_BYTES {
            self.values.push(Zeroizing::new(value.to_owned()));
        }
    }

    fn add_headers(&mut self, headers: &HeaderMap) {
        for value in SECRET_HEADERS
            .iter()
            .flat_map(|name| headers.get_all(*name))
        {
            let Ok(text) = value.to_str() else { continue };
            self.add(text);
            if let Some(encoded) = text.strip_prefix("Basic ") {
                self.add(encoded);
                self.add_basic(encoded);
            }
        }
    }

    fn add_basic(&mut self, encoded: &str) {
        let decoded = STANDARD.decode(encoded.trim()).map(Zeroizing::new);
        let Some(pair) = decoded
            .ok()
            .and_then(|pair| String::from_utf8(pair.to_vec()).ok())
            .map(Zeroizing::new)
        else {
            return;
        };
        if let Some((_, password)) = pair.split_once(':') {
            self.add(password);
        }
        self.add(&pair);
    }

    /// Arguments whose names say that they are secret, as they stand and decoded.
    fn add_query(&mut self, query: &str) {
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if is_secret_name(name) || name == "sig" {
                self.add(value);
                if let Ok(decoded) = percent_decode(value) {
                    self.add(&decoded);
                }
            }
        }
    }

    /// A password in a URL, and what signs one.
    fn add_url(&mut self, text: &str) {
        let Some((_, rest)) = text.split_once("://") else {
            return;
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if let Some((user, _)) = authority.rsplit_once('@') {
            self.add(user.split_once(':').map_or(user, |(_, password)| password));
        }
        if let Some((_, query)) = rest.split_once('?') {
            self.add_query(query);
        }
    }

    /// Walks a body. It is at most 25 levels deep: the reader has seen to that.
    fn add_body(&mut self, value: Value<'_>) {
        self.add_patched(value);
        if let Typed::Text(text) = value.typed() {
            self.add_url(&text);
        }
        for (name, member) in value.members() {
            if is_secret_name(&name) {
                self.add_all(member)
            } else {
                self.add_body(member)
            }
        }
        value.items().for_each(|item| self.add_body(item));
    }

    /// An operation of a PATCH names in its path what its value is.
    fn add_patched(&mut self, value: Value<'_>) {
        let member = |name: &str| {
            value
                .members()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        let (Some(path), Some(patched)) =
            (member("path").and_then(Value::as_text), member("value"))
        else {
            return;
        };
        if path.split('/').any(is_secret_name) {
            self.add_all(patched);
        }
    }

    /// Every text in `value`, whole and line by line.
    pub(super) fn add_all(&mut self, value: Value<'_>) {
        if let Typed::Text(text) = value.typed() {
            self.add(&text);
            text.lines()
                .map(str::trim)
                .filter(|line| *line != text)
                .for_each(|line| self.add(line));
        }
        value.members().for_each(|(_, member)| self.add_all(member));
        value.items().for_each(|item| self.add_all(item));
    }
}

pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET_TREES.contains(&&*name) || SECRET_NAMES.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests;
