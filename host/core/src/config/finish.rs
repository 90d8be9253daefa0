//! From a draft to a checked configuration: what no single key can tell.

mod listeners;
mod policies;

use std::env;
use std::path::{Path, PathBuf};

use self::listeners::finish_listeners;
use self::policies::finish_policies;
use super::Config;
use super::draft::{CredentialsDraft, FileDraft};
use super::error::Fault;
use super::read::Reader;
use super::sections::{ConfigDriveConfig, IronicConfig, SandboxConfig};
use crate::bundle::Bundle;
use crate::credentials::{Credentials, CredentialsSource};

/// Completes a configuration. What is wrong is reported to the reader, and what is answered
/// then counts for nothing.
pub(super) fn finish(draft: FileDraft, reader: &mut Reader<'_>, bundle: &Bundle) -> Config {
    let FileDraft {
        ironic,
        credentials,
        listen,
        admin,
        server,
        api,
        sandbox,
        config_drive,
        log,
        decisions,
        policies,
    } = draft;
    Config {
        ironic: finish_ironic(ironic, credentials, reader),
        listeners: finish_listeners(listen, reader),
        admin,
        server,
        api,
        sandbox: SandboxConfig {
            cache_dir: cache_dir(sandbox.cache_dir),
            ..sandbox
        },
        config_drive: finish_config_drive(config_drive, reader),
        log,
        decisions,
        policies: finish_policies(policies, reader, bundle),
    }
}

/// Without a list of hosts, fetching would mean any host.
fn finish_config_drive(
    config_drive: ConfigDriveConfig,
    reader: &mut Reader<'_>,
) -> ConfigDriveConfig {
    if config_drive.url.allow && config_drive.url.hosts.is_empty() {
        unexpected(
            reader,
            "config_drive.url.allow",
            "`true` without `config_drive.url.hosts`".into(),
            "it with a list of hosts".into(),
        );
    }
    config_drive
}

fn finish_ironic(
    mut ironic: IronicConfig,
    credentials: CredentialsDraft,
    reader: &mut Reader<'_>,
) -> IronicConfig {
    if ironic.ca_file.is_some() && ironic.url.scheme_str() != Some("https") {
        let found = String::from("an `http` address in `ironic.url`");
        unexpected(
            reader,
            "ironic.ca_file",
            found,
            String::from("it with an `https` one only"),
        );
    }
    ironic.credentials = finish_credentials(credentials, reader);
    ironic
}

fn finish_credentials(draft: CredentialsDraft, reader: &mut Reader<'_>) -> Option<Credentials> {
    const KEY: &str = "ironic.credentials";
    let sources: Vec<(&str, CredentialsSource)> = [
        draft
            .file
            .map(|path| ("file", CredentialsSource::File(path))),
        draft
            .env
            .map(|name| ("env", CredentialsSource::Environment(name.0))),
        draft
            .cloud
            .map(|name| ("cloud", CredentialsSource::Cloud(name.0))),
    ]
    .into_iter()
    .flatten()
    .collect();
    match sources.as_slice() {
        [(key, source)] => match Credentials::load(source) {
            Ok(credentials) => credentials,
            Err(cause) => {
                let key = format!("{KEY}.{key}");
                reader.report(reader.line_of(&key), Fault::Credentials { key, cause });
                None
            }
        },
        [] => {
            let keys = ["file", "env", "cloud"].map(|key| format!("{KEY}.{key}"));
            let reported = keys.iter().any(|key| reader.line_of(key).is_some());
            if reader.line_of(KEY).is_some() && !reported {
                unexpected(
                    reader,
                    KEY,
                    "none of them".into(),
                    one_of("`file`, `env` and `cloud`"),
                );
            }
            None
        }
        several => {
            let given: Vec<String> = several.iter().map(|(key, _)| format!("`{key}`")).collect();
            unexpected(
                reader,
                KEY,
                given.join(" and "),
                one_of("`file`, `env` and `cloud`"),
            );
            None
        }
    }
}

fn one_of(keys: &str) -> String {
    format!("exactly one of {keys}")
}

/// What was given, none for an empty path, or where such things belong on this system.
fn cache_dir(given: Option<PathBuf>) -> Option<PathBuf> {
    given.map_or_else(default_cache_dir, |path| {
        Some(path).filter(|path| !is_empty(path))
    })
}

/// By the XDG base directory specification, which takes no relative paths.
fn default_cache_dir() -> Option<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = || absolute("HOME").map(|home| home.join(".cache"));
    absolute("XDG_CACHE_HOME")
        .or_else(home)
        .map(|dir| dir.join("portcullis"))
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

fn unexpected(reader: &mut Reader<'_>, key: &str, found: String, accepted: String) {
    reader.report(
        reader.line_of(key),
        Fault::Unexpected {
            key: key.into(),
            found,
            accepted,
        },
    );
}

fn repeated(reader: &mut Reader<'_>, key: String, found: String, first: &str) {
    let first = reader.place_of(first);
    reader.report(reader.line_of(&key), Fault::Repeated { key, found, first });
}
