//! Portcullis, the command: a gateway that lets nothing pass to Ironic that its policies refuse.
//!
//! This crate adds what serving and typing need; what a request means and what becomes of it is
//! decided in the library.

mod args;
mod check;
mod config;
mod config_drive;
mod gate;
mod inspect;
mod logging;
mod node;
mod output;
mod sanitize;
mod serve;
mod wiping;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use anyhow::Context;
use args::{Arguments, Command, ConfigCommand, PolicyCommand};
use clap::Parser;
use portcullis::chain;

#[global_allocator]
static MEMORY: wiping::Wiping = wiping::Wiping;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(options) => serve::run(options.config),
        Command::Check(options) => check::run(&options),
        Command::ConfigDrive(command) => config_drive::run(&command),
        Command::Sanitize(options) => sanitize::run(options),
        Command::Config(ConfigCommand::Check { file }) => config::check(file.as_deref()),
        Command::Config(ConfigCommand::Reference) => config::reference(),
        Command::Policy(PolicyCommand::Inspect { component, json }) => {
            inspect::run(&component, json)
        }
        Command::Node(command) => node::run(command),
        Command::CompilePolicy => compile(),
    }
}

fn compile() -> anyhow::Result<ExitCode> {
    let mut component = Vec::new();
    io::stdin()
        .read_to_end(&mut component)
        .context("reading the component")?;
    let code = portcullis::sandbox::precompile(&component)?;
    io::stdout()
        .write_all(&code)
        .context("writing the machine code")?;
    Ok(ExitCode::SUCCESS)
}
