//! Rules, and the findings they lead to.

pub use crate::bindings::portcullis::policy::types::{Finding, Severity};

/// One thing a policy looks for.
///
/// Findings are made from a rule, so a policy cannot report under an id it did not declare:
///
/// ```
/// use portcullis_guest::Rule;
///
/// const TOO_LONG: Rule = Rule::error("name-length", "Names longer than 60 characters.");
///
/// let finding = TOO_LONG
///     .at("/name", "80 characters")
///     .with_hint("at most 60 characters");
/// assert_eq!(finding.rule, "name-length");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable id: `a-z A-Z 0-9 . _ -`, at most 64 characters.
    pub id: &'static str,
    /// Severity of its findings unless settings change it.
    pub severity: Severity,
    /// One or two sentences for an operator: what it refuses and why.
    pub doc: &'static str,
}

impl Rule {
    /// A rule whose findings refuse the request.
    pub const fn error(id: &'static str, doc: &'static str) -> Self {
        let severity = Severity::Error;
        Self { id, severity, doc }
    }

    /// A rule whose findings deserve attention but do not stop the request.
    pub const fn warning(id: &'static str, doc: &'static str) -> Self {
        let severity = Severity::Warning;
        Self { id, severity, doc }
    }

    /// A rule whose findings are for the record.
    pub const fn info(id: &'static str, doc: &'static str) -> Self {
        let severity = Severity::Info;
        Self { id, severity, doc }
    }

    /// A finding of this rule.
    ///
    /// `pointer` is a JSON pointer into the request's body ([`Pointer`](crate::Pointer) builds
    /// one), empty for the request as a whole. `message` says in one sentence what was found:
    /// lower case, no full stop, and never the value of anything that may be a secret; both are
    /// shown to the client and recorded.
    pub fn at(&self, pointer: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding {
            rule: self.id.to_owned(),
            pointer: pointer.into(),
            message: message.into(),
            severity: self.severity,
            hint: None,
        }
    }
}

impl Finding {
    /// Adds what would be accepted instead.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
