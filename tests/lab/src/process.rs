//! A program that never outlives us.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::error::LabError;

const KEEPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/keeper.py");

/// A running program with all processes it started. Killed on drop, and when this process dies.
#[derive(Debug)]
pub struct Process {
    keeper: Child,
    orders: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

/// What to start, and how.
#[derive(Debug)]
pub struct Start<'a> {
    /// The interpreter that runs the keeper.
    pub python: &'a Path,
    /// The program.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: &'a [&'a OsStr],
    /// Its `PATH`.
    pub path: &'a str,
    /// Its working directory.
    pub directory: &'a Path,
    /// The file its standard output is appended to.
    pub output: &'a Path,
    /// The file its standard error is appended to; may be the same.
    pub errors: &'a Path,
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// When the keeper cannot be started. A program that cannot be started is one that
    /// [has ended](Self::has_ended), with the reason in the file for errors.
    pub fn start(start: &Start) -> Result<Self, LabError> {
        let mut keeper = Command::new(start.python)
            .arg(KEEPER)
            .args([start.output, start.errors, start.program])
            .args(start.arguments)
            .current_dir(start.directory)
            .env("PATH", start.path)
            // A Ctrl-C at the terminal is for us; we pass on what has to be passed on.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(LabError::run(start.python.display().to_string()))?;
        let orders = keeper.stdin.take();
        let replies = BufReader::new(
            keeper
                .stdout
                .take()
                .expect("standard output was asked to be a pipe"),
        );
        Ok(Self {
            keeper,
            orders,
            replies,
        })
    }

    /// Whether the program has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.keeper.try_wait(), Ok(None))
    }

    /// Sends a signal, by its C name, to every process of the program; returns once it is sent.
    /// A program that has ended gets none.
    pub fn signal(&mut self, name: &str) {
        let Some(orders) = &mut self.orders else {
            return;
        };
        let sent = orders
            .write_all(format!("{name}\n").as_bytes())
            .and_then(|()| orders.flush());
        if sent.is_ok() {
            // The reply is missing only if the program ended first.
            let _ = self.replies.read_line(&mut String::new());
        }
    }

    /// Kills every process of the program and waits for its end.
    pub fn kill(&mut self) {
        self.orders = None;
        let _ = self.keeper.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
