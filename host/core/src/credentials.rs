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
mod file;
mod yaml;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

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

    fn load_in(
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

/// Why credentials cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A file cannot be opened or read.
    #[error("cannot read {file}: {cause}")]
    Read {
        /// Which file.
        file: CredentialsFile,
        /// Why not.
        cause: io::Error,
    },
    /// A file is a directory, a device, a pipe or the like.
    #[error("{file} is not a regular file")]
    NotAFile {
        /// Which file.
        file: CredentialsFile,
    },
    /// Somebody other than its owner may read a file with a secret.
    #[error(
        "{file} holds a secret and its mode is {mode:04o}, expected one that allows nothing to group and others, such as 0400 or 0600"
    )]
    Exposed {
        /// Which file.
        file: CredentialsFile,
        /// Its permission bits.
        mode: u32,
    },
    /// A file with a secret belongs to a user who is neither we nor root.
    #[error(
        "{file} holds a secret and belongs to user {owner}, expected the user Portcullis runs as (or root)"
    )]
    Foreign {
        /// Which file.
        file: CredentialsFile,
        /// Id of the user it belongs to.
        owner: u32,
    },
    /// A file is larger than credentials are.
    #[error("{file} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// Which file.
        file: CredentialsFile,
        /// How large it may be.
        limit_bytes: usize,
    },
    /// The environment variable does not exist.
    #[error("the environment variable it names is not set")]
    NotSet,
    /// What was found is not credentials.
    #[error(
        "the secret it leads to has {0}, expected a user and a password, or a token, without control characters"
    )]
    Format(
        /// What is wrong with it.
        #[from]
        FormatFault,
    ),
    /// A clouds file is not what OpenStack clients read.
    #[error("{file}: line {line}: found {found}, expected {expected}")]
    Yaml {
        /// Which file.
        file: CredentialsFile,
        /// Where in it.
        line: usize,
        /// What is there.
        found: &'static str,
        /// What should be.
        expected: &'static str,
    },
    /// There is no clouds file.
    #[error("no readable clouds.yaml found, looked for {}", list(.looked_for))]
    NoCloudsFile {
        /// All places that were looked at.
        looked_for: Vec<PathBuf>,
    },
    /// The clouds file has no such cloud.
    #[error("the cloud it names is not in `{}`, which has {}", .file.display(), names(.known))]
    NoSuchCloud {
        /// The file.
        file: PathBuf,
        /// Names of the clouds it has.
        known: Vec<String>,
    },
    /// The cloud lacks something.
    #[error("the cloud it names has no `{key}` in `{}`, expected one for auth_type `{auth_type}`", .file.display())]
    Incomplete {
        /// The file.
        file: PathBuf,
        /// What is missing.
        key: &'static str,
        /// The cloud's kind of authentication.
        auth_type: &'static str,
    },
    /// The cloud wants an authentication we do not have.
    #[error(
        "the cloud it names has auth_type {found} in `{}`, expected `none`, `http_basic`, \
         `admin_token` or `token_endpoint`: users and tokens that go through Keystone come with \
         Keystone support, which this version does not have", .file.display()
    )]
    NeedsKeystone {
        /// The file.
        file: PathBuf,
        /// The cloud's kind of authentication, in backticks, or that there is none.
        found: String,
    },
}

/// A file that credentials are read from. Its name is shown only where the configuration does
/// not hold it, since what stands there may be a secret put in the wrong place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsFile {
    /// The one that the configuration names.
    Named,
    /// A clouds file that was looked up.
    Clouds(PathBuf),
}

impl fmt::Display for CredentialsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => f.write_str("the file it names"),
            Self::Clouds(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// What is wrong with a text that should be credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatFault {
    /// Nothing is there.
    #[error("no characters")]
    Empty,
    /// More than one line, or a character no header can carry.
    #[error("a line break or another control character inside")]
    ControlCharacter,
    /// Bytes that are not UTF-8.
    #[error("bytes that are not UTF-8")]
    NotUtf8,
    /// A user name that is empty, or has a colon.
    #[error("a user name that is empty or has a colon")]
    BadUser,
    /// A token with a character that tokens do not have.
    #[error("no colon, and a character that tokens do not have")]
    NotAToken,
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    shown.join(", ")
}

fn names(known: &[String]) -> String {
    if known.is_empty() {
        return String::from("none");
    }
    let shown: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    shown.join(", ")
}

#[cfg(test)]
mod tests;
