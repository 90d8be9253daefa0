//! From a draft to a checked configuration: what no single key can tell.

mod certificate;
mod listeners;
mod policies;
mod sanitizers;

use std::env;
use std::path::{Path, PathBuf};

use self::certificate::{finish_certificate, needs_https};
use self::listeners::finish_listeners;
use self::policies::finish_policies;
use self::sanitizers::finish_sanitizers;
use super::Config;
use super::draft::{CredentialsDraft, FileDraft};
use super::error::Fault;
use super::read::Reader;
use super::sections::{ConfigDriveConfig, IronicConfig, SandboxConfig};
use crate::bundle::Bundle;
use crate::credentials::{Access, CredentialsSource};

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
        sanitizers,
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
        sanitizers: finish_sanitizers(sanitizers, reader, bundle),
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
    let CredentialsDraft {
        file,
        env,
        cloud,
        openstack,
        certificate_file,
        key_file,
    } = credentials;
    let sources = [
        file.map(|path| ("file", CredentialsSource::File(path))),
        env.map(|name| ("env", CredentialsSource::Environment(name.0))),
        cloud.map(|name| ("cloud", CredentialsSource::Cloud(name.0))),
        openstack.then_some(("openstack", CredentialsSource::UsualCloud)),
    ];
    let sources: Vec<_> = sources.into_iter().flatten().collect();
    let mut access = finish_credentials(&sources, reader);
    // What the file says goes before what the cloud says.
    if reader.line_of("ironic.url").is_some() {
        access.endpoint = None;
    }
    access.ca_file = ironic.ca_file.take().or(access.ca_file);
    let certificate = finish_certificate(certificate_file, key_file, reader);
    access.client_certificate = certificate.or(access.client_certificate);
    ironic.enter(access);
    needs_https(&ironic, reader);
    ironic
}

fn finish_credentials(sources: &[(&str, CredentialsSource)], reader: &mut Reader<'_>) -> Access {
    const KEY: &str = "ironic.credentials";
    const KEYS: &str = "`file`, `env`, `cloud` and `openstack`";
    match sources {
        [(key, source)] => match Access::load(source) {
            Ok(access) => access,
            Err(cause) => {
                let key = format!("{KEY}.{key}");
                reader.report(reader.line_of(&key), Fault::Credentials { key, cause });
                Access::default()
            }
        },
        [] => {
            let keys = ["file", "env", "cloud", "openstack"].map(|key| format!("{KEY}.{key}"));
            let reported = keys.iter().any(|key| reader.line_of(key).is_some());
            if reader.line_of(KEY).is_some() && !reported {
                unexpected(reader, KEY, "none of them".into(), one_of(KEYS));
            }
            Access::default()
        }
        several => {
            let given: Vec<String> = several.iter().map(|(key, _)| format!("`{key}`")).collect();
            unexpected(reader, KEY, given.join(" and "), one_of(KEYS));
            Access::default()
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
