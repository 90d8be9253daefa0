//! Between the contract's types and ours.

use std::borrow::Cow;

use super::bindings::exports::portcullis::policy::validator as raw;
use super::bindings::portcullis::policy::types;
use super::description::{Description, plain_text, severity};
use super::error::{AnswerFault, EvaluationError};
use super::limits::Limits;
use crate::json::{Pointer, Typed};
use crate::operation::Evidence;
use crate::verdict::{Finding, Severity, Verdict};

/// A request cut down to what a validator declared. Owns what the contract's types borrow.
pub(super) struct Question<'a> {
    evidence: &'a Evidence<'a>,
    fields: Vec<Option<Typed<'a>>>,
    roles: Vec<&'a str>,
    node_uuid: Option<Cow<'a, str>>,
}

impl<'a> Question<'a> {
    pub(super) fn new(description: &Description, evidence: &'a Evidence<'a>) -> Self {
        Self {
            evidence,
            fields: description
                .fields
                .iter()
                .map(|field| field.look_up(evidence))
                .collect(),
            roles: evidence.caller.roles.iter().map(String::as_str).collect(),
            node_uuid: evidence.facts.node_uuid(),
        }
    }

    /// Calls `use_it` with the request in the contract's types.
    pub(super) fn fields(&self) -> Vec<types::Value<'_>> {
        self.fields.iter().map(value).collect()
    }

    pub(super) fn request<'b>(&'b self, fields: &'b [types::Value<'b>]) -> types::Request<'b> {
        let Evidence {
            request_id,
            operation,
            caller,
            ..
        } = self.evidence;
        let version = operation.microversion();
        let node = operation.node().map(|ident| types::Node {
            ident,
            uuid: self.node_uuid.as_deref(),
        });
        types::Request {
            context: types::Context {
                request_id: request_id.as_str(),
                operation: operation.name(),
                node,
                caller: types::Caller {
                    project_id: caller.project_id.as_deref(),
                    user_id: caller.user_id.as_deref(),
                    roles: &self.roles,
                },
                microversion: types::Microversion {
                    major: version.major,
                    minor: version.minor,
                },
            },
            fields,
        }
    }
}

fn value<'a>(typed: &'a Option<Typed<'a>>) -> types::Value<'a> {
    match typed {
        None => types::Value::Absent,
        Some(Typed::Null) => types::Value::Null,
        Some(Typed::Boolean(value)) => types::Value::Boolean(*value),
        Some(Typed::Number(text)) => types::Value::Number(text),
        Some(Typed::Text(text)) => types::Value::Text(text),
        Some(Typed::Array(text) | Typed::Object(text)) => types::Value::Json(text),
    }
}

/// Checks an answer and takes it over.
pub(super) fn verdict(
    answer: Result<raw::Verdict, raw::ValidateError>,
    description: &Description,
    limits: &Limits,
) -> Result<Verdict, EvaluationError> {
    let verdict = answer.map_err(declined)?;
    let (denies, findings) = match verdict {
        raw::Verdict::Allow(findings) => (false, findings),
        raw::Verdict::Deny(findings) => (true, findings),
    };
    let size: usize = findings.iter().map(size).sum();
    if size > limits.output.as_usize() {
        return Err(EvaluationError::Output {
            limit: limits.output,
        });
    }
    let findings = findings
        .into_iter()
        .map(|raw| finding(raw, description))
        .collect::<Result<Vec<_>, _>>()
        .map_err(EvaluationError::Answer)?;
    let has_error = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    match (denies, has_error) {
        (true, true) => Ok(Verdict::Deny(findings)),
        (false, false) => Ok(Verdict::Allow(findings)),
        (true, false) | (false, true) => Err(EvaluationError::Answer(AnswerFault::Contradiction)),
    }
}

fn declined(error: raw::ValidateError) -> EvaluationError {
    let (raw::ValidateError::Settings(reason) | raw::ValidateError::Failed(reason)) = error;
    let mut reason = plain_text(&reason);
    reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
    EvaluationError::Declined { reason }
}

/// Longest reason for declining that is kept.
const LONGEST_REASON: usize = 512;

/// What a finding counts towards the output limit: its text, and a little for being there.
fn size(finding: &types::Finding) -> usize {
    const EACH: usize = 32;
    let hint = finding.hint.as_ref().map_or(0, String::len);
    EACH + finding.rule.len() + finding.pointer.len() + finding.message.len() + hint
}

fn finding(raw: types::Finding, description: &Description) -> Result<Finding, AnswerFault> {
    if !description.has_rule(&raw.rule) {
        return Err(AnswerFault::UnknownRule);
    }
    if raw.pointer.parse::<Pointer>().is_err() {
        return Err(AnswerFault::Pointer);
    }
    Ok(Finding {
        rule: raw.rule,
        pointer: plain_text(&raw.pointer),
        message: plain_text(&raw.message),
        severity: severity(raw.severity),
        hint: raw.hint.as_deref().map(plain_text),
    })
}
