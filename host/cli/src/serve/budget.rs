//! Memory for the bodies of all writes together.
//!
//! A body is buffered whole before it is judged, so what all of them may take is one number, and
//! a body that does not fit waits until another is done. Nobody is refused for a moment's rush,
//! and no rush can exhaust the machine.

use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::units::ByteSize;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Claims are counted in pieces of this size: small enough for the usual body of a few KiB, and
/// 2^32 of them (what a semaphore hands out at once) are more than any machine has.
const PIECE_BYTES: usize = 1024;

/// The memory that bodies may take.
#[derive(Debug)]
pub struct BodyBudget {
    pieces: Semaphore,
    total: usize,
    /// For the metric only: how many claims wait.
    waiting: AtomicUsize,
}

/// A part of the budget, given back when it is dropped.
#[derive(Debug)]
pub struct Claim<'a> {
    permit: Option<SemaphorePermit<'a>>,
}

/// A body is larger than the whole budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("claiming {asked} bytes for a body: `server.body_memory` is {total} bytes")]
pub struct TooLargeForBudget {
    asked: usize,
    total: usize,
}

impl BodyBudget {
    /// A budget of so many bytes, rounded up to a whole KiB.
    pub fn new(size: ByteSize) -> Self {
        let total = size
            .as_usize()
            .div_ceil(PIECE_BYTES)
            .min(Semaphore::MAX_PERMITS);
        Self {
            pieces: Semaphore::new(total),
            total,
            waiting: AtomicUsize::new(0),
        }
    }

    /// Claims `bytes` more for `claim`, waiting while others have them.
    ///
    /// # Errors
    /// When the claim would be larger than the whole budget.
    pub async fn grow<'a>(
        &'a self,
        claim: &mut Claim<'a>,
        bytes: usize,
    ) -> Result<(), TooLargeForBudget> {
        let held = claim
            .permit
            .as_ref()
            .map_or(0, SemaphorePermit::num_permits);
        let wanted = bytes.div_ceil(PIECE_BYTES);
        let too_large = TooLargeForBudget {
            asked: (held + wanted).saturating_mul(PIECE_BYTES),
            total: self.total.saturating_mul(PIECE_BYTES),
        };
        if held + wanted > self.total {
            return Err(too_large);
        }
        let wanted = u32::try_from(wanted).map_err(|_| too_large)?;
        let permit = match self.pieces.try_acquire_many(wanted) {
            Ok(permit) => permit,
            Err(_) => {
                let _waiting = Waiting::new(&self.waiting);
                self.pieces
                    .acquire_many(wanted)
                    .await
                    .map_err(|_| too_large)?
            }
        };
        match &mut claim.permit {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }

    /// Bytes claimed at the moment.
    pub fn used_bytes(&self) -> usize {
        (self.total - self.pieces.available_permits().min(self.total)) * PIECE_BYTES
    }

    /// Bodies that wait for memory at the moment.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

impl Claim<'_> {
    /// A claim on nothing, to be grown.
    pub const fn none() -> Self {
        Self { permit: None }
    }
}

/// Counts one who waits, also when the wait is given up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn claims_grow_wait_and_are_given_back() {
        let budget = BodyBudget::new(ByteSize::from_kib(10));
        let mut first = Claim::none();
        assert_eq!(poll(pin!(budget.grow(&mut first, 1))), Poll::Ready(Ok(())));
        assert_eq!(
            poll(pin!(budget.grow(&mut first, 6 << 10))),
            Poll::Ready(Ok(()))
        );
        assert_eq!(budget.used_bytes(), 7 << 10);

        let mut second = Claim::none();
        {
            let mut wait = pin!(budget.grow(&mut second, 4 << 10));
            assert!(poll(wait.as_mut()).is_pending());
            assert_eq!(budget.waiting(), 1);
            drop(first);
            assert_eq!(poll(wait), Poll::Ready(Ok(())));
        }
        assert_eq!((budget.waiting(), budget.used_bytes()), (0, 4 << 10));
        drop(second);
        assert_eq!(budget.used_bytes(), 0);
    }

    #[test]
    fn giving_up_the_wait_leaves_nothing_behind() {
        let budget = BodyBudget::new(ByteSize::from_kib(1));
        let (mut first, mut second) = (Claim::none(), Claim::none());
        assert!(poll(pin!(budget.grow(&mut first, 1))).is_ready());
        assert!(poll(pin!(budget.grow(&mut second, 1))).is_pending());
        assert_eq!(budget.waiting(), 0);
        drop(first);
        assert_eq!(budget.used_bytes(), 0);
    }

    #[test]
    fn more_than_everything_is_refused_at_once() {
        let budget = BodyBudget::new(ByteSize::from_kib(2));
        let mut claim = Claim::none();
        let error = TooLargeForBudget {
            asked: 3 << 10,
            total: 2 << 10,
        };
        assert_eq!(
            poll(pin!(budget.grow(&mut claim, 2_049))),
            Poll::Ready(Err(error))
        );
    }
}
