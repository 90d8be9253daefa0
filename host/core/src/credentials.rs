//! Portcullis' own credentials for Ironic, for what it asks on its own account.
//!
//! They come from a file, an environment variable, `clouds.yaml` or the variables that OpenStack
//! clients know, never from the configuration itself. A file with a secret that anybody but its owner can read is refused.
//! No error and no `Debug` output here ever holds a secret, nor the name of a variable, file or
//! cloud that may be a secret put in the wrong place.

mod access;
mod cloud;
mod clouds;
mod environment;
mod error;
mod file;
mod keystone;
mod layers;
mod yaml;

use std::ffi::OsString;
use std::path::PathBuf;

pub use access::{Access, CatalogueQuery, ClientCertificate, Endpoint};
pub use error::{CloudsPlace, CredentialsError, CredentialsFile, FormatFault};
pub(crate) use keystone::plain_url;
pub use keystone::{
    ApplicationCredential, Domain, Identity, KeystoneLogin, KeystoneUrl, Project, Scope, User,
};

use self::environment::Environment;
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
    /// A login at Keystone, for which it gives tokens that end.
    Keystone(Box<KeystoneLogin>),
}

/// Where credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsSource {
    /// A file of one line, `user:password` or a token.
    File(PathBuf),
    /// An environment variable with the same content.
    Environment(String),
    /// A cloud of this name in `clouds.yaml`, or the one that the variables `OS_*` describe, by
    /// the name that clients have for it (`envvars`).
    Cloud(String),
    /// The cloud that OpenStack clients take when they are told none: the one in `OS_CLOUD`, else
    /// the one that the variables `OS_*` describe, else the only one in `clouds.yaml`.
    UsualCloud,
}

impl Access {
    /// Reads from where they are the credentials, and what stands there beside them.
    ///
    /// # Errors
    ///
    /// When something cannot be read, is not what Ironic or Keystone understands, or when others
    /// could read a secret as well.
    pub fn load(source: &CredentialsSource) -> Result<Self, CredentialsError> {
        Self::load_in(source, &Environment::of_process())
    }

    /// The same with these environment variables in place of the process's own.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub fn load_from(
        source: &CredentialsSource,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, CredentialsError> {
        Self::load_in(source, &Environment::of(variables))
    }

    fn load_in(
        source: &CredentialsSource,
        environment: &Environment,
    ) -> Result<Self, CredentialsError> {
        let credentials = match source {
            CredentialsSource::Cloud(name) => return clouds::named(name, environment),
            CredentialsSource::UsualCloud => return clouds::usual(environment),
            CredentialsSource::File(path) => {
                let file = file::SecretFile::open(path, CredentialsFile::Named)?;
                file.must_be_private()?;
                let content = file.read()?;
                let text = std::str::from_utf8(&content).map_err(|_| FormatFault::NotUtf8)?;
                Credentials::parse(text)?
            }
            CredentialsSource::Environment(name) => {
                let value = environment.get(name).ok_or(CredentialsError::NotSet)?;
                Credentials::parse(value.to_str().ok_or(FormatFault::NotUtf8)?)?
            }
        };
        Ok(Self {
            credentials: Some(credentials),
            ..Self::default()
        })
    }
}

impl Credentials {
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
