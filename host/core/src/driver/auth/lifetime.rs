//! How long a token is used, and when the next one is fetched.

use std::time::{Duration, Instant, SystemTime};

use super::AuthError;

/// A new token is fetched for the last fifth of the old one's life, but no earlier than this.
const MOST_MARGIN: Duration = Duration::from_secs(5 * 60);
/// It is not used at all for the last twentieth, but no longer than this: it has to get there.
const MOST_GUARD: Duration = Duration::from_secs(10);
/// A longer life is as good as this one.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// When a token is to be replaced, and when it is no longer used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
    pub(super) renew_at: Instant,
    pub(super) ends_at: Instant,
}

impl Lifetime {
    /// From what Keystone says of a token that was asked for at `asked`.
    ///
    /// Both times are by Keystone's clock, so that it does not matter whether ours agrees; what
    /// passes between them is measured here, from before the request was sent.
    pub(super) fn read(issued: &str, expires: &str, asked: Instant) -> Result<Self, AuthError> {
        let life = time(expires)?
            .duration_since(time(issued)?)
            .ok()
            .filter(|life| !life.is_zero())
            .ok_or(AuthError::Answer {
                found: "a token that ends before it begins",
                expected: "`expires_at` after `issued_at`",
            })?;
        Ok(Self::new(life.min(LONGEST), asked))
    }

    fn new(life: Duration, asked: Instant) -> Self {
        Self {
            renew_at: asked + (life - (life / 5).min(MOST_MARGIN)),
            ends_at: asked + (life - (life / 20).min(MOST_GUARD)),
        }
    }
}

fn time(text: &str) -> Result<SystemTime, AuthError> {
    humantime::parse_rfc3339(text).map_err(|_| AuthError::Answer {
        found: "a time that cannot be read",
        expected: "`issued_at` and `expires_at` such as `2026-01-31T23:59:59.000000Z`",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_in_good_time() {
        let asked = Instant::now();
        let check = |seconds: u64, renew: u64, end: u64| {
            let lifetime = Lifetime::new(Duration::from_secs(seconds), asked);
            let after = |at: Instant| at.duration_since(asked).as_secs();
            assert_eq!(
                (after(lifetime.renew_at), after(lifetime.ends_at)),
                (renew, end)
            );
        };
        check(10, 8, 9);
        check(100, 80, 95);
        check(3600, 3300, 3590);
        check(86400, 86100, 86390);
    }

    #[test]
    fn times_are_keystones_own() {
        let asked = Instant::now();
        let read = |issued: &str, expires: &str| Lifetime::read(issued, expires, asked);
        // Long past by our clock, and still an hour.
        let hour = read("1999-01-01T00:00:00.000000Z", "1999-01-01T01:00:00.000000Z");
        assert_eq!(
            hour.unwrap(),
            Lifetime::new(Duration::from_secs(3600), asked)
        );
        let ages = read("1999-01-01T00:00:00Z", "9999-01-01T00:00:00Z");
        assert_eq!(ages.unwrap(), Lifetime::new(LONGEST, asked));
        for (issued, expires) in [
            ("1999-01-01T01:00:00Z", "1999-01-01T00:00:00Z"),
            ("1999-01-01T01:00:00Z", "1999-01-01T01:00:00Z"),
            ("", "1999-01-01T01:00:00Z"),
            ("1999-01-01T01:00:00Z", "tomorrow"),
            ("1999-13-01T01:00:00Z", "2000-01-01T00:00:00Z"),
        ] {
            let error = read(issued, expires).unwrap_err();
            assert!(matches!(error, AuthError::Answer { .. }), "{error}");
        }
    }
}
