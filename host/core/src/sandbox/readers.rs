//! Seats for drive readers: fewer than there are places for validators, because each may use much
//! more memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::EvaluationError;

/// All seats.
pub(super) struct Readers {
    seats: Arc<Semaphore>,
    taken: Arc<AtomicUsize>,
}

/// A seat, until it is dropped.
pub(super) struct Seat {
    _permit: OwnedSemaphorePermit,
    taken: Arc<AtomicUsize>,
}

impl Readers {
    pub(super) fn new(count: usize) -> Self {
        Self {
            seats: Arc::new(Semaphore::new(count)),
            taken: Arc::default(),
        }
    }

    /// A seat, as soon as there is one.
    pub(super) async fn take(&self, deadline: Instant) -> Result<Seat, EvaluationError> {
        let seat = Arc::clone(&self.seats).acquire_owned();
        let permit = tokio::time::timeout_at(deadline.into(), seat).await;
        let permit = permit
            .ok()
            .and_then(Result::ok)
            .ok_or(EvaluationError::PoolFull)?;
        self.taken.fetch_add(1, SeqCst);
        Ok(Seat {
            _permit: permit,
            taken: Arc::clone(&self.taken),
        })
    }

    /// Whether any seat is taken.
    pub(super) fn any_taken(&self) -> bool {
        self.taken.load(SeqCst) > 0
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, SeqCst);
    }
}
