//! Why credentials cannot be had, without a word of what they are.

use std::fmt;
use std::io;
use std::path::PathBuf;

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
    /// There are several clouds, and nothing says which one.
    #[error(
        "neither `OS_CLOUD` nor other variables `OS_*` say which cloud, and there are {}",
        names(.known)
    )]
    NoCloudChosen {
        /// Names of all clouds.
        known: Vec<String>,
    },
    /// A cloud in a file has the name of the one that the variables describe.
    #[error(
        "`{}` has a cloud of the name that stands for the variables `OS_*`, expected another \
         name there or in `OS_CLOUD_NAME`", .file.display()
    )]
    NameTaken {
        /// The file.
        file: PathBuf,
    },
    /// A cloud builds on a profile that is not there.
    #[error(
        "the cloud it leads to has profile `{profile}` in {place}, expected one in a \
         `clouds-public.yaml`: those that come with clients are not known here"
    )]
    NoSuchProfile {
        /// Where the cloud is.
        place: CloudsPlace,
        /// Name of the profile.
        profile: String,
    },
    /// The cloud lacks something.
    #[error(
        "the cloud it leads to has no `{key}` in {place}, expected one for auth_type `{auth_type}`"
    )]
    Incomplete {
        /// Where the cloud is.
        place: CloudsPlace,
        /// What is missing.
        key: &'static str,
        /// The cloud's kind of authentication.
        auth_type: String,
    },
    /// The cloud wants an authentication we do not have.
    #[error(
        "the cloud it leads to has auth_type `{found}` in {place}, expected `none`, \
         `http_basic`, `admin_token`, `token_endpoint`, `password`, `v3password` or \
         `v3applicationcredential`"
    )]
    AuthType {
        /// Where the cloud is.
        place: CloudsPlace,
        /// The cloud's kind of authentication.
        found: String,
    },
    /// A value of the cloud cannot be used. It is not shown: it may be a secret in the wrong place.
    #[error(
        "the cloud it leads to has a `{key}` in {place} that cannot be used, expected {expected}"
    )]
    Value {
        /// Where the cloud is.
        place: CloudsPlace,
        /// The key.
        key: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// A token has one scope.
    #[error(
        "the cloud it leads to has both `{first}` and `{second}` (or their like) in {place}, \
         expected one of them: a token is for one project, one domain, one trust or the system"
    )]
    SeveralScopes {
        /// Where the cloud is.
        place: CloudsPlace,
        /// One key.
        first: &'static str,
        /// Another key.
        second: &'static str,
    },
    /// The cloud wants certificates to be taken as they come.
    #[error(
        "the cloud it leads to asks by `{key}` in {place} not to verify certificates, expected \
         `cacert` with the authority that signed them: whoever sends another certificate would \
         get the password"
    )]
    Insecure {
        /// Where the cloud is.
        place: CloudsPlace,
        /// The key.
        key: &'static str,
    },
}

/// Where a cloud is described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudsPlace {
    /// In a clouds file, and those that go with it.
    File(PathBuf),
    /// In the variables `OS_*`.
    Variables,
}

impl fmt::Display for CloudsPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Variables => f.write_str("the variables `OS_*`"),
        }
    }
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
