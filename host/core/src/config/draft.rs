//! A configuration while it is read: every value that was given, and defaults for the others.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::read::Entry;
use super::sanitizer_config::SanitizerConfig;
use super::sections::{
    AdminConfig, ApiConfig, ConfigDriveConfig, DecisionsConfig, IronicConfig, LogConfig,
    SandboxConfig, ServerConfig,
};
use super::settings::Settings;
use super::text::{CloudName, SourceText, UnixMode, VariableName};
use crate::policy::{Mode, OnFailure, PolicyId, Selector};
use crate::sandbox::limits::Limits;

/// The file as a whole.
#[derive(Default)]
pub(super) struct FileDraft {
    pub(super) ironic: IronicConfig,
    pub(super) credentials: CredentialsDraft,
    pub(super) listen: Option<Vec<Entry<ListenDraft>>>,
    pub(super) admin: AdminConfig,
    pub(super) server: ServerConfig,
    pub(super) api: ApiConfig,
    pub(super) sandbox: SandboxConfig,
    pub(super) config_drive: ConfigDriveConfig,
    pub(super) log: LogConfig,
    pub(super) decisions: DecisionsConfig,
    pub(super) policies: Option<Vec<Entry<PolicyDraft>>>,
    pub(super) sanitizers: Option<Vec<Entry<SanitizerDraft>>>,
}

/// `ironic.credentials`, and the client certificate.
#[derive(Default)]
pub(super) struct CredentialsDraft {
    pub(super) file: Option<PathBuf>,
    pub(super) env: Option<VariableName>,
    pub(super) cloud: Option<CloudName>,
    pub(super) openstack: bool,
    pub(super) certificate_file: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
}

/// One `[[listen]]`.
#[derive(Default)]
pub(super) struct ListenDraft {
    pub(super) address: Option<SocketAddr>,
    pub(super) unix: Option<PathBuf>,
    pub(super) unix_mode: UnixMode,
    pub(super) certificate_file: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) client_ca_file: Option<PathBuf>,
    pub(super) identity_headers: bool,
}

/// One `[[policy]]`.
#[derive(Default)]
pub(super) struct PolicyDraft {
    pub(super) id: Option<PolicyId>,
    pub(super) source: Option<SourceText>,
    pub(super) mode: Mode,
    pub(super) on_failure: OnFailure,
    pub(super) capabilities: Option<Vec<String>>,
    pub(super) select: Selector,
    pub(super) limits: Limits,
    pub(super) settings: Option<Settings>,
}

/// One `[[sanitizer]]`.
pub(super) struct SanitizerDraft {
    pub(super) id: Option<PolicyId>,
    pub(super) source: Option<SourceText>,
    pub(super) limits: Limits,
    pub(super) settings: Option<Settings>,
}

impl Default for SanitizerDraft {
    fn default() -> Self {
        Self {
            id: None,
            source: None,
            limits: SanitizerConfig::LIMITS,
            settings: None,
        }
    }
}
