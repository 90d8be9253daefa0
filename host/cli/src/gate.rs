//! From what was typed to a gate: the configuration, and its policies loaded.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use portcullis::admission::Gate;
use portcullis::config::Config;
use portcullis::sandbox::Compiler;
use portcullis::sanitise::Sanitizers;
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

/// Loads every policy and every sanitizer of a configuration.
///
/// # Errors
/// With everything that is wrong with any of them.
pub async fn open(config: &Config) -> anyhow::Result<Gate> {
    let sanitizers = sanitizers(config).await?;
    open_with(config, sanitizers).await
}

/// Loads every policy of a configuration, beside sanitizers that have been loaded.
///
/// # Errors
/// With everything that is wrong with any policy.
pub async fn open_with(config: &Config, sanitizers: Arc<Sanitizers>) -> anyhow::Result<Gate> {
    Gate::open_with(config, &BUNDLE, compiler()?, sanitizers)
        .await
        .context("loading the policies")
}

/// Loads every sanitizer of a configuration.
///
/// # Errors
/// With everything that is wrong with any of them.
pub async fn sanitizers(config: &Config) -> anyhow::Result<Arc<Sanitizers>> {
    let opened = Sanitizers::open(config, &BUNDLE, compiler()?).await;
    opened.map(Arc::new).context("loading the sanitizers")
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
