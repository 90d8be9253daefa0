//! `cargo xtask`: builds, tests, measures and shows Portcullis.
//!
//! Promises to compile in seconds (no wasmtime, no async runtime), to say in plain words what it
//! does, and to turn a missing prerequisite into one clear sentence.

mod guests;
mod say;
mod wasm_target;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  guests [NAME...]   build the validators of policies/ and tests/guests/ (or those named) into target/guests
  help               this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match command {
        "guests" => guests::build(&Workspace::open()?, rest)?,
        "help" | "--help" | "-h" => say::text(HELP),
        other => bail!("no command `{other}`, see `cargo xtask help`"),
    }
    Ok(ExitCode::SUCCESS)
}
