//! What can go wrong while a laboratory is set up.

use std::path::PathBuf;
use std::time::Duration;

/// Why there is no Ironic.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// No usable Python.
    #[error(
        "cannot run Ironic: found no `python3` of version 3.11 or newer; install Python and its `venv` module"
    )]
    NoPython,
    /// Python cannot make virtual environments.
    #[error(
        "cannot run Ironic: {python} cannot make a virtual environment ({reason}); \
         install its `venv` module (Debian: `apt-get install python3-venv`)"
    )]
    NoVenv {
        /// The Python that was tried.
        python: String,
        /// Last line of what it said.
        reason: String,
    },
    /// Packages could not be installed.
    #[error("cannot install Ironic's Python packages with pip (they come from PyPI): {reason}")]
    Packages {
        /// Last lines of what pip said.
        reason: String,
    },
    /// A file or directory could not be used.
    #[error("cannot {action} {path}")]
    File {
        /// What was attempted.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A program could not be started.
    #[error("cannot run {program}")]
    Run {
        /// Which.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A program needed on the way failed.
    #[error("{program} failed: {reason}")]
    Failed {
        /// Which.
        program: String,
        /// End of what it said.
        reason: String,
    },
    /// Another process took the port between choosing and using it.
    #[error("port {port} was taken by another process")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// Ironic or Keystone ended before it answered.
    #[error("the server ended while it started; the end of its log:\n{log}")]
    Ended {
        /// Last lines of its logs.
        log: String,
    },
    /// Ironic or Keystone did not become ready.
    #[error("the server was not ready after {} seconds; the end of its log:\n{log}", waited.as_secs())]
    NotReady {
        /// How long it was given.
        waited: Duration,
        /// Last lines of its logs.
        log: String,
    },
    /// No loopback port could be had.
    #[error("cannot listen on a loopback port")]
    Listen(#[source] std::io::Error),
}

impl LabError {
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }

    pub(crate) fn run(program: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let program = program.into();
        move |source| Self::Run { program, source }
    }
}

/// The last lines of a text.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    all.iter()
        .skip(all.len().saturating_sub(lines))
        .copied()
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn a_tail_is_the_last_lines_that_say_something() {
        assert_eq!(tail("one\ntwo\n\nthree\n", 2), "two\nthree");
        assert_eq!(tail("one", 5), "one");
        assert_eq!(tail("", 5), "");
    }
}
