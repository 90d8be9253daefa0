//! The command itself, run from where it was built.

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Where `cargo xtask build` leaves the command.
///
/// # Panics
/// When it has not been built.
pub fn binary() -> PathBuf {
    // Tests run from `<target>/<profile>/deps`.
    let test = std::env::current_exe().expect("this program");
    let target = test.ancestors().nth(3).expect("a target directory");
    let binary = target.join("release/portcullis");
    assert!(
        binary.is_file(),
        "{} is missing: run `cargo xtask build` first",
        binary.display()
    );
    binary
}

/// Runs the command to its end, with this on its standard input.
///
/// # Panics
/// When it cannot be run.
pub fn run<S: AsRef<OsStr>>(arguments: &[S], input: &str) -> Output {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a command that runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A command that does not read its input may have ended by now.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("a command that ends")
}

/// The command without the settings of whoever runs the tests.
pub(super) fn command() -> Command {
    let mut command = Command::new(binary());
    for name in ["XDG_CACHE_HOME", "HOME", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}
