//! Each way to misbehave while judging ends in its own failure.

use super::*;

use portcullis::sandbox::{AnswerFault, EvaluationError, LogLevel, LogLine, TrapKind};
use portcullis::units::ByteSize;
use portcullis::verdict::Severity;

/// Lets the hostile guest do `deed`, and looks at what comes of it and after it.
async fn check(deed: &str, limits: Limits, expected: EvaluationError) {
    let bench = Bench::new(limits).await;
    let settings = format!(r#"{{"validate":"{deed}"}}"#);
    let evaluated = bench.judge(&bench.hostile, &settings).await;
    assert_eq!(evaluated.result, Err(expected), "{deed}");
    bench.assert_unharmed(deed).await;
}

#[tokio::test]
async fn a_guest_that_never_ends_is_out_of_time() {
    let time = Duration::from_millis(50);
    let limits = Limits { time, ..patient() };
    let bench = Bench::new(limits).await;
    let begin = Instant::now();
    let evaluated = bench.judge(&bench.hostile, SPIN).await;
    let took = begin.elapsed();
    assert_eq!(evaluated.result, Err(EvaluationError::Time { limit: time }));
    assert!(took >= time && took < Duration::from_secs(5), "{took:?}");
    bench.assert_unharmed("spin").await;
}

#[tokio::test]
async fn the_deadline_of_the_request_counts_as_well() {
    let bench = Bench::new(patient()).await;
    let left = Duration::from_millis(30);
    let begin = Instant::now();
    let evaluated = bench.judge_until(&bench.hostile, SPIN, begin + left).await;
    let took = begin.elapsed();
    let Err(EvaluationError::Time { limit }) = evaluated.result else {
        panic!("{:?}", evaluated.result);
    };
    assert!(limit <= left, "{limit:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    bench.assert_unharmed("spin").await;
}

#[tokio::test]
async fn time_in_host_calls_is_time() {
    let time = Duration::from_millis(50);
    let limits = Limits {
        time,
        host_call_bytes: ByteSize::from_bytes(u64::MAX),
        ..patient()
    };
    check("call-host", limits, EvaluationError::Time { limit: time }).await;
}

#[tokio::test]
async fn what_a_guest_uses_is_limited() {
    let limit = ByteSize::from_mib(2);
    let limits = Limits {
        memory: limit,
        ..patient()
    };
    check("allocate", limits, EvaluationError::Memory { limit }).await;
    check(
        "allocate-at-once",
        limits,
        EvaluationError::Memory { limit },
    )
    .await;

    let limit = ByteSize::from_kib(4);
    let limits = Limits {
        output: limit,
        ..patient()
    };
    check("huge-finding", limits, EvaluationError::Output { limit }).await;
    check("many-findings", limits, EvaluationError::Output { limit }).await;

    let limit = ByteSize::from_kib(4);
    let limits = Limits {
        log: limit,
        ..patient()
    };
    check("log-flood", limits, EvaluationError::Log { limit }).await;
    check("log-huge", limits, EvaluationError::Log { limit }).await;

    let limit = ByteSize::from_kib(64);
    let limits = Limits {
        host_call_bytes: limit,
        ..patient()
    };
    check("call-host", limits, EvaluationError::HostCalls { limit }).await;
    check("log-huge", limits, EvaluationError::HostCalls { limit }).await;
}

#[tokio::test]
async fn every_trap_has_its_kind() {
    for (deed, kind) in [
        ("unreachable", TrapKind::Unreachable),
        ("panic", TrapKind::Unreachable),
        ("divide", TrapKind::Arithmetic),
        ("out-of-bounds", TrapKind::MemoryOutOfBounds),
        // The guest's own stack lies at the very start of its memory and grows past it.
        ("recurse", TrapKind::MemoryOutOfBounds),
        ("descend", TrapKind::StackOverflow),
        ("call-nothing", TrapKind::BadCall),
    ] {
        check(deed, patient(), EvaluationError::Trap(kind)).await;
    }
}

#[tokio::test]
async fn an_answer_that_breaks_its_promises_is_no_verdict() {
    for (deed, fault) in [
        ("unknown-rule", AnswerFault::UnknownRule),
        ("bad-pointer", AnswerFault::Pointer),
        ("bad-text", AnswerFault::Unreadable),
        ("deny-with-nothing", AnswerFault::Contradiction),
        ("deny-without-error", AnswerFault::Contradiction),
        ("allow-with-error", AnswerFault::Contradiction),
    ] {
        check(deed, patient(), EvaluationError::Answer(fault)).await;
    }
}

#[tokio::test]
async fn a_guest_may_decline_and_that_is_no_verdict() {
    let reason = String::from("as its settings say");
    for deed in ["fail", "blame-settings"] {
        let reason = reason.clone();
        check(deed, patient(), EvaluationError::Declined { reason }).await;
    }
    let reason = String::from("no such misbehaviour");
    check(
        "unheard-of",
        patient(),
        EvaluationError::Declined { reason },
    )
    .await;
}

#[tokio::test]
async fn a_guest_that_behaves_is_heard() {
    let bench = Bench::new(patient()).await;
    let denied = bench.judge(&bench.hostile, r#"{"validate":"deny"}"#).await;
    let Ok(Verdict::Deny(findings)) = denied.result else {
        panic!("{:?}", denied.result);
    };
    let found: Vec<_> = findings
        .iter()
        .map(|found| (found.rule.as_str(), found.pointer.as_str(), found.severity))
        .collect();
    assert_eq!(found, [("hostile", "/name", Severity::Error)]);

    let logged = bench
        .judge(&bench.hostile, r#"{"validate":"log-line"}"#)
        .await;
    assert_eq!(logged.result, Ok(Verdict::Allow(Vec::new())));
    let line = LogLine {
        level: LogLevel::Info,
        message: "one line".into(),
    };
    assert_eq!(logged.lines, [line]);
}

#[tokio::test]
async fn lines_written_before_a_failure_are_kept() {
    let limit = ByteSize::from_kib(4);
    let limits = Limits {
        log: limit,
        ..patient()
    };
    let bench = Bench::new(limits).await;
    let flooded = bench
        .judge(&bench.hostile, r#"{"validate":"log-flood"}"#)
        .await;
    let kept: usize = flooded.lines.iter().map(|line| line.message.len()).sum();
    assert!(kept > 0 && kept <= limit.as_usize(), "{kept}");
}

#[tokio::test]
async fn an_evaluation_knows_nothing_of_the_one_before() {
    let bench = Bench::new(patient()).await;
    for _ in 0..20 {
        assert_eq!(count_calls(&bench).await, "1");
    }
}

/// How many calls the instance says it has seen.
pub(super) async fn count_calls(bench: &Bench) -> String {
    let evaluated = bench
        .judge(&bench.hostile, r#"{"validate":"count-calls"}"#)
        .await;
    match evaluated.result.as_ref().map(Verdict::findings) {
        Ok([note]) => note.message.clone(),
        other => panic!("{other:?}"),
    }
}
