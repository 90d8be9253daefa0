//! Answers that are none: each breaks a promise of the contract, or is more than a host takes.

#![expect(
    unsafe_code,
    reason = "text that is no text cannot be made in safe Rust"
)]

use crate::RULE;
use portcullis_guest::bindings::exports::portcullis::policy::validator::ValidateError;
use portcullis_guest::bindings::portcullis::policy::types::{Finding, Severity, Verdict};
use serde::Deserialize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One answer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// A proper denial, to compare with.
    Deny,
    /// A denial without any finding.
    DenyWithNothing,
    /// A denial without a finding that is a reason for it.
    DenyWithoutError,
    /// An allowance with a reason to deny.
    AllowWithError,
    /// A finding of a rule it never declared.
    UnknownRule,
    /// A finding with a pointer that is none.
    BadPointer,
    /// A finding with bytes that are not UTF-8.
    BadText,
    /// A finding with a message of a mebibyte.
    HugeFinding,
    /// Ten thousand findings.
    ManyFindings,
    /// No verdict, and says so.
    Fail,
    /// No verdict, and blames the settings.
    BlameSettings,
    /// An allowance whose note counts the calls this instance has seen.
    CountCalls,
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Gives it.
pub(crate) fn give(answer: Answer) -> Result<Verdict, ValidateError> {
    let error = finding("/name", "as its settings say", Severity::Error);
    Ok(match answer {
        Answer::Deny => Verdict::Deny(vec![error]),
        Answer::DenyWithNothing => Verdict::Deny(Vec::new()),
        Answer::DenyWithoutError => {
            Verdict::Deny(vec![finding("/name", "nothing much", Severity::Warning)])
        }
        Answer::AllowWithError => Verdict::Allow(vec![error]),
        Answer::UnknownRule => Verdict::Deny(vec![Finding {
            rule: "undeclared".to_owned(),
            ..error
        }]),
        Answer::BadPointer => Verdict::Deny(vec![Finding {
            pointer: "name~2".to_owned(),
            ..error
        }]),
        Answer::BadText => {
            // SAFETY: none. The host has to notice.
            let message = unsafe { String::from_utf8_unchecked(vec![b'x', 0xff, 0xfe]) };
            Verdict::Deny(vec![Finding { message, ..error }])
        }
        Answer::HugeFinding => Verdict::Deny(vec![finding(
            "/name",
            &"x".repeat(1 << 20),
            Severity::Error,
        )]),
        Answer::ManyFindings => Verdict::Allow(vec![finding("", "x", Severity::Info); 10_000]),
        Answer::Fail => return Err(ValidateError::Failed("as its settings say".to_owned())),
        Answer::BlameSettings => {
            return Err(ValidateError::Settings("as its settings say".to_owned()));
        }
        Answer::CountCalls => {
            let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
            Verdict::Allow(vec![finding("", &calls.to_string(), Severity::Info)])
        }
    })
}

fn finding(pointer: &str, message: &str, severity: Severity) -> Finding {
    Finding {
        rule: RULE.to_owned(),
        pointer: pointer.to_owned(),
        message: message.to_owned(),
        severity,
        hint: None,
    }
}
