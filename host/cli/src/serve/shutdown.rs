//! Signals, and the orderly end.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

use super::worker::{Stage, Workers};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGHUP: read the configuration again.
    Reload,
    /// SIGTERM or SIGINT: end.
    End,
}

/// The signals this process listens to.
pub struct Signals {
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The next signal.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::Reload,
            _ = self.terminate.recv() => Signal::End,
            _ = self.interrupt.recv() => Signal::End,
        }
    }

    async fn end(&mut self) {
        while self.next().await != Signal::End {}
    }
}

/// How long closed connections may take to go.
const CLOSE: Duration = Duration::from_secs(1);
/// How often to look whether all workers have ended.
const LOOK: Duration = Duration::from_millis(10);

/// Lets requests in flight finish, for as long as they have or until another signal, then closes
/// what is left.
pub async fn drain(workers: &Workers, signals: &mut Signals, limit: Duration) {
    tracing::info!(
        connections = workers.connections(),
        "stopping: requests in flight may finish"
    );
    workers.set_stage(Stage::Draining);
    tokio::select! {
        () = ended(workers) => {}
        () = sleep(limit) => tracing::warn!(connections = workers.connections(), "requests still in flight are cut off"),
        () = signals.end() => tracing::warn!(connections = workers.connections(), "stopping at once"),
    }
    workers.set_stage(Stage::Closing);
    if timeout(CLOSE, ended(workers)).await.is_err() {
        tracing::warn!("a worker did not end");
    }
}

async fn ended(workers: &Workers) {
    while !workers.have_ended() {
        sleep(LOOK).await;
    }
}
