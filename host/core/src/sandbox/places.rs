//! Places in the pool: few, waited for by a few, and handed out without processors sharing what
//! they write.
//!
//! A counter that all processors write costs each of them more than the rest of a small
//! evaluation has room for. So each thread has a desk: a place that is given back is kept there
//! and is the next one to be taken. Only when a desk has none does its thread look at the common
//! stock, and then at the other desks. While anybody waits, nothing is kept at a desk.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use tokio::sync::Semaphore;

use super::error::EvaluationError;

/// All places.
pub(super) struct Places {
    stock: Semaphore,
    desks: Box<[Desk]>,
    waiting: AtomicUsize,
    max_waiting: usize,
}

/// What the threads of one processor write. Far enough from the next one for processors that
/// fetch two lines of 64 bytes at once.
#[derive(Default)]
#[repr(align(128))]
struct Desk {
    kept: AtomicUsize,
    taken: AtomicUsize,
}

/// A place, until it is dropped.
pub(super) struct Place<'a> {
    places: &'a Places,
    desk: &'a Desk,
}

impl Places {
    pub(super) fn new(count: usize, max_waiting: usize) -> Self {
        let desks = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            stock: Semaphore::new(count),
            desks: (0..desks).map(|_| Desk::default()).collect(),
            waiting: AtomicUsize::new(0),
            max_waiting,
        }
    }

    /// A place: at once if one is free, else after a wait with few others.
    pub(super) async fn take(&self, deadline: Instant) -> Result<Place<'_>, EvaluationError> {
        if let Some(place) = self.take_free() {
            return Ok(place);
        }
        let _waiting = Waiting::enter(self).ok_or(EvaluationError::PoolFull)?;
        // One may have been left at a desk by somebody who did not see us waiting.
        if let Some(place) = self.take_free() {
            return Ok(place);
        }
        match tokio::time::timeout_at(deadline.into(), self.stock.acquire()).await {
            Ok(Ok(permit)) => {
                permit.forget();
                Ok(self.place())
            }
            Ok(Err(_)) | Err(_) => Err(EvaluationError::PoolFull),
        }
    }

    /// Whether any place is taken.
    pub(super) fn any_taken(&self) -> bool {
        self.desks.iter().any(|desk| desk.taken.load(SeqCst) > 0)
    }

    fn take_free(&self) -> Option<Place<'_>> {
        let found = self.desk().take()
            || self
                .stock
                .try_acquire()
                .map(|permit| permit.forget())
                .is_ok()
            || self.desks.iter().any(Desk::take);
        found.then(|| self.place())
    }

    fn place(&self) -> Place<'_> {
        let desk = self.desk();
        desk.taken.fetch_add(1, SeqCst);
        Place { places: self, desk }
    }

    /// The desk of this thread.
    fn desk(&self) -> &Desk {
        #[expect(
            clippy::indexing_slicing,
            reason = "a remainder is less than the number of desks, of which there is at least one"
        )]
        &self.desks[thread_number() % self.desks.len()]
    }
}

impl Desk {
    fn take(&self) -> bool {
        // Reading first leaves the line with whoever writes it.
        self.kept.load(SeqCst) > 0
            && self
                .kept
                .fetch_update(SeqCst, SeqCst, |kept| kept.checked_sub(1))
                .is_ok()
    }
}

impl Drop for Place<'_> {
    /// Either this sees somebody waiting, or they see what is kept: both sides write first and
    /// read second.
    fn drop(&mut self) {
        self.desk.taken.fetch_sub(1, SeqCst);
        self.desk.kept.fetch_add(1, SeqCst);
        if self.places.waiting.load(SeqCst) > 0 && self.desk.take() {
            self.places.stock.add_permits(1);
        }
    }
}

/// One of the few that wait.
struct Waiting<'a>(&'a Places);

impl<'a> Waiting<'a> {
    fn enter(places: &'a Places) -> Option<Self> {
        let before = places.waiting.fetch_add(1, SeqCst);
        let entered = Self(places);
        (before < places.max_waiting).then_some(entered)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, SeqCst);
    }
}

/// A number for this thread, as small as possible.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.get().unwrap_or_else(|| {
        let number = NEXT.fetch_add(1, SeqCst);
        NUMBER.set(Some(number));
        number
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(30)
    }

    #[tokio::test]
    async fn there_are_as_many_places_as_there_are() {
        let places = Places::new(3, 0);
        for _ in 0..5 {
            let taken = [
                places.take(soon()).await,
                places.take(soon()).await,
                places.take(soon()).await,
            ];
            assert!(taken.iter().all(Result::is_ok) && places.any_taken());
            assert!(places.take(soon()).await.is_err(), "a fourth");
        }
        assert!(!places.any_taken());
    }

    #[test]
    fn what_another_thread_left_at_its_desk_is_found() {
        let places = Places::new(1, 0);
        let take = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(async { places.take(soon()).await.map(drop) })
        };
        for _ in 0..8 {
            std::thread::scope(|scope| scope.spawn(take).join().unwrap()).unwrap();
        }
    }

    /// Every wait ends: no place is left where those who wait do not look.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nobody_waits_for_a_place_that_is_free() {
        let places = Arc::new(Places::new(2, 1_000));
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let places = Arc::clone(&places);
                tokio::spawn(async move {
                    for _ in 0..2_000 {
                        let place = places.take(soon()).await.map_err(|error| error.reason());
                        tokio::task::yield_now().await;
                        drop(place.expect("a place in time"));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(!places.any_taken());
    }
}
