//! What validators say, before anybody sees it: findings go into answers and records, lines into the
//! log. Either may quote the request.
//!
//! First the secrets of the request are masked, then the sanitizers go through what is left, all
//! texts of a request in one call. What cannot be looked through is withheld.

use std::time::Duration;

use http::HeaderMap;
use zeroize::Zeroizing;

use super::Gate;
use crate::operation::Operation;
use crate::request::{Request, RequestId};
use crate::sandbox::{LogLevel, LogLine, LogRecord};
use crate::sanitise::KnownSecrets;
use crate::verdict::{Outcome, Verdict};

/// The texts of all findings: pointers are made of names that a client chose.
pub(super) fn findings(outcomes: &mut [(Outcome, Duration)]) -> Vec<&mut String> {
    let verdicts = outcomes
        .iter_mut()
        .filter_map(|(outcome, _)| outcome.result.as_mut().ok());
    let findings = verdicts.flat_map(|verdict| match verdict {
        Verdict::Allow(findings) | Verdict::Deny(findings) => findings,
    });
    findings
        .flat_map(|finding| {
            [
                Some(&mut finding.message),
                Some(&mut finding.pointer),
                finding.hint.as_mut(),
            ]
        })
        .flatten()
        .filter(|text| !text.is_empty())
        .collect()
}

impl Gate {
    /// Takes secrets out of texts about a request.
    pub(super) async fn clean(
        &self,
        texts: Vec<&mut String>,
        operation: &Operation,
        request: &Request,
    ) {
        if texts.is_empty() {
            return;
        }
        let query = request.target.query();
        let known = KnownSecrets::of_request(Some(operation), &request.headers, query);
        // Each text as a message of its own: a value without a name beside it, as a reader sees it.
        let message = |text: &mut &mut String| LogRecord {
            message: std::mem::take(&mut **text),
            ..LogRecord::default()
        };
        let mut texts = texts;
        let records: Vec<_> = texts.iter_mut().map(message).collect();
        let clean = self.sanitizers.records(&records, &known).await.clean;
        for (text, record) in texts.into_iter().zip(clean) {
            *text = record.message;
        }
    }
}

/// Writes what a validator said to the host's log, which the sanitizers go through as a whole.
pub(super) fn log_lines(
    policy: &str,
    request_id: &RequestId,
    operation: &Operation,
    headers: &HeaderMap,
    drive_secrets: &[Zeroizing<String>],
    lines: Vec<LogLine>,
) {
    let secrets = KnownSecrets::of_request_with(Some(operation), headers, None, drive_secrets);
    for LogLine { level, message } in lines {
        let message = secrets.mask(&message);
        match level {
            LogLevel::Debug => tracing::debug!(policy, %request_id, %message, "validator"),
            LogLevel::Info => tracing::info!(policy, %request_id, %message, "validator"),
            LogLevel::Warning => tracing::warn!(policy, %request_id, %message, "validator"),
        }
    }
}
