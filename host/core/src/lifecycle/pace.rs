//! How often something is looked at, or tried again.

use std::time::Duration;

use tokio::sync::watch;

use super::input::Deadline;

/// How far something may go on: until its deadline, or until somebody asks it to stop.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    deadline: Deadline,
    stop: Option<watch::Receiver<bool>>,
}

impl Limit {
    /// Until the deadline, or until `stop` turns true.
    pub(super) fn new(deadline: Deadline, stop: watch::Receiver<bool>) -> Self {
        Self {
            deadline,
            stop: Some(stop),
        }
    }

    /// Until the deadline, whatever anybody asks.
    pub(super) fn until(deadline: Deadline) -> Self {
        Self {
            deadline,
            stop: None,
        }
    }

    /// Until so much later than now, whatever anybody asks.
    pub(super) fn firm(time: Duration) -> Self {
        Self {
            deadline: Deadline::after(time),
            stop: None,
        }
    }

    /// The same, and for so long at most.
    pub(super) fn at_most(&self, time: Duration) -> Self {
        Self {
            deadline: self.deadline.min(Deadline::after(time)),
            stop: self.stop.clone(),
        }
    }

    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Whether somebody has asked to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| *stop.borrow())
    }

    pub(super) fn is_over(&self) -> bool {
        self.deadline.is_over() || self.is_stopped()
    }

    /// What comes of a future, unless it is over first.
    pub(super) async fn unless_over<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = future => Some(done),
            () = self.sleep(self.deadline.left()) => None,
        }
    }

    /// Sleeps, and wakes early when it is over.
    async fn sleep(&self, time: Duration) {
        let sleep = tokio::time::sleep(time.min(self.deadline.left()));
        match self.stop.clone() {
            None => sleep.await,
            Some(mut stop) => {
                let stopped = async {
                    if stop.wait_for(|stop| *stop).await.is_err() {
                        // Nobody can ask any more.
                        std::future::pending::<()>().await;
                    }
                };
                tokio::select! {
                    () = sleep => {}
                    () = stopped => {}
                }
            }
        }
    }
}

/// Between two looks at Ironic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The first pause.
    pub first: Duration,
    /// The longest one.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(2),
        }
    }
}

impl Pace {
    /// Pauses that grow by half, each shifted by up to a fifth: those who wait for the same lock
    /// do not come back together.
    pub(super) fn backoff(self) -> Backoff {
        Backoff {
            next: self.first,
            longest: self.longest,
        }
    }
}

pub(super) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// Waits; whether there is time for another try afterwards.
    pub(super) async fn pause(&mut self, limit: &Limit) -> bool {
        let pause = jittered(self.next);
        self.next = (self.next * 3 / 2).min(self.longest);
        limit.sleep(pause).await;
        !limit.is_over()
    }
}

/// Between four fifths and six fifths of it.
fn jittered(pause: Duration) -> Duration {
    let [byte, ..] = uuid::Uuid::new_v4().into_bytes();
    pause * 4 / 5 + pause * u32::from(byte) / (255 * 5 / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_shifted_by_a_fifth_at_most() {
        let pause = Duration::from_secs(10);
        for _ in 0..1000 {
            let jittered = jittered(pause);
            assert!(jittered >= pause * 4 / 5 && jittered <= pause * 6 / 5 + pause / 100);
        }
    }
}
