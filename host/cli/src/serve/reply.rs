//! The only table of status codes: every way a request can end without Ironic's answer, and the
//! reply that says so.
//!
//! A reply of ours has the shape of Ironic's own errors, so that its clients show our text:
//! `error_message` holds an encoded fault. Beside it, `portcullis` says the same for programs:
//!
//! ```json
//! {"error_message": "{\"faultcode\": \"Client\", \"faultstring\": \"...\", \"debuginfo\": null}",
//!  "portcullis": {"request_id": "req-...", "reason": "refused", "operation": "node.power",
//!                 "findings": [{"policy": "...", "rule": "...", "pointer": "/target", ...}]}}
//! ```
//!
//! Never 409 or 503: clients of Ironic take those for a busy node or service and try again.
//! Findings of policies in audit mode are for the record, so a client does not see them.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use portcullis::admission::DriveError;
use portcullis::driver::DriverError;
use portcullis::operation::OperationError;
use portcullis::policy::Mode;
use portcullis::request::RequestId;
use portcullis::units::ByteSize;
use portcullis::verdict::{self, Decision, PolicyFinding};
use serde::Serialize;

use crate::chain::Chain;

/// Header of a request's id, as Ironic and other OpenStack services send it.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");

/// Why a request ends here.
#[derive(Debug)]
pub enum Ending<'a> {
    /// Method, path, headers or body cannot be read, or could be read in two ways.
    Unreadable(&'a OperationError),
    /// The request's target is not a path.
    NoPath,
    /// The request does not say, or says more than once, to which host it is addressed.
    NotOneHost,
    /// A policy said no, or one that had to answer did not. An admission does not end here.
    Decided {
        /// Name of the operation.
        operation: &'a str,
        /// What was decided.
        decision: &'a Decision,
    },
    /// The body is longer than what is read for this operation.
    TooLarge {
        /// What would be read.
        limit: ByteSize,
    },
    /// The client did not send the head of its request in time.
    HeadTooSlow,
    /// The client did not send its body in time.
    BodyTooSlow,
    /// The client's connection broke, or its framing did, in the middle of the body.
    BodyBroken,
    /// No memory became free for the body in time.
    NoMemory,
    /// The decision could not be recorded.
    NotRecorded,
    /// Ironic could not be reached, or gave no whole answer.
    Upstream(&'a DriverError),
    /// Ironic did not show in time what the request is about.
    FactsTooSlow,
    /// The config drive of the request cannot be fetched, or put in place.
    Drive(&'a DriveError),
}

impl Ending<'_> {
    /// The status of the reply.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable(error) if error.is_too_large() => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable(error) if error.is_forbidden() => StatusCode::FORBIDDEN,
            Self::Unreadable(_) | Self::NoPath | Self::NotOneHost | Self::BodyBroken => {
                StatusCode::BAD_REQUEST
            }
            Self::Decided {
                decision: Decision::Reject { .. },
                ..
            } => StatusCode::FORBIDDEN,
            Self::Decided {
                decision: Decision::Undecided { .. } | Decision::Admit { .. },
                ..
            } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::HeadTooSlow | Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoMemory | Self::NotRecorded => StatusCode::INTERNAL_SERVER_ERROR,
            Self::FactsTooSlow => StatusCode::GATEWAY_TIMEOUT,
            Self::Upstream(error) if error.is_timeout() => StatusCode::GATEWAY_TIMEOUT,
            Self::Upstream(_) => StatusCode::BAD_GATEWAY,
            Self::Drive(error) if error.is_refusal() => StatusCode::FORBIDDEN,
            Self::Drive(error) if error.is_timeout() => StatusCode::GATEWAY_TIMEOUT,
            Self::Drive(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// The ending as one word, for the reply, the log and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unreadable(error) if error.is_too_large() => "too-large",
            Self::Unreadable(error) if error.is_forbidden() => "closed",
            Self::Unreadable(_) | Self::NoPath | Self::NotOneHost => "unreadable",
            Self::Decided {
                decision: Decision::Reject { .. },
                ..
            } => "refused",
            Self::Decided {
                decision: Decision::Undecided { .. } | Decision::Admit { .. },
                ..
            } => "undecided",
            Self::TooLarge { .. } => "too-large",
            Self::HeadTooSlow => "head-too-slow",
            Self::BodyTooSlow => "body-too-slow",
            Self::BodyBroken => "body-broken",
            Self::NoMemory => "no-memory",
            Self::NotRecorded => "not-recorded",
            Self::FactsTooSlow => "ironic-too-slow",
            Self::Upstream(error) if error.is_timeout() => "ironic-too-slow",
            Self::Upstream(_) => "ironic-unreachable",
            Self::Drive(error) if error.is_refusal() => "refused",
            Self::Drive(_) => "drive-unreachable",
        }
    }

    /// What happened, in people's words. Safe to show.
    pub fn text(&self) -> String {
        match self {
            Self::Unreadable(error) => Chain(*error).to_string(),
            Self::NoPath => "target of the request cannot be used, expected a path".into(),
            Self::NotOneHost => {
                "host of the request is not clear, expected one `Host` header".into()
            }
            Self::Decided {
                operation,
                decision: Decision::Reject { findings },
            } => {
                let mut text = format!("{operation} refused by policy");
                tell_findings(&mut text, shown(findings));
                text
            }
            Self::Decided {
                operation,
                decision,
            } => {
                let mut text = format!("{operation} could not be judged");
                for failure in decision.failures() {
                    let _ = write!(text, "; policy `{}` gave no verdict", failure.policy);
                }
                tell_findings(&mut text, shown(decision.findings()));
                text
            }
            Self::TooLarge { limit } => {
                format!("body of the request is too large, expected at most {limit}")
            }
            Self::HeadTooSlow => "head of the request did not arrive in time".into(),
            Self::BodyTooSlow => "body of the request did not arrive in time".into(),
            Self::BodyBroken => "body of the request ended before it was complete".into(),
            Self::NoMemory => "no memory became free for the body of the request in time".into(),
            Self::NotRecorded => {
                "the decision could not be recorded, so the request was not passed on".into()
            }
            Self::FactsTooSlow => "Ironic did not show in time what the request is about".into(),
            // What led to these names addresses, and is for the log.
            Self::Upstream(error) => error.to_string(),
            Self::Drive(error) => error.to_string(),
        }
    }

    /// The whole reply.
    pub fn reply(&self, id: &RequestId) -> Response<Bytes> {
        let status = self.status();
        let text = self.text();
        let fault = Fault {
            faultcode: if status.is_client_error() {
                "Client"
            } else {
                "Server"
            },
            faultstring: &text,
            debuginfo: None,
        };
        let of_form;
        let (operation, findings, failures) = match self {
            Self::Unreadable(error) => {
                of_form = verdict::findings_of_form(error);
                (None, of_form.iter().collect(), Vec::new())
            }
            Self::Decided {
                operation,
                decision,
            } => (
                Some(*operation),
                shown(decision.findings()).collect(),
                decision
                    .failures()
                    .iter()
                    .map(|failure| FailedPolicy {
                        policy: failure.policy.as_str(),
                    })
                    .collect(),
            ),
            _ => (None, Vec::new(), Vec::new()),
        };
        let body = Body {
            error_message: json(&fault),
            portcullis: Details {
                request_id: id.as_str(),
                reason: self.reason(),
                operation,
                findings,
                failures,
            },
        };
        let mut response = Response::new(Bytes::from(json(&body)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(id) = HeaderValue::from_str(id.as_str()) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}

/// Marks a reply as the last one of its connection.
pub fn close_after<B>(response: &mut Response<B>) {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
}

/// The last reply of an HTTP/1 connection as bytes, for when HTTP itself has nothing to reply to.
pub fn last_words(response: &Response<Bytes>) -> Vec<u8> {
    let body = response.body();
    let mut bytes = format!(
        "HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: {}\r\n",
        response.status(),
        body.len()
    )
    .into_bytes();
    for (name, value) in response.headers() {
        let line = [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"];
        bytes.extend(line.concat());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

fn shown(findings: &[PolicyFinding]) -> impl Iterator<Item = &PolicyFinding> {
    findings.iter().filter(|found| found.mode == Mode::Enforce)
}

fn tell_findings<'a>(text: &mut String, findings: impl Iterator<Item = &'a PolicyFinding>) {
    for (
        at,
        PolicyFinding {
            policy, finding, ..
        },
    ) in findings.enumerate()
    {
        let _ = write!(text, "{} ({}) ", if at == 0 { ':' } else { ';' }, at + 1);
        if !finding.pointer.is_empty() {
            let _ = write!(text, "{}: ", finding.pointer);
        }
        text.push_str(&finding.message);
        if let Some(hint) = &finding.hint {
            let _ = write!(text, ", expected {hint}");
        }
        let _ = write!(text, " [{policy}/{}]", finding.rule);
    }
}

/// What we serialise has text keys only and no custom code, so it always can be.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Serialize)]
struct Body<'a> {
    error_message: String,
    portcullis: Details<'a>,
}

#[derive(Serialize)]
struct Fault<'a> {
    faultcode: &'static str,
    faultstring: &'a str,
    debuginfo: Option<()>,
}

#[derive(Serialize)]
struct Details<'a> {
    request_id: &'a str,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<&'a PolicyFinding>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<FailedPolicy<'a>>,
}

/// Which policy failed is all a client is told; the cause is in the log and the decision record.
#[derive(Serialize)]
struct FailedPolicy<'a> {
    policy: &'a str,
}

#[cfg(test)]
mod tests;
