//! What stands in the place of a text that could not be looked through.

use crate::policy::PolicyId;
use crate::sandbox::{EvaluationError, Form};

/// Why a text is withheld. Holds nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// A sanitizer gave no answer that could be used.
    #[error("sanitizer `{sanitizer}` failed: {}", cause.reason())]
    Failed {
        /// Which one.
        sanitizer: PolicyId,
        /// Why.
        #[source]
        cause: EvaluationError,
    },
    /// The text is longer than what is looked through at once.
    #[error("text is too long to be searched")]
    TooLong,
    /// The request holds more secrets than can be looked for.
    #[error("request holds too many secrets to search for")]
    TooManySecrets,
    /// What begins before may go on here, and what that was is not known.
    #[error("lines before could not be searched")]
    AfterFailure,
}

impl Withheld {
    /// The fixed text: the reason, and the id of the request if the withheld text names one.
    pub fn text(&self, form: Form, withheld: &str) -> String {
        let id = request_id(withheld);
        match form {
            Form::Plain => {
                let id = id.map(|id| format!(", {id}")).unwrap_or_default();
                format!("[withheld: {self}{id}]")
            }
            // Neither the reason nor the id holds a character that JSON would escape.
            Form::JsonLines => {
                let id = id
                    .map(|id| format!(",\"request_id\":\"{id}\""))
                    .unwrap_or_default();
                format!("{{\"withheld\":\"{self}\"{id}}}")
            }
        }
    }
}

/// The first id of a request in a text: `req-` and a UUID, which no secret is.
fn request_id(text: &str) -> Option<&str> {
    const LENGTH: usize = "req-".len() + 36;
    let mut places = memchr::memmem::find_iter(text.as_bytes(), "req-");
    places.find_map(|place| {
        let id = text.get(place..place + LENGTH)?;
        uuid::Uuid::try_parse(id.get(4..)?).ok().map(|_| id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_and_the_request_are_named_and_nothing_else() {
        let failed = Withheld::Failed {
            sanitizer: "own".parse().unwrap(),
            cause: EvaluationError::PoolFull,
        };
        let id = "req-2a3b4c5d-0000-4000-8000-000000000001";
        let text = format!("hunter2 req-none {id} and more");
        assert_eq!(
            failed.text(Form::Plain, &text),
            format!("[withheld: sanitizer `own` failed: pool-full, {id}]")
        );
        let json = failed.text(Form::JsonLines, &text);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["request_id"], id);
        assert_eq!(
            Withheld::TooLong.text(Form::Plain, "hunter2"),
            "[withheld: text is too long to be searched]"
        );
    }
}
