//! What becomes of one request, step by step.

use std::fmt::Write as _;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::DEADLINE;

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Waits until the test opens the gate.
    Wait(Gate),
    /// Closes its side and waits until the other does.
    Close,
    /// Closes both directions at once.
    Cut,
    /// Resets the connection.
    Reset,
    /// Does nothing more until the other side has closed.
    Silence,
}

/// What becomes of one request. A connection whose script has been played serves the next one.
#[derive(Clone, Debug)]
pub struct Script {
    pub(super) steps: Vec<Step>,
}

impl Script {
    /// Takes these steps.
    pub fn of(steps: impl Into<Vec<Step>>) -> Self {
        Self {
            steps: steps.into(),
        }
    }

    /// Sends these bytes, whatever they are.
    pub fn raw(bytes: impl AsRef<[u8]>) -> Self {
        Self::of([Step::Send(bytes.as_ref().to_vec())])
    }

    /// A reply with its length.
    pub fn reply(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut head = format!("HTTP/1.1 {status}\r\n");
        for (name, value) in headers {
            // Writing to a string does not fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let no_body = status.starts_with("204") || status.starts_with("304");
        if !no_body {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        Self::raw([head.as_bytes(), body].concat())
    }

    /// A reply of JSON.
    pub fn json(status: &str, body: &str) -> Self {
        Self::reply(
            status,
            &[("Content-Type", "application/json")],
            body.as_bytes(),
        )
    }

    /// The same, once the gate is open.
    pub fn after(mut self, gate: &Gate) -> Self {
        self.steps.insert(0, Step::Wait(gate.clone()));
        self
    }

    /// The same, and this step behind it.
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// Lets waiting scripts go on, one for each time it is opened.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<usize>, Condvar)>);

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets one more through.
    pub fn open(&self) {
        self.open_for(1);
    }

    /// Lets so many more through.
    pub fn open_for(&self, more: usize) {
        let (count, changed) = &*self.0;
        *count.lock().unwrap_or_else(PoisonError::into_inner) += more;
        changed.notify_all();
    }

    /// Waits to be let through, and gives up after three times the deadline: by then the test
    /// has failed and nobody will open it.
    pub(super) fn wait(&self) {
        let (count, changed) = &*self.0;
        let count = count.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut count, timeout) = changed
            .wait_timeout_while(count, 3 * DEADLINE, |count| *count == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if !timeout.timed_out() {
            *count -= 1;
        }
    }
}
