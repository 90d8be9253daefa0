//! Places in the pool: a fresh instance for whoever gets one, and a short queue for the rest.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::SemaphorePermit;

use super::Shared;
use super::error::EvaluationError;
use super::instance::Instance;
use super::limits::Limits;
use super::program::Program;
use super::ticker::Running;

/// A fresh instance, and its place in the pool for as long as it lives.
pub(super) struct Visit<'a> {
    // Dropped in this order: the instance gives its memory back before its place is free.
    pub(super) instance: Instance,
    _running: Running<'a>,
    _place: SemaphorePermit<'a>,
}

impl Shared {
    pub(super) async fn visit(
        &self,
        program: &Program,
        limits: Limits,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Visit<'_>, EvaluationError> {
        let place = self.place(deadline).await?;
        let running = self.ticker.run();
        let instance =
            Instance::open(&self.engine, program.instance_pre(), limits, body, deadline).await?;
        Ok(Visit {
            instance,
            _running: running,
            _place: place,
        })
    }

    /// A place in the pool: at once if one is free, else after a wait with few others.
    async fn place(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, EvaluationError> {
        if let Ok(place) = self.free.try_acquire() {
            return Ok(place);
        }
        let _waiting = Waiting::enter(self).ok_or(EvaluationError::PoolFull)?;
        match tokio::time::timeout_at(deadline.into(), self.free.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(EvaluationError::PoolFull),
        }
    }
}

/// One of the few that wait.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(shared: &'a Shared) -> Option<Self> {
        let before = shared.waiting.fetch_add(1, Ordering::Relaxed);
        let entered = Self(&shared.waiting);
        (before < shared.max_waiting).then_some(entered)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
