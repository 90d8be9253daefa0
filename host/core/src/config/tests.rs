//! Whole files: what they become, and every error they can have.

mod any_text;
mod errors;
mod policies;
mod reference_page;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::bundle::BundledPolicy;
use crate::credentials::Credentials;
use crate::policy::{Mode, OnFailure};
use crate::sandbox::limits::Limits;
use crate::units::ByteSize;

const fn bundled(name: &'static str, settings: &'static str) -> BundledPolicy {
    BundledPolicy {
        name,
        wasm: b"",
        compiled: b"",
        settings,
        capabilities: &["log"],
    }
}

const BUNDLE: Bundle = Bundle {
    policies: &[
        bundled("provision-target", "{}"),
        bundled(
            "deploy-steps",
            r#"{"max": 3, "allow": ["a"], "deep": {"x": 1, "y": 2}}"#,
        ),
        bundled("config-drive", "{}"),
    ],
    drive_reader: None,
    sanitizers: &[bundled("log-sanitizer", "{}")],
};

/// A directory with every file the examples name.
fn site() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("tls")).unwrap();
    fs::create_dir(dir.path().join("policies")).unwrap();
    for name in [
        "ironic-ca.pem",
        "server.pem",
        "server.key",
        "clients-ca.pem",
    ] {
        fs::write(dir.path().join("tls").join(name), "").unwrap();
    }
    fs::write(dir.path().join("policies/owners.wasm"), "").unwrap();
    let credentials = dir.path().join("ironic.cred");
    fs::write(&credentials, "admin:hunter2\n").unwrap();
    fs::set_permissions(&credentials, fs::Permissions::from_mode(0o600)).unwrap();
    dir
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    let dir = site();
    Config::parse(text, "portcullis.toml", dir.path(), &BUNDLE)
}

fn config(text: &str) -> Config {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The errors of a text, one a line, with the directory left out.
fn errors(text: &str) -> String {
    let dir = site();
    let error = Config::parse(text, "portcullis.toml", dir.path(), &BUNDLE).unwrap_err();
    assert!(!error.problems().is_empty());
    error
        .to_string()
        .replace(&format!("{}/", dir.path().display()), "")
}

/// That a text has exactly this error.
fn check(text: &str, expected: &str) {
    assert_eq!(
        errors(text),
        format!("portcullis.toml:{expected}"),
        "{text}"
    );
}

#[test]
fn an_empty_file_is_the_bundled_policies_with_defaults() {
    for config in [config(""), Config::without_file(&BUNDLE).unwrap()] {
        let names: Vec<&str> = config
            .policies
            .iter()
            .map(|policy| policy.id.as_str())
            .collect();
        assert_eq!(names, ["provision-target", "deploy-steps", "config-drive"]);
        for policy in &config.policies {
            assert_eq!(policy.mode, Mode::Enforce);
            assert_eq!(policy.on_failure, OnFailure::Refuse);
            assert_eq!(policy.capabilities, ["log"]);
            assert_eq!(policy.limits, Limits::default());
        }
        assert_eq!(config.policies[1].settings["max"], 3);
        assert_eq!(config.listeners, [Listener::default()]);
        assert_eq!(config.ironic.url, "http://127.0.0.1:6385");
        assert_eq!(config.server, ServerConfig::default());
        assert!(config.ironic.credentials.is_none());
        assert!(config.admin.address.is_none() && config.decisions.file.is_none());
    }
}

#[test]
fn a_gate_without_policies_is_refused() {
    let outcome = Config::without_file(&Bundle::EMPTY);
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "without a configuration file: key `policy`: not given, expected at least one, since this \
         build has no bundled policies"
    );
    check(
        "policy = []",
        "1: key `policy`: found an empty list, expected `[[policy]]` tables, at least one",
    );
}

#[test]
fn the_examples_of_the_reference_are_complete() {
    let minimal = config(reference::MINIMAL);
    assert_eq!(minimal.policies.len(), BUNDLE.policies.len());

    let production = config(reference::PRODUCTION);
    assert_eq!(production.ironic.reply_timeout, Duration::from_secs(120));
    let Some(Credentials::Basic { user, password }) = &production.ironic.credentials else {
        panic!("{:?}", production.ironic.credentials);
    };
    assert_eq!(
        (user.as_str(), password.expose().as_str()),
        ("admin", "hunter2")
    );
    let [tls, unix] = production.listeners.as_slice() else {
        panic!("two listeners")
    };
    assert_eq!(
        tls.bind,
        Bind::Address(SocketAddr::from(([0, 0, 0, 0], 6390)))
    );
    assert!(tls.tls.as_ref().unwrap().client_ca_file.is_some());
    assert!(matches!(unix.bind, Bind::Unix { mode: 0o660, .. }) && unix.identity_headers);
    assert_eq!(production.server.body_memory, ByteSize::from_mib(512));
    let audit = &production.policies[2];
    assert_eq!(
        (audit.mode, audit.on_failure),
        (Mode::Audit, OnFailure::Admit)
    );
    assert!(audit.select.selects_node(&["staging-7"]) && !audit.select.selects_node(&["rack-7"]));
    let Source::File(path) = &production.policies[3].source else {
        panic!("a file")
    };
    assert!(path.ends_with("policies/owners.wasm") && path.is_absolute());
    assert_eq!(
        production.policies[1].limits.time,
        Duration::from_millis(100)
    );
}

#[test]
fn a_file_is_loaded_with_paths_from_its_directory() {
    let dir = site();
    let path = dir.path().join("portcullis.toml");
    fs::write(&path, reference::PRODUCTION).unwrap();
    let config = Config::load(&path, &BUNDLE).unwrap();
    assert_eq!(config.sandbox.cache_dir, Some(dir.path().join("cache")));
    assert_eq!(
        config.decisions.file,
        Some(dir.path().join("decisions.jsonl"))
    );

    let load = |path: PathBuf| Config::load(&path, &BUNDLE).unwrap_err().to_string();
    let missing = load(dir.path().join("nowhere.toml"));
    assert!(
        missing.contains("nowhere.toml: cannot read the configuration: "),
        "{missing}"
    );
    fs::write(&path, "#".repeat((1 << 20) + 1)).unwrap();
    assert!(load(path.clone()).contains("found more than 1048576 bytes"));
    fs::write(&path, b"# \xff").unwrap();
    assert!(load(path).contains("found bytes that are not UTF-8"));
}

#[test]
fn an_empty_cache_directory_switches_the_cache_off() {
    assert_eq!(config("sandbox.cache_dir = ''").sandbox.cache_dir, None);
    assert!(
        config("sandbox.cache_dir = 'c'")
            .sandbox
            .cache_dir
            .unwrap()
            .ends_with("c")
    );
}
