//! What is counted, in the text format that Prometheus reads.
//!
//! Names of operations are counted by class (`node.provision`, not every verb somebody made up),
//! so the number of series is bounded by the configuration and not by what clients send.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Seconds; from a read on the same host to a client that takes its time.
const REQUEST_BUCKETS: [f64; 12] = [
    1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0,
];
/// Seconds; from a trivial verdict to the default time limit and beyond.
const EVALUATION_BUCKETS: [f64; 12] = [
    5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 5e-3, 0.02, 0.05, 0.25,
];

/// All metrics of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histogram,
    evaluation_seconds: Family<PolicyLabel, Histogram, fn() -> Histogram>,
    failures: Family<FailureLabels, Counter>,
    upstream_errors: Family<ReasonLabel, Counter>,
    reloads: Family<ReloadLabel, Counter>,
    connections: Gauge<i64, AtomicI64>,
    body_memory: Gauge<i64, AtomicI64>,
    bodies_waiting: Gauge<i64, AtomicI64>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// A read, which nobody judges.
    Read,
    /// A write that was admitted.
    Admit,
    /// A write that was refused.
    Reject,
    /// A write that could not be judged.
    Undecided,
    /// It ended before anything was decided.
    None,
}

impl Fate {
    /// The fate as one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Admit => "admit",
            Self::Reject => "reject",
            Self::Undecided => "undecided",
            Self::None => "none",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    operation: String,
    decision: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PolicyLabel {
    policy: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    policy: String,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabel {
    outcome: &'static str,
}

/// What is only known when somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Levels {
    /// Open client connections.
    pub connections: usize,
    /// Bytes claimed for bodies.
    pub body_memory: usize,
    /// Bodies that wait for memory.
    pub bodies_waiting: usize,
}

impl Metrics {
    /// Metrics that all stand at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("portcullis");
        let metrics = Self {
            requests: Family::default(),
            request_seconds: Histogram::new(REQUEST_BUCKETS),
            evaluation_seconds: Family::new_with_constructor(evaluation_histogram),
            failures: Family::default(),
            upstream_errors: Family::default(),
            reloads: Family::default(),
            connections: Gauge::default(),
            body_memory: Gauge::default(),
            bodies_waiting: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register(
            "requests",
            "Requests by operation, decision and status of the reply (0: the client left first)",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "request",
            "Time from the head of a request to the end of its reply",
            Unit::Seconds,
            metrics.request_seconds.clone(),
        );
        registry.register_with_unit(
            "evaluation",
            "Time a policy took to judge one request",
            Unit::Seconds,
            metrics.evaluation_seconds.clone(),
        );
        registry.register(
            "failures",
            "Evaluations without a verdict, by cause",
            metrics.failures.clone(),
        );
        registry.register(
            "ironic_errors",
            "Requests that Ironic did not answer, by reason",
            metrics.upstream_errors.clone(),
        );
        registry.register(
            "reloads",
            "Reloads of the configuration",
            metrics.reloads.clone(),
        );
        registry.register(
            "connections",
            "Open client connections",
            metrics.connections.clone(),
        );
        registry.register_with_unit(
            "body_memory",
            "Memory that bodies of requests have claimed",
            Unit::Bytes,
            metrics.body_memory.clone(),
        );
        registry.register(
            "bodies_waiting",
            "Requests whose body waits for memory",
            metrics.bodies_waiting.clone(),
        );
        Self {
            registry,
            ..metrics
        }
    }

    /// Counts a request that has ended; no status means that the client did not wait for one.
    pub fn request(&self, operation: &str, fate: Fate, status: Option<u16>, took: Duration) {
        let operation = class(operation).to_owned();
        let labels = RequestLabels {
            operation,
            decision: fate.name(),
            status: status.unwrap_or(0),
        };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.observe(took.as_secs_f64());
    }

    /// Counts one evaluation and how long it took.
    pub fn evaluation(&self, policy: &str, took: Duration) {
        let label = PolicyLabel {
            policy: policy.to_owned(),
        };
        self.evaluation_seconds
            .get_or_create(&label)
            .observe(took.as_secs_f64());
    }

    /// Counts an evaluation without a verdict.
    pub fn failure(&self, policy: &str, reason: &'static str) {
        self.failures
            .get_or_create(&FailureLabels {
                policy: policy.to_owned(),
                reason,
            })
            .inc();
    }

    /// Counts a request that Ironic did not answer.
    pub fn upstream_error(&self, reason: &'static str) {
        self.upstream_errors
            .get_or_create(&ReasonLabel { reason })
            .inc();
    }

    /// Counts a reload.
    pub fn reload(&self, succeeded: bool) {
        let outcome = if succeeded { "succeeded" } else { "failed" };
        self.reloads.get_or_create(&ReloadLabel { outcome }).inc();
    }

    /// Everything, as Prometheus reads it.
    pub fn text(&self, levels: Levels) -> String {
        let level = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        self.connections.set(level(levels.connections));
        self.body_memory.set(level(levels.body_memory));
        self.bodies_waiting.set(level(levels.bodies_waiting));
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn evaluation_histogram() -> Histogram {
    Histogram::new(EVALUATION_BUCKETS)
}

/// The part of an operation's name that clients cannot make up: its first two words.
fn class(operation: &str) -> &str {
    let mut dots = operation.match_indices('.').map(|(at, _)| at);
    let second = dots.nth(1).unwrap_or(operation.len());
    operation.get(..second).unwrap_or(operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_counted_by_class() {
        let check = |operation: &str, expected: &str| assert_eq!(class(operation), expected);
        check("node.provision.active", "node.provision");
        check("node.power", "node.power");
        check("node.maintenance.set", "node.maintenance");
        check("other", "other");
    }

    #[test]
    fn what_was_counted_is_in_the_text() {
        let metrics = Metrics::new();
        metrics.request(
            "node.provision.active",
            Fate::Admit,
            Some(202),
            Duration::from_millis(1),
        );
        metrics.request(
            "node.provision.made-up",
            Fate::Admit,
            Some(202),
            Duration::from_millis(1),
        );
        metrics.request("read", Fate::Read, None, Duration::from_millis(1));
        metrics.evaluation("steps", Duration::from_micros(5));
        metrics.failure("steps", "time");
        metrics.upstream_error("ironic-too-slow");
        metrics.reload(true);
        let text = metrics.text(Levels {
            connections: 3,
            body_memory: 4096,
            bodies_waiting: 1,
        });
        for line in [
            r#"portcullis_requests_total{operation="node.provision",decision="admit",status="202"} 2"#,
            r#"portcullis_requests_total{operation="read",decision="read",status="0"} 1"#,
            "portcullis_request_seconds_count 3",
            r#"portcullis_evaluation_seconds_count{policy="steps"} 1"#,
            r#"portcullis_failures_total{policy="steps",reason="time"} 1"#,
            r#"portcullis_ironic_errors_total{reason="ironic-too-slow"} 1"#,
            r#"portcullis_reloads_total{outcome="succeeded"} 1"#,
            "portcullis_connections 3",
            "portcullis_body_memory_bytes 4096",
            "portcullis_bodies_waiting 1",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in:\n{text}"
            );
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
