//! The token in use, and how it is replaced.
//!
//! Whoever needs a token takes the one there is. When its end comes near, one request has the next
//! one fetched in the background while all go on with what they have; only without a usable one do
//! they wait, all for the same answer, be it a token or a failure. After a failure Keystone is left
//! alone for a while, twice as long each time: a wrong password asked for again and again locks
//! accounts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderMap, Uri};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::AuthError;
use super::keystone::{Grant, Keystone};
use super::lifetime::Lifetime;

/// Between two attempts, after the first failure; and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A token that Keystone gave.
pub(super) struct Token {
    /// Tells it from the others.
    pub(super) number: u64,
    pub(super) headers: HeaderMap,
    pub(super) ironic: Option<Result<Uri, AuthError>>,
    lifetime: Lifetime,
}

/// All there is to know about one login's tokens.
pub(super) struct Tokens {
    keystone: Keystone,
    current: Mutex<Current>,
    /// Attempts that have ended.
    ended: AtomicU64,
    /// Held while an attempt is made.
    flight: Arc<AsyncMutex<Flight>>,
}

/// What became of a token that was refused.
enum Discarded {
    Now,
    /// There is another one already.
    Before(Arc<Token>),
    Not,
}

#[derive(Default)]
struct Current {
    token: Option<Arc<Token>>,
    /// When Ironic last refused one that was replaced for it.
    refused: Option<Instant>,
}

/// What became of the last attempt.
#[derive(Default)]
struct Flight {
    failure: Option<AuthError>,
    failures: u32,
    /// No attempt before this.
    not_before: Option<Instant>,
}

impl Tokens {
    pub(super) fn new(keystone: Keystone) -> Self {
        Self {
            keystone,
            current: Mutex::default(),
            ended: AtomicU64::new(0),
            flight: Arc::default(),
        }
    }

    /// A token to send now.
    pub(super) async fn get(self: &Arc<Self>) -> Result<Arc<Token>, AuthError> {
        let now = Instant::now();
        match self.usable(now) {
            Some(token) if now < token.lifetime.renew_at => Ok(token),
            Some(token) => {
                self.fetch_in_background(now);
                Ok(token)
            }
            None => self.fetch().await,
        }
    }

    /// Another token than this one, which Ironic did not accept; none when one was replaced for
    /// that a moment ago: an Ironic that accepts none shall not have us make one for each request.
    pub(super) async fn other_than(
        self: &Arc<Self>,
        refused: u64,
    ) -> Result<Option<Arc<Token>>, AuthError> {
        match self.discard(refused) {
            Discarded::Now => self.fetch().await.map(Some),
            Discarded::Before(token) => Ok(Some(token)),
            Discarded::Not => Ok(None),
        }
    }

    fn discard(&self, refused: u64) -> Discarded {
        let mut current = self.current();
        match &current.token {
            // Somebody else was quicker.
            Some(token) if token.number != refused => Discarded::Before(Arc::clone(token)),
            Some(_) if current.refused.is_some_and(|at| at.elapsed() < FIRST_PAUSE) => {
                Discarded::Not
            }
            Some(_) => {
                *current = Current {
                    token: None,
                    refused: Some(Instant::now()),
                };
                Discarded::Now
            }
            None => Discarded::Now,
        }
    }

    /// Waits for the attempt under way, or makes one.
    async fn fetch(self: &Arc<Self>) -> Result<Arc<Token>, AuthError> {
        let seen = self.ended.load(Ordering::Acquire);
        let flight = Arc::clone(&self.flight).lock_owned().await;
        let now = Instant::now();
        if let Some(token) = self.usable(now) {
            return Ok(token);
        }
        let others_failed = self.ended.load(Ordering::Acquire) != seen;
        let too_early = flight.not_before.is_some_and(|moment| now < moment);
        if let Some(failure) = flight.failure.clone()
            && (others_failed || too_early)
        {
            return Err(failure);
        }
        // In a task of its own: whoever asked first may go away, and the others still wait.
        let attempt = tokio::spawn(Arc::clone(self).attempt(flight));
        attempt.await.unwrap_or(Err(AuthError::Abandoned))
    }

    fn fetch_in_background(self: &Arc<Self>, now: Instant) {
        let Ok(flight) = Arc::clone(&self.flight).try_lock_owned() else {
            return;
        };
        if flight.not_before.is_none_or(|moment| moment <= now) {
            // What comes of it is kept, and told by the attempt itself.
            drop(tokio::spawn(Arc::clone(self).attempt(flight)));
        }
    }

    async fn attempt(
        self: Arc<Self>,
        mut flight: OwnedMutexGuard<Flight>,
    ) -> Result<Arc<Token>, AuthError> {
        let outcome = self.keystone.ask().await;
        let number = self.ended.fetch_add(1, Ordering::AcqRel);
        match outcome {
            Ok(Grant {
                headers,
                lifetime,
                ironic,
            }) => {
                *flight = Flight::default();
                let token = Arc::new(Token {
                    number,
                    headers,
                    ironic,
                    lifetime,
                });
                self.current().token = Some(Arc::clone(&token));
                Ok(token)
            }
            Err(error) => {
                let pause = pause_after(flight.failures);
                tracing::warn!(
                    error = %super::Causes(&error),
                    next_attempt_in = ?pause,
                    "no token from Keystone"
                );
                *flight = Flight {
                    failure: Some(error.clone()),
                    failures: flight.failures.saturating_add(1),
                    not_before: Some(Instant::now() + pause),
                };
                Err(error)
            }
        }
    }

    fn usable(&self, now: Instant) -> Option<Arc<Token>> {
        let current = self.current();
        (current.token.as_ref())
            .filter(|token| now < token.lifetime.ends_at)
            .map(Arc::clone)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// After so many failures in a row before this one.
fn pause_after(failures: u32) -> Duration {
    (FIRST_PAUSE * 2_u32.saturating_pow(failures.min(16))).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keystone_is_left_alone_for_longer_each_time() {
        let seconds: Vec<u64> = [0, 1, 2, 3, 4, 5, 6, 99, u32::MAX]
            .map(|failures| pause_after(failures).as_secs())
            .to_vec();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30, 30]);
    }
}
