//! Portcullis' own credentials for Ironic, for what it asks on its own account.
//!
//! They come from a file, an environment variable or `clouds.yaml`, never from the
//! configuration itself. A file with a secret that anybody but its owner can read is refused.
//! No error and no `Debug` output here ever holds a secret, nor the name of a variable, file or
//! cloud that may be a secret put in the wrong place.
//!
//! Only what Ironic itself understands is here: HTTP basic, and a token as it is. Users with a
//! password in Keystone are not supported yet.

mod clouds;
mod error;
mod file;
mod yaml;

use std::ffi::OsString;
use std::path::PathBuf;

use zeroize::Zeroizing;

pub use error::{CredentialsError, CredentialsFile, FormatFault};

use crate::secret::Secret;

/// What proves to Ironic who is asking.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// HTTP basic authentication (RFC 7617).
    Basic {
        /// User name: without a colon.
        user: String,
        /// Password.
        password: Secret<String>,
    },
    /// A Keystone token, sent as it is in `X-Auth-Token`.
    Token(Secret<String>),
}

/// Where credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsSource {
    /// A file of one line, `user:password` or a token.
    File(PathBuf),
    /// An environment variable with the same content.
    Environment(String),
    /// A cloud of this name in `clouds.yaml`.
    Cloud(String),
}

impl Credentials {
    /// Reads credentials from where they are; none when a cloud says that none are needed.
    ///
    /// # Errors
    ///
    /// When they cannot be read, are not what Ironic understands, or when others could read
    /// them as well.
    pub fn load(source: &CredentialsSource) -> Result<Option<Self>, CredentialsError> {
        Self::load_in(source, |name| std::env::var_os(name))
    }

    /// As [`load`](Self::load), in an environment with these variables.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_in(
        source: &CredentialsSource,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, CredentialsError> {
        match source {
            CredentialsSource::File(path) => {
                let file = file::SecretFile::open(path, CredentialsFile::Named)?;
                file.must_be_private()?;
                let content = file.read()?;
                let text = std::str::from_utf8(&content).map_err(|_| FormatFault::NotUtf8);
                Ok(Some(text.and_then(Self::parse)?))
            }
            CredentialsSource::Environment(name) => {
                let value = variable(name).ok_or(CredentialsError::NotSet)?;
                let text = value.into_string().map_err(|_| FormatFault::NotUtf8)?;
                Ok(Some(Self::parse(&Zeroizing::new(text))?))
            }
            CredentialsSource::Cloud(name) => clouds::load(name, &clouds::SearchPath::of(variable)),
        }
    }

    /// Reads `user:password` or a token, with line ends after it.
    fn parse(text: &str) -> Result<Self, FormatFault> {
        let text = text.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            return Err(FormatFault::Empty);
        }
        match text.split_once(':') {
            Some((user, password)) => Self::basic(user.into(), Secret::new(password.into())),
            None => Self::token(Secret::new(text.into())),
        }
    }

    /// HTTP basic authentication, which a header can carry.
    fn basic(user: String, password: Secret<String>) -> Result<Self, FormatFault> {
        if user.is_empty() || user.contains(':') {
            return Err(FormatFault::BadUser);
        }
        if user
            .chars()
            .chain(password.expose().chars())
            .any(char::is_control)
        {
            return Err(FormatFault::ControlCharacter);
        }
        Ok(Self::Basic { user, password })
    }

    /// A token, which a header can carry.
    fn token(token: Secret<String>) -> Result<Self, FormatFault> {
        let text = token.expose();
        if text.is_empty() {
            return Err(FormatFault::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(FormatFault::ControlCharacter);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(FormatFault::NotAToken);
        }
        Ok(Self::Token(token))
    }
}

#[cfg(test)]
mod tests;
