//! The real binary, serving in front of whatever a test puts behind it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portcullis_lab::http::{self, Reply};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::client::Client;
use crate::fake_ironic::DEADLINE;

mod command;
mod door;
mod log;
mod setup;

pub use command::{binary, run};
pub use door::Door;
pub use log::Log;
pub use setup::{Setup, laboratory_file};

/// A gateway that serves. Killed when it is dropped.
pub struct Gateway {
    dir: Arc<TempDir>,
    child: Child,
    doors: Vec<Door>,
    admin: SocketAddr,
    log: Arc<Log>,
    stdout: Mutex<Receiver<String>>,
}

impl Gateway {
    fn start(dir: Arc<TempDir>) -> Self {
        let mut child = command::command()
            .arg("serve")
            .arg("--config")
            .arg(dir.path().join("portcullis.toml"))
            // Where clouds files are looked for, among other places.
            .env("HOME", dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a command that runs");
        let log = Arc::new(Log::default());
        log.follow(child.stderr.take().expect("a pipe"));
        let stdout = lines(child.stdout.take().expect("a pipe"));
        let mut doors = Vec::new();
        let admin = loop {
            let line = match stdout.recv_timeout(DEADLINE) {
                Ok(line) => line,
                Err(error) => panic!("the gateway does not serve ({error}): {}", log.text()),
            };
            if let Some(admin) = line.strip_prefix("admin on http://") {
                break admin.parse().expect("an address");
            }
            doors.push(Door::from_announcement(&line).unwrap_or_else(|| panic!("{line}")));
        };
        Self {
            dir,
            child,
            doors,
            admin,
            log,
            stdout: Mutex::new(stdout),
        }
    }

    /// Another gateway with the same files.
    ///
    /// # Panics
    /// When it does not serve.
    pub fn restart(&self) -> Self {
        Self::start(Arc::clone(&self.dir))
    }

    /// Its first listener.
    ///
    /// # Panics
    /// Never: it has at least one.
    pub fn door(&self) -> &Door {
        self.doors.first().expect("a listener")
    }

    /// Its listeners, in the order of the configuration.
    pub fn doors(&self) -> &[Door] {
        &self.doors
    }

    /// A new connection to its first listener.
    pub fn client(&self) -> Client {
        Client::connect(self.door())
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Where its files are.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Replaces its configuration, without telling it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn configure(&self, text: &str) {
        fs::write(self.dir().join("portcullis.toml"), text).expect("a file");
    }

    /// The configuration it was last given.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn configuration(&self) -> String {
        fs::read_to_string(self.dir().join("portcullis.toml")).expect("a file")
    }

    /// Where its admin listener is.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin
    }

    /// Asks the admin listener.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn admin(&self, path: &str) -> Reply {
        http::send(self.admin, "GET", path, &[], None).expect("an answer of the admin listener")
    }

    /// The value of a metric, its labels as they are printed; 0 when it is not there.
    ///
    /// # Panics
    /// When its value is no number.
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.admin("/metrics").text();
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().expect("a whole number"))
    }

    /// Asks for a metric until it has this value.
    ///
    /// # Panics
    /// When it does not within [`DEADLINE`].
    pub fn wait_for_metric(&self, name: &str, value: u64) {
        self.wait_until(&format!("{name} is {value}"), || self.metric(name) == value);
    }

    /// Asks again and again until something is so.
    ///
    /// # Panics
    /// When it is not within [`DEADLINE`].
    pub fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let until = Instant::now() + DEADLINE;
        while !is_so() {
            assert!(
                Instant::now() < until,
                "waited in vain until {what}: {}\n{}",
                self.admin("/metrics").text(),
                self.log.text()
            );
            thread::yield_now();
        }
    }

    /// Waits until nobody is connected any more and no body is in memory.
    ///
    /// # Panics
    /// When that does not come within [`DEADLINE`].
    pub fn wait_until_idle(&self) {
        self.wait_for_metric("portcullis_connections", 0);
        self.wait_for_metric("portcullis_body_memory_bytes", 0);
        self.wait_for_metric("portcullis_bodies_waiting", 0);
    }

    /// Its log so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its decision records so far.
    ///
    /// # Panics
    /// When one of them is no JSON.
    pub fn decisions(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.dir().join("decisions.jsonl")).expect("a file");
        let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        text.lines().map(read).collect()
    }

    /// The most memory it ever had.
    ///
    /// # Panics
    /// When the system does not tell.
    pub fn peak_memory_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the status of a process that runs");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.expect("a peak") * 1024
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// When it has ended.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a process that runs");
    }

    /// Tells it to reload, and waits until it says what came of it.
    ///
    /// # Panics
    /// When it says nothing within [`DEADLINE`], or the other.
    pub fn reload(&self, expected: bool) {
        let outcome = |succeeded| {
            let word = if succeeded { "succeeded" } else { "failed" };
            self.metric(&format!("portcullis_reloads_total{{outcome=\"{word}\"}}"))
        };
        let (wanted, other) = (outcome(expected), outcome(!expected));
        self.signal(Signal::HUP);
        self.wait_until("it has reloaded", || {
            assert_eq!(outcome(!expected), other, "{}", self.log.text());
            outcome(expected) > wanted
        });
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it has not after `limit`.
    pub fn wait_for_exit(&mut self, limit: Duration) -> ExitStatus {
        let stdout = self.stdout.get_mut();
        let stdout = stdout.unwrap_or_else(PoisonError::into_inner);
        match stdout.recv_timeout(limit) {
            Ok(line) => panic!("it was to end, and says `{line}`"),
            Err(RecvTimeoutError::Disconnected) => {}
            Err(RecvTimeoutError::Timeout) => {
                panic!("it has not ended after {limit:?}: {}", self.log.text())
            }
        }
        self.child.wait().expect("a process that ended")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a pipe as they come; disconnected when it is closed.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    receive
}
