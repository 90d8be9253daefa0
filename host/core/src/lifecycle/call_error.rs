//! Why a call to Ironic came to nothing, or may have.

use http::StatusCode;
use serde_json::Value;

use super::conflict::{self, Conflict};
use crate::admission::DecideError;
use crate::driver::{DriverError, IronicReply};
use crate::verdict::Decision;

/// Largest answer that is read: a list of a thousand nodes has about 8 MB.
pub(super) const ANSWER_BYTES: usize = 32 << 20;
/// How oslo.messaging begins to say that no conductor has answered the API.
const GIVEN_UP: &str = "Timed out waiting for a reply";

/// Why a call to Ironic came to nothing, or may have.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The gate refused it, and nothing was sent.
    #[error("refused by policy: {}", super::judge::reasons(.0))]
    Refused(Decision),
    /// The gate could not judge it, and nothing was sent.
    #[error("it cannot be judged")]
    Unjudged(#[source] Box<DecideError>),
    /// It surely did not reach Ironic.
    #[error("it was not sent")]
    NotSent(#[source] DriverError),
    /// It may have reached Ironic, and taken effect.
    #[error("whether it took effect is not known")]
    Uncertain(#[source] DriverError),
    /// The same, as no answer came before the deadline.
    #[error("no answer came in time, and whether it took effect is not known")]
    Late,
    /// Ironic answered with an error.
    #[error("Ironic answers {status}: {text}")]
    Answered {
        /// Its status.
        status: StatusCode,
        /// What it says, without the secrets of the request.
        text: String,
        /// What a 409 means.
        conflict: Option<Conflict>,
    },
    /// What it answered cannot be read.
    #[error("Ironic's answer cannot be read, expected JSON of at most {ANSWER_BYTES} bytes")]
    Unreadable,
    /// It needs a secret that a journal did not keep.
    #[error(transparent)]
    Withheld(#[from] super::call::Withheld),
}

impl CallError {
    /// Whether Ironic, or the way to it, may well answer differently in a moment, and nothing has
    /// happened yet.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::NotSent(error) => {
                !matches!(error, DriverError::Target | DriverError::Authorities { .. })
            }
            Self::Answered {
                status, conflict, ..
            } => *conflict == Some(Conflict::Locked) || *status == StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_)
            | Self::Unjudged(_)
            | Self::Uncertain(_)
            | Self::Late
            | Self::Unreadable
            | Self::Withheld(_) => false,
        }
    }

    /// Whether it may have taken effect all the same.
    pub(super) fn is_uncertain(&self) -> bool {
        match self {
            Self::Uncertain(_) | Self::Late | Self::Unreadable => true,
            // Ironic's own 500 comes after whatever it did; a proxy's 502 and 504 say nothing.
            Self::Answered { status, .. } => {
                status.is_server_error() && *status != StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Refused(_) | Self::Unjudged(_) | Self::NotSent(_) | Self::Withheld(_) => false,
        }
    }

    /// Whether Ironic has surely done with the request. What its API gave up waiting for, its
    /// conductor may still carry out.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Answered { status, text, .. }
            if *status == StatusCode::INTERNAL_SERVER_ERROR && !text.contains(GIVEN_UP))
    }

    /// Whether asking again may help. Reading changes nothing.
    pub(super) fn is_worth_another_look(&self) -> bool {
        match self {
            Self::Answered { status, .. } => status.is_server_error(),
            Self::Uncertain(_) | Self::Late | Self::Unreadable => true,
            Self::NotSent(_) => self.passes(),
            Self::Refused(_) | Self::Unjudged(_) | Self::Withheld(_) => false,
        }
    }

    /// What the driver says of a call that it was to make.
    pub(super) fn of_driver(error: DriverError) -> Self {
        if error.was_sent() {
            Self::Uncertain(error)
        } else {
            Self::NotSent(error)
        }
    }

    /// An answer that is no success.
    pub(super) fn of_reply(reply: &IronicReply) -> Self {
        let text = reply.error_text().map(fault).unwrap_or_default();
        let is_conflict = reply.status() == StatusCode::CONFLICT;
        Self::Answered {
            status: reply.status(),
            conflict: is_conflict.then(|| conflict::of(&text)),
            text,
        }
    }
}

/// Longest text of an error that is passed on.
const TEXT: usize = 1000;

/// The sentence in Ironic's error: its envelope is JSON in JSON.
fn fault(text: &str) -> String {
    let outer: Value = serde_json::from_str(text).unwrap_or_default();
    let inner = match outer.get("error_message") {
        Some(Value::String(inner)) => serde_json::from_str(inner).unwrap_or(Value::from(&**inner)),
        Some(other) => other.clone(),
        None => outer,
    };
    let sentence = ["faultstring", "description", "title", "message"]
        .iter()
        .find_map(|key| inner.get(key)?.as_str())
        .or(inner.as_str())
        .unwrap_or(text);
    let plain = sentence
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c });
    plain.take(TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_conductor_may_still_do_is_not_over() {
        let check = |status: u16, text: &str, is_uncertain: bool, is_over: bool| {
            let error = CallError::Answered {
                status: StatusCode::from_u16(status).unwrap(),
                text: text.into(),
                conflict: None,
            };
            let found = (error.is_uncertain(), error.is_over());
            assert_eq!(found, (is_uncertain, is_over), "{status} {text}");
        };
        check(500, "no such driver", true, true);
        check(
            500,
            "Timed out waiting for a reply to message ID 7f",
            true,
            false,
        );
        check(502, "<html>", true, false);
        check(503, "no free worker", false, false);
        check(409, "locked", false, false);
    }

    #[test]
    fn the_sentence_is_taken_out_of_its_envelope() {
        let check = |text: &str, expected: &str| assert_eq!(fault(text), expected, "{text}");
        check(
            r#"{"error_message": "{\"faultcode\": \"Client\", \"faultstring\": \"no such node\"}"}"#,
            "no such node",
        );
        check(r#"{"error_message": {"faultstring": "a\nb"}}"#, "a b");
        check(r#"{"error_message": "plain"}"#, "plain");
        check(r#"{"faultstring": "too large"}"#, "too large");
        check("<html>bad gateway</html>", "<html>bad gateway</html>");
    }
}
