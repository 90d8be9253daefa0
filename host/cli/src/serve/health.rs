//! Whether the process lives, and whether it can do its work.

use std::time::{Duration, Instant};

use portcullis::driver::Driver;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::worker::Workers;
use crate::chain::Chain;

/// A worker whose loop has not gone round for this long is stuck: no evaluation, and nothing else
/// that a worker does, may hold it for a second.
const SILENCE: Duration = Duration::from_secs(5);
/// How long Ironic may take to answer the probe.
const PROBE: Duration = Duration::from_secs(2);
/// How long an answer counts, so that many askers make one probe.
const FRESH: Duration = Duration::from_secs(1);

/// Asks Ironic whether it is there, on the gateway's own account.
pub struct Readiness {
    driver: Driver,
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Readiness {
    /// Will ask through `driver`.
    pub fn new(driver: Driver) -> Self {
        Self {
            driver,
            last: Mutex::new(None),
        }
    }

    /// Why the gateway is not ready; nothing when it is. Policies are loaded before anything is
    /// served, so only Ironic can be missing.
    pub async fn reasons(&self) -> Vec<String> {
        let mut last = self.last.lock().await;
        if let Some((when, outcome)) = &*last
            && when.elapsed() < FRESH
        {
            return outcome.clone().err().into_iter().collect();
        }
        let outcome = match timeout(PROBE, self.driver.probe()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Chain(&error).to_string()),
            Err(_) => Err(format!("ironic did not answer within {PROBE:?}")),
        };
        *last = Some((Instant::now(), outcome.clone()));
        outcome.err().into_iter().collect()
    }
}

/// Why the process is not healthy; nothing when it is.
pub fn reasons(workers: &Workers) -> Vec<String> {
    match workers.silent_for(SILENCE) {
        0 => Vec::new(),
        silent => vec![format!(
            "{silent} of the workers have stood still for more than {SILENCE:?}"
        )],
    }
}
