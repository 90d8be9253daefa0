//! The account of one request: noted as it goes along, logged and counted once, when it is over,
//! however it ended.
//!
//! A line holds no header value, no query and no body; whatever secret a request carries is in
//! one of those.

use std::borrow::Cow;
use std::rc::Rc;
use std::time::{Duration, Instant};

use http::uri::PathAndQuery;
use http::{Method, StatusCode};
use portcullis::admission::Decided;
use portcullis::driver::IronicReply;
use portcullis::request::RequestId;
use portcullis::verdict::Decision;

use super::metrics::Fate;
use super::pulse::InFlight;
use super::reply::{Ending, REQUEST_ID};
use super::worker::Worker;
use crate::chain::Chain;

/// How much of an error text is logged.
const LOGGED_BYTES: usize = 2 << 10;

/// The account of one request.
pub struct Exchange {
    /// Its id.
    pub id: RequestId,
    method: Method,
    target: Option<PathAndQuery>,
    operation: Cow<'static, str>,
    fate: Fate,
    status: Option<StatusCode>,
    reason: Option<&'static str>,
    ironic_id: Option<String>,
    begun: Instant,
    judged: Option<Duration>,
    worker: Rc<Worker>,
    _in_flight: InFlight,
}

impl Exchange {
    /// Opens the account of a request.
    pub fn begin(
        worker: Rc<Worker>,
        in_flight: InFlight,
        method: Method,
        target: Option<PathAndQuery>,
    ) -> Self {
        Self {
            id: RequestId::generate(),
            method,
            target,
            operation: Cow::Borrowed("unknown"),
            fate: Fate::None,
            status: None,
            reason: None,
            ironic_id: None,
            begun: Instant::now(),
            judged: None,
            worker,
            _in_flight: in_flight,
        }
    }

    /// It is a read.
    pub fn is_read(&mut self) {
        self.operation = Cow::Borrowed("read");
        self.fate = Fate::Read;
    }

    /// It is a write and has been judged.
    pub fn has_been_judged(&mut self, decided: &Decided, took: Duration) {
        self.operation = decided
            .operation()
            .map_or(Cow::Borrowed("read"), |operation| {
                operation.name().to_owned().into()
            });
        self.judged = Some(took);
        self.fate = match decided.decision() {
            Decision::Admit { .. } => Fate::Admit,
            Decision::Reject { .. } => Fate::Reject,
            Decision::Undecided { .. } => Fate::Undecided,
        };
        let metrics = &self.worker.shared.metrics;
        for (outcome, took) in decided.outcomes() {
            metrics.evaluation(outcome.policy.as_str(), *took);
            if let Err(cause) = &outcome.result {
                metrics.failure(outcome.policy.as_str(), cause.reason());
                let (request_id, policy) = (self.id.as_str(), outcome.policy.as_str());
                tracing::warn!(request_id, policy, %cause, "a policy gave no verdict");
            }
        }
    }

    /// Name of the operation, once it has been judged.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// It ends here, without an answer of Ironic's.
    pub fn ends(&mut self, ending: &Ending<'_>) {
        self.status = Some(ending.status());
        self.reason = Some(ending.reason());
        if let Ending::Upstream(error) = ending {
            self.worker.shared.metrics.upstream_error(ending.reason());
            tracing::warn!(request_id = self.id.as_str(), error = %Chain(*error), "ironic gave no answer");
        }
    }

    /// Ironic has answered. What it says to a write that it refuses is worth a line.
    pub fn is_answered(&mut self, reply: &IronicReply) {
        self.status = Some(reply.status());
        let id = reply.headers().get(REQUEST_ID);
        self.ironic_id = id.and_then(|id| id.to_str().ok()).map(Into::into);
        if let Some(text) = reply.error_text().filter(|_| self.fate != Fate::Read) {
            let shown = text.get(..text.floor_char_boundary(LOGGED_BYTES));
            tracing::info!(
                request_id = self.id.as_str(),
                text = shown,
                bytes = text.len(),
                "ironic answered a write with an error"
            );
        }
    }

    /// Ironic's answer broke off after its head had been passed on.
    pub fn breaks_off(&mut self, reason: &'static str) {
        self.reason = Some(reason);
        self.worker.shared.metrics.upstream_error(reason);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        let status = self.status.map(|status| status.as_u16());
        self.worker
            .shared
            .metrics
            .request(&self.operation, self.fate, status, took);
        tracing::info!(
            target: "portcullis::request",
            request_id = self.id.as_str(),
            method = self.method.as_str(),
            path = self.target.as_ref().map(PathAndQuery::path),
            operation = &*self.operation,
            decision = self.fate.name(),
            status,
            reason = self.reason.or((status.is_none()).then_some("client-left")),
            ironic_request_id = self.ironic_id.as_deref(),
            judged_us = self.judged.map(micros),
            took_us = micros(took),
            "request"
        );
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
