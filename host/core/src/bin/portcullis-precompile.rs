//! Compiles components ahead of time: `portcullis-precompile IN.wasm OUT.cwasm`, any number of
//! pairs. Used by the build for the bundled policies.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use portcullis::sandbox;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let pairs = arguments.chunks_exact(2);
    if arguments.is_empty() || !pairs.remainder().is_empty() {
        return complain("expected pairs of files: IN.wasm OUT.cwasm");
    }
    for pair in pairs {
        let [input, output] = pair else { continue };
        if let Err(reason) = compile(Path::new(input), Path::new(output)) {
            return complain(&reason);
        }
    }
    ExitCode::SUCCESS
}

fn compile(input: &Path, output: &Path) -> Result<(), String> {
    let wasm =
        fs::read(input).map_err(|error| format!("{} cannot be read: {error}", input.display()))?;
    let code =
        sandbox::precompile(&wasm).map_err(|error| format!("{}: {error}", input.display()))?;
    fs::write(output, code)
        .map_err(|error| format!("{} cannot be written: {error}", output.display()))
}

#[expect(
    clippy::print_stderr,
    reason = "a build tool's only way to say what is wrong"
)]
fn complain(reason: &str) -> ExitCode {
    eprintln!("portcullis-precompile: {reason}");
    ExitCode::FAILURE
}
