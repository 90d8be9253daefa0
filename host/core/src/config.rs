//! The configuration: one TOML file in, a checked [`Config`] out.
//!
//! One table of keys drives reading, errors and the operator's reference. Every error names the
//! file, the line, the key, what was found and what is accepted, and all errors of a file are
//! reported at once. Values that may be secret (credentials, settings) are never shown.
//!
//! What a policy's settings mean is for the policy to say; here they are only carried along,
//! with the line each of them stands on ([`PolicyConfig::place_of`]).

mod error;
mod place;
mod policy_config;
mod sections;

pub use error::{ConfigError, Fault, Problem, Suggestion};
pub use place::Place;
pub use policy_config::{PolicyConfig, Source};
pub use sections::{
    AdminConfig, Bind, DecisionsConfig, IronicConfig, Listener, LogConfig, LogFormat, LogLevel,
    SandboxConfig, ServerConfig, TlsPaths,
};

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
    /// `[sandbox]`.
    pub sandbox: SandboxConfig,
    /// `[log]`.
    pub log: LogConfig,
    /// `[decisions]`.
    pub decisions: DecisionsConfig,
    /// `[[policy]]`, in the order of the file; names are unique.
    pub policies: Vec<PolicyConfig>,
}
