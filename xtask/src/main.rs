//! `cargo xtask`: builds, tests, measures and shows Portcullis.
//!
//! Promises to compile in seconds (no wasmtime, no async runtime), to say in plain words what it
//! does, and to turn a missing prerequisite into one clear sentence.

mod bench;
mod build;
mod demo;
mod fuzz;
mod guests;
mod lab;
mod policy;
mod say;
mod test;
mod wasm_target;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands
  demo [--keep]      a real Ironic behind the gateway: a node's life, refused requests and a masked
                     secret, told in plain words; --keep leaves everything running until Ctrl-C
  build              all validators, then target/release/portcullis with the bundled policies inside
  test               everything that has to hold: format, lints, documentation, dependencies, and all
                     tests, those with a real Ironic included
  bench [--json]     the benchmarks, as a table or one JSON object a line
  fuzz [TARGET] [--seconds N]
                     look for inputs that break what has to hold for any input (tests/fuzz)
  lab [--flat] [--auth] [--keystone]
                     start a real Ironic and keep it running until Ctrl-C; --flat puts a small stand-in
                     for Neutron behind it, --auth wants a user and a password, --keystone a token of
                     a real Keystone
  policy new NAME    begin a policy in policies/NAME: a small one that works
  policy build [NAME]
                     build one policy, or all, into target/guests
  policy test [NAME] run the tests and cases of one policy, or of all, natively and in the sandbox
  guests [NAME...]   only the validators of policies/ and tests/guests/ (or those named), to target/guests
  help               this text

Environment
  XTASK_WASM_TOOLCHAIN=debian   compile validators with Debian's Rust although rustup could
  CI=1                          `test` fails, rather than says so, when a tool is missing
  NO_COLOR=1                    no colours
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match command {
        "build" => {
            let [] = flags(command, rest, [])?;
            build::all(&Workspace::open()?)
        }
        "test" => {
            let [] = flags(command, rest, [])?;
            test::all(&Workspace::open()?)
        }
        "bench" => {
            let [json] = flags(command, rest, ["--json"])?;
            bench::run(&Workspace::open()?, json)
        }
        "fuzz" => fuzz::explore(&Workspace::open()?, &fuzz::Wish::read(rest)?),
        "demo" => {
            let [keep] = flags(command, rest, ["--keep"])?;
            demo::run(&Workspace::open()?, keep)
        }
        "lab" => {
            let known = ["--flat", "--auth", "--keystone"];
            let [flat, auth, keystone] = flags(command, rest, known)?;
            lab::run(lab::options(flat, auth, keystone))
        }
        "policy" => policies(rest),
        "guests" => guests::build(&Workspace::open()?, rest),
        "help" | "--help" | "-h" => {
            say::text(HELP);
            Ok(())
        }
        other => bail!("no command `{other}`, see `cargo xtask help`"),
    }
}

fn policies(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let workspace = Workspace::open()?;
    match *words.as_slice() {
        ["new", name] => policy::new(&workspace, name),
        ["build"] => policy::build(&workspace, None),
        ["build", name] => policy::build(&workspace, Some(name)),
        ["test"] => policy::test(&workspace, None),
        ["test", name] => policy::test(&workspace, Some(name)),
        _ => bail!("`cargo xtask policy` takes `new NAME`, `build [NAME]` or `test [NAME]`"),
    }
}

/// Which of the known flags were given; anything else is an error.
fn flags<const N: usize>(command: &str, given: &[String], known: [&str; N]) -> Result<[bool; N]> {
    if let Some(stranger) = given
        .iter()
        .find(|argument| !known.contains(&argument.as_str()))
    {
        let accepted = if known.is_empty() {
            "nothing".to_owned()
        } else {
            known.join(" and ")
        };
        bail!("`cargo xtask {command}` takes {accepted}, not `{stranger}`");
    }
    Ok(known.map(|flag| given.iter().any(|argument| argument == flag)))
}
