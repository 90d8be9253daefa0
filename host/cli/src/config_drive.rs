//! `portcullis config-drive`: look at drives, judge them, build them. Nothing is asked of any
//! Ironic, and no file is made but the one that is asked for.

mod build;
mod check;
pub mod given;
mod inspect;

use std::process::ExitCode;

use crate::args::ConfigDriveCommand;

/// Runs one of the commands.
///
/// # Errors
/// When a file, the configuration or the drive cannot be used.
pub fn run(command: &ConfigDriveCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigDriveCommand::Inspect(options) => inspect::run(options),
        ConfigDriveCommand::Check(options) => check::run(options),
        ConfigDriveCommand::Build(options) => build::run(options),
    }
}
