//! What can be wrong with a configuration.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::found::on_one_line;
use super::place::Place;
use crate::credentials::CredentialsError;

/// Everything that is wrong with a configuration: at least one problem, in the order of the
/// file. Shown with one problem a line.
#[derive(Debug)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

/// One thing that is wrong, and where.
#[derive(Debug)]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub fault: Fault,
}

/// What is wrong at one place. Its text shows values only of keys that hold no secret.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file cannot be read.
    #[error("cannot read the configuration: {cause}")]
    Read {
        /// Why not.
        cause: io::Error,
    },
    /// The file is larger than any configuration.
    #[error("found more than {limit_bytes} bytes, expected a configuration of at most that")]
    TooLarge {
        /// How large it may be.
        limit_bytes: usize,
    },
    /// The file is not UTF-8.
    #[error("found bytes that are not UTF-8, expected a TOML file in UTF-8")]
    NotUtf8,
    /// The file is not TOML. The line itself is not shown: it may hold a secret.
    #[error("column {column}: {message}")]
    Syntax {
        /// Where in the line, in characters from 1.
        column: usize,
        /// What the parser says about it.
        message: String,
    },
    /// No key of this name is known here.
    #[error("key `{key}`: unknown, {suggestion}")]
    Unknown {
        /// The key as it was found.
        key: String,
        /// What may have been meant.
        suggestion: Suggestion,
    },
    /// A key that must be given is not.
    #[error("key `{key}`: not given, expected {accepted}")]
    Missing {
        /// The key.
        key: String,
        /// What it may be.
        accepted: String,
    },
    /// A key has a value that is not accepted.
    #[error("key `{key}`: found {found}, expected {accepted}")]
    Unexpected {
        /// The key.
        key: String,
        /// The value, or only its type where it may be secret.
        found: String,
        /// What it may be.
        accepted: String,
    },
    /// A key makes no sense without another.
    #[error("key `{key}`: found without `{needs}`, expected both or neither")]
    Alone {
        /// The key.
        key: String,
        /// The key that is missing beside it.
        needs: &'static str,
    },
    /// A value that must be unique stands in two places.
    #[error("key `{key}`: found {found}, which {first} has already, expected another")]
    Repeated {
        /// The key.
        key: String,
        /// Its value.
        found: String,
        /// Where the value stands first.
        first: Place,
    },
    /// A key names a file that cannot be used.
    #[error("key `{key}`: cannot use `{}`: {cause}, expected {accepted}", on_one_line(&.path.to_string_lossy()))]
    File {
        /// The key.
        key: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
        /// What it should be.
        accepted: &'static str,
    },
    /// The credentials that a key names cannot be had.
    #[error("key `{key}`: {cause}")]
    Credentials {
        /// The key.
        key: String,
        /// Why not.
        cause: CredentialsError,
    },
}

/// What an unknown key may have been meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// A known key that looks much like it.
    Nearest(String),
    /// All keys that are known in its place.
    OneOf(Vec<String>),
}

impl ConfigError {
    /// The problems, never none, in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(super) fn one(place: Place, fault: Fault) -> Self {
        Self {
            problems: vec![Problem { place, fault }],
        }
    }

    /// All problems that were found, or nothing when none was.
    pub(super) fn unless_none(mut problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        Err(Self { problems })
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.fault)
    }
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nearest(key) => write!(f, "did you mean `{key}`"),
            Self::OneOf(keys) => {
                f.write_str("expected one of ")?;
                for (index, key) in keys.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}`{key}`")?;
                }
                Ok(())
            }
        }
    }
}
