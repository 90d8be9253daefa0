//! From what was typed to a gate: the configuration, and its policies loaded.

use std::path::Path;

use anyhow::Context;
use portcullis::admission::Gate;
use portcullis::config::Config;
use portcullis::sandbox::Compiler;
use portcullis_bundled::BUNDLE;

/// Reads the configuration, or takes the defaults where there is no file.
///
/// # Errors
/// With everything that is wrong with it.
pub fn config(file: Option<&Path>) -> anyhow::Result<Config> {
    let config = match file {
        Some(file) => Config::load(file, &BUNDLE),
        None => Config::without_file(&BUNDLE),
    };
    config.context("reading the configuration")
}

/// Loads every policy of a configuration.
///
/// # Errors
/// With everything that is wrong with any policy.
pub async fn open(config: &Config) -> anyhow::Result<Gate> {
    Gate::open(config, &BUNDLE, compiler()?)
        .await
        .context("loading the policies")
}

/// Compiles in another process of this same program.
///
/// # Errors
/// When the program cannot be found again.
pub fn compiler() -> anyhow::Result<Compiler> {
    let program = std::env::current_exe().context("finding this program")?;
    Ok(Compiler::Command {
        program,
        arguments: vec!["compile-policy".into()],
    })
}
