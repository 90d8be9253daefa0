//! `portcullis config`: look at configurations.

use std::path::Path;
use std::process::ExitCode;

use portcullis::policy::Mode;
use tokio::runtime::Builder;

use crate::output::{self, DIM, GOOD};
use crate::{gate, serve};

/// Checks a configuration as `serve` would, up to but without opening anything.
///
/// # Errors
/// With everything that is wrong with it.
pub fn check(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let mut config = gate::config(file)?;
    // Opening it would create it.
    config.decisions.file = None;
    let gate = Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(gate::open(&config))?;
    serve::check_certificates(&config)?;
    for policy in gate.policies() {
        let mode = match policy.mode {
            Mode::Enforce => "enforce",
            Mode::Audit => "audit",
        };
        output::line(format_args!(
            "{GOOD}ok{GOOD:#} policy {} ({mode}): {} {} {DIM}sha256:{}{DIM:#}",
            policy.policy, policy.validator, policy.version, policy.digest
        ))?;
    }
    output::line(format_args!(
        "{GOOD}ok{GOOD:#} {}",
        file.unwrap_or(Path::new("defaults")).display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the reference of every key.
///
/// # Errors
/// When it cannot be printed.
pub fn reference() -> anyhow::Result<ExitCode> {
    output::line(portcullis::config::reference().trim_end())?;
    Ok(ExitCode::SUCCESS)
}
