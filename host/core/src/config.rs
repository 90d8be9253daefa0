//! The configuration: one TOML file in, a checked [`Config`] out.
//!
//! One table of keys drives reading, errors and the operator's reference. Every error names the
//! file, the line, the key, what was found and what is accepted, and all errors of a file are
//! reported at once. Values that may be secret (credentials, settings) are never shown.
//!
//! What a policy's settings mean is for the policy to say; here they are only carried along,
//! with the line each of them stands on ([`PolicyConfig::place_of`]).

mod draft;
mod duration;
mod error;
mod files;
mod finish;
mod found;
mod key;
mod keys;
mod nearest;
mod place;
mod policy_config;
mod read;
mod reference;
mod sanitizer_config;
mod sections;
mod settings;
mod text;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use error::{ConfigError, Fault, Problem, Suggestion};
pub use place::Place;
pub use policy_config::{PolicyConfig, Source};
pub use reference::reference;
pub use sanitizer_config::SanitizerConfig;
pub use sections::{
    AdminConfig, ApiConfig, Bind, ConfigDriveConfig, DecisionsConfig, DriveUrlConfig, IronicConfig,
    Listener, LogConfig, LogFormat, LogLevel, SandboxConfig, ServerConfig, TlsPaths,
};

use crate::bundle::Bundle;

/// No configuration is anywhere near this large.
const LIMIT_BYTES: usize = 1 << 20;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[ironic]`.
    pub ironic: IronicConfig,
    /// `[[listen]]`: never empty.
    pub listeners: Vec<Listener>,
    /// `[admin]`.
    pub admin: AdminConfig,
    /// `[server]`.
    pub server: ServerConfig,
    /// `[api]`.
    pub api: ApiConfig,
    /// `[sandbox]`.
    pub sandbox: SandboxConfig,
    /// `[config_drive]`.
    pub config_drive: ConfigDriveConfig,
    /// `[log]`.
    pub log: LogConfig,
    /// `[decisions]`.
    pub decisions: DecisionsConfig,
    /// `[[policy]]`, in the order of the file; names are unique.
    pub policies: Vec<PolicyConfig>,
    /// `[[sanitizer]]`, in the order of the file; names are unique.
    pub sanitizers: Vec<SanitizerConfig>,
}

impl Config {
    /// Reads a configuration file. Relative paths in it start at its directory.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, with everything that is wrong in it, and when credentials
    /// or a file that it names are not there.
    pub fn load(path: &Path, bundle: &Bundle) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = read_file(path).map_err(|fault| {
            ConfigError::one(
                Place {
                    file: file.as_str().into(),
                    line: None,
                },
                fault,
            )
        })?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, &file, base, bundle)
    }

    /// Reads the text of a configuration. `file` is what errors call it, and `base` is where
    /// relative paths in it start.
    ///
    /// # Errors
    ///
    /// With everything that is wrong in it, and when credentials or a file that it names are
    /// not there.
    pub fn parse(
        text: &str,
        file: &str,
        base: &Path,
        bundle: &Bundle,
    ) -> Result<Self, ConfigError> {
        let mut reader = read::Reader::new(file.into(), base, text);
        let draft = reader.document(keys::FILE, text)?;
        let config = finish::finish(draft, &mut reader, bundle);
        ConfigError::unless_none(reader.into_problems())?;
        Ok(config)
    }

    /// What holds where there is no file: every bundled policy, enforced with its defaults, in
    /// front of an Ironic on this host.
    ///
    /// # Errors
    ///
    /// When the bundle is empty, or has a policy whose name or default settings are not valid.
    pub fn without_file(bundle: &Bundle) -> Result<Self, ConfigError> {
        Self::parse("", "without a configuration file", Path::new(""), bundle)
    }
}

fn read_file(path: &Path) -> Result<String, Fault> {
    let mut content = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(LIMIT_BYTES as u64 + 1).read_to_end(&mut content));
    match read {
        Err(cause) => Err(Fault::Read { cause }),
        Ok(length) if length > LIMIT_BYTES => Err(Fault::TooLarge {
            limit_bytes: LIMIT_BYTES,
        }),
        Ok(_) => String::from_utf8(content).map_err(|_| Fault::NotUtf8),
    }
}

#[cfg(test)]
mod tests;
